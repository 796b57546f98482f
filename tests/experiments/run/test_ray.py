"""Trials and smaller jobs on a real Ray of two nodes on this machine: nothing is lost, nothing is trained twice."""

import json
import os
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from experiments.cli import main
from experiments.declare.ablation import read_ablation
from experiments.errors import UserError
from experiments.run.launchers import choose, ray_cluster
from experiments.run.launchers.job import Job
from experiments.run.launchers.launcher import REQUEUED, Demand, May, Run
from experiments.run.launchers.parcel import moved
from experiments.run.launchers.ray import Ray
from experiments.run.launchers.ray_task import Home
from tests.experiments.run.calls import dies, ends, parent, pids, runs, waits
from tests.experiments.running import HOLD, LIMIT, started, wait_for
from tests.experiments.tiny import BASELINE, complaint, model, write

ROOT = Path(__file__).parents[3]
TIMED = ("seconds_per_step", "train_seconds", "peak_memory_mib")

pytestmark = [
    pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed: pip install 'trickbench[ray]'"),
    pytest.mark.xdist_group("ray"),  # one cluster for all of them
]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        ray = ray_cluster.load_ray()
        from ray.cluster_utils import Cluster

        nodes = Cluster()
        try:
            for _ in range(3):  # Ray gives up after 30 seconds, on a busy machine too
                with suppress(Exception):
                    nodes.add_node(num_cpus=1, include_dashboard=False)
                    break
            yield nodes
        finally:
            ray.shutdown()
            nodes.shutdown()


def launcher(cluster: Any, folder: Path, **arguments: Any) -> Ray:
    made = Ray(Demand(folder=folder), address=cluster.address, **arguments)
    made.check()
    return made


def job(folder: Path, call: Callable[..., int], *args: object) -> Job:
    name = call.__name__
    return Job(f"{call.__module__}:{name}", (folder / name / "starts", *args), folder / name / "log.txt")


def told(run: Run, until: object = "the end") -> list[tuple[int, object]]:
    """What a run tells, up to an event."""
    deadline, events = time.monotonic() + LIMIT, []
    for event in run:
        assert time.monotonic() < deadline, events
        if event:
            events.append(event)
        if event == until:
            break
    return events


def worker() -> int:
    """The one of this process's cluster that has a job."""
    (found,) = [pid for pid in map(int, filter(str.isdecimal, os.listdir("/proc"))) if _has_job(pid)]
    return found


def _has_job(pid: int) -> bool:
    try:
        title = Path(f"/proc/{pid}/cmdline").read_bytes()
        return title.startswith(b"ray::serve_there") and parent(parent(pid)) == os.getpid()
    except OSError:  # it has ended
        return False


@pytest.mark.parametrize("shared", [True, False])
def test_jobs_end_with_their_own_codes_and_their_folders_come_back(cluster, tmp_path, shared):
    jobs = [job(tmp_path, ends, 3), job(tmp_path, dies)]
    assert told(launcher(cluster, tmp_path, shared=shared).run(jobs)) == [(0, None), (0, 3), (1, None), (1, -9)]
    assert [len(pids(tmp_path / name / "starts")) for name in ("ends", "dies")] == [1, 1]
    assert {path.name for path in (tmp_path / "dies").iterdir()} - {".lease"} == {"starts", "log.txt"}
    assert not list(tmp_path.glob(".seen*"))


def test_a_job_whose_worker_is_killed_starts_again_but_not_for_ever(cluster, tmp_path):
    mine = job(tmp_path, waits, 9)
    run = launcher(cluster, tmp_path, retries=1).run([mine])
    events = told(run, (0, None))
    (first,) = wait_for(lambda: pids(mine.args[0]))
    os.kill(worker(), signal.SIGKILL)
    events += told(run, (0, REQUEUED))
    wait_for(lambda: pids(mine.args[0])[1:] and not runs(first))
    os.kill(worker(), signal.SIGKILL)
    assert [*events, *told(run)] == [(0, None), (0, REQUEUED), (0, -9)]
    assert mine.log.read_text().splitlines()[-1].endswith("(WorkerCrashedError), 2 times: it is given up")


def test_a_job_whose_node_is_lost_starts_again_on_another(cluster, tmp_path):
    node = cluster.add_node(num_cpus=2)
    made = launcher(cluster, tmp_path)
    assert made.jobs == 3
    made.demand = Demand(threads=2, folder=tmp_path)  # the new node alone has as many
    mine = job(tmp_path, waits, 1)
    run = made.run([mine])
    assert told(run, (0, None)) == [(0, None)]
    (first,) = wait_for(lambda: pids(mine.args[0]))
    cluster.remove_node(node, allow_graceful=False)
    wait_for(lambda: not runs(first))
    other = cluster.add_node(num_cpus=2)
    assert told(run) == [(0, REQUEUED), (0, 0)]
    cluster.remove_node(other)


def test_what_has_not_started_can_be_taken_back(cluster, tmp_path):
    made = launcher(cluster, tmp_path, jobs=2)
    jobs = [job(tmp_path, waits, 1), job(tmp_path, ends, 0), job(tmp_path, dies)]
    run = made.run(jobs, may_start=lambda index: May.START if index < 2 else May.STOP)
    assert told(run, (0, None)) == [(0, None)]
    made.withdraw()
    wait_for(lambda: pids(jobs[0].args[0]))
    os.kill(worker(), signal.SIGKILL)
    assert told(run) == [(0, REQUEUED), (0, 0)]
    assert not (tmp_path / "ends").exists()


@pytest.fixture(scope="module")
def ablation(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("ablation")
    callbacks = [{"class_path": "tests.experiments.running.Held"}]
    write(folder, "baseline.yaml", BASELINE | {"trainer": {"max_epochs": 2, "callbacks": callbacks}})
    write(folder, "rate.yaml", model(optimizer={"class_path": "torch.optim.SGD", "init_args": {"lr": 2.0}}))
    return write(folder, "small.yaml", {"baseline": "baseline.yaml", "tricks": ["rate.yaml"], "sesoi": 0.1, "seeds": 2})


@pytest.fixture(scope="module")
def by_local(ablation: str, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    runs = tmp_path_factory.mktemp("local")
    assert main(["ablate", ablation, "--runs", str(runs), "--jobs", "1"]) == 0
    return untimed(runs)


def untimed(runs: Path) -> list[str]:
    """The lines of trials.csv without what a clock said."""
    header, *rows = (runs / "small/trials.csv").read_text().splitlines()
    kept = [i for i, name in enumerate(header.split(",")) if name not in TIMED]
    return [",".join(row.split(",")[i] for i in kept) for row in (header, *rows)]


def asked(cluster: Any, **arguments: Any) -> str:
    return json.dumps({"class_path": "Ray", "init_args": {"address": cluster.address, **arguments}})


def test_results_that_come_back_through_ray_are_those_of_local(cluster, ablation, by_local, tmp_path):
    said = asked(cluster, shared=False)
    assert main(["ablate", ablation, "--runs", str(tmp_path), "--launcher", said]) == 0
    assert untimed(tmp_path) == by_local


def test_killed_worker_and_killed_runner_cost_nothing(cluster, ablation, by_local, tmp_path):
    command = ("ablate", ablation, "--runs", str(tmp_path), "--launcher", asked(cluster))
    (tmp_path / HOLD).touch()
    with started(tmp_path, *command, env=dict(os.environ)) as runner:
        # One that is killed before the runner has heard of its start is launched anew, not requeued.
        wait_for(lambda: trial_pid(tmp_path) and "launched" in events(tmp_path), runner)
        os.kill(worker(), signal.SIGKILL)
        wait_for(lambda: "requeued" in events(tmp_path))
        last = wait_for(lambda: trial_pid(tmp_path))
        runner.kill()
    wait_for(lambda: not runs(last))
    (tmp_path / HOLD).unlink()
    with started(tmp_path, *command, env=dict(os.environ)) as again:
        said, _ = again.communicate(timeout=LIMIT)
    assert again.returncode == 0, said
    assert untimed(tmp_path) == by_local
    happened = Counter(events(tmp_path))
    assert happened["requeued"] >= 1
    assert happened["done"] == len(by_local) - 1
    assert "failed" not in happened


def events(folder: Path) -> list[str]:
    ledger = folder / "small/ledger.jsonl"
    return [json.loads(line)["event"] for line in ledger.read_text().splitlines()] if ledger.exists() else []


def trial_pid(folder: Path) -> int:
    """The process of a trial that runs now; 0 if none does."""
    logs = folder.glob("trials/*/log.txt")
    found = [int(pid) for log in logs for pid in re.findall(r"process (\d+)", log.read_text())]
    return next((pid for pid in found if runs(pid)), 0)


def test_a_node_that_was_lost_since_it_was_listed_is_no_fault(cluster):
    ray_cluster.connect(cluster.address)
    lost = ray_cluster.Node("192.0.2.7", "ab" * 28, {"CPU": 1.0})
    ray_cluster.refuse_unfit([*ray_cluster.nodes(), lost], Home(Path.cwd(), None))


@pytest.mark.parametrize(
    ("home", "message"),
    [
        (Home(Path("/nowhere"), Path("runs/.seen")), "this node does not see /nowhere/runs, where results go; --runs "),
        (Home(Path.cwd(), None, {"torch": "1.0"}), "and 1.0 where the runner is; install the same on both"),
    ],
)
def test_a_node_that_cannot_run_trials_is_named_before_anything_starts(cluster, home, message):
    ray_cluster.connect(cluster.address)
    with pytest.raises(UserError, match="Ray's node ") as error:
        ray_cluster.refuse_unfit(ray_cluster.nodes(), home)
    assert message in str(error.value)


def test_more_devices_than_any_node_has(cluster, tmp_path):
    with pytest.raises(UserError, match="a trial takes 8 CPUs of one node, and no node of Ray's has so many"):
        Ray(Demand([{"devices": 8}], folder=tmp_path), address=cluster.address).check()
    with pytest.raises(UserError, match=r"a trial takes 1 CPUs and 0\.5 GPUs of one node"):
        Ray(Demand(folder=tmp_path), address=cluster.address, gpus=True, per_device=2).check()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"address": "127.0.0.1:1"}, "no Ray answers at 127.0.0.1:1: [Errno 111] Connection refused"),
        ({"address": "ray://head"}, 'Ray: address must be "auto" or host:port, such as 10.0.0.1:6379, got '),
        ({"address": 6379}, 'launcher Ray: address must be "auto" or host:port, got 6379'),
        ({"shared": "yes"}, "launcher Ray: shared must be true or false, got 'yes'"),
        ({"per_device": 0}, "launcher Ray: per_device must be a whole number from 1, got 0"),
        ({"adress": "auto"}, "launcher Ray takes no 'adress'; nearest: address"),
    ],
)
def test_bad_arguments_in_one_line(ablation, tmp_path, capsys, arguments, message, monkeypatch):
    monkeypatch.setattr(ray_cluster, "connected", lambda: False)
    said = json.dumps({"class_path": "Ray", "init_args": arguments})
    assert main(["ablate", ablation, "--runs", str(tmp_path), "--launcher", said]) == 2
    assert complaint(capsys).startswith(message)
    assert not (tmp_path / "small/registration.json").exists()


def test_without_ray_its_extra_is_named(ablation, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    made = choose.choose_launcher(read_ablation(ablation), "Ray", Demand(folder=tmp_path))
    with pytest.raises(UserError, match=re.escape("pip install 'trickbench[ray]'")):
        made.check()


def test_a_job_is_moved_with_its_configs_written_out(ablation, tmp_path):
    path = str(Path(ablation).with_name("baseline.yaml"))
    argv = ["fit", "--config", path, f"--trainer.default_root_dir={tmp_path}/a"]
    words = moved(Job("m:f", (argv, tmp_path / "a" / "out.json"), tmp_path / "a" / "log"), tmp_path / "a", Path("b"))
    assert words.args[0][:2] + words.args[0][3:] == ["fit", "--config", "--trainer.default_root_dir=b"]
    assert json.loads(words.args[0][2]) == json.loads(Path(path).read_text())
    assert words.args[1:] == (Path("b/out.json"),)
    assert words.log == Path("b/log")
