"""JSON schemas for editors: they take what the commands take, and mark what is mistyped."""

import contextlib
import io
import json

import pytest
from jsonschema import Draft202012Validator

from experiments import cli
from experiments.declare.configs import PACKAGE, parse_yaml, read_yaml
from experiments.declare.keys import CHECKS
from experiments.report import publish
from experiments.trial import train
from tests.experiments.tiny import BASELINE, model

MINIMAL = {"baseline": "digits", "tricks": ["fpn"], "sesoi": 0.1}
VALUES = [
    None, True, -1, 0, 3, 0.5, "", "fpn", "alone", "Ray", [], ["fpn"], [["fpn", "gau"], "ema"], [1], [3, 5, 8],
    ["alone", "path"], {}, {"fpn": "helps"}, {"fpn": {"a": "hurts"}}, {"steps": 3}, {"flops": 1e9, "steps": 1},
    {"hours": 1}, {"a": {}, "b": "b.yaml"}, {"metric": "val/miou", "at_least": 0.2}, {"metric": "val/miou"},
    {"grid": {"data.init_args.batch_size": [2, 4]}, "seeds": 2}, {"class_path": "Slurm", "init_args": {"time": 5}},
]  # fmt: skip


def made(kind: str) -> Draft202012Validator:
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        assert cli.main(["schema", kind]) == 0
    schema = json.loads(told.getvalue())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.fixture(scope="module")
def ablation() -> Draft202012Validator:
    return made("ablation")


@pytest.fixture(scope="module")
def config() -> Draft202012Validator:
    return made("config")


@pytest.fixture(scope="module")
def verdicts() -> Draft202012Validator:
    return made("verdicts")


def faults(schema: Draft202012Validator, content: object) -> list[str]:
    return [error.message for error in schema.iter_errors(content)]


def test_every_ablation_of_the_package_fits(ablation):
    files = [*PACKAGE.glob("ablations/*.yaml"), *PACKAGE.glob("claims/*.yaml")]
    assert {file.name: found for file in files if (found := faults(ablation, read_yaml(file)))} == {}


@pytest.mark.parametrize("key", CHECKS)
def test_a_key_of_an_ablation_takes_what_its_check_takes_and_little_else(ablation, key):
    right = CHECKS[key][0]
    for value in VALUES:
        found = faults(ablation, {**MINIMAL, key: value})
        assert not (right(value) and found), value
    assert any(faults(ablation, {**MINIMAL, key: value}) for value in VALUES)


def test_a_mistyped_or_missing_key_of_an_ablation_is_marked(ablation):
    assert faults(ablation, MINIMAL) == []
    assert "'seed' was unexpected" in faults(ablation, {**MINIMAL, "seed": 3})[0]
    assert faults(ablation, {"baseline": "digits", "tricks": ["fpn"]}) == ["'sesoi' is a required property"]
    told = ablation.schema["properties"]
    assert told["sesoi"]["description"].startswith("Smallest effect that matters to you")
    assert "bifpn" in json.dumps(told["tricks"])
    assert "digits" in json.dumps(told["baseline"])


def test_every_baseline_and_trick_fits(config):
    files = [*PACKAGE.glob("baselines/*.yaml"), *PACKAGE.glob("tricks/*.yaml")]
    assert {file.name: found for file in files if (found := faults(config, read_yaml(file)))} == {}


def test_a_whole_resolved_config_fits(config, capsys):
    with pytest.raises(SystemExit, match="0"):
        train.main(["fit", "--config", "digits_fcos", "--config", "ema", "--config", "cosine", "--print_config"])
    content = parse_yaml(capsys.readouterr().out, "config")
    assert faults(config, content) == []


@pytest.mark.parametrize(
    "layer",
    [
        model(fusion={"class_path": "mine.Fusion", "init_args": {"anything": 1}}),
        model(optimizer={"init_args": {"lr": 0.1}}),
        model(context="ASPP", fusion=None, **{"rewrites+": [{"class_path": "ZeroGamma"}]}),
        {"trainer": {"callbacks+": [{"class_path": "EMA"}, {"class_path": "mine.Callback"}]}},
        {},
    ],
)
def test_a_layer_may_say_little(config, layer):
    assert faults(config, layer) == []


@pytest.mark.parametrize(
    "layer",
    [
        {"modle": {}},
        {"model": {"class_path": "Segmentatoin"}},
        {"trainer": {"max_epoch": 2}},
        {"trainer": {"max_epochs": "two"}},
        model(fusoin=None),
        model(fusion={"class_path": "Focal"}),
        model(loss={"class_path": "Focal", "init_args": {"gama": 2.0}}),
        model(loss={"class_path": "lightning_modules.losses.Focal", "init_args": {"gamma": "two"}}),
        model(optimizer={"class_path": "torch.optim.AdamW", "init_args": {"lr": "fast"}}),
        model(optimizer={"class_path": "SGD", "init_args": {"params": []}}),
        {"data": {"class_path": "Digits", "init_args": {"image_sise": 32}}},
        {"about": {"expects": "wonders"}},
    ],
)
def test_what_is_mistyped_in_a_config_is_marked(config, layer):
    assert faults(config, BASELINE) == []
    assert faults(config, layer)


def test_another_kind_is_refused(capsys):
    assert cli.main(["schema", "abaltion"]) == 2
    assert "'ablation', 'config'" in capsys.readouterr().err


def test_the_verdicts_of_a_report_fit_and_what_was_changed_does_not(verdicts, study, partial_study):
    for each in (study, partial_study):  # one with a diverged run, one with arms of one seed and of none
        publish.write(each)
        content = json.loads((each.plan.folder / "verdicts.json").read_text(encoding="utf-8"))
        assert faults(verdicts, content) == []
    first = content["arms"][0]
    for wrong in ({"verdict": "great"}, {"k": 2.5}, {"mean": "0.1"}, {"complete": {"k": 2}}, {"differences": None}):
        assert faults(verdicts, {**content, "arms": [{**first, **wrong}]})
    assert faults(verdicts, {**content, "arms": [{k: v for k, v in first.items() if k != "p"}]})
    assert faults(verdicts, {**content, "level": 1})
    assert faults(verdicts, {"arms": []})
