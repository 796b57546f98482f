"""The best set of tricks, and the layer that it is."""

import itertools
import random
from collections.abc import Sequence

import pytest

from experiments.declare import configs
from experiments.declare.tricks import package_tricks
from experiments.report.recipe.layers import beyond
from experiments.report.recipe.packing import best


def test_the_layer_makes_of_the_baseline_what_any_two_tricks_of_the_package_do():
    below = configs.read_yaml(configs.find("baselines", "digits"))
    tricks = [{key: value for key, value in each.content.items() if key != "about"} for each in package_tricks()]
    pairs = [both for both in itertools.combinations(tricks, 2) if not configs.shared_keys(*both)]
    assert len(pairs) > 500
    for both in pairs:
        merged = configs.merged([below, *both])
        assert configs.merge(below, beyond(below, merged)) == merged


@pytest.mark.parametrize("seed", range(5))
def test_the_best_of_all_sets_is_found(seed):
    draw = random.Random(seed)
    names = [f"t{i}" for i in range(9)]
    worth = {name: 0.01 * draw.random() for name in names}
    pairs = {frozenset(draw.sample(names, 2)): 0.02 * draw.gauss(0, 1) for _ in range(8)}
    costs = {name: draw.gauss(0.2, 0.3) for name in names}
    groups = [names[:3], names[3:5], *([name] for name in names[5:])]

    def gain(taken: Sequence[str]) -> float:
        return sum(worth[name] for name in taken) + sum(pairs[pair] for pair in pairs if pair <= set(taken))

    sets = [taken for size in range(1, 8) for taken in itertools.combinations(names, size)]
    sets = [taken for taken in sets if all(len({*taken} & {*group}) < 2 for group in groups)]
    sets = [taken for taken in sets if sum(costs[name] for name in taken) <= 0.3]
    assert gain(best(worth, pairs, groups, [(costs, 0.3)])) == pytest.approx(max(map(gain, sets)))


def test_of_many_tricks_none_is_tried_with_every_other():
    worth = {f"t{i}": 1.0 for i in range(60)}
    assert len(best(worth, {}, [[name] for name in worth], [(dict.fromkeys(worth, 0.1), 4.0)])) == 40
    assert best(worth, {}, [], [(worth, 0.5)]) == []
