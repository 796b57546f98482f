"""Code that was edited is noticed: what it made is stale, and nothing else is."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from experiments import cli, code
from experiments.declare.ablation import read_ablation
from experiments.plan.trials import make_plan
from tests.experiments import tiny
from tests.experiments.conftest import make_study

ROOT = Path(__file__).parents[3]
LOSS = '''
from lightning_modules.losses import CrossEntropy

from helpers import SCALE


class Mine(CrossEntropy):
    """A loss of one's own."""

    def forward(self, logits, target):
        return SCALE * super().forward(logits, target)
'''


def trickbench(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """The command as a user of the code in this folder runs it."""
    environment = {**os.environ, "PYTHONPATH": f"{folder}:{ROOT}", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "experiments", *words]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def stale(folder: Path, ablation: str) -> dict[str, str]:
    """Arm → stale trials, of those that have any, as `status` says."""
    done = trickbench(folder, "status", ablation)
    assert done.returncode == 0, done.stderr
    header, *rows = (line.split() for line in done.stdout.splitlines())
    counts = {row[0]: row[header.index("stale")] for row in rows if len(row) == len(header)}
    return {arm: count for arm, count in counts.items() if count != "·"}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package's code, to be edited, and a finished ablation."""
    folder = tmp_path_factory.mktemp("package")
    make_study(folder)
    for name in code.PACKAGES:
        shutil.copytree(ROOT / name, folder / name)
    return folder


def edit(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))


def test_editing_a_block_makes_only_the_arms_stale_that_use_it(package):
    assert stale(package, "camvid-tricks.yaml") == {}
    fpn = package / "lightning_modules/pyramid/fpn.py"
    edit(fpn, '"""', '"""Said otherwise. ')
    fpn.write_text(fpn.read_text().replace("\n\n\nclass", "\n\n\n# a comment\n\n\nclass"))
    assert stale(package, "camvid-tricks.yaml") == {}
    edit(package / "lightning_modules/pyramid/__init__.py", "import FPN", "import FPN, FPN as Another")
    assert stale(package, "camvid-tricks.yaml") == {}
    fpn.write_text(fpn.read_text() + "\nEDITED = True\n")
    assert stale(package, "camvid-tricks.yaml") == {"fpn": "4"}
    warmup = package / "lightning_modules/optim/warmup.py"
    warmup.write_text(warmup.read_text() + "\nEDITED = True\n")
    assert len(stale(package, "camvid-tricks.yaml")) == 7  # every arm warms up
    reported = trickbench(package, "report", "camvid-tricks.yaml")
    assert reported.returncode == 0
    line = "fpn, seeds 0, 1, 2, 3: made by other code than is here now"
    assert f"{line} (lightning_modules.optim.warmup, lightning_modules.pyramid.fpn changed)" in reported.stdout
    assert "what fpn costs was measured with other code" in reported.stdout
    assert line in (package / "runs/camvid-tricks/report.html").read_text()


def test_a_result_of_another_version_of_the_package_is_stale(tmp_path, monkeypatch, capsys):
    study = make_study(tmp_path, tricks=["focal.yaml"], seeds=2, placebo=False)
    monkeypatch.setattr(code, "__version__", "9.9")
    words = [str(study.plan.ablation.file), "--runs", str(tmp_path / "runs")]
    assert cli.main(["report", *words]) == 0
    assert "baseline, seeds 0, 1: made by other code than is here now (trickbench changed)" in capsys.readouterr().out


def test_edited_code_of_ones_own_trains_its_arm_again(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "helpers.py").write_text("SCALE = 1.5\n")
    (tmp_path / "mine.py").write_text(LOSS)
    base = tiny.write(tmp_path, "base.yaml", {**tiny.BASELINE, "trainer": {"max_epochs": 1}})
    own = tiny.write(tmp_path, "own.yaml", tiny.model(loss={"class_path": "mine.Mine"}))
    content = {"baseline": base, "tricks": [own], "sesoi": 0.01, "seeds": 1}
    file = tiny.write(tmp_path, "matrix.yaml", content)
    trials = make_plan(read_ablation(file), Path("runs")).trials
    assert [cli.main(trial.argv) for trial in trials] == [0, 0]
    own = trials[1].folder
    assert stale(tmp_path, "matrix.yaml") == {}
    edit(tmp_path / "helpers.py", "1.5", "2.5")
    assert stale(tmp_path, "matrix.yaml") == {"own": "1"}
    again = trickbench(tmp_path, "ablate", "matrix.yaml")
    assert again.returncode == 0, again.stdout + again.stderr
    moved = f"{own} held what was made by other code (helpers changed): it is now {own}.stale"
    assert moved in again.stdout
    assert "own seed 0: done" in again.stdout
    assert "baseline seed 0: done" not in again.stdout
    assert stale(tmp_path, "matrix.yaml") == {}


def test_names_are_found_as_the_command_line_finds_them(tmp_path, monkeypatch):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/__init__.py").write_text("from .inner import Block as Passed\nimport folder.absent\n")
    (tmp_path / "folder/inner.py").write_text("from . import other\nimport torch\n\n\nclass Block:\n    pass\n")
    (tmp_path / "folder/other.py").write_text("from folder.inner import *\nfrom lightning_modules.pyramid import PPM\n")
    (tmp_path / "folder/broken.py").write_text("class Broken(:\n")
    monkeypatch.syspath_prepend(tmp_path)
    found = code.hashes({"loss": ["folder.Passed"]}).keys()
    assert {"folder.inner", "folder.other", "lightning_modules.pyramid.ppm"} <= found
    assert not {"folder", "torch", "lightning_modules.pyramid", "lightning_modules.pyramid.fpn"} & found
    assert "folder.broken" in code.hashes("folder.broken.Broken")
    assert "lightning_modules.losses.focal" in code.hashes({"loss": "Focal"})
    nothing = {
        "a": "torch.optim.SGD",
        "b": "val/miou",
        "c": "nowhere.Class",
        "d": "a sentence.",
        "e": 3,
        "f": "os.path",
    }
    assert code.hashes(nothing).keys() == {"trickbench"}


def test_a_library_in_a_folder_of_ones_own_is_no_code_of_ones_own(tmp_path, monkeypatch):
    """As `pip install --target` leaves it: the same library elsewhere must not make its trials stale."""
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("bought", "home_made"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("class Loss: ...\n")
    told = tmp_path / "bought-1.0.dist-info"
    told.mkdir()
    (told / "RECORD").write_text("bought/__init__.py,sha256=47DEQ,16\nbought-1.0.dist-info/RECORD,,\n")
    assert code.hashes({"loss": "bought.Loss"}).keys() == {"trickbench"}
    assert code.hashes({"loss": "home_made.Loss"}).keys() == {"trickbench", "home_made"}


def test_of_many_modules_that_changed_the_first_are_named(tmp_path, capsys):
    study = make_study(tmp_path, tricks=["focal.yaml"], seeds=1, placebo=False)
    file = study.plan.trials[0].folder / "result.json"
    result = json.loads(file.read_text())
    modules = result["made_from"]["code"]
    modules |= dict.fromkeys(modules, "0" * 8)
    file.write_text(json.dumps(result))
    assert cli.main(["report", str(study.plan.ablation.file), "--runs", str(tmp_path / "runs")]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "made by other code" in line]
    said = line.partition("(")[2].removesuffix(" changed)")
    assert said == f"{', '.join(sorted(modules)[:3])} and {len(modules) - 3} more"
