"""Mistakes that own data have, planted into made data: found by `data check` after `init`, named, with what to do."""

import base64
import io
import json
import re

import numpy as np
import pytest
from PIL import Image

from experiments import cli
from tests.datamodules import made
from tests.experiments.tiny import complaint

HEIGHT, WIDTH = made.SIZE


def scene(seed: int) -> Image.Image:
    """A picture that is like no other, of soft patches, which survive being saved with loss."""
    patches = np.random.default_rng(seed).integers(0, 255, (6, 8, 3), dtype=np.uint8)
    return Image.fromarray(patches).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)


def masks(root) -> None:
    """Thirty training and ten validation images, with names of no series."""
    for split, first, count in (("train", 0, 30), ("valid", 100, 10)):
        for k in range(first, first + count):
            made.mask(root / split / "masks" / f"{k}.png", (0, 1, 2))
            (root / split / "images").mkdir(parents=True, exist_ok=True)
            scene(k).save(root / split / "images" / f"{k}.png")


def checked(name: str, capsys, *words: str) -> tuple[int, list[str], list[dict]]:
    """The exit code, the lines and the findings of `data check` on what `init` wrote."""
    capsys.readouterr()
    code = cli.main(["data", "check", f"{name}_baseline.yaml", "--workers", "0", "--json", "found.json", *words])
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    with open("found.json", encoding="utf-8") as file:
        return code, lines, json.load(file)["findings"]


def found(findings: list[dict], said: str) -> dict:
    (one,) = [each for each in findings if said in f"{each['split']}: {each['said']}"]
    assert one["then"]
    return one


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def spoil(train, valid) -> None:
    """A mistake of each kind."""
    whole = (train / "images" / "0.png").read_bytes()
    (train / "images" / "0.png").write_bytes(whole[: len(whole) // 2])
    Image.new("L", (WIDTH, HEIGHT + 2)).save(train / "masks" / "1.png")
    made.mask(train / "masks" / "2.png", (0, 1, 9))
    turned = Image.Exif()
    turned[274] = 6
    scene(3).save(train / "images" / "3.png", exif=turned)
    Image.new("RGB", (WIDTH, HEIGHT), "grey").save(train / "images" / "4.png")
    scene(5).convert("L").save(train / "images" / "5.png")
    Image.fromarray(np.array(scene(6).convert("L")).astype(np.uint16) * 48).save(train / "images" / "6.png")
    (train / "images" / "7.png").unlink()
    scene(7).convert("CMYK").save(train / "images" / "7.jpg")
    for k in range(100, 110):
        made.mask(valid / "masks" / f"{k}.png", (0, 255, 255, 255))
    made.mask(valid / "masks" / "101.png", (255,))
    lossy = io.BytesIO()
    scene(10).save(lossy, "JPEG", quality=30)
    Image.open(lossy).save(valid / "images" / "102.png")
    scene(11).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(valid / "images" / "103.png")
    scene(12).crop((4, 3, 4 + 40, 3 + 33)).resize((WIDTH, HEIGHT)).save(valid / "images" / "104.png")
    scene(13).point(lambda level: min(round(1.3 * level), 255)).save(valid / "images" / "105.png")
    scene(14).save(valid / "images" / "106.png")
    for name, second in ((train / "images" / "8.png", 5), (valid / "images" / "107.png", 12)):
        exif = Image.Exif()
        exif.get_ifd(0x8769)[0x9003] = f"2024:05:01 10:00:{second:02}"
        with Image.open(name) as image:
            image.save(name.with_suffix(".jpg"), exif=exif, quality=95)
        name.unlink()
    scene(9).resize((60, 50)).save(train / "images" / "9.png")
    Image.open(train / "masks" / "9.png").resize((60, 50)).save(train / "masks" / "9.png")


def test_mistakes_of_masks(here, capsys):
    root = here / "plants"
    masks(root)
    assert cli.main(["init", "plants"]) == 0
    spoil(root / "train", root / "valid")
    code, _, findings = checked("plants", capsys, "--page", "plants.html")
    assert code == 1
    taken = found(
        findings, "val: 1 of 10 images were taken within 10 s of one that is trained on, as their cameras say"
    )
    assert taken["places"] == ["107.jpg"]
    assert found(findings, "train: 1 of 30 images are not of 48×40, as most are")["places"] == ["9.png"]
    broken = found(findings, "train: 4 of 30 images cannot be read: cannot read ")
    assert broken["places"] == ["0.png", "1.png", "2.png", "3.png"]
    assert found(findings, "train: 1 of 30 images of one shade alone")["places"] == ["4.png"]
    for mode, name in (("L", "5.png"), ("I;16", "6.png"), ("CMYK", "7.jpg")):
        assert found(findings, f"train: 1 of 30 images are of mode {mode}, most are RGB")["places"] == [name]
    assert found(findings, "train: 1 of 30 images use less than a quarter of their 16 bits, by ")["places"] == ["6.png"]
    assert found(findings, "of the pixels are ignored")["split"] == "val"
    assert found(findings, "val: 1 of 10 images without a pixel that counts")["places"] == ["101.png"]
    assert {each["said"] for each in findings if "no pixel is of class" in each["said"]}
    leaked = found(findings, "val: 5 of 10 images are in the training data too, or nearly")
    assert dict(zip(leaked["places"], leaked["beside"], strict=True)) == {
        f"{k}.png": f"{k - 92}.png" for k in range(102, 107)
    }
    page = (here / "plants.html").read_text(encoding="utf-8")
    assert "103.png, and 11.png" in page
    assert page.count("<figure>") > 12
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page
    assert cli.main(["ablate", "plants.yaml", "--jobs", "1"]) == 2
    assert "of 30 train images cannot be read" in complaint(capsys)
    assert not list(here.glob("runs/trials/*"))


def test_mistakes_of_boxes(here, capsys):
    root = here / "pets"
    made.yolo(root)
    assert cli.main(["init", "pets"]) == 0
    for k in range(3):
        scene(k).save(root / "images" / "train" / f"{k}.jpg")
        scene(20 + k).save(root / "images" / "val" / f"{k}.jpg")
    labels = root / "labels"
    (labels / "train" / "0.txt").write_text(
        "0 0.4 0.4 0.3 0.4\n0 0.5 0.5 0 0.2\n0 1.5 0.4 0.1 0.1\n0 nan 0.4 0.1 0.1\n"
    )
    (labels / "train" / "1.txt").write_text("1 0.4 0.4 0.3 0.4\n1 0.4 0.4 0.001 0.001\n")
    (labels / "train" / "2.txt").write_text("")
    for k in range(3):
        (labels / "val" / f"{k}.txt").write_text("0 0.4 0.4 0.3 0.4\n")
    code, lines, findings = checked("pets", capsys)
    assert code == 1
    dropped = found(findings, "train: 3 of 6 boxes dropped; the first: ")
    assert "0.txt" in dropped["said"]
    bare = found(findings, "train: 1 of 3 images without objects")
    assert (bare["kind"], bare["places"]) == ("condition", ["2.jpg"])  # as in sets that show what is none on purpose
    assert found(findings, "train: 1 of 3 images with boxes of less than 1 pixel")["places"] == ["1.jpg"]
    assert found(findings, "val: no box is of class dog")
    assert "raise size, or leave such boxes out" in lines


def test_a_leak_between_validation_and_test_is_one_too(here, capsys):
    root = here / "plants"
    masks(root)
    for kind in ("images", "masks"):
        (root / "test" / kind).mkdir(parents=True)
    for k in range(200, 210):
        scene(k).save(root / "test" / "images" / f"{k}.png")
        made.mask(root / "test" / "masks" / f"{k}.png", (0, 1, 2))
    scene(103).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(root / "test" / "images" / "203.png")
    scene(104).crop((4, 3, 44, 36)).resize((WIDTH, HEIGHT)).save(root / "test" / "images" / "204.png")
    scene(5).save(root / "test" / "images" / "205.png")
    assert cli.main(["init", "plants"]) == 0
    code, _, findings = checked("plants", capsys, "--page", "plants.html")
    assert code == 1
    leaked = found(findings, "test: 2 of 10 images are in the validation data too, or nearly")
    assert dict(zip(leaked["places"], leaked["beside"], strict=True)) == {"203.png": "103.png", "204.png": "104.png"}
    trained = found(findings, "test: 1 of 10 images are in the training data too, or nearly")
    assert (trained["places"], trained["beside"]) == (["205.png"], ["5.png"])
    assert len([each for each in findings if each["kind"] == "leak"]) == 2
    assert "203.png, and 103.png" in (here / "plants.html").read_text(encoding="utf-8")
    (here / "same.yaml").write_text(json.dumps({"data": {"init_args": {"splits": {"val": "valid", "test": "valid"}}}}))
    assert cli.main(["data", "check", "plants_baseline.yaml", "same.yaml", "--workers", "0"]) == 0
    assert "· val: these images are the test data as well: " in capsys.readouterr().out


def test_the_page_shows_masks_in_the_colours_of_the_data(here, capsys):
    root = here / "plants"
    masks(root)
    for mask in root.glob("*/masks/*.png"):
        coded = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
        coded[:, : WIDTH // 2], coded[:, WIDTH // 2 :] = (0, 160, 40), (200, 0, 80)
        Image.fromarray(coded).save(mask)
    assert cli.main(["init", "plants"]) == 0
    checked("plants", capsys, "--page", "plants.html")
    page = (here / "plants.html").read_text(encoding="utf-8")
    assert {"#00a028", "#c80050"} <= set(re.findall(r"#[0-9a-f]{6}", page))
    drawn = [Image.open(io.BytesIO(base64.b64decode(png))) for png in re.findall(r"image/png;base64,([^\"']+)", page)]
    assert drawn
    for picture in drawn:
        colours = picture.convert("RGB").getcolors()
        assert colours is not None
        assert {colour for _, colour in colours} == {(0, 160, 40), (200, 0, 80)}
