"""The process of a node from which jobs of several workers start, without Ray: workers are processes of this test."""

import os
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest

from experiments.run.launchers.local import UNKNOWN
from tests.experiments.run.calls import parent, pids, runs, waits
from tests.experiments.running import ENVIRONMENT, LIMIT, wait_for

WORK = f"""
import sys
from pathlib import Path
from experiments.run.launchers.job import Job
from experiments.run.launchers.ray_server import run_here
print(run_here(sys.argv[1], b"key", Job("{waits.__module__}:waits", (Path("starts"), 1), Path("log.txt")), {{}}))
"""


IN_TURN = f"""
import os, sys, tempfile
from pathlib import Path
from experiments.run.launchers.job import Job
from experiments.run.launchers.ray_server import run_here
for call, words in (("ends", (3,)), ("dies", ())):
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        job = Job(f"{waits.__module__}:{{call}}", (Path("starts"), *words), Path("log.txt"))
        print(run_here(sys.argv[1], b"key", job, {{}}))
        os.chdir("/")
"""


@pytest.fixture
def workers(tmp_path):
    """Two that have a job each, which waits for another start, their jobs, and the address of what these start from."""
    name = f"{os.getpid()}-{tmp_path.name}"
    folders = [tmp_path / "one", tmp_path / "two"]
    with ExitStack() as stack:
        started = []
        for folder in folders:
            folder.mkdir()
            command = [sys.executable, "-c", WORK, name]
            one = subprocess.Popen(command, cwd=folder, env=ENVIRONMENT, text=True, stdout=subprocess.PIPE)
            started.append(stack.enter_context(one))
            stack.callback(one.kill)
        jobs = [wait_for(lambda at=folder: pids(at / "starts"))[0] for folder in folders]
        yield started, jobs, Path(tempfile.gettempdir()) / f"trickbench-{name}"


def test_workers_share_what_their_jobs_start_from_and_jobs_end_with_their_workers(workers):
    (one, two), (first, second), address = workers
    assert parent(first) == parent(second), "one process has imported what both need"
    one.kill()
    wait_for(lambda: not runs(first))
    assert runs(second)
    os.kill(second, signal.SIGTERM)
    assert two.communicate()[0] == f"{-signal.SIGTERM}\n"
    wait_for(lambda: not address.exists())


def test_a_job_does_not_outlive_the_process_that_it_started_from(workers):
    started, jobs, _ = workers
    os.kill(parent(parent(jobs[0])), signal.SIGKILL)
    assert [each.communicate()[0] for each in started] == [f"{UNKNOWN}\n"] * 2
    wait_for(lambda: not any(map(runs, jobs)))


def test_a_worker_runs_one_job_after_another_from_folders_that_go():
    name = f"{os.getpid()}-in-turn"
    command = [sys.executable, "-c", IN_TURN, name]
    done = subprocess.run(command, env=ENVIRONMENT, text=True, capture_output=True, check=True, timeout=LIMIT)
    assert done.stdout.split() == ["3", str(-signal.SIGKILL)]
