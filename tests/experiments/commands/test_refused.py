"""A refusal leaves nothing behind: no folder, no lease, no registration."""

import sys

import pytest

from experiments import cli
from experiments.declare.configs import PACKAGE

DIGITS = f"--config={PACKAGE / 'baselines' / 'digits.yaml'}"
REFUSED = {
    "a launcher that is not here": (["ablate", "quickstart", "--launcher", "Slurm"], "needs submitit"),
    "a bundle of nothing": (["bundle", "quickstart"], "none is finished"),
    "a fit that cannot be built": (["fit", DIGITS, "--data.init_args.batch_size=0"], "batch_size"),
}


@pytest.mark.parametrize(("words", "said"), REFUSED.values(), ids=REFUSED)
def test_a_refusal_leaves_nothing(words, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "submitit", None)  # as if it were not installed
    assert cli.main(words) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1
    assert not list(tmp_path.iterdir())
