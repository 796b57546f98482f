"""A folder is one process's: taken, left, taken over from the dead, and never written to by one that comes late."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from experiments import lease, process, succession
from tests.experiments.running import wait_for

HOLD = "import sys, time; from pathlib import Path; from experiments import lease\n"
HOLD += "with lease.held(Path(sys.argv[1])):\n    print('held', flush=True); time.sleep(600)"
COUNT = """
import sys
from pathlib import Path
from experiments import lease
folder = Path(sys.argv[1])
for _ in range(40):
    with lease.waited_for(folder):
        count = int((folder / "count").read_text())
        (folder / "count").write_text(f"{count + 1}")
"""


@contextmanager
def holder(folder: Path, *words: str) -> Iterator["subprocess.Popen[str]"]:
    """A process that has taken a folder."""
    words = (*(words or (sys.executable,)), "-c", HOLD, str(folder))
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment()) as other:
        assert other.stdout is not None
        try:
            assert other.stdout.readline() == "held\n"
            yield other
        finally:
            other.kill()


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}


def of_another_machine(folder: Path, **changes) -> Path:
    """Let what a process of this machine wrote look like one of another machine's."""
    path = folder / ".lease" / succession.last(folder / ".lease")[1]
    told = replace(process.this(), host="elsewhere", machine="elsewhere 1 2", **changes)
    path.write_text(json.dumps(asdict(told)))
    return path


def test_looking_whose_a_folder_is_does_not_take_it(tmp_path):
    with lease.held(tmp_path):
        assert lease.owner(tmp_path) == lease.owner(tmp_path) == process.this()
    assert lease.owner(tmp_path) is None
    assert lease.owner(tmp_path / "nowhere") is None
    assert not (tmp_path / "nowhere").exists()


def test_a_folder_is_refused_while_its_process_lives_and_free_once_it_was_killed(tmp_path):
    with holder(tmp_path) as other:
        said = rf"is in use by process {other.pid} on .*; wait for it or stop it"
        with pytest.raises(lease.Taken, match=said), lease.held(tmp_path):
            pass
        other.kill()
        deadline = time.monotonic() + 200
        while lease.owner(tmp_path):  # though this process has not asked for its end: it is a zombie
            assert time.monotonic() < deadline
        with lease.held(tmp_path):
            assert sorted(path.name for path in (tmp_path / ".lease").iterdir()) == ["2"]


def test_a_folder_in_which_nothing_came_to_lie_is_left_as_it_was(tmp_path):
    mine, new = tmp_path / "mine", tmp_path / "new" / "deep"
    mine.mkdir()
    for folder in (mine, new):
        with lease.made(folder), lease.held(folder):
            assert lease.is_own(folder)
    assert list(tmp_path.rglob("*")) == [mine]
    with lease.made(new), lease.held(new):
        (new / "result").touch()
    assert (new / ".lease").exists()
    with ExitStack() as others:
        with lease.made(mine):
            others.enter_context(holder(mine))
        assert lease.owner(mine)


def test_the_number_of_a_process_that_ended_may_be_anothers_by_now(tmp_path):
    with lease.held(tmp_path):
        path = tmp_path / ".lease/1"
        said = json.loads(path.read_text())
        path.write_text(json.dumps(said | {"began": said["began"] - 1}))
        assert lease.owner(tmp_path) is None


def test_another_machines_process_has_a_folder_until_it_was_silent_for_minutes(tmp_path):
    with lease.held(tmp_path):
        path = of_another_machine(tmp_path, pid=2**22 + 1)  # no number of a process here
        assert str(lease.owner(tmp_path)) == f"process {2**22 + 1} on elsewhere"
        os.utime(path, (time.time() + 9000,) * 2)  # its clock, or ours, is far off: it is there
        assert lease.owner(tmp_path)
        os.utime(path, (time.time() - succession.EXPIRY + 150,) * 2)
        assert lease.owner(tmp_path)
        os.utime(path, (time.time() - succession.EXPIRY - 5,) * 2)
        assert lease.owner(tmp_path) is None


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("unshare"), reason="another host name takes root and unshare")
def test_a_process_of_another_host_is_not_looked_for_here(tmp_path):
    inside = f'hostname elsewhere && exec "{sys.executable}" "$@"'
    words = ["unshare", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", inside, "sh"]
    if subprocess.run([*words, "-c", ""], capture_output=True, check=False).returncode:
        pytest.skip("this system lets nobody have another host name")
    with holder(tmp_path, *words):
        assert str(lease.owner(tmp_path)).endswith(" on elsewhere")
    assert lease.owner(tmp_path), "nobody here knows that it is gone"


def test_a_job_of_slurms_that_was_queued_again_follows_itself_at_once(tmp_path, monkeypatch):
    monkeypatch.setenv("SLURM_JOB_ID", "17")
    with lease.held(tmp_path):
        of_another_machine(tmp_path, job="17", start=0)
        assert lease.owner(tmp_path)
        monkeypatch.setenv("SLURM_RESTART_COUNT", "1")
        assert lease.owner(tmp_path) is None


def test_who_comes_back_late_is_told_before_it_writes(tmp_path):
    with ExitStack() as stack:
        with lease.held(tmp_path):
            lease.check(tmp_path)
            path = of_another_machine(tmp_path)
            os.utime(path, (time.time() - succession.EXPIRY - 5,) * 2)  # this machine was asleep
            other = stack.enter_context(holder(tmp_path))
            said = rf"was taken over by process {other.pid} on .* not heard of for 3 minutes"
            with pytest.raises(lease.Lost, match=said):
                lease.check(tmp_path)
        assert lease.owner(tmp_path).pid == other.pid, "who was late leaves what is another's"


def test_an_owner_is_heard_of_while_it_does_something_long(tmp_path, monkeypatch):
    monkeypatch.setattr(lease, "BEAT", 0.01)
    with lease.held(tmp_path):
        path = tmp_path / ".lease/1"
        os.utime(path, (0, 0))
        sum(range(3_000_000))  # one call that nothing of ours interrupts
        wait_for(lambda: path.stat().st_mtime > time.time() - 600)
    assert threading.active_count() < 20


def test_of_many_who_follow_at_once_one_does_and_one_who_was_slow_breaks_nothing(tmp_path):
    place = tmp_path / ".lease"
    place.mkdir()
    won, start = [], threading.Barrier(8)

    def follow() -> None:
        start.wait()
        won.append(succession.follow(place, 0))

    threads = [threading.Thread(target=follow) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert won.count(True) == 1
    assert [path.name for path in place.iterdir()] == ["1"]
    for number in (1, 2, 3):
        assert succession.follow(place, number)
    assert not succession.follow(place, 1), "who judged the first is long past"
    assert [path.name for path in place.iterdir()] == ["4"]


def test_who_was_beaten_while_the_next_owner_tidied_up_has_lost_and_nothing_more(tmp_path, monkeypatch):
    place = tmp_path / "owners"
    place.mkdir()
    link = os.link

    def late(part: Path, to: Path) -> None:
        monkeypatch.setattr(os, "link", link)
        assert succession.follow(place, 0)  # another is quicker,
        assert succession.follow(place, 1)  # it leaves, and the next one removes what is left of it, `part` as well
        assert not part.exists()
        raise FileExistsError(to)

    monkeypatch.setattr(os, "link", late)
    assert not succession.follow(place, 0)


def test_who_was_beaten_by_one_that_has_left_by_now_has_lost(tmp_path, monkeypatch):
    """The number is there to be had again, as nobody's: the next one would take the one after it."""
    link = os.link

    def late(part: Path, to: Path) -> None:
        monkeypatch.setattr(os, "link", link)
        with lease.held(tmp_path):  # another is quicker, and done at once
            pass
        link(part, to)

    monkeypatch.setattr(os, "link", late)
    with pytest.raises(lease.Taken, match="which was quicker"), lease.held(tmp_path):
        pass
    assert succession.last(tmp_path / ".lease") == (1, "")


def test_processes_that_wait_for_each_other_count_right(tmp_path):
    (tmp_path / "count").write_text("0")
    words = [sys.executable, "-c", COUNT, str(tmp_path)]
    others = [subprocess.Popen(words, env=environment()) for _ in range(3)]
    assert [other.wait() for other in others] == [0] * 3
    assert (tmp_path / "count").read_text() == "120"


@pytest.mark.parametrize("said", [b"", b"{", b"[]", b'{"pid": 1}', b"\xff", b'{"host": 1, "machine": 2}'])
def test_a_file_that_cannot_be_read_is_anothers_until_it_is_old(tmp_path, said):
    (tmp_path / ".lease").mkdir()
    path = tmp_path / ".lease/7"
    path.write_bytes(said)
    assert lease.owner(tmp_path) == succession.UNKNOWN
    os.utime(path, (0, 0))
    with ExitStack() as stack:
        stack.enter_context(lease.held(tmp_path))
        assert [each.name for each in (tmp_path / ".lease").iterdir()] == ["8"]
