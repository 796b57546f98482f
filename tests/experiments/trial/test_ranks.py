"""A trial on two processes, each with half the batch, is the trial on one: to float tolerance, through `fit`."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torchvision import tv_tensors
from torchvision.transforms import v2

from experiments.trial import train
from tests.experiments.tiny import detection, fit, model

pytestmark = pytest.mark.filterwarnings("ignore:.*sync_dist=True")  # as a process of its own has it

RANKS = ("--trainer.accelerator=cpu", "--trainer.devices=2", "--trainer.strategy=ddp_fork")
SYNC, GROUP = ([{"class_path": name}] for name in ("SyncBatchNorm", "GroupNorm"))
GROUP[0]["init_args"] = {"groups": 1}


class Veil(v2.Transform):
    """Labels of a random number of columns are ignored: more pixels count on one rank than on the other."""

    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        if isinstance(inpt, tv_tensors.Mask):
            inpt[..., int(torch.randint(28, ())) :] = 255
        return inpt


# Five images to validate: three on one rank, two on the other.
UNEVEN = {"data": {"init_args": {"val_scenes": 5, "train_transforms": [{"class_path": f"{__name__}.Veil"}]}}}
EMA = {"class_path": "EMA", "init_args": {"decay": 0.5}}
FPN = {"class_path": "FPN", "init_args": {"channels": 4}}
RULE = [{"class_path": "LinearScaling", "init_args": {"base_batch": 2}}]
WEIGHED = {"class_path": "CrossEntropy", "init_args": {"class_weights": {"class_path": "InverseFrequency"}}}
BOTH = [{"class_path": "CrossEntropy"}, {"class_path": "Dice"}]
OVERLAP = {"class_path": "WeightedSum", "init_args": {"losses": BOTH, "weights": [1, 1]}}


def trained(folder: Path, batch: int, layers: tuple[dict[str, Any], ...], words: tuple[str, ...] = ()) -> Any:
    """Weights and metrics of a trial."""
    assert train.main(fit(folder, *layers, words=(f"--data.init_args.batch_size={batch}", *words))) == 0
    result = json.loads((folder / "result.json").read_text())
    checkpoint = torch.load(folder / "checkpoints/last.ckpt", weights_only=True)
    return checkpoint["state_dict"], result["metrics"], result["devices"]


def both(folder: Path, *layers: dict[str, Any]) -> Any:
    (one, scores, alone), (two, found, together) = (
        trained(folder / "one", 4, layers),
        trained(folder / "two", 2, layers, RANKS),
    )
    assert (alone, together) == (1, 2)
    # That of validation is a mean over batches, and two ranks make others.
    return one, two, [{name: value for name, value in each.items() if name != "val/loss"} for each in (scores, found)]


@pytest.mark.parametrize(
    "layers",
    [
        (model(rewrites=SYNC, loss=WEIGHED, parameter_rules=RULE), {"trainer": {"accumulate_grad_batches": 2}}),
        (model(rewrites=GROUP, loss=OVERLAP), {"trainer": {"callbacks+": [EMA], "gradient_clip_val": 0.1}}),
        (model(rewrites=SYNC, fusion=FPN), {"trainer": {"callbacks+": [EMA]}}),
        (detection(rewrites=SYNC), {"trainer": {"callbacks+": [EMA], "accumulate_grad_batches": 2}}),
    ],
    ids=["weights, accumulation, linear scaling", "overlap, EMA, clipping", "unread levels, EMA", "detection"],
)
def test_half_the_batch_on_each_of_two_ranks_trains_like_the_whole_on_one(tmp_path, layers):
    one, two, (scores, found) = both(tmp_path, UNEVEN, *layers)
    assert found == pytest.approx(scores, abs=1e-5, nan_ok=True)
    for name, value in one.items():
        torch.testing.assert_close(
            two[name], value, rtol=1e-4, atol=1e-5, msg=lambda said, name=name: f"{name}: {said}"
        )


def test_what_each_rank_normalises_and_draws_by_itself_is_not_that_of_one(tmp_path):
    """One rank may mix a batch that the other leaves alone: neither waits for a sum that the other does not take."""
    mixed = {"trainer": {"callbacks+": [{"class_path": "MixUp", "init_args": {"p": 0.5}}]}}
    one, two, _ = both(tmp_path, UNEVEN, mixed)
    assert max((two[name] - value).abs().max() for name, value in one.items()) > 1e-2
