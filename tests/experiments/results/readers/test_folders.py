"""`trickbench verdicts` over what other tools leave: the same verdicts as from a table, recognised or by --from."""

import shutil

import pytest
from lightning.pytorch.loggers import CSVLogger

from experiments.cli import main
from tests.experiments.results.readers import logs

OPTIONS = ("--sesoi", "0.004", "--format", "csv")


def lightning(folder, arm, seed, values):
    logger = CSVLogger(folder.parents[1], name=f"{arm}/seed-{seed}", version=0)
    logger.log_hyperparams({"loss": arm, "seed": seed})
    for epoch, value in enumerate(values):
        logger.log_metrics({"train/loss": 1.5, "epoch": epoch}, step=10 * epoch)
        logger.log_metrics({"val/miou": value, "epoch": epoch}, step=10 * epoch + 9)
    logger.save()


TOOLS = {
    "ultralytics": (logs.ultralytics, "metrics/mAP50-95(B)"),
    "lightning": (lightning, "val/miou"),
    "mmengine": (logs.mmengine, "coco/bbox_mAP"),
}


def verdicts(capsys, *words, code=0):
    """Output and errors of a command line."""
    assert main(["verdicts", *map(str, words)]) == code
    captured = capsys.readouterr()
    return captured if not code else captured.err


@pytest.fixture(scope="module")
def studies(tmp_path_factory):
    """A study in the form of each tool."""
    root = tmp_path_factory.mktemp("studies")
    return {tool: logs.lay(root / tool, write) for tool, (write, _) in TOOLS.items()}


@pytest.fixture
def expected(tmp_path, capsys):
    """Verdicts on the plain table, by which epoch counts."""
    told = {}
    for pick, at in (("last", -1), ("max", 1), ("min", 0)):
        rows = [[arm, seed, values[at]] for arm, seed, values in logs.runs()]
        logs.table(tmp_path / "plain.csv", ["arm", "seed", "m"], rows)
        told[pick] = verdicts(capsys, tmp_path / "plain.csv", "--metric", "m", *OPTIONS).out
    return told


def rounded(text):
    return [cell[:6] for line in text.splitlines() for cell in line.split(",")][:40]


@pytest.mark.parametrize("tool", TOOLS)
def test_folders_are_recognised(studies, tool, capsys, expected):
    metric = TOOLS[tool][1]
    told = verdicts(capsys, studies[tool], "--metric", metric, *OPTIONS)
    assert rounded(told.out) == rounded(expected["last"])
    assert told.err == f"Of each run the last {metric} counts (--pick).\n"
    several = verdicts(capsys, *studies[tool].iterdir(), "--from", tool, "--metric", metric, *OPTIONS)
    assert sorted(rounded(several.out)) == sorted(rounded(told.out))


@pytest.mark.parametrize(("tool", "log"), [("ultralytics", "results.csv"), ("mmengine", "scalars.json")])
def test_logs_are_given_one_by_one(studies, tool, log, capsys, expected):
    told = verdicts(capsys, *sorted(studies[tool].rglob(log)), "--metric", TOOLS[tool][1], *OPTIONS)
    assert rounded(told.out) == rounded(expected["last"])


def test_a_run_of_mmengine_that_was_resumed_is_one(studies, tmp_path, capsys):
    """It leaves a folder for each start; what the first had logged beyond its last checkpoint is logged anew."""
    study = shutil.copytree(studies["mmengine"], tmp_path / "study")
    last = study / "focal/seed-0/20260101_120000/vis_data"
    again = shutil.copytree(last, study / "focal/seed-0/20260102_090000/vis_data")
    lines = (last / "scalars.json").read_text().splitlines(keepends=True)
    best = lines[3].replace('"coco/bbox_mAP": 0.7', '"coco/bbox_mAP": 0.9')  # of the epoch that is trained anew
    assert best != lines[3]
    for name in ("scalars.json", "20260101_120000.json"):
        (last / name).write_text("".join([*lines[:3], best]))
        (again / name).write_text("".join(lines[2:]))
    for pick in ("last", "max"):
        words = ("--metric", "coco/bbox_mAP", "--pick", pick, *OPTIONS)
        assert verdicts(capsys, study, *words) == verdicts(capsys, studies["mmengine"], *words)
    for name in ("scalars.json", "20260101_120000.json"):  # begun anew: which of them counts?
        (again / name).write_text("".join(lines))
    said = verdicts(capsys, study, "--metric", "coco/bbox_mAP", *OPTIONS, code=2)
    assert "seed 0 of 'focal' was given before" in said


@pytest.mark.parametrize("pick", ["max", "min"])
def test_another_epoch_counts(studies, capsys, expected, pick):
    told = verdicts(capsys, studies["lightning"], "--metric", "val/miou", "--pick", pick, *OPTIONS)
    assert rounded(told.out) == rounded(expected[pick])
    assert told.err == f"Of each run the {pick} val/miou counts (--pick).\n"


@pytest.mark.parametrize(
    ("tool", "naming"),
    [
        ("lightning", ("--arm", "loss")),
        ("lightning", ("--runs", "{arm}/*-{seed}")),
        ("mmengine", ("--arm", "model.name", "--seed", "randomness.seed")),
        ("ultralytics", ("--runs", "{arm}/seed-*", "--seed", "seed")),
    ],
)
def test_hyperparameters_and_patterns_name_arm_and_seed(studies, capsys, expected, tool, naming):
    told = verdicts(capsys, studies[tool], "--metric", TOOLS[tool][1], *naming, *OPTIONS)
    assert rounded(told.out) == rounded(expected["last"])


@pytest.fixture
def copy(studies, tmp_path):
    """A study to spoil."""
    return lambda tool: shutil.copytree(studies[tool], tmp_path / "copy")


def test_what_does_not_count_is_named(copy, capsys):
    study = copy("ultralytics")
    logs.edit(study / "focal/seed-0/results.csv", r"\n3,.*\n", "\n")  # killed before its last epoch
    logs.edit(study / "focal/seed-1/results.csv", r"(?s)(\n.*)", "\n")
    shutil.rmtree(study / "focal/seed-2")
    told = verdicts(capsys, study, "--metric", "metrics/mAP50-95(B)", *OPTIONS)
    assert told.err.splitlines() == [
        "Of each run the last metrics/mAP50-95(B) counts (--pick).",
        "Fewer metrics/mAP50-95(B) than the 3 of others, so perhaps unfinished: focal seed 0 (2).",
        "Left out, logged no metrics/mAP50-95(B): focal seed 1.",
        "focal lacks seeds 1, 2, which baseline has: they stay unpaired.",
    ]


@pytest.mark.parametrize("pick", ["last", "max"])
def test_a_history_that_ends_with_nan_diverged(copy, capsys, pick):
    study = copy("lightning")
    logs.edit(study / "focal/seed-0/version_0/metrics.csv", r"0\.729\n", "nan\n")
    table = verdicts(capsys, study, "--metric", "val/miou", "--sesoi", "0.004", "--pick", pick).out
    assert "focal: of 5 runs 1 diverged" in table


def test_padded_columns_of_older_releases(copy, capsys, expected):
    study = copy("ultralytics")
    for path in study.rglob("results.csv"):
        path.write_text(
            "\n".join(",".join(c.rjust(23) for c in line.split(",")) for line in path.read_text().splitlines())
        )
    told = verdicts(capsys, study, "--metric", "metrics/mAP50-95(B)", *OPTIONS)
    assert rounded(told.out) == rounded(expected["last"])


def test_hyperparameters_that_are_python_objects(copy, capsys):
    study = copy("lightning")
    path = study / "focal/seed-0/version_0/hparams.yaml"
    path.write_text(
        path.read_text() + "root: !!python/object/apply:pathlib.PosixPath\n- a\n- b\nnested: !!set {x, y}\n"
    )
    assert "focal" in verdicts(capsys, study, "--metric", "val/miou", "--arm", "loss", *OPTIONS).out


def test_a_line_that_a_killed_run_was_writing(copy, capsys, expected):
    study = copy("mmengine")
    scalars = next(study.glob("focal/seed-0/*/vis_data/scalars.json"))
    with scalars.open("a") as file:
        file.write('{"coco/bbox_mAP": 0.')
    told = verdicts(capsys, study, "--metric", "coco/bbox_mAP", *OPTIONS)
    assert rounded(told.out) == rounded(expected["last"])


def test_an_ablation_of_ours_whose_trials_are_links(copy, tmp_path, capsys, expected):
    study, ablation = copy("lightning"), tmp_path / "ablation"
    for trial in study.glob("*/*"):
        link = ablation / trial.relative_to(study)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(trial / "version_0")
    (ablation / "focal" / "round").symlink_to(ablation)  # a link that leads back ends there
    told = verdicts(capsys, ablation, "--metric", "val/miou", *OPTIONS)
    assert rounded(told.out) == rounded(expected["last"])


def test_a_trial_of_ours_diverged_though_it_logged_something(copy, capsys):
    study = copy("lightning")
    for status, seed in (("diverged", 0), ("", 1)):
        folder = study / f"focal/seed-{seed}/version_0"
        (folder / "trial.json").write_text("{}")
        if status:
            (folder / "result.json").write_text(f'{{"status": "{status}"}}')
    table = verdicts(capsys, study, "--metric", "val/miou", "--sesoi", "0.004").out
    assert "focal: of 4 runs 1 diverged" in table
    assert "Left out, status open: focal seed 1." in table


@pytest.mark.parametrize(
    ("tool", "spoil", "words", "message"),
    [
        ("lightning", None, ("--metric", "val/mIoU"), "has no metric 'val/mIoU'; nearest: val/miou"),
        (
            "lightning",
            None,
            ("--metric", "val/miou", "--from", "mmengine"),
            "does not hold mmengine's vis_data/*.json (found",
        ),
        ("lightning", None, ("--metric", "val/miou", "--arm", "x"), "no hyperparameter 'x' and '"),
        ("lightning", None, ("--metric", "val/miou", "--runs", "{arm}/s{seed}"), "10 not named by '{arm}/s{seed}'"),
        ("lightning", ("version_0/hparams.yaml", "seed: [}"), ("--metric", "val/miou"), "is not valid YAML"),
        ("lightning", ("results.csv", "epoch,train/x\n1,2\n"), ("--metric", "val/miou"), "say which with --from"),
        (
            "mmengine",
            ("20260101_120000/vis_data/scalars.json", "{\n{}\n"),
            ("--metric", "coco/bbox_mAP"),
            "scalars.json, line 1: not JSON",
        ),
        (
            "mmengine",
            ("20260101_120000/vis_data/scalars.json", "3\n{}\n"),
            ("--metric", "coco/bbox_mAP"),
            "must be a JSON object",
        ),
        (
            "ultralytics",
            None,
            ("--metric", "metrics/mAP50-95(B)", "--arm", "model"),
            "seed 0 of 'yolo11n.yaml' was given",
        ),
    ],
)
def test_bad_folders_are_one_line(copy, capsys, tool, spoil, words, message):
    study = copy(tool)
    if spoil:
        name, text = spoil
        (study / "focal/seed-0" / name).write_text(text)
    told = verdicts(capsys, study, *words, "--sesoi", "0.004", code=2)
    assert message in told
    assert len(told.splitlines()) == 1
