"""Pictures on the page: the images that changed most, each file once, and none where there are none."""

import io
from xml.etree.ElementTree import Element

import numpy as np
import pytest
from PIL import Image

from experiments.images import pictures, store
from experiments.images.scored import each
from experiments.report.page import render
from experiments.results import sound
from experiments.results.study import Study, read_study
from tests.experiments.conftest import make_study
from tests.experiments.images import detected, planted
from tests.experiments.pages import read

SHARES = {"baseline": 0.6, "fpn": 0.9, "focal": 0.5, "placebo": 0.6}
ERRS = {"fpn": planted.Errs(misses_small=0.1), "focal": planted.Errs(misses=0.3)}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Two tricks without anything of their images."""
    return make_study(tmp_path_factory.mktemp("pictures"), tricks=["fpn.yaml", "focal.yaml"], seeds=2)


def of_boxes(study: Study) -> Study:
    """The same of a detector."""
    for trial in study.plan.trials:
        store.write(trial.folder / "images.npz", detected.tables(SHARES[trial.arm], trial.seed))
        detected.draw(trial.folder / "pictures.zip", SHARES[trial.arm], trial.seed)
    return read_study(study.plan)


def of_pixels(study: Study) -> Study:
    """The same of a segmentation."""
    for trial in study.plan.trials:
        errs = ERRS.get(trial.arm, planted.Errs())
        store.write(trial.folder / "images.npz", planted.tables(errs, trial.arm, trial.seed))
        planted.draw(trial.folder / "pictures.zip", errs, trial.arm, trial.seed)
    return read_study(study.plan)


def section(study: Study) -> Element | None:
    return read(render(study)).find(".//section[@id='pictures']")


def captions(found: Element) -> list[str]:
    return [" ".join("".join(caption.itertext()).split()) for caption in found.iter("figcaption")]


def test_masks_of_the_images_that_changed_most(study):
    found = section(made := of_pixels(study))
    ours, theirs = (each(planted.tables(e, a, 0)) for e, a in ((ERRS["fpn"], "fpn"), (planted.Errs(), "baseline")))
    best = max(pictures.chosen(len(ours)), key=lambda place: ours[place] - theirs[place])
    assert captions(found)[0] == f"▲ better: image {best}, {theirs[best]:.2f} → {ours[best]:.2f} seed 0"
    assert any(caption.startswith("▼ worse") for caption in captions(found))
    uses = [use.get("href") for use in found.iter("use")]
    files = [image.get("id") for image in found.iter("image")]
    assert len(set(files)) == len(files) < len(uses) == 4 * len(captions(found))
    assert set(uses) == {f"#{file}" for file in files}
    assert {"background", "sign"} <= {"".join(name.itertext()).strip() for name in found.find(".//p[@class='key']")}
    assert render(made) == render(read_study(made.plan))


def test_masks_and_their_key_keep_the_colours_that_the_data_have(study):
    of_pixels(study)
    own = [(9, 8, 7), (60, 50, 40), (1, 2, 3), (200, 0, 90), (4, 5, 6)]
    for trial in study.plan.trials:
        files, said = pictures.read(trial.folder / "pictures.zip")
        masks = {name: Image.open(io.BytesIO(content)) for name, content in files.items() if name.endswith(".png")}
        again = {name: pictures.mask(np.asarray(image), own) for name, image in masks.items()}
        pictures.write(trial.folder / "pictures.zip", files | again, said)
    key = section(read_study(study.plan)).find(".//p[@class='key']")
    assert {rect.get("fill") for rect in key.iter("rect")} == {"#{:02x}{:02x}{:02x}".format(*each) for each in own}


@pytest.mark.parametrize(("names", "called"), [("abcde", "e"), ("01234", "class 4")])
def test_the_weakest_classes_are_named_so_that_a_number_is_not_read_as_a_figure(study, names, called):
    of_pixels(study)
    path = study.plan.by_seed["baseline"][0].folder / "images.npz"
    store.write(path, {**store.read(path), "classes": np.array(list(names))})
    (line,) = sound.weakest(study.plan)
    assert line.startswith(f"baseline: the weakest classes of its first run, by iou: {called} (0.")


def test_boxes_are_drawn_with_their_classes(study):
    found = section(of_boxes(study))
    assert captions(found)[0].startswith("▲ better: ")
    titles = {title.text for title in found.iter("title")}
    assert {"cat", "dog"} <= titles  # of the truth
    assert any(title.startswith("dog 0.") for title in titles)
    texts = ([title.text.split()[1:] for title in panel.iter("title")] for panel in found.iter("svg"))
    scores = [[float(score) for (score,) in panel] for panel in texts if len(panel) > 1 and all(panel)]
    assert scores
    assert all(each == sorted(each) for each in scores)  # the surest lies on top


def test_labels_are_said(study):
    for trial in study.plan.trials:
        right = np.arange(10) % (3 if trial.arm == "fpn" else 2) > 0
        tables = {"labels": np.zeros(10, int), "predicted": np.where(right, 0, 1)}
        names = {"task": np.array("classification"), "classes": np.array(["leaf", "stem"])}
        store.write(
            trial.folder / "images.npz", {**names, "names": np.array([], str), "places": np.arange(10), **tables}
        )
        said = {place: {"truth": 0, "found": int(not right[place])} for place in range(10)}
        photo = pictures.photo(np.zeros((8, 8, 3), np.uint8))
        pictures.write(trial.folder / "pictures.zip", {f"{place:05}.jpg": photo for place in range(10)}, said)
    found = section(read_study(study.plan))
    assert [p.text for p in found.findall(".//figure")[0].iter("p")] == ["leaf", "stem", "leaf"]
    assert found.find(".//p[@class='key']") is None


def test_no_pictures_no_section(study):
    of_pixels(study)
    for trial in study.plan.trials:
        zipped = trial.folder / "pictures.zip"
        zipped.write_bytes(zipped.read_bytes()[:-30])  # cut off
    assert section(read_study(study.plan)) is None


def test_pictures_of_many_arms_leave_the_page_small(monkeypatch, study):
    """Where there is no room for all, what helps or hurts comes first."""
    monkeypatch.setattr("experiments.report.page.pictures.MOST", 1)
    found = section(of_pixels(study))
    assert len(found.findall("h3")) == 1
