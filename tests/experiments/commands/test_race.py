"""A race through the real command: seeds are added where a verdict is open, and what is not needed is not trained."""

import csv
import json
import shutil
from collections import Counter
from pathlib import Path

import pytest

from experiments import cli
from experiments.declare.ablation import read_ablation
from experiments.errors import UserError
from experiments.folder import ENDS, LEDGER
from experiments.plan.trials import make_plan
from experiments.results import study
from experiments.run import ledger
from tests.experiments import tiny
from tests.experiments.running import HOLD, LIMIT, started, wait_for

HELD = {"trainer": {"callbacks": [{"class_path": "tests.experiments.running.Held"}]}}

TRICKS = {
    "focal": tiny.model(loss={"class_path": "Focal", "init_args": {"gamma": 1.0}}),
    "hot": tiny.model(optimizer={"init_args": {"lr": 1e30}}),
    "cold": {"trainer": {"gradient_clip_val": 1e-6}},
}


def declare(folder: Path, **keys) -> Path:
    base = tiny.write(folder, "base.yaml", {**tiny.BASELINE, "trainer": {"max_epochs": 1}})
    names = [tiny.write(folder, f"{name}.yaml", content) for name, content in TRICKS.items()]
    content = {"baseline": base, "tricks": names, "sesoi": 0.02, "metric": "val/accuracy", "looks": [2, 3], **keys}
    tiny.write(folder, "matrix.yaml", {key: value for key, value in content.items() if value is not None})
    return folder / "matrix.yaml"


@pytest.fixture(scope="module")
def raced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a race was run to its end by the command."""
    folder = tmp_path_factory.mktemp("race")
    declare(folder, placebo=True, set=HELD)
    with started(folder, "ablate", "matrix.yaml", "--jobs", "2") as process:
        said, _ = process.communicate(timeout=LIMIT)
    assert process.returncode == 0, said
    (folder / "said.txt").write_text(said)
    return folder


def untimed(folder: Path) -> list[dict[str, str]]:
    with (folder / "runs/matrix/trials.csv").open() as file:
        return [{k: v for k, v in row.items() if k not in study.TIMINGS} for row in csv.DictReader(file)]


def test_two_runners_share_each_round_and_end_as_one_alone(raced, tmp_path):
    declare(tmp_path, placebo=True, set=HELD)
    shutil.copytree(raced / "runs/matrix/cost", tmp_path / "runs/matrix/cost")  # measured once for both
    (tmp_path / HOLD).touch()
    command, path = ("ablate", "matrix.yaml", "--jobs", "1"), tmp_path / "runs/matrix" / LEDGER
    with started(tmp_path, *command) as one, started(tmp_path, *command) as other:
        wait_for(lambda: len({each["by"] for each in ledger.events(path)}) == 2, one)
        (tmp_path / HOLD).unlink()
        said = [process.communicate(timeout=LIMIT)[0] for process in (one, other)]
    assert (one.returncode, other.returncode) == (0, 0), "".join(said)
    assert untimed(tmp_path) == untimed(raced)
    first, second, alone = (text[text.index("\narm ") :] for text in (*said, (raced / "said.txt").read_text()))
    assert first == second == alone
    ends = Counter((each["arm"], each["seed"]) for each in ledger.events(path) if each["event"] in ENDS.values())
    assert set(ends.values()) == {1}


def test_what_is_settled_gets_no_more_seeds(raced):
    found = tiny.statuses(raced)
    assert found["hot"] == {"diverged": 2, "spared": 1}  # unstable at the first look
    runs = {arm: counts.total() - counts["spared"] for arm, counts in found.items()}
    assert set(runs.values()) <= {2, 3, 4, 6}
    most = max(runs[arm] for arm in TRICKS)
    assert runs["baseline"] == 2 * most  # its bank
    assert "placebo" not in found  # it is the second half of the bank


def test_terminal_table_and_page_tell_the_course(raced):
    said = (raced / "said.txt").read_text()
    table, page = ((raced / "runs/matrix" / name).read_text() for name in ("table.md", "report.html"))
    for text in (said, table, page):
        assert "Raced at looks of 2, 3 seeds:" in text
        assert "stopped: unstable" in text
    assert "about " in said
    assert ", at most " in said
    assert "placebo" in said


def test_looks_and_bank_are_registered(raced):
    registered = json.loads((raced / "runs/matrix/registration.json").read_text())
    assert registered["looks"] == [2, 3]
    assert registered["banks"] == ["baseline"]
    assert len(registered["arms"]["baseline"]["seeds"]) == 6


def test_the_same_command_again_trains_nothing(raced, monkeypatch, capsys):
    monkeypatch.chdir(raced)
    assert cli.main(["ablate", "matrix.yaml"]) == 0
    assert "registered" not in capsys.readouterr().out


def test_status_counts_what_was_spared(raced, monkeypatch, capsys):
    monkeypatch.chdir(raced)
    assert cli.main(["status", "matrix.yaml"]) == 0
    lines = {line.split()[0]: line.split() for line in capsys.readouterr().out.splitlines() if line.strip()}
    assert lines["arm"][-1] == "spared"
    assert lines["hot"][-1] == "1"


def test_alone_and_without_are_raced_by_default_and_seeds_fix_them(tmp_path):
    plans = {
        name: make_plan(read_ablation(str(declare(tmp_path, **keys))))
        for name, keys in {
            "default": {"looks": None},
            "fixed": {"looks": None, "seeds": 4},
            "ladder": {"looks": None, "design": "stacked"},
            "recipe": {"looks": None, "design": "without", "tricks": ["focal.yaml", "cold.yaml"]},
        }.items()
    }
    seeds = {name: {arm.name: len(arm.seeds) for arm in plan.arms} for name, plan in plans.items()}
    assert seeds["default"] == {"baseline": 16, "focal": 8, "hot": 8, "cold": 8}
    assert set(seeds["fixed"].values()) == {4}
    assert set(seeds["ladder"].values()) == {3}
    assert seeds["recipe"] == {"baseline": 3, "full": 8, "all-but-focal": 8, "all-but-cold": 8}


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"looks": [1, 3]}, "looks must be ascending seed counts from 2"),
        ({"looks": [3, 3]}, "looks must be ascending seed counts from 2"),
        ({"looks": []}, "looks must be ascending seed counts from 2"),
        ({"seeds": 3}, "looks are those of a race, and seeds fixes how many there are"),
        ({"design": "stacked"}, "looks are those of a race, and stacked is not raced"),
    ],
)
def test_looks_that_cannot_be_are_refused(tmp_path, keys, message):
    with pytest.raises(UserError, match=message):
        read_ablation(str(declare(tmp_path, **keys)))
