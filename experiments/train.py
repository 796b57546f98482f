"""One trial: the Lightning CLI with the suite's models, data and record."""

import json
import sys
import traceback
from argparse import ArgumentError
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch import LightningDataModule, LightningModule, Trainer
from lightning.pytorch.cli import LightningArgumentParser, LightningCLI, SaveConfigCallback

import datamodules
import lightning_modules
from experiments.about import About
from experiments.callbacks import Diverged, trial_callbacks
from experiments.files import write_whole
from experiments.one_line import one_line

OURS = tuple(str(Path(str(package.__file__)).parent) for package in (lightning_modules, datamodules))
RESULT = "result.json"


class SaveConfig(SaveConfigCallback):
    """Saves the resolved config of a fit in the trial's folder and with the logger; called on rank 0 alone."""

    def save_config(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        if stage != "fit":
            return
        # Without the checkpoint that this process resumed from: the file describes the whole trial.
        config = self.config.clone()
        config.ckpt_path = None
        with write_whole(Path(trainer.default_root_dir) / "config.yaml") as file:
            file.write(self.parser.dump(config, skip_none=False))
        if trainer.logger:
            trainer.logger.log_hyperparams(json.loads(self.parser.dump(config, skip_none=False, format="json")))


class TrainCLI(LightningCLI):
    """`fit`, `validate`, `test` and `predict` in subclass mode, over any number of `--config` layers."""

    def __init__(self, args: list[str], run: bool = True) -> None:
        super().__init__(
            LightningModule,
            LightningDataModule,
            save_config_callback=SaveConfig,
            save_config_kwargs={"save_to_log_dir": False},
            trainer_defaults={"callbacks": trial_callbacks()},
            seed_everything_default=0,
            parser_kwargs={"exit_on_error": False},
            subclass_mode_model=True,
            subclass_mode_data=True,
            auto_configure_optimizers=False,
            args=args,
            run=run,
        )

    def add_arguments_to_parser(self, parser: LightningArgumentParser) -> None:
        parser.add_argument("--about", type=About | None, default=None, help="What the trick claims.")
        parser.add_argument("--threads", type=int | None, default=None, help="Threads of torch; all by default.")
        parser.set_defaults(
            {
                "trainer.default_root_dir": "runs/fit",
                "trainer.logger": False,
                "trainer.deterministic": "warn",
                "trainer.use_distributed_sampler": False,  # the data modules share out the order themselves
                "trainer.num_sanity_val_steps": 0,
            }
        )

    def before_instantiate_classes(self) -> None:
        config = self.config[self.subcommand] if self.subcommand else self.config
        if config.threads:
            torch.set_num_threads(config.threads)
        if self.subcommand == "fit" and not config.ckpt_path:
            config.trainer.default_root_dir = _unused(Path(config.trainer.default_root_dir))


def _unused(folder: Path) -> str:
    """The folder itself, or a fresh one inside it where it holds a finished trial: nothing is overwritten."""
    if not (folder / RESULT).exists():
        return str(folder)
    number = next(n for n in range(1, sys.maxsize) if not (folder / f"rerun-{n}" / RESULT).exists())
    print(f"{folder} holds a finished trial; this one goes to {folder / f'rerun-{number}'}")
    return str(folder / f"rerun-{number}")


def main(argv: list[str]) -> int:
    """Run one Lightning command line.

    Returns:
        0, 2 on bad input (said in one line), 3 if the training diverged.
    """
    try:
        TrainCLI(argv)
    except ArgumentError as error:
        return _fail(one_line(str(error)))
    except Diverged as error:
        print(f"trickbench: diverged: {error}", file=sys.stderr)
        return 3
    except (ValueError, OSError) as error:
        if not _is_ours(error):
            raise
        return _fail(str(error).strip().splitlines()[-1])
    return 0


def _is_ours(error: BaseException) -> bool:
    """Whether one of our own checks raised it; any other error is a bug and keeps its traceback."""
    frames = traceback.extract_tb(error.__traceback__)
    return frames[-1].filename.startswith(OURS) or "DataLoader worker" in str(error)


def _fail(message: str) -> int:
    print(f"trickbench: error: {message}", file=sys.stderr)
    return 2
