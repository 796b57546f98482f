"""What `ablate` sees of data and baseline before and after the first trial: said first, and no verdict upon it."""

import json
import math

import numpy as np
import pytest
from PIL import Image

from experiments import cli
from experiments.images import store
from experiments.report import prospects, sound
from experiments.results.study import read_study
from tests.datamodules import made, voc_layout
from tests.experiments import tiny
from tests.experiments.images import detected
from tests.experiments.pages import find, read, text

IDLE = {"optimizer": {"class_path": "torch.optim.SGD", "init_args": {"lr": 1e-12}}}  # too small to learn anything
FOUND_NOTHING = "The baseline has learned nothing: it finds no box"


def declare(folder, base, **keys) -> None:
    content = {"trainer": {"max_epochs": 2, "enable_model_summary": False}, **base}
    tiny.write(folder, "base.yaml", content)
    tiny.write(folder, "giou.yaml", tiny.model(box_loss={"class_path": "CIoU"}))
    tiny.write(folder, "matrix.yaml", {"baseline": "base.yaml", "sesoi": 0.01, "placebo": False, "seeds": 2, **keys})


def folder_data(root, **arguments):
    given = {"root": str(root), "classes": ["ground", "leaf", "stem"], "size": [32, 32], "batch_size": 2}
    return {"class_path": "ImageMaskFolder", "init_args": {**given, "splits": {"val": "valid"}, **arguments}}


@pytest.fixture(scope="module")
def idle(tmp_path_factory):
    """What was said of a detector that learns nothing, on data with a bad box, by `ablate` and then by `status`."""
    folder = tmp_path_factory.mktemp("idle")
    (folder / "data").mkdir()
    root = voc_layout.make(folder / "data")
    voc_layout.annotate(root, "a", [("dog", 0, 1, 4, 6), ("cat", 5, 2, 8, 4), ("cat", 3, 3, 3, 5)])
    data = {"class_path": "VocBoxes", "init_args": {"root": str(root), "size": [32, 32], "batch_size": 2}}
    declare(
        folder,
        {**tiny.detection(num_classes=2, score_threshold=0.9, **IDLE), "data": data},
        tricks=["giou.yaml"],
        metric="val/map",
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield folder


def test_a_baseline_that_learned_nothing_is_said_first_and_nothing_is_concluded(idle, capsys):
    assert cli.main(["ablate", "matrix.yaml", "--jobs", "1"]) == 0
    said = capsys.readouterr().out
    before, _, after = said.partition("registered: sha256")
    dropped = "data: train: 1 of 3 boxes dropped; the first: "
    assert before.count(dropped) == 1
    training, _, reported = after.partition("arm  ")
    assert f"{FOUND_NOTHING}. If its other seeds do the same, there will be no verdict" in training
    assert training.count(f"\n{FOUND_NOTHING}. What is compared with it says nothing about the tricks") == 1
    (row,) = (line for line in reported.splitlines() if line.startswith("giou "))
    assert row.endswith(("no verdict (unsound baseline)", "not estimable"))
    assert reported.count(dropped) == 1
    page = read((idle / "runs/matrix/report.html").read_text())
    first = find(page, "p", role="alert")[0]
    assert text(first).startswith("The baseline has learned nothing: it finds no box")
    recipe = text(find(page, "section", id="recipe")[0])
    assert "There is none yet: the baseline has learned nothing: it finds no box" in recipe
    assert text(page).count(dropped.removeprefix("data: ")) == 1
    assert (idle / "runs/matrix/table.md").read_text().startswith(f"**{FOUND_NOTHING}")
    assert cli.main(["status", "matrix.yaml"]) == 0
    told = capsys.readouterr().out
    assert told.count(dropped) == 1
    assert FOUND_NOTHING in told


def test_broken_files_are_found_before_the_first_trial(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    made.usual(tmp_path / "data")
    for k in (1, 2):
        path = tmp_path / "data" / "train" / "images" / f"{k}.png"
        path.write_bytes(path.read_bytes()[:500])
    segmentation = {**tiny.BASELINE["model"]["init_args"], "num_classes": 3}
    model = {"class_path": "Segmentation", "init_args": segmentation}
    declare(tmp_path, {"model": model, "data": folder_data(tmp_path / "data")}, tricks=["focal"])
    assert cli.main(["ablate", "matrix.yaml", "--jobs", "1"]) == 2
    said = tiny.complaint(capsys)
    assert "2 of 3 train images cannot be read: cannot read " in said
    assert "and 1 more. Mend them, or take them out" in said
    assert not list((tmp_path / "runs").glob("trials/*"))


TABLES = {
    "one class everywhere": ([[90, 100, 90], [0, 0, 10]], 0.45, "it calls every pixel ground"),
    "worse than one class": ([[80, 85, 95], [1, 15, 5]], 0.40, "if every pixel were called ground"),
    "no class": ([[914, 960, 950], [4, 40, 50]], 0.48, "leaf has an IoU of 0.047, and 0.050 by chance alone"),
}


@pytest.mark.parametrize(("pixels", "miou", "why"), TABLES.values(), ids=TABLES)
def test_what_the_images_of_a_last_validation_show(make_study, pixels, miou, why):
    study = make_study(tricks=["focal.yaml", "fpn.yaml"])
    for trial in study.plan.by_seed["baseline"].values():
        leave(trial.folder, pixels, miou)
    found = read_study(study.plan)
    assert {each.verdict for each in found.verdicts} == {"no verdict (unsound baseline)"}
    (line,) = sound.first(study.plan)
    assert line.startswith("The baseline has learned nothing: ")
    assert why in line
    leave(next(iter(study.plan.by_seed["baseline"].values())).folder, [[85, 90, 90], [5, 10, 10]], 0.7)
    assert sound.first(study.plan) == []  # one of its seeds has learned
    assert {each.verdict for each in read_study(study.plan).verdicts} != {"no verdict (unsound baseline)"}


def leave(folder, pixels, miou) -> None:
    """Give a finished trial the images of a validation, and the metric of these."""
    said = {"task": np.array("segmentation"), "classes": np.array(["ground", "leaf"]), "names": np.array(["a"])}
    counts = np.array([pixels], np.uint32)
    objects = np.zeros(0, [("image", "u4"), ("class", "u2"), ("pixels", "u4"), ("right", "u4")])
    store.write(
        folder / "images.npz",
        {**said, "places": np.arange(1), "pixels": counts, "boundary": counts, "objects": objects},
    )
    result = json.loads((folder / "result.json").read_text())
    result["metrics"]["val/miou"] = miou
    (folder / "result.json").write_text(json.dumps(result))


def test_a_box_that_is_right_by_chance_is_nothing_learned(make_study):
    study = make_study(tricks=["focal.yaml"], metric="val/map")
    left = detected.tables(0.0, seed=0)
    left["detections"]["right_at"][left["detections"]["score"].argmin()] = 1
    for trial in study.plan.by_seed["baseline"].values():
        store.write(trial.folder / "images.npz", left)
    (line,) = sound.first(study.plan)
    assert line.startswith("The baseline has learned nothing: map is 0.0000, as little as boxes have")
    store.write(next(iter(study.plan.by_seed["baseline"].values())).folder / "images.npz", detected.tables(0.5, seed=0))
    assert sound.first(study.plan) == []


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ([0.3] * 6, "has learned nothing: val/miou is 0.3 in each of its 6 validations"),
        ([0.9] * 5 + [1.0], "is perfect"),
    ],
)
def test_what_the_curve_of_a_baseline_shows(make_study, values, what):
    study = make_study(tricks=["focal.yaml"])
    for trial in study.plan.by_seed["baseline"].values():
        lines = [f"{epoch},{23 * (epoch + 1)},{value}" for epoch, value in enumerate(values)]
        (trial.folder / "metrics.csv").write_text("\n".join(["epoch,step,val/miou", *lines]) + "\n")
    (line,) = sound.first(study.plan)
    assert what in line
    assert {each.verdict for each in read_study(study.plan).verdicts} == {"no verdict (unsound baseline)"}
    (line,) = prospects.lines(study.plan)
    assert what in line
    assert line.endswith(". What the ablation can show is not known from that")


def test_binary_masks_whose_foreground_is_void_get_no_verdict(tmp_path, monkeypatch, capsys):
    """The commonest mask there is; that its foreground may lack does not help."""
    monkeypatch.chdir(tmp_path)
    for split in ("train", "valid"):
        for k in range(4):
            made.photo(tmp_path / "data" / split / "images" / f"{k}.png", k)
            made.mask(tmp_path / "data" / split / "masks" / f"{k}.png", (0, 255))
    segmentation = {**tiny.BASELINE["model"]["init_args"], "num_classes": 2}
    data = folder_data(tmp_path / "data", classes=["ground", "nucleus"], may_lack=["nucleus"])
    declare(
        tmp_path, {"model": {"class_path": "Segmentation", "init_args": segmentation}, "data": data}, tricks=["focal"]
    )
    assert cli.main(["ablate", "matrix.yaml", "--jobs", "1"]) == 0
    said = capsys.readouterr().out
    assert "data: val: no pixel is of class nucleus" in said.partition("registered: sha256")[0]
    assert "\nThe baseline is perfect: val/miou is exactly 1, which says that something else is measured" in said
    (row,) = (line for line in said.splitlines() if line.startswith("focal  "))
    assert not any(word in row for word in ("helps", "hurts", "equivalent", "gain", "undecided"))
    assert math.isfinite(json.loads((tmp_path / "runs/matrix/verdicts.json").read_text())["sesoi"])
    with Image.open(tmp_path / "data/train/masks/0.png") as image:
        assert set(image.tobytes()) == {0, 255}
