"""A command line whose configs are laid on each other: what is trained is what they say, and nothing leaks."""

import json
from typing import Any

import pytest
import yaml

from experiments.declare.configs import PACKAGE
from experiments.declare.words import found, laid
from experiments.errors import UserError
from experiments.trial import train
from tests.experiments.resolved import parser
from tests.experiments.tiny import BASELINE, fit, model

ADAMW = {"class_path": "torch.optim.AdamW", "init_args": {"lr": 0.01, "betas": [0.5, 0.6], "amsgrad": True}}
ADAM = {"class_path": "torch.optim.Adam", "init_args": {"lr": 0.02}}
PPM = {"class_path": "PPM", "init_args": {"out_channels": 8, "bins": [1, 2]}}
BELOW = model(optimizer=ADAMW, context=PPM)


def merged(*words: str) -> dict[str, Any]:
    """The config that these words come to, and that it is the only one."""
    flag, text, *rest = laid(words)
    assert flag == "--config"
    assert not [word for word in rest if word.startswith("--config")]
    return yaml.safe_load(text)


def configs(*contents: dict[str, Any]) -> list[str]:
    return [word for content in contents for word in ("--config", json.dumps(content))]


def test_configs_become_one_before_the_other_words(tmp_path):
    path = tmp_path / "b.yaml"
    path.write_text("{a: 2, b: .inf, c: null, d: 1e-3, e: 'null', g: 2026-11-25, h: '1e-3'}")
    words = laid(["fit", "--x=1", "--config", '{"a": 1, "f": [1]}', "--y", "2", f"--config={path}"])
    assert [words[0], *words[3:]] == ["fit", "--x=1", "--y", "2"]
    assert words[2] == "{a: 2, f: [1], b: .inf, c: null, d: 0.001, e: 'null', g: 2026-11-25, h: '1e-3'}"


def test_without_configs_the_words_are_left_alone():
    assert laid(["fit", "--help"]) == ["fit", "--help"]


@pytest.mark.parametrize(
    "words",
    [
        ["--model.context=SPP"],
        ["--model.context", "SPP"],
        ["--model.init_args.context=lightning_modules.pyramid.SPP"],
        ["--model.context.class_path=SPP", "--model.context.sizes=[3]"],
        ['--model.context={"class_path": "SPP"}'],
        ["--model.context=null"],
    ],
)
def test_a_word_that_swaps_a_class_takes_the_other_one_out(words):
    config = merged(*configs(BELOW), *words)
    assert config["model"]["init_args"] == {"optimizer": ADAMW}


@pytest.mark.parametrize(
    "words", [["--model.context=PPM"], ["--model.context.bins=[1]"], ["--trainer.max_epochs=2"], ["--print_config"]]
)
def test_other_words_take_nothing_out(words):
    assert merged(*configs(BELOW), *words) == BELOW


def test_a_swap_starts_from_defaults_in_what_is_trained():
    by_config = laid(configs(BASELINE, BELOW, model(optimizer=ADAM)))
    by_word = laid([*configs(BASELINE, BELOW), "--model.optimizer=torch.optim.Adam", "--model.optimizer.lr=0.02"])
    for words in (by_config, by_word):
        optimizer = parser().parse_args(words).model.init_args.optimizer
        assert optimizer.class_path == "torch.optim.Adam"
        assert (tuple(optimizer.init_args.betas), optimizer.init_args.amsgrad) == ((0.9, 0.999), False)
        assert optimizer.init_args.lr == 0.02


def test_the_saved_config_of_a_swap_trains_to_the_same_bits(tmp_path):
    swap = model(optimizer={"class_path": "torch.optim.SGD", "init_args": {"lr": 0.1}})
    assert train.main(fit(tmp_path / "one", model(optimizer=ADAMW), swap)) == 0
    saved = yaml.safe_load((tmp_path / "one" / "config.yaml").read_text())
    assert saved["model"]["init_args"]["optimizer"]["init_args"]["momentum"] == 0  # SGD's, not the baseline's 0.9
    again = ["fit", f"--config={tmp_path}/one/config.yaml", f"--trainer.default_root_dir={tmp_path}/two"]
    assert train.main(again) == 0
    one, two = (json.loads((tmp_path / name / "result.json").read_text())["metrics"] for name in ("one", "two"))
    assert one == two


def test_a_broken_config_in_words_is_named():
    with pytest.raises(UserError, match=r"^--config: is not valid YAML"):
        laid(["fit", "--config", "{a: [}"])


def test_a_config_is_called_by_its_name_and_a_file_of_that_name_wins(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "digits").mkdir()  # a folder is no config
    words = ["fit", "--config", "digits", "--config=fpn", "--x=digits", "-c", "{a: 1}"]
    paths = [str(PACKAGE / "baselines" / "digits.yaml"), str(PACKAGE / "tricks" / "fpn.yaml")]
    assert found(words) == ["fit", "--config", paths[0], "--config", paths[1], "--x=digits", "--config", "{a: 1}"]
    (tmp_path / "fpn").write_text("a: 1")
    assert found(words)[4] == "fpn"
    with pytest.raises(UserError, match="'fnp'; nearest: fpn"):
        found(["fit", "--config", "fnp"])


def test_no_baseline_is_called_as_a_trick_is():
    files = [*PACKAGE.glob("baselines/*.yaml"), *PACKAGE.glob("tricks/*.yaml")]
    assert len({file.stem for file in files}) == len(files)
