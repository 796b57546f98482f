"""Jobs of a real Slurm on this machine: none is lost, none is started twice. They are too small to need torch."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from experiments.errors import UserError
from experiments.run.launchers import tickets
from experiments.run.launchers.batch import Batch
from experiments.run.launchers.job import Job
from experiments.run.launchers.launcher import FOUND, REQUEUED, Demand, May, Run
from experiments.run.launchers.slurm import Slurm
from experiments.run.launchers.versions import find_versions
from tests import slurm
from tests.experiments.run.calls import dies, ends, waits_until_asked
from tests.experiments.running import LIMIT, wait_for

pytestmark = [pytest.mark.usefixtures("slurm_cluster"), pytest.mark.xdist_group("slurm")]  # one cluster for all


def job(folder: Path, call: Callable[..., int], *args: object, key: str = "") -> Job:
    key = key or call.__name__
    return Job(f"{call.__module__}:{call.__name__}", (_starts(folder, key), *args), folder / key / "log.txt")


def _starts(folder: Path, key: str) -> Path:
    return folder / f"{key}.starts"


def launcher(folder: Path, **arguments: object) -> Slurm:
    return Slurm(Demand(folder=folder), poll=0.2, **arguments)  # type: ignore[arg-type]


def told(run: Run, until: object = "the end", most: int = 100) -> list[tuple[int, object]]:
    """What a run tells, up to an event or so many of them."""
    deadline, events = time.monotonic() + LIMIT, []
    for event in run:
        assert time.monotonic() < deadline, f"{events} {_queue()}"
        if event:
            events.append(event)
        if event == until or len(events) == most:
            break
    return events


def _queue() -> str:
    return subprocess.run(["squeue"], capture_output=True, text=True, check=True).stdout


def test_jobs_of_an_array_end_each_with_its_own_code(tmp_path):
    jobs = [job(tmp_path, ends, 0), job(tmp_path, ends, 3, key="diverges"), job(tmp_path, dies)]
    events = told(launcher(tmp_path).run(jobs))
    assert sorted(events, key=lambda event: event[0]) == [(0, None), (0, 0), (1, None), (1, 3), (2, None), (2, -9)]
    assert len({path.name.partition("_")[0] for path in (tmp_path / "slurm").glob("*_submitted.pkl")}) == 1


def test_a_requeued_job_is_asked_to_stop_and_goes_on(tmp_path):
    jobs = [job(tmp_path, waits_until_asked, key=key) for key in ("over", "preempted")]
    run = launcher(tmp_path).run(jobs)
    assert set(told(run, most=2)) == {(0, None), (1, None)}
    for each, notice in zip(jobs, (["scancel", "--signal=USR1"], ["scontrol", "requeue"]), strict=True):
        wait_for(each.args[0].exists)
        subprocess.run([*notice, tickets.read_number(each)], check=True)
    events = told(run)
    for index in (0, 1):
        assert [event for event in events if event[0] == index] == [(index, REQUEUED), (index, 0)]


def test_the_next_runner_finds_the_jobs_of_one_that_was_killed(tmp_path, capsys):
    jobs = [job(tmp_path, waits_until_asked, key="waits"), job(tmp_path, ends, 0)]
    run = launcher(tmp_path, jobs=1).run(jobs)
    assert told(run, (0, None)) == [(0, None)]
    wait_for(_starts(tmp_path, "waits").exists)
    run.close()  # as Ctrl-C does; a kill says nothing
    number = tickets.read_number(jobs[0])
    said = f"1 jobs stay in Slurm's queue, and the same command finds them; to end them: scancel {number}"
    assert said in capsys.readouterr().err
    again = launcher(tmp_path).run(jobs)
    assert told(again, (1, 0)) == [(0, FOUND), (1, None), (1, 0)]
    assert _starts(tmp_path, "waits").read_text().count("\n") == 1
    subprocess.run(["scancel", number], check=True)  # somebody ends it
    assert told(again) == [(0, -9)]
    log = (tmp_path / "waits" / "log.txt").read_text()
    assert f"trickbench: error: Slurm's job {number} was killed or could not start" in log


def test_what_has_not_started_can_be_taken_back(tmp_path):
    asked: list[int] = []
    jobs = [
        job(tmp_path, waits_until_asked, key="waits"),
        job(tmp_path, ends, 0),
        job(tmp_path, ends, 3, key="diverges"),
    ]
    slow = launcher(tmp_path, cpus=slurm.CPUS, directives={"nodelist": slurm.NODES[0]})

    def may_start(index: int) -> May:
        asked.append(index)
        return May.START if index < 2 else May.STOP

    run = slow.run(jobs, may_start=may_start)
    assert told(run, (0, None)) == [(0, None)]
    slow.withdraw()
    subprocess.run(["scancel", tickets.read_number(jobs[0])], check=True)
    assert told(run) == [(0, -9)]
    assert asked == [0, 1, 2]
    assert not list(tmp_path.glob("[ed]*.starts"))


@pytest.mark.parametrize(
    ("trainer", "arguments", "message"),
    [
        ({}, {"partition": "shrt"}, "Invalid partition name specified; nearest: short (sbatch --partition=shrt "),
        ({}, {"constraint": "h100"}, "Slurm refuses a trial's job: Invalid feature specification"),
        ({}, {"directives": {"nonsense": 1}}, "unrecognized option '--nonsense=1'"),
        (
            {"devices": 8},
            {},
            "configuration is not available; short has 2 nodes of 4 CPUs, 1 MB, no GPUs or other generic resources",
        ),
        ({"num_nodes": 3}, {}, "Requested node configuration is not available; short has 2 nodes"),
        ({}, {"gpus": True}, "Invalid generic resource (gres) specification"),
    ],
)
def test_what_slurm_would_refuse_is_said_before_anything_is_queued(tmp_path, trainer, arguments, message):
    with pytest.raises(UserError) as error:
        Slurm(Demand([trainer], folder=tmp_path), **arguments).check()
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_node_with_other_versions_trains_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    monkeypatch.delenv("SLURM_ARRAY_JOB_ID", raising=False)
    lost = job(tmp_path, ends, 0)
    Batch([lost], Demand(), versions={**find_versions(), "torch": "1.0"})()
    assert tickets.read_progress(lost, "7") == tickets.Progress("7", 0, 2)
    said = f"torch is {find_versions()['torch']} on this node and 1.0 where the runner is; install the same on both"
    assert lost.log.read_text() == f"trickbench: error: {said}\n"


def test_what_is_not_there_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "submitit", None)
    with pytest.raises(UserError, match=r"launcher Slurm needs submitit: pip install 'trickbench\[slurm\]'"):
        Slurm(Demand(folder=tmp_path)).check()
    monkeypatch.delitem(sys.modules, "submitit")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UserError, match=r"launcher Slurm needs sbatch, squeue, .* on the path"):
        Slurm(Demand(folder=tmp_path)).check()
