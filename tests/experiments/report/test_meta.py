"""Bundles are pooled by what their tricks change, and what does not belong together is not."""

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from experiments import cli
from experiments.judge.meta import pool
from experiments.results.study import Study
from tests.experiments import conftest
from tests.experiments.tiny import complaint

Make = Callable[..., tuple[Path, Study]]


def make(folder: Path, name: str, gain: float, **settings: object) -> tuple[Path, Study]:
    """The bundle of an ablation on data of its own, in which fpn gains so much."""
    (folder / name).mkdir()
    with pytest.MonkeyPatch.context() as patch:
        for arm in ("fpn", "pyramid"):
            patch.setitem(conftest.FACTS, arm, (gain, *conftest.FACTS["fpn"][1:]))
        patch.setitem(conftest.TRICKS, "pyramid", ("A pyramid", *conftest.TRICKS["fpn"][1:]))
        if name == "c":
            title, expects, said = conftest.TRICKS["focal"]
            patch.setitem(conftest.TRICKS, "focal", (title, expects, said.replace("2.0", "3.0")))
        data = {"data": {"init_args": {"root": name}}}
        study = conftest.make_study(folder / name, set=data, **settings)
    out = folder / f"{name}.bundle"
    words = ["bundle", str(study.plan.ablation.file), "--runs", str(study.plan.folder.parent), "-o", str(out)]
    assert cli.main(words) == 0
    return out, study


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Study]]:
    """Three ablations: in the second fpn is called pyramid, in the third focal is another."""
    folder = tmp_path_factory.mktemp("meta")
    tricks = [["focal", "fpn", "warmup"], ["focal", "pyramid"], ["focal", "fpn", "warmup"]]
    return {
        name: make(folder, name, gain, tricks=[f"{trick}.yaml" for trick in its], seeds=3)
        for name, gain, its in zip("abc", (0.03, 0.05, 0.01), tricks, strict=True)
    }


def meta(made: dict[str, tuple[Path, Study]], names: str, *words: str) -> int:
    return cli.main(["meta", *(str(made[name][0]) for name in names), *words])


def test_the_same_change_is_pooled_whatever_it_is_called(
    made: dict[str, tuple[Path, Study]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "pooled.json"
    assert meta(made, "abc", "--out", str(out)) == 0
    table = capsys.readouterr().out
    tricks = {trick["trick"]: trick for trick in json.loads(out.read_text(encoding="utf-8"))["tricks"]}
    assert list(tricks) == ["focal", "fpn", "warmup"]
    verdicts = [made[name][1].judged[arm] for name, arm in (("a", "fpn"), ("b", "pyramid"), ("c", "fpn"))]
    wanted = pool([v.effect for v in verdicts], [v.se for v in verdicts])
    assert tricks["fpn"]["k"] == 3
    for name in ("effect", "low", "high", "tau2", "i2", "q", "q_p", "prediction_low"):
        assert tricks["fpn"][name] == getattr(wanted, name)
    assert [study["arm"] for study in tricks["fpn"]["studies"]] == ["fpn", "pyramid", "fpn"]
    assert "pyramid of b is fpn of a by another name: pooled." in table
    row = next(line.split() for line in table.splitlines() if line.startswith("fpn "))
    assert row[1:3] == ["3", f"{wanted.effect:+.3f}"]
    assert meta(made, "abc", "--format", "json") == 0
    assert capsys.readouterr().out == out.read_text(encoding="utf-8")


def test_a_name_alone_pools_nothing(made: dict[str, tuple[Path, Study]], capsys: pytest.CaptureFixture[str]) -> None:
    assert meta(made, "abc") == 0
    said = capsys.readouterr().out
    assert "focal is not the same in c and a (model.init_args.loss.init_args.gamma: 3.0 and 2.0): not pooled." in said
    assert [line.split()[1] for line in said.splitlines() if line.startswith(("focal ", "warmup "))][:2] == ["2", "2"]
    assert "have the same data" not in said


def test_the_plot_shows_every_study_and_what_they_say_together(
    made: dict[str, tuple[Path, Study]], tmp_path: Path
) -> None:
    assert meta(made, "abc", "--out", str(tmp_path / "x.svg")) == 0
    root = ElementTree.parse(tmp_path / "x.svg").getroot()
    texts = [element.text for element in root.iter() if element.tag.endswith("text")]
    assert [texts.count(name) for name in ("a", "b", "c", "together")] == [3, 2, 2, 3]
    assert sum(element.tag.endswith("rect") for element in root.iter()) == 1 + 7


def test_what_does_not_belong_together_is_refused_in_a_line(
    made: dict[str, tuple[Path, Study]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    loss, _ = make(tmp_path, "l", 0.1, metric="val/loss", higher_is_better=False, failure_value=2, tricks=["fpn.yaml"])
    other, _ = make(tmp_path, "o", 0.1, tricks=["drop_path.yaml"], seeds=2)
    changed = tmp_path / "changed.bundle"
    changed.write_bytes(loss.read_bytes()[:-30])
    a = str(made["a"][0])
    for words, said in (
        ([a], "meta pools two or more bundles, got 1"),
        ([a, a], "hold the same ablation, which would count twice"),
        ([a, str(loss)], "a about val/miou (higher is better), l about val/loss (lower is better)"),
        (
            [a, str(other)],
            "no trick's effect is known in two of these bundles: In a alone, so not pooled: focal, fpn, warmup.",
        ),
        ([a, str(changed)], "is cut off or damaged"),
        ([a, str(tmp_path / "nowhere")], "cannot be read"),
        ([a, str(other), "--out", "x.png"], "--out must end in .json or .svg, got 'x.png'"),
    ):
        assert cli.main(["meta", *words]) == 2
        assert said in complaint(capsys)


def test_one_seed_has_no_part_and_the_same_data_are_named(
    made: dict[str, tuple[Path, Study]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    single, _ = make(tmp_path, "s", 0.1, seeds=1, tricks=["fpn.yaml"], placebo=None)
    (tmp_path / "again").mkdir()
    again, _ = make(tmp_path / "again", "a", 0.02, seeds=2, tricks=["fpn.yaml"])
    assert cli.main(["meta", str(made["a"][0]), str(again), str(single)]) == 0
    said = capsys.readouterr().out
    assert "fpn of s has no standard error (K = 1): left out." in said
    assert "have the same data: not independent" in said
