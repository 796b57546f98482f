"""Splits that leak, dealt anew into lists, which are read back."""

import json
from pathlib import Path

import pytest
from PIL import Image

from experiments import cli
from tests.datamodules import made
from tests.experiments.commands.test_mistakes import checked, found, here, masks, scene

__all__ = ["here"]


def test_a_split_that_leaks_is_dealt_anew_and_then_does_not(here, capsys):
    root = here / "plants"
    masks(root)
    for k in (100, 101, 102):
        scene(k - 95).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(root / "valid" / "images" / f"{k}.png")
    for split, first in (("train", 200), ("valid", 203)):
        for k in range(first, first + 3):
            scene(k).save(root / split / "images" / f"film1_{k}.png")
            made.mask(root / split / "masks" / f"film1_{k}.png", (0, 1, 2))
    for k in range(300, 304):  # a series that stands whole, of which the duplicate of one must not tear it
        scene(k if k > 300 else 8).save(root / "valid" / "images" / f"late2_{k}.png")
        made.mask(root / "valid" / "masks" / f"late2_{k}.png", (0, 1, 2))
    assert cli.main(["init", "plants"]) == 0
    code, said, findings = checked("plants", capsys, "--split", "plants/lists")
    assert code == 1
    assert "to use them, in the config's data: splits: {train: lists/train.txt, val: lists/val.txt}" in said
    assert found(findings, "val: 3 of 17 images are by their names of a series that is trained on too")
    lists = {name: (root / "lists" / f"{name}.txt").read_text().split() for name in ("train", "val")}
    assert sorted(map(len, lists.values())) == [17, 33]
    assert len({f"film1_{k}.png" for k in range(200, 206)} & set(lists["train"])) in (0, 6)
    assert len({f"late2_{k}.png" for k in range(300, 304)} & set(lists["train"])) in (0, 4)
    use_lists(here, Path("lists"), lists)
    capsys.readouterr()
    assert cli.main(["data", "check", "plants_baseline.yaml", "lists.yaml", "--workers", "0"]) == 0
    assert "leaks: none found" in capsys.readouterr().out


def use_lists(here, folder, names) -> None:
    splits = {name: f"{folder / name}.txt" for name in names}
    (here / "lists.yaml").write_text(json.dumps({"data": {"init_args": {"splits": splits}}}))


@pytest.mark.parametrize(
    "make",
    [
        made.usual,
        made.colours_beside,
        made.coco_of_roboflow,
        made.coco_outlines,
        made.masks_beside,
        made.yolo,
        made.yolo_outlines,
        made.table_of_splits,
        made.voc_without_lists,
        made.folders_of_classes,
    ],
    ids=lambda make: make.__name__,
)
def test_lists_say_paths_where_names_are_alike_and_are_read_back(here, capsys, make):
    """The images of these layouts are called alike in all splits, and each is a duplicate of its namesake."""
    make(here / "data")
    assert cli.main(["init", "data"]) == 0
    _, said, _ = checked("data", capsys, "--split", "lists")
    assert any(f"splits: {{train: {here / 'lists/train.txt'}, " in line for line in said)
    lists = [file.stem for file in (here / "lists").iterdir()]
    lines = [line for name in lists for line in (here / "lists" / f"{name}.txt").read_text().splitlines()]
    assert len(set(lines)) == len(lines)
    use_lists(here, here / "lists", lists)
    capsys.readouterr()
    cli.main(["data", "check", "data_baseline.yaml", "lists.yaml", "--workers", "0", "--json", "again.json"])
    again = json.loads((here / "again.json").read_text())
    assert again["splits"] == {name: (here / "lists" / f"{name}.txt").read_text().count("\n") for name in lists}
    assert not [each for each in again["findings"] if each["kind"] == "leak"]
