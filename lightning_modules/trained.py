"""A trained model, rebuilt from what its training left behind."""

import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
import yaml
from lightning.pytorch import LightningDataModule, LightningModule
from torch import Tensor

from lightning_modules.backbones.weights import none_fetched

CONFIG, LAST = "config.yaml", "checkpoints/last.ckpt"


def load(run: str | Path) -> Any:
    """The trained model of a run, on the CPU and in eval mode.

    ```python
    model = lightning_modules.load("runs/mine/fpn/seed-0")
    logits = model(model.data.prepare(image)[None])  # of an image (3, H, W), uint8
    ```

    The weights are those that the run ended with and that its score is of, of a run with EMA or SWA the averaged ones;
    none are chosen by their score. Pretrained weights are not fetched. The module's `class_names` are the labels'
    names; `data` is the config's data module, which need not find its files: `mean`, `std` and `size` are the
    validation's, `prepare` does to an image what it does; None if the config has none. Classes of one's own are looked
    for where the config's `search` says, beside it and in the current folder, after all else.

    Args:
        run: The folder of a trial or of a fit, or a checkpoint with its config.yaml beside it or a folder above.

    Returns:
        The module that the config names, such as `Segmentation`.

    Raises:
        FileNotFoundError: If there is no such run, or it lacks its config.yaml or its checkpoint.
        ValueError: If one of them cannot be read, or the checkpoint is of another network.
    """
    config, file = find(Path(run))
    checkpoint = read_checkpoint(file)
    module, data = _built(config)
    check_fits(file, checkpoint["state_dict"], module.state_dict())
    module.load_state_dict(checkpoint["state_dict"])
    module.on_load_checkpoint(checkpoint)
    module.loaded_data = data
    if data and not module.class_names:  # a checkpoint of an earlier version's
        module.class_names = tuple(getattr(data, module.data_classes))
    return module.eval()


def find(run: Path) -> tuple[Path, Path]:
    """The config and the checkpoint of a run; see `load`.

    Raises:
        FileNotFoundError: Says what is missing.
    """
    wanted = "expected the folder of a trial, such as runs/mine/fpn/seed-0, or of a fit"
    if run.is_file():
        config = next((f / CONFIG for f in (run.parent, run.parent.parent) if (f / CONFIG).is_file()), None)
        if config is None:
            raise FileNotFoundError(f"{run} has no {CONFIG} beside it or a folder above, which says what it is of")
        return config, run
    if not run.is_dir():
        raise FileNotFoundError(f"no run {run}; {wanted}")
    if not (run / CONFIG).is_file():
        inside = sorted(run.glob(f"**/seed-*/{CONFIG}"))
        raise FileNotFoundError(
            f"{run} has no {CONFIG}; {f'it holds runs, such as {inside[0].parent}' if inside else wanted}"
        )
    if not (run / LAST).is_file():
        raise FileNotFoundError(f"{run} has no {LAST}: it has not trained for an epoch, or the file was removed")
    return run / CONFIG, run / LAST


def read_checkpoint(path: Path) -> dict[str, Any]:
    """What a checkpoint of a training holds, on the CPU.

    Raises:
        ValueError: If it cannot be read, or is of something else.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except Exception as error:  # whatever a broken file makes the unpickler raise
        reason = str(error) if zipfile.is_zipfile(path) else "PyTorch writes a zip, which it is not"
        reason = " ".join(reason.split()).partition(". ")[0][:200] or type(error).__name__
        raise ValueError(f"{path} cannot be read as a checkpoint ({reason})") from error
    known = isinstance(content, dict) and "pytorch-lightning_version" in content
    if not known or not isinstance(content.get("state_dict"), dict):
        raise ValueError(f"{path} is not a checkpoint of trickbench: it holds no training's state")
    return content


def check_fits(path: object, theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> None:
    """Refuse a checkpoint of another network.

    Args:
        path: Of the checkpoint.
        theirs: The tensors in it.
        ours: Those that the network has.

    Raises:
        ValueError: Names the first tensor that differs.
    """
    for name in sorted(ours.keys() | theirs.keys()):
        here, there = (_shape(weights.get(name)) for weights in (ours, theirs))
        if here != there:
            raise ValueError(
                f"{path} is of another network: {name} is {there or 'not in the checkpoint'} "
                f"and must be {here or 'absent'}"
            )


def _shape(weight: Any) -> tuple[int, ...] | None:
    return tuple(weight.shape) if isinstance(weight, Tensor) else None


def _built(config: Path) -> tuple[Any, Any]:
    """The module and the data module of a config, as a training builds them; their weights are random."""
    from lightning.pytorch.cli import LightningArgumentParser  # takes seconds, and whoever trains has it

    content = _read(config)
    known = {str(Path(each).resolve()) for each in sys.path}
    folders = dict.fromkeys(str(Path(each).resolve()) for each in (*content.get("search", ()), config.parent, "."))
    sys.path += [folder for folder in folders if folder not in known]
    parser = LightningArgumentParser(exit_on_error=False)
    parser.add_lightning_class_args(LightningModule, "model", subclass_mode=True)
    parser.add_lightning_class_args(LightningDataModule, "data", subclass_mode=True, required=False)
    given = parser.parse_object({name: content[name] for name in ("model", "data") if content.get(name)})
    with none_fetched():
        made = parser.instantiate_classes(given)
    return made.model, made.get("data")


def _read(config: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(config.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"{config} is not valid YAML ({' '.join(str(error).split())[:200]})") from error
    if not isinstance(content, dict) or not isinstance(content.get("model"), dict):
        raise ValueError(f"{config} names no model: it is not the config of a training")
    return {**content, "search": content.get("search") or ()}
