"""bfloat16 is refused where it is only emulated, and nowhere else."""

import pytest
import torch

from experiments.trial.costs import bfloat16
from experiments.trial.costs.measure import measure_arm
from tests.experiments import tiny

FLAGS = {
    "flags\t\t: fpu avx2 avx512_bf16 sha_ni": True,
    "flags\t\t: fpu amx_bf16 amx_tile": True,
    "Features\t: fp asimd bf16": True,
    "flags\t\t: fpu avx2 avx512f": False,
}


@pytest.fixture(params=FLAGS, ids=lambda line: line.split()[-2])
def cpu(request, tmp_path, monkeypatch):
    (tmp_path / "cpuinfo").write_text(f"processor\t: 0\n{request.param}\n")
    monkeypatch.setattr(bfloat16, "CPUINFO", tmp_path / "cpuinfo")
    return FLAGS[request.param]


def test_a_processor_says_whether_it_has_it(cpu):
    assert bfloat16.has_bfloat16(torch.device("cpu")) == cpu


@pytest.mark.parametrize("cpu", ["flags\t\t: fpu avx2 avx512f"], indirect=True)
def test_an_arm_that_cannot_pay_back_is_refused_before_it_is_trained(cpu, tmp_path, capsys):
    argv = tiny.fit(tmp_path / "trial", {"trainer": {"precision": "bf16-mixed"}})
    assert measure_arm(argv, {}, tmp_path / "cost.json") == 2
    assert tiny.complaint(capsys) == (
        "trainer.precision bf16-mixed cannot pay back: this CPU only emulates bfloat16, which takes longer than "
        "float32; leave it out, or train where there is bfloat16"
    )
    assert not (tmp_path / "cost.json").exists()
