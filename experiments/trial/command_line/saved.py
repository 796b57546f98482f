"""The config of a fit, as it was resolved."""

import json
from enum import Enum
from functools import partial
from pathlib import Path

import yaml
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.cli import SaveConfigCallback

from experiments.files import write_whole
from experiments.folder import CONFIG

# A default of a class of Lightning's may be one of its names, which no YAML has.
yaml.SafeDumper.add_multi_representer(Enum, lambda dumper, name: dumper.represent_data(name.value))


class SaveConfig(SaveConfigCallback):
    """Saves the resolved config of a fit in the trial's folder and with the logger; called on rank 0 alone."""

    def save_config(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        if stage != "fit":
            return
        # Without where this process resumed from and what watched it: the file describes the whole trial.
        config = self.config.clone()
        config.pop("wandb", None)  # which `validate`, `test` and `predict` do not know
        if "ckpt_path" in config:
            config.ckpt_path = None
        dump = partial(self.parser.dump, config, skip_none=False, skip_validation=True)  # what was parsed just now
        with write_whole(Path(trainer.default_root_dir) / CONFIG) as file:
            file.write(dump())
        for logger in trainer.loggers:
            logger.log_hyperparams(json.loads(dump(format="json")))
