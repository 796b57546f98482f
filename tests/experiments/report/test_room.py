"""A baseline nearer to an end of its metric than the smallest effect that matters: every telling says so."""

import pytest

from experiments import cli
from experiments.report.page import render
from experiments.report.publish import publish_report
from tests.experiments.conftest import MakeStudy
from tests.experiments.pages import find, read, text


def test_page_and_terminal_say_that_equivalent_says_little(make_study: MakeStudy, capsys) -> None:
    study = make_study(sesoi=0.9, seeds=2, tricks=["focal.yaml"], placebo=False)
    assert study.verdicts[0].verdict == "equivalent"
    said = "the smallest effect that matters 0.9, so that nothing can lose as much: “equivalent” says little here"
    (seen,) = (part for part in find(read(render(study)), "p", class_="scope") if text(part).startswith("Seen."))
    assert said in text(seen)
    publish_report(study.plan)
    (line,) = (line for line in capsys.readouterr().out.splitlines() if said in line)
    assert line.startswith("baseline: val/miou is 0.6")
    assert said in (study.plan.folder / "table.md").read_text()


def test_a_baseline_with_room_says_nothing(study, root) -> None:
    assert "says little here" not in text(root)


@pytest.mark.parametrize(("more", "cannot"), [((), "lose"), (("--lower-is-better",), "gain")])
def test_tables_of_others_too(tmp_path, capsys, more, cannot) -> None:
    table = tmp_path / "t.csv"
    table.write_text("arm,seed,ap\nbaseline,0,.004\nbaseline,1,.003\nx,0,.004\nx,1,.002\n")
    for sesoi, lines in ((".01", 1), (".003", 0)):
        assert cli.main(["verdicts", str(table), "--metric", "ap", "--sesoi", sesoi, *more]) == 0
        assert capsys.readouterr().out.count(f"so that nothing can {cannot} as much") == lines


@pytest.mark.parametrize(
    ("values", "sesoi", "more", "said"),
    [
        (
            (0.995, 0.994),
            ".01",
            (),
            "is 0.9945 and the smallest effect that matters 0.01, so that nothing can gain as much below 1:",
        ),
        ((0.985, 0.984), ".01", (), ""),
        ((99.5, 99.4), "1", (), "so that nothing can gain as much below 100:"),
        ((99.5, 101.0), "1", (), ""),  # no share
        ((0.995, 0.994), ".01", ("--lower-is-better",), ""),  # a loss may be above 1
    ],
)
def test_a_baseline_near_the_ceiling(tmp_path, capsys, values, sesoi, more, said) -> None:
    table = tmp_path / "t.csv"
    rows = [f"{arm},{seed},{value}" for arm in ("baseline", "x") for seed, value in enumerate(values)]
    table.write_text("\n".join(["arm,seed,ap", *rows, ""]))
    assert cli.main(["verdicts", str(table), "--metric", "ap", "--sesoi", sesoi, *more]) == 0
    told = capsys.readouterr().out
    assert said in told
    assert ("say little here" in told) == bool(said)
