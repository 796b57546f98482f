"""One trial: the Lightning CLI with the suite's models, data and record."""

import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import torch
from lightning.pytorch import LightningDataModule, LightningModule
from lightning.pytorch.cli import LightningArgumentParser, LightningCLI
from lightning.pytorch.loggers import Logger

from experiments import lease, tracking
from experiments.declare.sheet import About
from experiments.declare.words import found, laid
from experiments.errors import COMPLAINT, DEVICE, DiskError, ServerError, UserError, told
from experiments.files import check_folder
from experiments.pause import CODE, Paused
from experiments.plan import own
from experiments.plan.origin import of_words
from experiments.trial.callbacks import beginning
from experiments.trial.callbacks.divergence import Diverged
from experiments.trial.callbacks.every import refuse_finders, trial_callbacks
from experiments.trial.command_line import parse, usage
from experiments.trial.command_line.explain import device_fault, is_bad_input, one_line
from experiments.trial.command_line.given import check_checkpoint
from experiments.trial.command_line.limits import check_layers, refuse_numbers, refuse_spawn
from experiments.trial.command_line.rerun import held, unused
from experiments.trial.command_line.saved import SaveConfig
from experiments.trial.command_line.slots import refuse_null
from experiments.trial.costs.reach import spare_search
from experiments.trial.lean import make_lean
from experiments.trial.quiet import hush
from experiments.trial.tracking import loggers

hush()

ENDS: dict[type[Exception], tuple[str, int]] = {
    Diverged: ("diverged", 3),
    lease.Taken: ("taken", lease.CODE),
    Paused: ("paused", CODE),
}


class TrainCLI(LightningCLI):
    """`fit`, `validate`, `test` and `predict` in subclass mode, over any number of configs; see `words.laid`."""

    def __init__(self, args: list[str], run: bool = True) -> None:
        self.words = args = found(args)
        check_layers(args)
        self.searched = own.search(own.named(args if args[0].startswith("-") else args[1:]))
        self.made_from = of_words(args[1:]).record if args[:1] == ["fit"] else {}
        sys.argv = [str(Path(__file__).parents[1] / "__main__.py"), *args]  # other ranks are started by it
        with ExitStack() as self.holding:
            super().__init__(
                LightningModule,
                LightningDataModule,
                save_config_callback=SaveConfig,
                save_config_kwargs={"save_to_log_dir": False},
                trainer_defaults={"callbacks": trial_callbacks(self.made_from)},
                seed_everything_default=0,
                parser_kwargs={"exit_on_error": False, "prog": "trickbench", "allow_abbrev": False},
                subclass_mode_model=True,
                subclass_mode_data=True,
                auto_configure_optimizers=False,
                load_from_checkpoint_support=False,  # the trial's config.yaml says what to rebuild
                run=run,
            )

    def parse_arguments(self, parser: LightningArgumentParser, _: object) -> None:
        """Parse the words with their configs merged; `sys.argv` keeps them as they were given."""
        below = getattr(self, "_subcommand_parsers", {})
        for command, of_command in below.items():
            usage.tidy(of_command, command)
        self.config = parse.parsed(parser, below, laid(self.words))
        config = self.config[self.config.subcommand] if "subcommand" in self.config else self.config
        refuse_numbers(config)  # Lightning would stumble over them before it builds anything
        refuse_spawn(config.trainer.strategy)
        check_checkpoint(config.get("ckpt_path"))

    def subcommands(self) -> dict[str, set[str]]:  # type: ignore[override]  # Lightning's own needs no instance
        """The one that was asked for: the parsers of the others take a fifth of the start of a trial."""
        known = super().subcommands()
        return {name: skipped for name, skipped in known.items() if name in self.words[:1]} or known

    def add_arguments_to_parser(self, parser: LightningArgumentParser) -> None:
        parser.add_argument("--about", type=About | None, default=None, help="What the trick claims.")
        parser.add_argument("--threads", type=int | None, default=None, help="Threads of torch; all by default.")
        parser.add_argument(
            "--search",
            type=list[str] | None,
            default=None,
            help="Folders with classes of your own; those of the configs and the current one are searched in any case.",
        )
        if self.words[0] not in ("validate", "test", "predict"):
            parser.add_argument("--wandb", type=str | None, default=None, help=tracking.HELP)
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
        for key in ("model", "data", "trainer"):
            refuse_null(config[key], key)
        config.search = own.used(self.searched) or None  # for whoever trains it again from elsewhere
        if config.threads:
            torch.set_num_threads(config.threads)
        if self.subcommand == "fit":
            root = unused(Path(config.trainer.default_root_dir), self.made_from, bool(config.ckpt_path))
            self.holding.enter_context(held(root))
            config.trainer.default_root_dir = str(root)
        self.parser.add_instantiator(loggers.loggers_of(Path(config.trainer.default_root_dir), self.words), Logger)

    def instantiate_classes(self) -> None:
        """Build, and look before the run at where results go and weights come from."""
        super().instantiate_classes()
        refuse_finders(self.trainer)
        beginning.watch(self.trainer)
        make_lean(self.trainer)
        config = self.config[self.subcommand] if self.subcommand else self.config
        if self.subcommand == "fit":
            spare_search(self.trainer, self.made_from)
        if self.subcommand in ("fit", "predict"):
            check_folder(Path(config.trainer.default_root_dir))
        check_checkpoint(config.get("ckpt_path"), self.model)
        if self.subcommand == "fit" and config.get("wandb") is not None:
            loggers.add_run(self, config.wandb)

    def after_predict(self) -> None:
        """Say where the predictions lie."""
        if self.trainer.is_global_zero:
            print(Path(self.trainer.default_root_dir) / "predictions")

    def after_fit(self) -> None:
        """Say how it ended and where everything lies."""
        if self.trainer.is_global_zero:
            metrics = self.trainer.callback_metrics
            shown = ", ".join(f"{name} {value:.4f}" for name, value in metrics.items() if name.count("/") == 1)
            print(f"{shown}\n{self.trainer.default_root_dir}")


def main(argv: list[str]) -> int:
    """Run one Lightning command line; see `guarded` for what is returned."""
    return guarded(lambda: TrainCLI(argv))


def guarded(call: Callable[[], object]) -> int:
    """Make a call and turn how it ends into an exit code.

    Returns:
        0, 3 if the training diverged, 69 if another process has its folder, 71 if its GPU failed it, 75 if it was
        asked to stop and goes on later, or what `told` says.
    """
    code = 1  # of a traceback
    try:
        code = told(lambda: _explained(lambda: _ended(call)))
    finally:
        loggers.close(code)
    return code


def _explained(call: Callable[[], int]) -> int:
    """Make a call; what bad input led to is one line of its user's."""
    try:
        return call()
    except SystemExit as error:
        if isinstance(error.__context__, KeyboardInterrupt):  # Lightning tidied up after it
            raise error.__context__ from None
        raise
    except Exception as error:
        if isinstance(error, UserError | DiskError | ServerError) or not is_bad_input(error):
            raise
        raise UserError(one_line(error)) from error


def _ended(call: Callable[[], object]) -> int:
    """Make a call; an end that has a code of its own is said in a line."""
    try:
        call()
    except (Diverged, lease.Taken, Paused) as error:
        word, code = next(said for kind, said in ENDS.items() if isinstance(error, kind))
        print(f"trickbench: {word}: {error}", file=sys.stderr)
        return code
    except (torch.OutOfMemoryError, torch.AcceleratorError) as error:
        print(f"{COMPLAINT}{device_fault(error)}", file=sys.stderr)
        return DEVICE
    return 0
