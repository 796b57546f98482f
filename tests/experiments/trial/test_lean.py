"""A step is spared what nobody asked for; whoever profiles gets it."""

import os

import pytest

from experiments.trial.train import TrainCLI

CPU = ["--config", "digits", "--trainer.accelerator", "cpu"]


def test_a_training_without_a_gpu_looks_for_no_driver(monkeypatch):
    """Adam has it looked for at each step."""
    monkeypatch.setenv("PYTORCH_NVML_BASED_CUDA_CHECK", "1")  # as Lightning leaves it
    TrainCLI(CPU, run=False)
    assert "PYTORCH_NVML_BASED_CUDA_CHECK" not in os.environ


def test_hooks_get_no_context_each_where_nobody_profiles():
    profiler = TrainCLI(CPU, run=False).trainer.profiler
    assert profiler.profile("one") is profiler.profile("other")
    with profiler.profile("one"), profiler.profile("within"):
        profiler.start("by hand")
    profiler.summary()


@pytest.mark.parametrize("kind", ["simple", "advanced"])
def test_a_profiler_that_was_asked_for_stays(kind):
    profiler = TrainCLI([*CPU, "--trainer.profiler", kind], run=False).trainer.profiler
    with profiler.profile("mine"):
        pass
    assert "mine" in profiler.summary()
