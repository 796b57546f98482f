"""The table of docs/evidence.md follows from the claims and their bundles, which verify and show no machine."""

import json
import math
import zipfile
from pathlib import Path

import pytest

from docs import curves, evidence
from docs.claims import REAL, sheet
from docs.console import between
from experiments import cli
from experiments.report.bundle.bundled import verify
from tests.experiments import conftest

COMMENT = "# Claim: A.\n# Condition: B.\n# Published: C.\n# Expected: D.\n# Explained: E, at length.\n# Command: F.\n"
BUNDLES = sorted(evidence.BUNDLES.glob("*.bundle"))
MOST = 1_000_000  # bytes


@pytest.fixture(scope="module")
def claimed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A claim about three tricks, and a folder with its bundle."""
    folder = tmp_path_factory.mktemp("claim")
    tricks, root = ["fpn.yaml", "drop_path.yaml", "large_lr.yaml"], str(folder)
    study = conftest.make_study(folder, tricks=tricks, placebo=None, set={"data": {"init_args": {"root": root}}})
    file = study.plan.ablation.file
    file.write_text(COMMENT + file.read_text(encoding="utf-8"), encoding="utf-8")
    out = folder / f"{file.stem}.bundle"
    words = ["bundle", str(file), "--runs", str(study.plan.folder.parent), "--no-images", "-o", str(out)]
    assert cli.main(words) == 0
    return file, out


def test_the_page_holds_what_the_command_writes() -> None:
    page = evidence.PAGE.read_text(encoding="utf-8")
    assert page == between(page, "make evidence", evidence.table(evidence.read_all()))


def test_bundles_verify_are_small_and_hold_neither_images_nor_places(claimed: tuple[Path, Path]) -> None:
    for bundle in [*BUNDLES, claimed[1]]:
        assert verify(bundle)[1] == []
        assert bundle.stat().st_size < MOST
        with zipfile.ZipFile(bundle) as file:
            assert not [name for name in file.namelist() if name.endswith((".zip", ".png", ".jpg"))]
            root = json.loads(file.read("ablation.yaml"))["set"]["data"]["init_args"]["root"]
        assert not Path(root).is_absolute()


def test_nothing_is_contradicted_without_an_explanation() -> None:
    unexplained = [file.stem for file in REAL if "Explained" not in sheet(file)]
    found = {file.stem: each for file, each in zip(REAL, evidence.read_all(), strict=True) if each}
    contradicted = {name for name, each in found.items() if "contradicted" in {one.reading for one in each.effects}}
    assert not contradicted & set(unexplained)


def test_a_row_says_what_was_found_and_how_it_reads(claimed: tuple[Path, Path]) -> None:
    file, bundle = claimed
    (found,) = evidence.read_all([file], bundle.parent)
    name, *said, effects, ends, explained = evidence.row(file, found).strip("| ").split(" | ")
    assert (name, *said) == (f"[`{file.stem}`](evidence/{bundle.name})", "A.", "B.", "C.", "D.")
    assert explained == "E, at length."
    fpn, drop_path, large_lr = effects.split("<br>")
    assert fpn.startswith("`fpn` +0.0")
    assert fpn.endswith(", K = 4: helps, as published")
    assert drop_path.endswith(": hurts, contradicted")
    assert large_lr.endswith((": unstable", ": undecided"))  # nothing is expected of it
    assert [curve.split("`")[1] for curve in ends.split("<br>")] == ["baseline", "fpn", "drop_path", "large_lr"]
    told = evidence.summary([found, None])
    assert told == "1 of 2 claims were run whole; of their effects 1 as published, 1 contradicted, 1 nothing expected."


def test_a_claim_that_was_not_run_says_so(claimed: tuple[Path, Path], tmp_path: Path) -> None:
    assert evidence.read_all(claimed[:1], tmp_path) == [None]
    line = evidence.row(claimed[0], None)
    assert line == f"| `{claimed[0].stem}` | A. | B. | C. | D. | {evidence.NOT_RUN} |  |  |"


def test_a_bundle_that_was_changed_is_refused(claimed: tuple[Path, Path], tmp_path: Path) -> None:
    with zipfile.ZipFile(claimed[1]) as file, zipfile.ZipFile(tmp_path / "x.bundle", "w") as other:
        for name in file.namelist():
            other.writestr(name, file.read(name) + b"\n" * name.endswith("metrics.csv"))
    with pytest.raises(ValueError, match=r"x.bundle is not as it was: .*metrics.csv was changed"):
        evidence.found(claimed[0], tmp_path / "x.bundle")


def test_a_claim_that_is_not_what_was_registered_is_refused(claimed: tuple[Path, Path]) -> None:
    said = claimed[0].read_text(encoding="utf-8")
    changed = claimed[0].with_name("changed.yaml")
    changed.write_text(said.replace('"sesoi": 0.01', '"sesoi": 0.02'), encoding="utf-8")
    with pytest.raises(
        ValueError, match=r"changed.yaml is not what was registered in .*camvid-tricks\.bundle; take its"
    ):
        evidence.found(changed, claimed[1])


def test_a_bundle_of_half_a_claim_is_refused(tmp_path: Path) -> None:
    study = conftest.make_study(tmp_path, keep=lambda trial: trial.seed < 3, tricks=["fpn.yaml"], placebo=None)
    words = [str(study.plan.ablation.file), "--runs", str(study.plan.folder.parent), "-o", str(tmp_path / "x.bundle")]
    assert cli.main(["bundle", *words]) == 0
    with pytest.raises(ValueError, match=r"x\.bundle is of a claim that was not run whole: 2 trials are left"):
        evidence.found(study.plan.ablation.file, tmp_path / "x.bundle")


def test_the_late_change_is_that_of_the_last_fifth() -> None:
    rises = [{"step": 10.0 * epoch, "m": min(epoch, 16) + max(0, epoch - 16) * 0.5} for epoch in range(1, 21)]
    assert curves.late_change(rises, "m") == pytest.approx(2.0)  # 0.5 an epoch, over four
    rises[-2]["m"] = math.nan
    assert curves.late_change(rises, "m") == pytest.approx(2.0)
    assert math.isnan(curves.late_change([{"step": 10.0, "m": 1.0}], "m"))


def test_an_interval_is_flat_within_the_smallest_effect_that_matters() -> None:
    mean, low, high = curves.mean_interval([0.001, 0.003])
    assert (mean, low, high) == pytest.approx((0.002, 0.002 - 0.012706, 0.002 + 0.012706), abs=1e-6)
    assert math.isnan(curves.mean_interval([0.001])[1])
    words = {
        (-0.002, 0.009): "flat",
        (0.001, 0.02): "rising",
        (-0.02, -0.001): "falling",
        (low, high): "not shown to be flat",
    }
    assert {bounds: curves.course(*bounds, 0.01) for bounds in words} == words
    assert curves.course(math.nan, math.nan, 0.01) == "not shown to be flat"
