"""A tiny ablation, started as a user would start it: does a launcher train here?"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments.folder import RESULT

TINY = {"train_scenes": 64, "val_scenes": 16}
ABLATION = {
    "baseline": "digits",
    "set": {"trainer": {"max_epochs": 1}, "data": {"init_args": TINY}},
    "tricks": ["focal"],
    "seeds": 2,
    "sesoi": 0.02,
}
SECONDS = 300  # 20 on a quiet machine; a queue may be long


@dataclass(frozen=True)
class Tryout:
    """What happened.

    Args:
        worked: Whether all of it was trained.
        said: In a line.
        seconds: That it took.
    """

    worked: bool
    said: str
    seconds: float


def try_out(launcher: str | dict[str, Any], runs: Path, seconds: float = SECONDS) -> Tryout:
    """Train four trials of a second through a launcher.

    Args:
        launcher: As an ablation names it.
        runs: Where results would lie; a folder in it is removed again if all went well.
        seconds: After which it is ended.
    """
    folder = Path(tempfile.mkdtemp(prefix="doctor-", dir=runs)).resolve()
    folder.chmod(0o755)
    (folder / "doctor.yaml").write_text(json.dumps({**ABLATION, "launcher": launcher}), encoding="utf-8")
    began = time.monotonic()
    code, said = _run([sys.executable, "-m", "experiments", "ablate", "doctor.yaml"], folder, seconds)
    took = time.monotonic() - began
    done = len(list(folder.glob(f"runs/trials/*/{RESULT}")))
    if code == 0:
        shutil.rmtree(folder)
        return Tryout(True, f"{done} trials in {took:.0f} s", took)
    lines = [line for line in said.splitlines() if line.strip()]
    return Tryout(False, f"{(lines or ['no output'])[-1].removeprefix('trickbench: error: ')} (see {folder})", took)


def _run(command: list[str], folder: Path, seconds: float) -> tuple[int, str]:
    """Exit code and output of a command, which takes what it started with it."""
    log = folder / "doctor.log"
    with log.open("w", encoding="utf-8") as out:
        environment = os.environ | {"PYTHONSAFEPATH": "1"}
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=out, env=environment, start_new_session=True)
        try:
            code = process.wait(timeout=seconds)
        except BaseException as error:  # Ctrl-C, too
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
            return 1, f"it did not end within {seconds:g} s"
    return code, log.read_text(encoding="utf-8")
