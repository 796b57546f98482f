"""Predictions of a folder of images, through the command."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from faster_coco_eval import COCO

import lightning_modules
from datamodules import Digits
from datamodules.files.images import read_image, read_values
from experiments import cli
from experiments.images.colours import colour
from tests.experiments import tiny
from tests.experiments.trial.use.test_load import copied

NAMES = ["a.jpg", "a.png", "more/clear.webp", "more/deep.tif", "more/turned ü.JPG", "palette.png"]
FOLDER = {"class_path": "datamodules.ImageMaskFolder", "init_args": {"root": "nowhere", "size": [32, 48]}}


def predict(folder: Path, run: Path, out: Path, *words: str) -> int:
    return cli.main(["predict", str(folder), "--run", str(run), "--out", str(out), *words])


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_masks_have_the_size_of_their_images_and_the_model_s_labels(runs, images, tmp_path, capsys):
    (images / "broken.png").write_bytes((images / "a.png").read_bytes()[:300])
    out = tmp_path / "out"
    assert predict(images, runs / "segmentation", out) == 1
    told = capsys.readouterr()
    assert "skipped: cannot read" in told.err
    assert "broken.png" in told.err
    assert told.out == f"6 images, 1 skipped\n{out}\n"
    assert files(out / "masks") == [f"{name}.png" for name in NAMES]
    assert files(out / "overlays") == [f"{name}.jpg" for name in NAMES]
    model = lightning_modules.load(runs / "segmentation")
    for name in NAMES:
        pixels = read_image(images / name)
        with torch.no_grad():
            expected = model(model.data.prepare(torch.from_numpy(pixels).permute(2, 0, 1))[None]).argmax(1)[0]
        assert np.array_equal(read_values(out / "masks" / f"{name}.png"), expected.numpy())
    assert read_values(out / "masks/more/turned ü.JPG.png").shape == (60, 40)
    about = json.loads((out / "about.json").read_text())
    usual = [list(colour(label)) for label in range(len(Digits.classes))]  # which the page of a report has too
    assert [(each["name"], each["colour"]) for each in about["classes"]] == list(
        zip(Digits.classes, usual, strict=True)
    )
    assert about["skipped"] == ["broken.png"]


def test_masks_of_the_images_are_no_images(runs, images, tmp_path, capsys):
    """As data lie that a network was trained on; a mask alone may be meant."""
    for name in ("masks/a.png", "more/clear_mask.png", "masks/alone.png"):
        (images / name).parent.mkdir(exist_ok=True)
        shutil.copy(images / "palette.png", images / name)
    assert predict(images, runs / "segmentation", tmp_path / "out") == 0
    assert "left out: 2 masks of images that are here, such as masks/a.png" in capsys.readouterr().err
    assert files(tmp_path / "out/masks") == sorted(f"{name}.png" for name in [*NAMES, "masks/alone.png"])


def test_images_are_resized_as_for_validation_and_labels_brought_back(runs, images, tmp_path):
    keys = {"classes": list(Digits.classes)}
    run = copied(runs / "segmentation", tmp_path / "run", data={**FOLDER, "init_args": FOLDER["init_args"] | keys})
    assert predict(images, run, tmp_path / "out") == 0
    model = lightning_modules.load(run)
    image = model.data.prepare(torch.from_numpy(read_image(images / "a.png")).permute(2, 0, 1))[None]
    assert image.shape == (1, 3, 32, 48)
    with torch.no_grad():
        resized = torch.nn.functional.interpolate(model(image), size=(40, 60), mode="bilinear")
    mask = read_values(tmp_path / "out/masks/a.png.png")
    assert np.array_equal(mask, resized.argmax(1)[0].numpy())


def test_classes_have_the_colours_that_they_have_in_the_masks(runs, images, tmp_path):
    colours = {name: f"#{20 * label:02x}{255 - 20 * label:02x}30" for label, name in enumerate(Digits.classes)}
    init_args = FOLDER["init_args"] | {"classes": colours}
    run = copied(runs / "segmentation", tmp_path / "run", data={**FOLDER, "init_args": init_args})
    assert predict(images, run, tmp_path / "out") == 0
    about = json.loads((tmp_path / "out/about.json").read_text())
    shown = ["#{:02x}{:02x}{:02x}".format(*each["colour"]) for each in about["classes"]]
    assert shown == [colours[name] for name in sorted(colours)]  # as the copied config has them


def test_boxes_are_in_pixels_of_the_image_as_coco_reads_them(runs, images, tmp_path, capsys):
    config = yaml.safe_load((runs / "detection/config.yaml").read_text())
    box_data = {"class_path": "datamodules.CocoBoxes", "init_args": {"root": "nowhere", "size": [32, 48]}}
    run = copied(runs / "detection", tmp_path / "run", data=box_data, model=config["model"])
    assert predict(images, run, tmp_path / "out", "--score", "0") == 0
    truth = COCO(str(tmp_path / "out/images.json"))
    results = truth.loadRes(str(tmp_path / "out/predictions.json"))
    assert [image["file_name"] for image in truth.imgs.values()] == NAMES
    assert [each["name"] for each in truth.cats.values()] == list(Digits.box_classes)
    model = lightning_modules.load(run)
    for number, name in enumerate(NAMES, start=1):
        pixels = read_image(images / name)
        image = model.data.prepare(torch.from_numpy(pixels).permute(2, 0, 1))[None]
        with torch.no_grad():
            (found,) = model.predict_step({"image": image}, 0)
        height, width = pixels.shape[:2]
        x1, y1, x2, y2 = (found["boxes"] * torch.tensor([width / 48, height / 32] * 2)).T.numpy()
        ours = results.imgToAnns[number]
        assert len(ours) == len(found["boxes"]) > 0
        np.testing.assert_allclose([each["bbox"] for each in ours], np.stack([x1, y1, x2 - x1, y2 - y1]).T, atol=1e-4)
        assert [each["category_id"] - 1 for each in ours] == found["labels"].tolist()
    classes = json.loads((tmp_path / "out/about.json").read_text())["classes"]
    assert [each["colour"] for each in classes] == [list(colour(each["label"] + 1)) for each in classes]
    drawn = read_image(tmp_path / "out/overlays/a.png.jpg")
    assert np.abs(drawn.astype(int) - read_image(images / "a.png")).mean() > 20


def test_classes_of_images_are_a_table(runs, images, tmp_path):
    assert predict(images, runs / "classification", tmp_path / "out") == 0
    with (tmp_path / "out/predictions.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert [row["image"] for row in rows] == NAMES
    for row in rows:
        shares = {name: float(row[f"p({name})"]) for name in map(str, range(10))}
        assert sum(shares.values()) == pytest.approx(1, abs=1e-5)
        assert float(row["probability"]) == max(shares.values()) == shares[row["class"]]


def test_what_cannot_be_predicted_is_one_line(runs, images, tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty/notes.txt").touch()
    run, out = runs / "segmentation", tmp_path / "out"
    for folder, trained, to, said in (
        (tmp_path / "nowhere", run, out, "nowhere is not a folder"),
        (images / "a.png", run, out, "must be a folder"),
        (tmp_path / "empty", run, out, "holds no images"),
        (images, run, images / "out", "lies in the folder of images"),
        (tmp_path, run, tmp_path, "lies in the folder of images"),
        (images, run, runs, "holds files already"),
        (images, run, images / "a.png", "must be a folder, got the file"),
        (images, tmp_path / "empty", out, "has no config.yaml"),
    ):
        assert predict(folder, trained, to) == 2
        assert said in tiny.complaint(capsys)
    assert predict(images, run, out, "--score=2") == 2
    assert "--score must lie in [0, 1], got 2" in tiny.complaint(capsys)
    assert not out.exists()


def test_a_run_that_diverged_is_used_and_said(runs, images, tmp_path, capsys):
    run = copied(runs / "classification", tmp_path / "run")
    (run / "result.json").write_text('{"status": "diverged"}')
    assert predict(images, run, tmp_path / "out") == 0
    assert "its training diverged; these are the weights of its last checkpoint" in capsys.readouterr().err


def test_help_tells_of_both_forms(capsys):
    with pytest.raises(SystemExit, match="0"):
        cli.main(["predict", "--help"])
    assert "--run RUN" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="0"):
        cli.main(["predict", "--config", "digits", "--help"])
    assert "--ckpt_path" in capsys.readouterr().out
