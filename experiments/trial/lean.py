"""What a step of training is spared that Lightning does in it for others."""

import os
from contextlib import AbstractContextManager, nullcontext

from lightning.pytorch import Trainer
from lightning.pytorch.profilers import PassThroughProfiler


def make_lean(trainer: Trainer) -> None:
    """Where nobody profiles, make no context a hook; where no GPU trains, look for none.

    A small network's step has a hundred hooks, and at each of Adam's steps torch would open the driver's file.
    """
    if type(trainer.profiler) is PassThroughProfiler:  # type: ignore[attr-defined]
        trainer.profiler = _Unprofiled()  # type: ignore[attr-defined]
    if trainer.strategy.root_device.type == "cpu":
        os.environ.pop("PYTORCH_NVML_BASED_CUDA_CHECK", None)  # of Lightning


class _Unprofiled(PassThroughProfiler):
    nothing = nullcontext()

    def profile(self, action_name: str) -> AbstractContextManager[None]:  # type: ignore[override]
        return self.nothing
