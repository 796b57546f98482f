"""The annex tells what the trials recorded, and where pairing was broken."""

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest

from experiments.report.page import render
from experiments.results.study import Study, read_study
from tests.experiments.conftest import make_study
from tests.experiments.pages import find, read, text

HEAD = "aaaaaaaa"  # of a name and shape, as the rest; each is followed by its values' hash
PLACE = {"machine": "a GPU", "repositories": {"project": {"commit": "c0ffee", "clean": True}}}


def weights(arm: str, seed: int) -> str:
    """A pretrained tensor of 300 values, a constant of 20, one of 80 that is drawn, and in fpn one that it adds."""
    drawn = f"{seed:08x}" if (arm, seed) != ("focal", 1) else "broken00"
    own = {"fpn": [f"dddddddd:{seed:08x}:100"]}
    return " ".join([f"{HEAD}:bbbbbbbb:300", "cccccccc:00000001:-20", f"eeeeeeee:{drawn}:80", *own.get(arm, [])])


def start(arm: str, seed: int) -> dict[str, object]:
    batch = "other" if arm == "focal" else f"batch {seed}"
    return {"weights": weights(arm, seed), "batch": batch, "validation": "val", "samples": {"train": 367, "val": 101}}


def edit(path: Path, change: Callable[[dict], dict]) -> None:
    path.write_text(json.dumps(change(json.loads(path.read_text()))), encoding="utf-8")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Study, Element]:
    """A study whose trials recorded what they started from, and its page."""
    study = make_study(tmp_path_factory.mktemp("annex"), tricks=["focal.yaml", "fpn.yaml"], seeds=3)
    for trial in study.plan.trials:
        moved = {"machine": "another GPU", "repositories": PLACE["repositories"]}
        said = {"start": start(trial.arm, trial.seed), "places": [PLACE], "links": []}
        if (trial.arm, trial.seed) == ("fpn", 2):  # killed, and gone on with elsewhere
            said |= {"places": [PLACE, moved], "links": ["https://wandb.ai/a/b/runs/c"]}
            (trial.folder / "log.txt").touch()
            edit(trial.folder / "result.json", lambda r: {**r, "made_from": {**r["made_from"], "code": {"x": "y"}}})
        edit(trial.folder / "result.json", lambda result, said=said: {**result, **said})
        (trial.folder / "config.yaml").touch()
    again = read_study(study.plan)
    return again, find(read(render(again)), "section", id="annex")[0]


def rows(annex: Element) -> dict[str, list[str]]:
    return {text(row[0]): [text(cell) for cell in row[1:]] for row in next(annex.iter("table")).iter("tr")}


def test_pairing_is_audited_seed_by_seed(recorded: tuple[Study, Element]) -> None:
    found = rows(recorded[1])
    assert found["fpn"][1:3] == ["3 of 3 seeds", "3 of 3 seeds; 3 tensors"]
    assert found["focal"][1:3] == ["0 of 3 seeds", "2 of 3 seeds; 3 tensors, up to 1 differ"]
    assert found["baseline"][1:3] == found["placebo"][1:3] == ["–", "–"]


def test_what_begins_alike_in_every_seed_and_is_no_constant_was_pretrained(recorded: tuple[Study, Element]) -> None:
    found = rows(recorded[1])
    assert (found["baseline"][3], found["fpn"][3]) == ("75.0 %", "60.0 %")  # 300 of 400, and of 500


def test_the_best_epoch_flatters_by_what_it_is_above_the_last(recorded: tuple[Study, Element]) -> None:
    study, annex = recorded
    for arm in ("baseline", "focal", "fpn"):
        over = [max(row["val/miou"] for row in curve) - curve[-1]["val/miou"] for curve in study.curves[arm].values()]
        assert float(rows(annex)[arm][4].split()[0]) == pytest.approx(sum(over) / 3, abs=1e-4)


def test_code_data_commits_and_machines_are_told_with_how_many_trials_had_them(
    recorded: tuple[Study, Element],
) -> None:
    study, annex = recorded
    codes = rows(annex)["fpn"][0].split(", ")
    assert len(codes) == 2
    assert sorted(code.split(" ", 1)[1] for code in codes) == ["(1 trial)", "(2 trials)"]
    told = dict(zip(map(text, annex.iter("dt")), map(text, annex.iter("dd")), strict=True))
    count = len(study.plan.trials)
    assert told["Data"] == f"367 training and 101 validation samples, first validation batch val: {count} trials"
    assert told["Commits"] == f"project c0ffee (clean): {count} trials"
    assert told["Machines"] == f"a GPU: {count - 1} trials; a GPU → another GPU: 1 trial"
    assert told["Versions"] == "python 3.11.2, torch 2.14.1, lightning 2.6.6"


def test_links_lead_to_what_is_there(recorded: tuple[Study, Element]) -> None:
    study, annex = recorded
    links = [(text(link), link.attrib["href"]) for link in annex.iter("a")]
    assert len(links) == len(study.plan.trials) + 2
    trial = study.plan.by_seed["fpn"][2].folder.name
    own = [link for link in links if trial in link[1] or link[0] == "W&B"]
    assert [name for name, _ in own] == ["config", "log", "W&B"]
    assert own[1:] == [("log", f"../trials/{trial}/log.txt"), ("W&B", "https://wandb.ai/a/b/runs/c")]
    for name, address in links:
        assert name == "W&B" or (study.plan.folder / address).is_file()


@pytest.mark.parametrize("broken", [5, "x", {"weights": 5}, {"weights": "a:b"}, {"samples": 5, "validation": []}])
def test_a_record_that_cannot_be_read_counts_as_none(broken: object, tmp_path: Path) -> None:
    study = make_study(tmp_path, tricks=["focal.yaml"], seeds=2, placebo=None)
    for trial in study.plan.trials:
        edit(
            trial.folder / "result.json",
            lambda result: {**result, "start": broken, "places": broken, "links": broken},
        )
    annex = find(read(render(read_study(study.plan))), "section", id="annex")[0]
    assert rows(annex)["focal"][1:4] == ["–", "–", "–"]


def test_the_page_of_trials_that_recorded_nothing_says_so(root: Element) -> None:
    annex = find(root, "section", id="annex")[0]
    assert [text(told) for told in annex.iter("dd")][:2] == ["not recorded", "not recorded: 28 trials"]
    assert rows(annex)["large_lr"][1] == "–"
    assert find(root, "a", href="#annex")
