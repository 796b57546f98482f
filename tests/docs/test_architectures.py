"""The table of docs/architectures.md is what its command prints, and what it says of torchvision and smp is true."""

import re
from pathlib import Path

import pytest
import torch
from torchvision.models import segmentation

from docs import architectures
from docs.architectures import NAMES, PLAIN, flops, ours, parameters, row, theirs, trained, trained_row
from docs.claims import comment
from experiments.declare import configs
from tests.experiments.resolved import Parsed

PAGE = Path(architectures.__file__).with_suffix(".md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_the_page_says_what_the_command_prints(name: str) -> None:
    assert row(name) in PAGE.splitlines()


def test_the_page_says_what_was_trained(monkeypatch: pytest.MonkeyPatch) -> None:
    assert trained() in PAGE
    said = "A. Paper: B. Command: c. Published: 1 AP. Trained: test/map 0.5, 9 min: trickbench fit x trickbench test y"
    monkeypatch.setattr(architectures, "comment", lambda file: said)
    assert trained_row("fcn") == "| fcn | 1 AP. | test/map 0.5, 9 min |"
    monkeypatch.setattr(architectures, "comment", lambda file: "A. Paper: B.")
    with pytest.raises(ValueError, match="the comment of fcn must end with Published: and Trained:"):
        trained_row("fcn")


@pytest.mark.parametrize("name", NAMES)
def test_it_fits_two_cores_by_a_layer_and_the_words_of_its_command(name: str) -> None:
    file = configs.find("baselines", name)
    layer = {"Segmentation": "camvid", "Detection": "bccd"}[configs.read_yaml(file)["model"]["class_path"]]
    words = ["--config", str(file), "--config", str(file.parent / f"two_cores/{layer}.yaml")]
    if command := re.search(rf"{layer}\.yaml (--model\S* .*?)trickbench test", comment(file)):
        words += command[1].split()
    model = Parsed(words, run=False).config.model.init_args
    assert model.backbone.class_path.endswith("EfficientNetLite0")
    assert model.parameter_rules[0].class_path.endswith("RateMultiplier")


@pytest.mark.parametrize("name", ["fcn", "deeplabv3"])
def test_parameters_and_flops_are_torchvisions(name: str) -> None:
    _, reference = theirs(name)
    assert parameters(ours(name)) == parameters(reference)
    assert flops(ours(name)) == flops(reference)


def test_differences_in_parameters_are_the_ones_explained() -> None:
    names = ("retinanet", "fcos", "semantic_fpn", "deeplabv3plus", "upernet")
    more = {name: parameters(ours(name)) - parameters(theirs(name)[1]) for name in names}
    p6_of_c5 = 9 * 256 * (2048 - 256)
    norms_of_four_more_levels = 4 * 8 * 2 * 256
    assert more["retinanet"] == p6_of_c5 == 4_128_768
    assert more["fcos"] == norms_of_four_more_levels == 16_384
    assert more["semantic_fpn"] == 4 * (9 * 256 * 256 + 256) == 2_360_320
    pooled_level = (512 * 512 + 512) + (9 * 512 * 512 + 512)
    smps_norms = 6 * 512 + 2 * (256 + 512 + 1024 + 2048)  # BatchNorm for a bias in six convolutions, four LayerNorms
    assert more["upernet"] == pooled_level - smps_norms == 2_611_712
    assert more["deeplabv3plus"] == 2 * (3 * 2048 + 304 + 256) == 13_408


def test_torchvisions_figures_are_those_it_documents() -> None:
    with torch.device("meta"):
        auxiliary = {**PLAIN, "aux_loss": True}
        networks = [segmentation.fcn_resnet50(**auxiliary), segmentation.deeplabv3_resnet50(**auxiliary)]
    assert [parameters(network) for network in networks] == [35_322_218, 42_004_074]


@pytest.mark.parametrize("name", ["fcn", "deeplabv3"])
def test_whole_networks_compute_what_torchvisions_do(name: str) -> None:
    network, (_, reference) = ours(name), theirs(name)
    weights = {key: torch.randn(value.shape) * 0.05 for key, value in reference.state_dict().items()}
    weights |= {key: value.abs() + 1 for key, value in weights.items() if key.endswith("running_var")}
    reference.load_state_dict(weights, assign=True)
    network.load_state_dict(dict(zip(network.state_dict(), weights.values(), strict=True)), assign=True)
    image = torch.randn(1, 3, 65, 97)
    with torch.inference_mode():
        expected = reference.eval()(image)["out"]
        torch.testing.assert_close(network.eval()(image), expected, rtol=1e-5, atol=1e-5)
    assert expected.std() > 0.01
