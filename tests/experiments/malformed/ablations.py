"""Ablations that no plan can be made of."""

import datetime
import math
from collections.abc import Iterator, Mapping
from typing import Any

from tests.experiments.malformed.case import ABLATION, BASE, Case, nested

HUGE = 10**9
RATE = "model.init_args.optimizer.init_args.lr"
KEYS: Mapping[str, list[Any]] = {
    "name": ["", ".", "..", "a/b", "../a", 3, None, [1], "n" * 300, "a\nb", "a\0b"],
    "baseline": [None, 3, [], ["base.yaml"], {"a": 1}, "", "digitz", "a\0b"],
    "tricks": [
        None,
        3,
        [],
        "focal",
        {"a": 1},
        [3],
        [[]],
        [None],
        [["focal", 3]],
        ["focal", "focal"],
        ["focla"],
        [["focal"], "focal"],
    ],
    "sesoi": [0, -1, None, "x", [0.1], math.nan, math.inf, True, 10**400, datetime.date(2024, 2, 29)],
    "seeds": [0, -1, 1.5, "x", [], [-1], [0, 0], ["a"], [1.5], HUGE, 10**30, [10**30], None, {"a": 1}, True],
    "metric": [3, None, [1]],
    "higher_is_better": ["yes", 1, None],
    "failure_value": ["x", None, math.nan, -math.inf, [0], True],
    "target": [
        3,
        "x",
        {},
        {"metric": "val/miou"},
        {"metric": 3, "at_least": 1},
        {"metric": "a", "at_least": "b"},
        {"metric": "a", "at_least": 1, "at_most": 2},
        {"metric": "a", "at_most": math.nan},
    ],
    "design": ["allone", 3, None, ["allone"]],
    "placebo": ["x", 1, None],
    "launcher": [3, None, [], {}, "", {"class_path": 3}, {"init_args": {}}, {"class_path": "Slurm", "init_args": [1]}],
    "budget": [
        3,
        {},
        {"epochs": 3},
        {"steps": 0},
        {"steps": 1.5},
        {"steps": True},
        {"flops": -1},
        {"flops": math.nan},
        {"seconds": math.inf},
        {"seconds": "x"},
        {"steps": 3, "seconds": 4},
    ],
    "tune": [
        3,
        {},
        {"grid": {RATE: [0.1, 0.2]}},
        {"grid": {RATE: [0.1]}, "seeds": 1},
        {"grid": {RATE: 0.1}, "seeds": 1},
        {"grid": {RATE: [0.1, math.nan]}, "seeds": 1},
        {"grid": {3: [0.1, 0.2]}, "seeds": 1},
        {"grid": {"a..b": [1, 2]}, "seeds": 1},
        {"grid": {RATE: [0.1, 0.1]}, "seeds": 1},
        {"grid": {RATE: [0.1, 0.2], "model.init_args.optimizer": [1, 2]}, "seeds": 1},
        {"grid": {"trainer": [3, 4]}, "seeds": 1},
        {"grid": {"seed_everything": [3, 4]}, "seeds": 1},
        {"grid": {RATE: [0.1, 0.2]}, "seeds": HUGE},
        {"grid": {RATE: [0.1, 0.2]}, "seeds": 1, "draw": 3},
        {"grid": {RATE: [0.1, 0.2]}, "seeds": 1, "own": {"focal": {RATE: [0.1]}}},
        {"grid": {RATE: [0.1, 0.2]}, "seeds": 1, "own": {"other": {RATE: [0.1, 0.2]}}},
        {"grid": {RATE: [0.1, 0.2]}, "seeds": 1, "own": 3},
    ],
    "threads": [0, -1, 1.5, "x", HUGE, None],
    "set": [
        3,
        "x",
        [1],
        {3: 4},
        {"seed_everything": 1},
        {"threads": 2},
        {"trainer": 3},
        {"trainer": {"default_root_dir": "x"}},
        {"trainer": {"max_epochs": math.inf}},
        {"trainer": {"max_epochs": b"1"}},
    ],
    "expects": [3, "x", [1], {"focal": "wonders"}, {"other": "helps"}, {3: "helps"}],
    "nonsense": [1],
}
TRICK: Mapping[str, list[Any]] = {
    "about": [
        3,
        "x",
        [1],
        {"title": 3},
        {"expects": "wonders"},
        {"tasks": "all"},
        {"tasks": [3]},
        {"tasks": ["detection"]},
        {3: 4},
    ],
    "model": [3, None, [1]],
    "trainer": [3, [1], {3: 4}],
    "model.init_args.rewrites+": [3, "x", {"a": 1}],
    "seed_everything": [1],
    "trainer.max_epochs": [2],
}  # the last changes nothing


def cases() -> Iterator[Case]:
    """`plan` for each key and value, and some for the other commands about an ablation."""
    others = ("ablate", "status", "report")
    for number, (key, value) in enumerate((key, value) for key, wrong in KEYS.items() for value in wrong):
        files = {**BASE, "a.yaml": {**ABLATION, key: value}}
        for command in ("plan", others[number % 3]):
            yield Case(f"{command} {key} = {value!r}", (command, "a.yaml"), (key, repr(value), "trick", "arm"), files)
    for key, wrong in TRICK.items():
        for value in wrong:
            trick = {**nested("model.init_args.schedule.init_args.length", 0.5), **nested(key, value)}
            if key == "trainer.max_epochs":
                trick = nested(key, value)
            files = {**BASE, "a.yaml": {**ABLATION, "tricks": ["trick.yaml"]}, "trick.yaml": trick}
            yield Case(f"plan a trick's {key} = {value!r}", ("plan", "a.yaml"), ("trick",), files)
    for key in ("baseline", "tricks", "sesoi"):
        left = {name: value for name, value in ABLATION.items() if name != key}
        yield Case(f"plan without {key}", ("plan", "a.yaml"), (key,), {**BASE, "a.yaml": left})
