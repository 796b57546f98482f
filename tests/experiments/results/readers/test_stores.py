"""`trickbench verdicts` over W&B's exports and MLflow's file store, whose runs have names and states of their own."""

import shutil

import pytest

from experiments.cli import main
from tests.experiments.results.readers import logs

OPTIONS = ("--metric", "val/miou", "--sesoi", "0.004")
TOOLS = {
    "wandb": (logs.wandb, "export.csv", "{arm}-seed{seed}"),
    "mlflow": (logs.mlflow, "mlruns", "{arm}-seed-{seed}"),
}


@pytest.fixture(params=TOOLS)
def store(request, tmp_path):
    """What a tool left, and the pattern of its runs' names."""
    write, name, pattern = TOOLS[request.param]
    return write(tmp_path / name), pattern


def told(capsys, *words, code=0):
    """What a command line prints."""
    assert main(["verdicts", *map(str, words)]) == code
    captured = capsys.readouterr()
    return captured.out if not code else captured.err


def test_arms_by_name_pattern_or_hyperparameter(store, capsys, tmp_path):
    place, pattern = store
    logs.table(tmp_path / "t.csv", ["arm", "seed", "val/miou"], [[a, s, values[-1]] for a, s, values in logs.runs()])
    expected = told(capsys, tmp_path / "t.csv", *OPTIONS)
    for naming in (("--arm", "loss"), ("--runs", pattern), ("--runs", "{arm}-seed*", "--seed", "seed"), ()):
        lines = told(capsys, place, *OPTIONS, *naming).splitlines()
        assert lines[: len(expected.splitlines())] == expected.splitlines()


def spoil_wandb(place):
    logs.edit(place, r'"focal-seed4","finished"', '"focal-seed4","crashed"')
    logs.edit(place, r'("focal-seed3".*)"0.728"', r'\1""')
    logs.edit(place, r'("focal-seed2".*)"0.734"', r'\1"NaN"')


def spoil_mlflow(place):
    folders = sorted(place.glob("*/0*"))
    logs.edit(folders[9] / "meta.yaml", "status: 3", "status: 4")
    shutil.rmtree(folders[8] / "metrics")
    logs.edit(folders[7] / "metrics/val/miou", " 0.734 ", " nan ")


def test_states_and_runs_without_the_metric(store, capsys):
    place, pattern = store
    spoil, state = (spoil_wandb, "crashed") if place.is_file() else (spoil_mlflow, "failed")
    spoil(place)
    text = told(capsys, place, *OPTIONS, "--runs", pattern)
    assert f"Left out, status {state}: focal seed 4." in text
    assert "Left out, logged no val/miou: focal seed 3." in text
    assert "focal: of 3 runs 1 diverged" in text
    assert "focal lacks seeds 3, 4, which baseline has: they stay unpaired." in text


def test_a_run_deleted_in_mlflow_does_not_count(tmp_path, capsys):
    place = logs.mlflow(tmp_path / "mlruns")
    logs.edit(sorted(place.glob("*/0*"))[9] / "meta.yaml", "lifecycle_stage: active", "lifecycle_stage: deleted")
    assert "Left out, status deleted: focal seed 4." in told(capsys, place, *OPTIONS)


def test_mlflow_orders_by_step_not_by_line(tmp_path, capsys):
    place = logs.mlflow(tmp_path / "mlruns")
    expected = told(capsys, place, *OPTIONS)
    for path in place.glob("*/*/metrics/val/miou"):
        path.write_text("".join(reversed(path.read_text().splitlines(keepends=True))))
    assert told(capsys, place, *OPTIONS) == expected


def test_an_export_that_does_not_show_states_is_read_by_from(tmp_path, capsys):
    place = logs.wandb(tmp_path / "export.csv")
    lines = [",".join(line.split(",")[:1] + line.split(",")[8:]) for line in place.read_text().splitlines()]
    place.write_text("\n".join(lines))
    assert "no column 'arm'" in told(capsys, place, *OPTIONS, code=2)
    assert "helps" in told(capsys, place, *OPTIONS, "--from", "wandb")


def test_a_chart_that_wandb_exports_gives_the_verdicts_of_its_runs(tmp_path, capsys):
    expected = told(capsys, logs.wandb(tmp_path / "export.csv"), *OPTIONS)
    chart = logs.wandb_chart(tmp_path / "chart.csv")
    assert told(capsys, chart, *OPTIONS) == f"{expected}Of each run the last val/miou counts (--pick).\n"
    assert "no metric 'val/mio'; nearest: val/miou" in told(capsys, chart, "--metric", "val/mio", *OPTIONS[2:], code=2)


@pytest.mark.parametrize("tool", ["wandb", "mlflow", "tensorboard"])
def test_a_table_is_not_the_file_of_a_tool_that_from_names(tmp_path, capsys, tool):
    logs.table(tmp_path / "t.csv", ["method", "0", "1"], [["baseline", 1, 2], ["focal", 2, 3]])
    said = told(capsys, tmp_path / "t.csv", *OPTIONS, "--from", tool, code=2)
    assert f"{tmp_path / 't.csv'} does not hold " in said


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1700 high 0\n", "val/miou must be a number, or nan if it diverged, got 'high'"),
        ("1700\n", "lines must be `time value step`"),
        ("1700 0.5 x\n", "lines must be `time value step`"),
    ],
)
def test_a_metric_of_mlflow_that_is_not_one(tmp_path, capsys, text, message):
    place = logs.mlflow(tmp_path / "mlruns")
    next(place.glob("*/*/metrics/val/miou")).write_text(text)
    assert message in told(capsys, place, *OPTIONS, code=2)


def test_names_that_tell_nothing(tmp_path, capsys):
    place = logs.wandb(tmp_path / "export.csv")
    place.write_text(place.read_text().replace("-seed", "-"))
    said = told(capsys, place, *OPTIONS, code=2)
    assert "no hyperparameter 'arm' and 'focal-4' does not tell it" in said
    assert said.endswith("name it with --arm, or by --runs '{arm}/seed-{seed}'\n")
