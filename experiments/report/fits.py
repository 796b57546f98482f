"""Effects from all arms of a factorial or a screen, as text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from experiments.plan.comparisons import Design
from experiments.plan.planned import Plan, differences
from experiments.report.numbers import decimals
from experiments.report.text import effect_cells
from experiments.results.study import Study

if TYPE_CHECKING:  # scipy takes half a second
    from experiments.judge.contrasts import Term
    from experiments.judge.interactions import Contrast, Fit


def alias_lines(design: Design) -> list[str]:
    """Which effects a design cannot tell apart, a line for each set of them."""
    from experiments.judge.contrasts import aliases, mixed

    found = mixed([arm.tricks for arm in design.arms], design.groups)
    told = {True: "average effects are clear of interactions of two", False: "average effects are mixed up"}
    lines = [f"{design.title}: {told[not any(others for term, others in found.items() if len(term) == 1)]}"]
    sets = aliases(found)
    if sets:
        lines += ["interactions that are aliases, of which only the sum can be estimated:"]
        lines += [f"  {_sum(each, ' = ')}" for each in sets]
    partly = {term: others for term, others in found.items() if others and not any(term in each for each in sets)}
    if partly:
        most = max(abs(overlap) for others in partly.values() for overlap in others.values())
        lines += [f"{len(partly)} interactions of two overlap (correlations up to {most:.2f}): none can be estimated"]
    return lines if any(found.values()) else [f"{lines[0]}, and these of one another"]


def compared(plan: Plan) -> str:
    """Between which arms the verdicts of a plan are, for the notes under their table."""
    named = [each for each in plan.comparisons if not each.alone]
    to = "to the baseline under the same condition" if plan.ablation.conditions else "to the baseline"
    words = [to] if len(named) < len(plan.comparisons) else []
    words += ["between the two arms named"] if named else []
    words += ["between the arms with the trick and those without"] if plan.fitted else []
    words += ["between a trick's effects under two conditions"] if differences(plan) else []
    ladder = any(design.name.startswith("stacked") for design in plan.designs)
    path = ", which on a path depends on the recipe so far," * plan.ablation.path
    return " or ".join(words) + ", which in a ladder depends on its order," * ladder + path


def texts(study: Study, form: Callable[[str], str]) -> dict[str, tuple[str, list[list[str]]]]:
    """For each fitted design how it was fitted, and a table of its effects with a header, all names in a form."""
    fitted = study.plan.fitted
    return {design.title: (heading(study.fits[design.title], design), _rows(study, design, form)) for design in fitted}


def heading(fit: Fit, design: Design) -> str:
    """How a design was fitted, and how to read what follows."""
    every = design.name == "factorial"
    credit = "a trick's mean share of the whole recipe's gain over all orders" if every else "the average effect, here"
    return (
        f"{design.title}: {len(design.arms)} arms × {len(fit.seeds)} seeds by least squares with seeds as blocks, "
        f"{fit.df} degrees of freedom. Intervals here are corrected for nothing. Credit: {credit}."
    )


def _rows(study: Study, design: Design, form: Callable[[str], str]) -> list[list[str]]:
    fit, ablation = study.fits[design.title], study.plan.ablation
    kinds = [(f"{each.tricks[0]} on average", each) for each in fit.averages]
    kinds += [(f"{each.tricks[0]}, credit", each) for each in fit.credits if design.name == "factorial"]
    kinds += interactions(fit)
    places = decimals(ablation.sesoi)
    header = [design.title, f"Δ {form(ablation.metric)}", "plain 95 % interval", "p"]
    return [header, *([form(name), *effect_cells(e.effect, e.low, e.high, e.p, places)] for name, e in kinds)]


def interactions(fit: Fit) -> list[tuple[str, Contrast]]:
    """Those that can be estimated, and aliases once as their sum."""
    told: set[Term] = set()
    shown = []
    for each in fit.interactions:
        if each.tricks not in told and each.estimable:
            shown.append((_sum(each.aliases, " + "), each))
        told |= {*each.aliases}
    return shown


def term_text(term: Term) -> str:
    """An interaction as `a × b`."""
    return " × ".join(term)


def _sum(terms: Mapping[Term, float], between: str) -> str:
    text = between.join(f"{'−' * (sign < 0)}{term_text(term)}" for term, sign in terms.items())
    return text.replace("+ −", "− ")
