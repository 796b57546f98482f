"""Data as a Chinese team keeps them, through the commands: names of folders, files and classes, and encodings."""

import codecs
import os
import re
from pathlib import Path

import pytest
import yaml

from experiments import cli
from experiments.trial import train
from tests.datamodules import made

CLASSES = "背景\n划痕\n凹坑\n"
ENDS = ["--trainer.max_steps=1", "--trainer.default_root_dir=out"]


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def masks(root: Path, images: str, labels: str) -> None:
    for k in range(10):
        made.photo(root / images / f"钢板_{k:03}.jpg", k)
        made.mask(root / labels / f"钢板_{k:03}.png", (0, 1, 2))


def recognised(capsys) -> tuple[str, dict]:
    assert cli.main(["init", "数据"]) == 0, capsys.readouterr().err
    return capsys.readouterr().out, yaml.safe_load(Path("数据_baseline.yaml").read_text())["data"]["init_args"]


def refused(capsys, *words: str) -> str:
    assert cli.main([*words]) == 2
    (said,) = capsys.readouterr().err.splitlines()
    return said


@pytest.mark.parametrize(
    "kinds", [("图像", "标注"), ("原图", "掩码"), ("缺陷图片", "缺陷标签"), ("照片/一号线", "分割/一号线")]
)
def test_folders_of_images_and_masks_are_no_classes(here, capsys, kinds):
    masks(here / "数据", *kinds)
    said, found = recognised(capsys)
    assert "segmentation, for ImageMaskFolder: 10 training images" in said
    assert [found["images"], found["masks"]] == [f"{kind}/{{name}}" for kind in kinds]


def test_splits_are_told_by_their_names(here, capsys):
    for split in ("训练集", "验证集", "测试集"):
        masks(here / "数据" / split, "图像", "标注")
    found = recognised(capsys)[1]
    assert found["splits"] == {"train": "训练集", "val": "验证集", "test": "测试集"}
    assert train.main(["fit", "--config", "数据_baseline.yaml", *ENDS]) == 0


def test_classes_may_begin_like_a_split(here, capsys):
    for seed, name in enumerate(("测试台", "验证码")):
        for k in range(6):
            made.photo(here / "数据" / name / f"{k}.jpg", 10 * seed + k)
    assert "2 classes (测试台, 验证码)" in recognised(capsys)[0]


def test_files_that_are_not_utf_8_are_named_with_what_to_do(here, capsys):
    masks(here / "数据", "图像", "标注")
    (here / "数据" / "classes.txt").write_text(CLASSES, "gbk")
    said = refused(capsys, "init", "数据")
    assert "数据/classes.txt" in said
    assert "iconv -f GB18030 -t UTF-8" in said
    (here / "数据" / "classes.txt").write_text(CLASSES, "utf-8-sig")
    assert recognised(capsys)[1]["classes"] == {"背景": 0, "划痕": 1, "凹坑": 2}


@pytest.mark.parametrize(
    ("make", "file"),
    [
        (made.yolo_beside, "classes.txt"),
        (made.yolo, "data.yaml"),
        (made.table, "boxes.csv"),
        (made.coco_outlines, "annotations/train.json"),
        (made.voc_without_lists, "annotations/3.xml"),
    ],
)
def test_names_of_classes_that_are_not_utf_8(here, capsys, make, file):
    (here / "新").mkdir()
    make(here / "数据")
    recognised(capsys)
    text = re.sub(r"\b(cat|dog|fox)\b", "划痕", (here / "数据" / file).read_text())
    (here / "数据" / file).write_text(text, "gbk")
    for words in (["init", "数据", "--out", "新"], ["data", "check", "数据_baseline.yaml"]):
        code, said = cli.main(words), "".join(capsys.readouterr())
        if words[0] == "data" or make is not made.voc_without_lists:  # one broken file of many is left to the check
            assert code != 0
            assert file in said
            assert "iconv -f GB18030" in said


@pytest.mark.parametrize("encoding", ["GBK", "gb2312", "GB18030", "utf-8-sig", "utf-16"])
def test_xml_files_say_their_encoding(here, capsys, encoding):
    made.voc_without_lists(here / "数据")
    for file in (here / "数据" / "annotations").glob("*.xml"):
        declared = "" if encoding == "utf-8-sig" else f"<?xml version='1.0' encoding=\"{encoding}\"?>"
        file.write_text(declared + file.read_text().replace("dog", "划痕"), encoding)
    assert "1 classes (划痕)" in recognised(capsys)[0]
    assert train.main(["fit", "--config", "数据_baseline.yaml", *ENDS]) == 0


def test_labels_of_yolo_may_have_a_mark_before_them(here, capsys):
    made.yolo(here / "数据")
    for file in (here / "数据" / "labels").rglob("*.txt"):
        file.write_bytes(codecs.BOM_UTF8 + file.read_bytes())
    assert "detection, for YoloBoxes" in recognised(capsys)[0]
    assert cli.main(["data", "check", "数据_baseline.yaml"]) in (0, 1)
    assert "must be numbers" not in "".join(capsys.readouterr())


def test_lists_of_splits_that_are_not_utf_8_are_not_passed_over(here, capsys):
    masks(here / "数据", "图像", "标注")
    for split, places in (("train", range(7)), ("val", range(7, 10))):
        (here / "数据" / f"{split}.txt").write_text("".join(f"钢板_{k:03}\n" for k in places), "gbk")
    assert "数据/train.txt" in refused(capsys, "init", "数据")


def test_tables_with_chinese_names_are_judged(here, capsys):
    scores = {"基线": (70.1, 70.4, 69.8), "加FPN": (71.0, 71.5, 70.9)}
    lines = [",".join(map(str, [arm, *values])) for arm, values in scores.items()]
    words = ["verdicts", "结果.csv", "--metric", "mIoU", "--sesoi", "0.4", "--arm", "方法", "--baseline", "基线"]
    for encoding in ("gbk", "utf-8", "utf-8-sig"):
        Path("结果.csv").write_text("\n".join(["方法,种子0,种子1,种子2", *lines]), encoding)
        if encoding == "gbk":
            assert "iconv -f GB18030" in refused(capsys, *words)
            continue
        assert cli.main(words) == 0
        assert re.search(r"加FPN +3 +\+1.0", capsys.readouterr().out)


def test_a_config_that_is_not_utf_8_is_named(here, capsys):
    Path("预演.yaml").write_text("baseline: 缺陷_baseline.yaml\n", "gbk")
    said = refused(capsys, "plan", "预演.yaml")
    assert "预演.yaml" in said
    assert "iconv -f GB18030" in said


@pytest.mark.parametrize("make", [made.prefixes, made.yolo, made.folders_of_classes])
def test_names_of_files_that_are_not_utf_8_are_refused(here, capsys, make):
    """As unzip leaves those of a zip file that Windows made."""
    make(here / "数据")
    recognised(capsys)
    image = next((here / "数据").rglob("*.jpg"))
    os.rename(image, os.fsencode(image.with_suffix("")) + "划痕.jpg".encode("gbk"))
    (here / "新").mkdir()
    for words in (["init", "数据", "--out", "新"], ["data", "check", "数据_baseline.yaml"]):
        said = refused(capsys, *words)
        assert "this name is not UTF-8" in said
        assert "convmv" in said
