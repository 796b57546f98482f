"""A trained model as a file for other programs, through the command."""

import json
import shutil
import sys
from pathlib import Path

import pytest
import torch
import yaml
from torch import nn

import lightning_modules
from datamodules import Digits
from experiments import cli
from lightning_modules.backbones import SimplePyramid
from lightning_modules.boxes import laid_out, select, tile
from lightning_modules.layers import BinAverage, BinMax
from tests.experiments import tiny
from tests.experiments.trial.use.test_load import copied

ANY = torch.export.Dim.DYNAMIC
CELLS, STRIDES = (((9.0, 5.0), (3.0, 3.0)), ((9.0, 5.0), (3.0, 3.0))), (4, 32)
OTHER = torch.rand(3, 3, 47, 61)  # a batch and a size that no training has seen


def export(run: Path, kind: str, file: Path, *words: str) -> int:
    return cli.main(["export", str(run), "--format", kind, "--out", str(file), *words])


def assert_close(ours, theirs) -> None:
    torch.testing.assert_close(torch.as_tensor(theirs), ours, atol=1e-4, rtol=1e-4)


def test_onnx_has_the_model_s_logits_at_any_size_and_says_what_it_is_of(runs, tmp_path, capsys):
    onnxruntime = pytest.importorskip("onnxruntime", reason="needs pip install 'trickbench[export]'")
    pytest.importorskip("onnxscript", reason="needs pip install 'trickbench[export]'")
    run, file = runs / "segmentation", tmp_path / "m.onnx"
    assert export(run, "onnx", file) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "tracing the network for images (N, 3, H, W)"
    assert told[1].startswith("logits: largest difference from the model ")
    assert told[1].endswith("(4 validation images, at 32 × 32 and 41 × 41)")
    session = onnxruntime.InferenceSession(file)
    (logits,) = session.run(["logits"], {"image": OTHER.numpy()})
    with torch.no_grad():
        assert_close(lightning_modules.load(run)(OTHER), logits)
    known = session.get_modelmeta().custom_metadata_map
    assert known["task"] == "Segmentation"
    assert json.loads(known["class_names"]) == list(Digits.classes)
    assert json.loads(known["mean"]) == [0.485, 0.456, 0.406]
    assert json.loads(known["size"]) is None


def test_torch_has_a_detector_s_boxes_and_scores_before_suppression(runs, images, tmp_path, capsys):
    run, file = runs / "detection", tmp_path / "m.pt2"
    assert export(run, "torch", file, "--images", str(images)) == 0
    assert "images of" in capsys.readouterr().out.splitlines()[1]
    assert file.stat().st_size < 600_000
    model, extra = lightning_modules.load(run), {"selection": ""}
    boxes, scores = torch.export.load(file, extra_files=extra).module()(OTHER)
    with torch.no_grad():
        expected = model.predict_step({"image": OTHER}, 0)
    for each, kept, shares in zip(expected, boxes, scores, strict=True):
        found = select(shares, kept, *json.loads(extra["selection"]).values())
        for name in ("boxes", "scores", "labels"):
            assert_close(each[name], found[name])


def test_a_network_for_one_size_is_exported_for_that_size_and_any_batch(runs, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.path", [*sys.path])
    config = yaml.safe_load((runs / "classification/config.yaml").read_text())
    config["model"]["init_args"]["backbone"]["class_path"] = "mine_sized.Sized"
    run, file = copied(runs / "classification", tmp_path / "run", model=config["model"]), tmp_path / "m.pt2"
    (run / "mine_sized.py").write_text(
        "from lightning_modules.backbones import Tiny\nclass Sized(Tiny):\n    def forward(self, image):\n"
        "        return super().forward(image.reshape(-1, 3, 40, 56))\n"
    )
    assert export(run, "torch", file) == 2
    assert "; --size HEIGHT WIDTH asks for one size alone" in tiny.complaint(capsys)
    assert export(run, "torch", file, "--size", "40", "56") == 0
    told = capsys.readouterr().out.splitlines()
    assert told[1].endswith("(4 validation images, at 40 × 56)")
    assert told[2] == f"{file}: of images (N, 3, 40, 56), prepared, it returns"
    program, model = torch.export.load(file).module(), lightning_modules.load(run)
    for count in (1, 3):
        images = torch.rand(count, 3, 40, 56)
        with torch.no_grad():
            assert_close(model(images), program(images)[0])


def test_what_cannot_be_exported_is_one_line_and_leaves_nothing(runs, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.path", [*sys.path])
    config = yaml.safe_load((runs / "classification/config.yaml").read_text())
    config["model"]["init_args"]["backbone"]["class_path"] = "mine_torn.Torn"
    run = copied(runs / "classification", tmp_path / "run", model=config["model"])
    (run / "mine_torn.py").write_text(
        "from lightning_modules.backbones import Tiny\nclass Torn(Tiny):\n    def forward(self, image):\n"
        "        return super().forward(image if image.mean() > 0 else -image)\n"
    )
    out = tmp_path / "made"
    assert export(run, "torch", out / "m.pt2") == 2
    assert "the model cannot be exported: Could not guard on data-dependent" in tiny.complaint(capsys)
    assert export(run, "torch", out / "m.pt2", "--size", "20000", "64") == 2
    assert tiny.complaint(capsys) == "--size must be at most 16384, got 20000 64"
    shutil.rmtree(run / "checkpoints")
    assert export(run, "torch", out / "m.pt2") == 2
    assert "has no checkpoints/last.ckpt" in tiny.complaint(capsys)
    assert not out.exists()


def test_a_wrong_run_is_said_before_packages_that_are_not_here_all_of_them(runs, tmp_path, monkeypatch, capsys):
    for name in ("onnx", "onnxscript", "onnxruntime"):
        monkeypatch.setitem(sys.modules, name, None)
    out = tmp_path / "made/m.onnx"
    assert export(tmp_path / "nowhere", "onnx", out) == 2
    assert "no run " in tiny.complaint(capsys)
    assert export(runs / "segmentation", "onnx", out) == 2
    assert tiny.complaint(capsys) == ".onnx files need onnx, onnxscript, onnxruntime: pip install 'trickbench[export]'"
    assert not out.parent.exists()


def test_pools_of_bins_are_exported_for_any_size():
    class Pools(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.pools = nn.ModuleList(kind(bins) for kind in (BinAverage, BinMax) for bins in (1, 3))

        def forward(self, x):
            return [pool(x) for pool in self.pools]

    net = Pools()
    program = torch.export.export(net, (torch.rand(2, 3, 20, 30),), dynamic_shapes=({0: ANY, 2: ANY, 3: ANY},))
    for size in ((2, 3), (3, 3), (7, 11), (40, 13)):
        x = torch.randn(3, 3, *size)
        for ours, theirs in zip(net(x), program.module()(x), strict=True):
            assert_close(ours, theirs)


def test_onnx_lays_the_anchors_of_sizes_that_no_stride_divides(tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime", reason="needs pip install 'trickbench[export]'")
    pytest.importorskip("onnxscript", reason="needs pip install 'trickbench[export]'")

    class Anchors(nn.Module):
        def forward(self, image):
            return laid_out(CELLS, STRIDES, tuple(image.shape[2:]), image.device) + 0 * image.sum()

    program = torch.export.export(Anchors(), (torch.rand(2, 3, 512, 640),), dynamic_shapes=({2: ANY, 3: ANY},))
    torch.onnx.export(program, dynamo=True, verbose=False, input_names=["image"]).save(tmp_path / "a.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "a.onnx")
    for size in ((97, 131), (33, 65)):
        (anchors,) = session.run(None, {"image": torch.rand(2, 3, *size).numpy()})
        assert_close(tile(CELLS, STRIDES, size, torch.device("cpu")), anchors)


def test_onnx_has_the_pyramid_of_a_plain_transformer_at_sizes_that_no_stride_divides(tmp_path):
    for name in ("onnxruntime", "onnxscript", "timm"):
        pytest.importorskip(name, reason="needs pip install 'trickbench[export,timm]'")
    net = SimplePyramid("test_vit", channels=8).eval()
    graph = torch.export.export(net, (torch.rand(2, 3, 96, 128),), dynamic_shapes=({0: ANY, 2: ANY, 3: ANY},))
    torch.onnx.export(graph, dynamo=True, verbose=False, input_names=["image"]).save(tmp_path / "m.onnx")
    session = sys.modules["onnxruntime"].InferenceSession(tmp_path / "m.onnx")
    for ours, theirs in zip(net(OTHER), session.run(None, {"image": OTHER.numpy()}), strict=True):
        assert_close(ours, theirs)
