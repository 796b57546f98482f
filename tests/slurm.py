"""A Slurm of two nodes on this machine, started in a folder of its own and stopped again.

`apt-get install slurm-wlm munge` is what it needs; it starts no service of the system's and reads none of its settings.
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from getpass import getuser
from pathlib import Path

SBIN = "/usr/sbin"  # not on every user's path
NEEDED = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "srun")
NODES, CPUS = ("n1", "n2"), 4
SILENT = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
CONF = """
ClusterName=tests
SlurmctldHost={host}
SlurmctldPort={ports[0]}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=5
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/%n
SlurmctldPidFile={folder}/ctld.pid
SlurmdPidFile={folder}/%n.pid
SlurmctldLogFile={folder}/ctld.log
SlurmdLogFile={folder}/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
ReturnToService=2
JobRequeue=1
KillWait=30
MinJobAge=10
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0,default_queue_depth=100
MpiDefault=none
NodeName={nodes} NodeHostname={host} Port=[{ports[1]},{ports[2]}] CPUs={cpus} State=UNKNOWN
PartitionName=short Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def missing() -> str:
    """Why there can be no Slurm here; nothing if there can."""
    absent = [name for name in NEEDED if shutil.which(name, path=f"{os.environ['PATH']}{os.pathsep}{SBIN}") is None]
    return f"{', '.join(absent)} not installed: apt-get install slurm-wlm munge" if absent else ""


@contextmanager
def cluster(folder: Path) -> Iterator[dict[str, str]]:
    """Start the daemons, and stop them at the end.

    Yields:
        The environment in which Slurm's commands find it.

    Raises:
        RuntimeError: If its nodes do not come up within two minutes.
    """
    environment = _environment(folder)
    for name in ("state", *NODES):
        (folder / name).mkdir()
    _write_key(folder / "munge.key")
    names = {"host": socket.gethostname(), "user": getuser(), "folder": folder}
    text = CONF.format(**names, ports=_free_ports(3), nodes=f"{NODES[0]},{NODES[1]}", cpus=CPUS)
    (folder / "slurm.conf").write_text(text)
    (folder / "cgroup.conf").write_text("CgroupPlugin=cgroup/v1\n")
    munge = [f"--{name}-file={folder}/munge.{name}" for name in ("key", "log", "pid", "seed")]
    commands = [
        ["munged", "--foreground", "--force", "--num-threads=2", f"--socket={folder}/munge.socket", *munge],
        ["slurmctld", "-D"],
        *(["slurmd", "-D", "-N", name] for name in NODES),
    ]
    daemons = []
    try:
        for command in commands:
            daemons.append(
                subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            )
            time.sleep(0.2)
        _wait_for_nodes(environment, folder)
        yield environment
    finally:
        _end_jobs(environment)
        for daemon in reversed(daemons):
            daemon.terminate()
        for daemon in daemons:
            try:
                daemon.wait(60)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()


def _environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "PATH": f"{os.environ['PATH']}{os.pathsep}{SBIN}", "SLURM_CONF": str(folder / "slurm.conf")}


def _write_key(path: Path) -> None:
    path.touch(mode=0o600)
    path.write_bytes(os.urandom(128))


def _free_ports(count: int) -> list[int]:
    held = [socket.create_server(("", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in held]
    for each in held:
        each.close()
    return ports


def _end_jobs(environment: Mapping[str, str]) -> None:
    """Leave none: a daemon that is to end waits a minute for a job that is ending."""
    for how in ([], ["--signal=KILL"]):  # the first ends those that wait, the second those that run, without notice
        command = ["scancel", "--full", f"--user={getuser()}", *how]
        subprocess.run(command, env=environment, capture_output=True, check=False, timeout=60)
    for _ in range(120):
        seen = subprocess.run(["squeue", "-h"], env=environment, capture_output=True, check=False, timeout=60)
        if not seen.stdout.strip():
            return
        time.sleep(0.25)


def _wait_for_nodes(environment: Mapping[str, str], folder: Path) -> None:
    for _ in range(600):
        command = ["sinfo", "-h", "-N", "-o", "%T"]
        seen = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=30)
        if seen.stdout.split().count("idle") == len(NODES):
            return
        time.sleep(0.2)
    raise RuntimeError(f"Slurm did not start: {seen.stdout} {seen.stderr} {(folder / 'ctld.log').read_text()[-2000:]}")
