"""The contract of every parameter rule."""

import math
from collections.abc import Callable
from typing import Any, TypeAlias

from lightning.pytorch import Trainer
from torch.optim import SGD

from datamodules import Digits
from lightning_modules import Segmentation
from lightning_modules.backbones import Tiny
from lightning_modules.losses import CrossEntropy
from lightning_modules.optim import Warmup
from lightning_modules.optim.groups import Factors, ParameterRule, make_optimizer

Make: TypeAlias = Callable[[], ParameterRule]


def it_names_parameters_of_the_network(make: Make) -> None:
    """It has factors for a parameter or more, and every name is that of one."""
    names = {name for name, _ in _module().named_parameters()}
    found = make().factors(_module())
    assert found, "it has a factor for no parameter"
    strange = sorted(found.keys() - names)
    assert not strange, f"the network has no parameter {strange[0]!r}"


def factors_are_none_below_zero(make: Make) -> None:
    """Every factor is a finite number, none below 0."""
    for name, factors in make().factors(_module()).items():
        for kind, factor in factors._asdict().items():
            assert 0 <= factor < math.inf, f"the factor on the {kind} of {name} is {factor}"


def it_changes_something(make: Make) -> None:
    """A factor is another than 1."""
    assert any(each != Factors() for each in make().factors(_module()).values()), "every factor is 1"


def it_says_the_same_twice(make: Make) -> None:
    """Asked twice, it says the same: a resumed run makes its groups anew."""
    rule = make()
    assert rule.factors(_module()) == rule.factors(_module()) == make().factors(_module()), "other factors each time"


def it_changes_nothing_itself(make: Make) -> None:
    """The optimizer applies the factors; the module stays as it is."""
    module = _module()
    before = {name: (value.requires_grad, value.detach().clone()) for name, value in module.named_parameters()}
    make().factors(module)
    for name, value in module.named_parameters():
        assert before[name][0] == value.requires_grad, f"{name} is trained or frozen by it"
        assert before[name][1].equal(value), f"it changes {name}"


def every_parameter_is_in_one_group(make: Make) -> None:
    """The optimizer that is made by it has every parameter once."""
    module = _module()
    optimizer = make_optimizer(lambda groups: SGD(groups, lr=0.1, weight_decay=0.1), module, [make()])
    held = [id(weight) for group in optimizer.param_groups for weight in group["params"]]
    assert sorted(held) == sorted(id(weight) for weight in module.parameters()), "a parameter is left out, or twice"


CONTRACT: tuple[Callable[[Make], None], ...] = (
    it_names_parameters_of_the_network,
    factors_are_none_below_zero,
    it_changes_something,
    it_says_the_same_twice,
    it_changes_nothing_itself,
    every_parameter_is_in_one_group,
)


def _module() -> Segmentation:
    """A small segmentation that is about to be trained, with batches of 4."""
    data = Digits(image_size=32, scale=(8, 20), train_scenes=8, val_scenes=2, batch_size=4)
    data.setup("fit")
    trainer: Any = Trainer(accelerator="cpu", devices=1, logger=False, enable_checkpointing=False)
    trainer.datamodule = data
    module = Segmentation(11, Tiny, CrossEntropy(), SGD, Warmup)
    module.trainer = trainer
    return module
