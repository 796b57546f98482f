"""Published effects beside those measured here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from experiments.declare import configs
from experiments.declare.literature import Row, published
from experiments.plan.planned import differences
from experiments.report.numbers import decimals, signed
from experiments.report.scope import describe_scope
from experiments.report.text import signed_cell
from experiments.results.effects import Effect, list_effects
from experiments.results.study import Study

if TYPE_CHECKING:  # scipy takes half a second
    from experiments.judge.verdict import Verdict

SHOWN = 3  # settings that are named, of those that rows differ in
POINTS = "Published gains: mostly of single runs, in points (1 is 0.01 of a metric from 0 to 1); above 0 is better."


@dataclass(frozen=True)
class Beside:
    """An effect measured here, and what was published of its trick.

    Args:
        effect: The effect.
        verdict: Its verdict here.
        rows: What was published of its trick.
    """

    effect: Effect
    verdict: Verdict
    rows: list[Row]

    @property
    def gains(self) -> str:
        """The published gains."""
        return gains(self.rows)

    @property
    def there(self) -> str:
        """What they were measured on."""
        return there(self.rows)


def gains(rows: Sequence[Row]) -> str:
    """The lowest and highest gain on each metric, and the number of rows where there are several."""
    by_metric: dict[str, list[float]] = {}
    for row in rows:
        by_metric.setdefault(row.metric, []).append(row.gain)
    return ", ".join(f"{metric} {_range(values)}" for metric, values in by_metric.items())


def there(rows: Sequence[Row]) -> str:
    """The data sets, backbones and lengths of the rows."""
    settings = [[row.data for row in rows], [row.backbone for row in rows], [row.length for row in rows]]
    return "; ".join(filter(None, map(_several, settings)))


def beside(study: Study) -> list[Beside]:
    """The effects here of the package's tricks that something was published of, in the order of the verdicts."""
    known = study.judged
    apart = {each.name for each in differences(study.plan)}  # between two conditions: nobody published such a one
    told = [each for each in list_effects(study.plan) if each.name in known and each.name not in apart]
    found = [Beside(each, known[each.name], _rows(study, each)) for each in told if not known[each.name].placebo]
    return [each for each in found if each.rows]


def here(study: Study) -> str:
    """What the effects here were measured on."""
    scoped = describe_scope(study)
    return f"{scoped['data']}; {_several(_backbones(study))}; {scoped['length']}"


def table(study: Study, form: Callable[[str], str]) -> tuple[list[list[str]], str]:
    """Rows of text, a header first, and how to read them, all names in a form; no rows where nothing was published."""
    found = beside(study)
    if not found:
        return [], ""
    ablation = study.plan.ablation
    places = decimals(ablation.sesoi)
    header = ["published", "gain there", f"here: Δ {form(ablation.metric)}", "verdict here", "there"]
    rows = [
        [form(b.effect.name), b.gains, signed_cell(b.verdict.mean, places), b.verdict.verdict, b.there] for b in found
    ]
    return [header, *rows], f"{POINTS} Here: {form(here(study))}. Sources: `trickbench literature NAME`."


def _range(values: Sequence[float]) -> str:
    low, high = signed(min(values), 1), signed(max(values), 1)
    return low if len(values) == 1 else f"{low} … {high} (n = {len(values)})"


def _several(values: Iterable[str]) -> str:
    """Different values, of many the first ones."""
    different = list(dict.fromkeys(filter(None, values)))
    more = len(different) - SHOWN
    return ", ".join(different[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def _rows(study: Study, effect: Effect) -> list[Row]:
    """None where the trick is a file of the user's, whatever it is called."""
    file = (configs.PACKAGE / "tricks" / f"{effect.trick}.yaml").resolve()
    ours = any(file in study.plan.arm(name).layers for name in effect.weights)
    return published().get(effect.trick, []) if ours else []


def _backbones(study: Study) -> list[str]:
    models = [arm.merged.get("model", {}).get("init_args", {}) for arm in study.plan.baselines]
    return [str(configs.class_of(model.get("backbone")) or "its backbone").rsplit(".", 1)[-1] for model in models]
