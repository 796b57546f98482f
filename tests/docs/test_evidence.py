"""The tables of docs/evidence.md follow from the claims and their bundles, which verify and show no machine."""

import json
import math
from pathlib import Path

import pytest

from docs import curves, evidence, findings
from docs.claims import REAL, sheet
from docs.console import between
from experiments import cli
from experiments.report.bundle.bundled import verify
from tests.experiments import conftest
from tests.packed import held, packed

COMMENT = "# Claim: A.\n# Condition: B.\n# Published: C.\n# Expected: D.\n# Explained: E, at length.\n# Command: F.\n"
BUNDLES = sorted(findings.BUNDLES.glob("*.bundle"))
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
    assert page == between(page, "make evidence", evidence.text(findings.read_all()))


def test_bundles_verify_are_small_and_hold_neither_images_nor_places(claimed: tuple[Path, Path]) -> None:
    for bundle in [*BUNDLES, claimed[1]]:
        assert verify(bundle)[1] == []
        assert bundle.stat().st_size < MOST
        files = held(bundle)
        assert not [name for name in files if name.endswith((".zip", ".png", ".jpg"))]
        root = json.loads(files["ablation.yaml"])["set"]["data"]["init_args"]["root"]
        assert not Path(root).is_absolute()


def test_nothing_is_contradicted_without_an_explanation() -> None:
    unexplained = [file.stem for file in REAL if "Explained" not in sheet(file)]
    found = {file.stem: each for file, each in zip(REAL, findings.read_all(), strict=True) if each}
    contradicted = {name for name, each in found.items() if "contradicted" in {one.reading for one in each.effects}}
    assert not contradicted & set(unexplained)


def test_a_section_says_what_was_found_and_how_it_reads(claimed: tuple[Path, Path]) -> None:
    file, bundle = claimed
    (found,) = findings.read_all([file], bundle.parent)
    assert found
    lines = evidence.section(file, found)
    said = dict(line.removeprefix("- *").split("*: ") for line in lines if line.startswith("- *"))
    told = said.pop("trials")
    assert said == {
        "claim": "A.",
        "condition": "B.",
        "published": "C.",
        "expected": "D.",
        "explained": "E, at length.",
    }
    linked = f"in [`{bundle.name}`](evidence/{bundle.name})"
    assert told == f"{found.machines.total()} on a machine of which nothing is kept, torch 2.14.1; {linked}"
    rows = [line.strip("| ").split(" | ") for line in lines if line.startswith("| `")]
    fpn, drop_path, large_lr, *ends = rows
    assert fpn[0] == "`fpn`"
    assert fpn[1].startswith("+0.0")
    assert fpn[4:] == ["4", "helps, as published"]
    assert drop_path[5] == "hurts, contradicted"
    assert large_lr[5] in ("unstable", "undecided")  # nothing is expected of it
    assert [end[0] for end in ends] == ["`baseline`", "`fpn`", "`drop_path`", "`large_lr`"]


def test_the_page_counts_the_claims_and_lists_effects_first(claimed: tuple[Path, Path]) -> None:
    file, bundle = claimed
    both = [file, file.with_name("other.yaml")]
    both[1].write_text(COMMENT, encoding="utf-8")
    lines = evidence.text(findings.read_all(both, bundle.parent), both).splitlines()
    told = "1 of 2 claims were run whole; of their effects 1 as published, 1 contradicted, 1 nothing expected."
    assert lines[0] == told
    assert lines[4] == f"| [`{file.stem}`](#{file.stem}) | `fpn` | helps | as published |"
    assert lines[5].endswith(f"| `drop_path` | hurts | contradicted; [explained](#{file.stem}) |")
    assert lines.index("## Not run yet") > lines.index(f"### {file.stem}") > 4
    assert lines[-1] == "| `other` | A.<br>*condition*: B. | *published*: C.<br>*expected*: D. |"


def test_a_claim_that_was_not_run_has_nothing_found(claimed: tuple[Path, Path], tmp_path: Path) -> None:
    assert findings.read_all(claimed[:1], tmp_path) == [None]
    assert evidence.text([None], claimed[:1]).startswith("0 of 1 claims were run whole.\n\n## Not run yet\n")


def test_a_bundle_that_was_changed_is_refused(claimed: tuple[Path, Path], tmp_path: Path) -> None:
    files = held(claimed[1]).items()
    packed(tmp_path / "x.bundle", {name: content + b"\n" * name.endswith("metrics.csv") for name, content in files})
    with pytest.raises(ValueError, match=r"x.bundle is not as it was: .*metrics.csv was changed"):
        findings.found(claimed[0], tmp_path / "x.bundle")


def test_a_claim_that_is_not_what_was_registered_is_refused(claimed: tuple[Path, Path]) -> None:
    said = claimed[0].read_text(encoding="utf-8")
    changed = claimed[0].with_name("changed.yaml")
    changed.write_text(said.replace('"sesoi": 0.01', '"sesoi": 0.02'), encoding="utf-8")
    with pytest.raises(
        ValueError, match=r"changed.yaml is not what was registered in .*camvid-tricks\.bundle; take its"
    ):
        findings.found(changed, claimed[1])


def test_half_a_claim_is_told_apart_from_those_that_were_run_whole(tmp_path: Path) -> None:
    lies = {"data": {"init_args": {"root": str(tmp_path)}}}
    study = conftest.make_study(
        tmp_path, keep=lambda trial: trial.seed < 3, tricks=["fpn.yaml"], placebo=None, set=lies
    )
    file = study.plan.ablation.file
    file.write_text(COMMENT + file.read_text(encoding="utf-8"), encoding="utf-8")
    words = [str(file), "--runs", str(study.plan.folder.parent), "-o", str(tmp_path / f"{file.stem}.bundle")]
    assert cli.main(["bundle", *words]) == 0
    text = evidence.text(findings.read_all([file], tmp_path), [file])
    assert text.startswith("0 of 1 claims were run whole. 1 more was begun.\n\n## Begun\n")
    assert "torch 2.14.1; at least 2 are left; in [" in text


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
