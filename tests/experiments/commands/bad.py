"""Data that `init` has begun with, and are spoilt then."""

from pathlib import Path

import jsonargparse
import yaml
from PIL import Image

from datamodules import DenseData
from experiments import cli
from experiments.trial.data.look import look_at
from tests.experiments.tiny import model, write

DATA = "data"
LOSSY = r"is compressed as jpeg, which may change labels; save masks as PNG"


def begun(make) -> Path:
    """The data, and what `init` writes for them, in the current folder."""
    write(Path(), "small.yaml", model(backbone={"class_path": "Tiny", "init_args": {"channels": 2}}))  # is not trained
    make(Path(DATA))
    assert cli.main(["init", DATA]) == 0
    return Path(DATA)


def check(*words: str) -> int:
    return cli.main(["data", "check", f"{DATA}_baseline.yaml", "small.yaml", "--workers", "0", *words])


def read_first() -> None:
    """What `ablate` does before its first trial."""
    parser = jsonargparse.ArgumentParser(exit_on_error=False)
    parser.add_subclass_arguments(DenseData, "data")
    config = yaml.safe_load(Path(f"{DATA}_baseline.yaml").read_text(encoding="utf-8"))
    named = {**config["data"], "class_path": f"datamodules.{config['data']['class_path']}"}
    look_at(parser.instantiate_classes(parser.parse_object({"data": named})).data)


def lossy(file: Path) -> None:
    with Image.open(file) as mask:
        mask.convert("RGB").save(file.with_suffix(".jpg"))
    file.unlink()
