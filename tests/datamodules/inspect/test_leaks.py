"""What two splits share, by names, folders and clocks; and a split in which nothing stands on two sides."""

import math
from dataclasses import replace

import numpy as np
import pytest
import yaml

from datamodules.inspect.facts import Facts
from datamodules.inspect.honest import deal_anew
from datamodules.inspect.leaks import GROUPS, find_leaks
from datamodules.inspect.split import Split
from datamodules.layouts.splits import Splits

RANDOM = np.random.default_rng(0)


def split(names, folders=(), times=()) -> Split:
    """Images of noise, of which none is like another."""
    times = times or [math.nan] * len(names)
    noise = RANDOM.integers(0, 255, (len(names), 64, 64), dtype=np.uint8)
    facts = [Facts(k, thumb=noise[k], taken=time) for k, time in enumerate(times)]
    return Split(names, facts, folders)


def films(**counts: int) -> list[str]:
    return [f"{film}1_{k:03}.png" for film, count in counts.items() for k in range(count)]


def leaks(**splits: Split) -> list[str]:
    return [f"{each.split}: {each.said.partition(':')[0]}" for each in find_leaks(splits)]


def test_folders_of_both_sides_are_a_leak():
    train = split(["1.png", "2.png", "a.png"], ["/film1", "/film1", "/film2"])
    val = split(["7.png", "b.png", "9.png"], ["/film1", "/film3", "/film3"])
    assert leaks(train=train, val=val) == ["val: 1 of 3 images are by their names of a series that is trained on too"]


def test_series_of_validation_and_test_are_a_leak():
    said = leaks(train=split(films(a=3)), val=split(films(b=2, c=2)), test=split(films(c=1, d=2)))
    assert said == ["test: 1 of 3 images are by their names of a series that is validated on too"]


@pytest.mark.parametrize("suffix", ["", ".png"])  # names of masks have none
def test_the_advice_cuts_whole_series(suffix):
    splits = Splits(**yaml.safe_load(GROUPS.removeprefix("splits: ").partition(" cuts")[0]))
    names = [name.removesuffix(".png") + suffix for name in films(a=4, b=4, c=4)]
    sides = [{names[at][0] for at in splits.members(side, names, list, list)} for side in ("train", "val")]
    assert list(map(len, sides)) == [2, 1]


def test_a_group_is_advised_where_names_alone_tell_series():
    for names, folders, advised in ((films(a=2), (), True), (["1.png", "2.png"], ["/film1", "/film1"], False)):
        more = ["b1_7.png"] if not folders else ["9.png"]
        train, val = (split([*names, *more], [*folders, *["/film2"] * bool(folders)]) for _ in range(2))
        (found,) = find_leaks({"train": train, "val": val})
        assert (GROUPS in found.then) is advised
        assert "data check --split" in found.then


def test_names_of_classes_are_no_series():
    names = [f"{label}/{label}.{k:03}.jpg" for label in ("cat", "dog") for k in range(3)]
    assert leaks(train=split(names), val=split(names)) == []


def test_a_word_names_a_series_where_its_images_look_like_a_film():
    """`Abyssinian_100.jpg` is the photo of a cat, and its neighbour of another one."""
    names = [f"{word}_{k:03}.jpg" for word in ("abyssinian", "bengal") for k in range(8)]
    train, val = split(names[::2]), split(names[1::2])
    assert leaks(train=train, val=val) == []
    noise = RANDOM.integers(0, 99, (8, 64, 64))
    scenes = RANDOM.integers(0, 9, (2, 64, 64)) * 16
    frames = [(scenes[k // 8] + noise[k % 8]).astype(np.uint8) for k in range(16)]
    for side, of_side in ((train, frames[::2]), (val, frames[1::2])):
        side.facts[:] = [replace(each, thumb=frame) for each, frame in zip(side.facts, of_side, strict=True)]
    assert leaks(train=train, val=val) == ["val: 8 of 8 images are by their names of a series that is trained on too"]


@pytest.mark.parametrize(
    ("times", "said"),
    [
        ([103.0, 500.0, math.nan], ["val: 1 of 3 images were taken within 10 s of one that is trained on, as their"]),
        ([130.0, 500.0, math.nan], []),
    ],
)
def test_photos_of_one_moment_are_a_leak(times, said):
    train = split(["x.jpg", "y.jpg", "z.jpg"], times=[100.0, 900.0, math.nan])
    found = leaks(train=train, val=split(["u.jpg", "v.jpg", "w.jpg"], times=times))
    assert [each[: len(wanted)] for each, wanted in zip(found, said, strict=True)] == said


def test_a_clock_that_stands_still_says_nothing():
    still = [split(["x.jpg", "y.jpg"], times=[5.0, 5.0]) for _ in range(2)]
    assert leaks(train=still[0], val=still[1]) == []


def test_films_are_dealt_whole_also_those_that_stood_in_one_split():
    """As CamVid's four drives, of which two stand on two sides and each is more than a tenth of the images."""
    splits = {
        "train": split(films(p=53, r=86, e=228)),
        "val": split(films(e=101)),
        "test": split(films(p=62, s=171)),
    }
    dealt = deal_anew(splits)
    found = {name: {splits[split].series[index] for split, index in members} for name, members in dealt.items()}
    assert all(found.values())
    assert sum(map(len, found.values())) == 4
    assert {name: len(members) for name, members in dealt.items()} == {"train": 415, "val": 115, "test": 171}
