"""One trick at a time."""

from pathlib import Path

from experiments.declare import configs
from experiments.declare.ablation import Ablation
from experiments.declare.configs import Config
from experiments.plan.arms import BASELINE, PLACEBO, Arm
from experiments.plan.refusals import refuse_slots


def arms(ablation: Ablation) -> tuple[Arm, ...]:
    """The design `alone`: the baseline, the baseline with each trick, and the placebo where it is asked for."""
    seeds = tuple(ablation.seeds)
    baseline = configs.find("baselines", ablation.baseline, ablation.file.parent)
    common: tuple[Path | Config, ...] = (baseline, ablation.set) if ablation.set else (baseline,)
    slots = [[configs.find("tricks", name, ablation.file.parent) for name in slot] for slot in ablation.slots]
    refuse_slots(slots, configs.read_yaml(baseline), ablation)
    made = [Arm(BASELINE, common, seeds)]
    made += [Arm(t.stem, (*common, t), seeds, ablation.expects.get(t.stem)) for slot in slots for t in slot]
    if ablation.placebo:
        fresh = tuple(seed + max(seeds) + 1 for seed in range(len(seeds)))
        made.append(Arm(PLACEBO, common, fresh))
    return tuple(made)
