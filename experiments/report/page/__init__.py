"""The page: one HTML file that opens anywhere, years from now, with no network."""

import html
import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from experiments.declare.changes import diff
from experiments.declare.keys import ARMS
from experiments.judge.power import in_words
from experiments.plan.comparisons import Comparison
from experiments.report import course, diverged, fits, no_ops, numbers, path, room, sound, spent, tuned
from experiments.report.costs import costs_of
from experiments.report.numbers import decimals
from experiments.report.page import (
    annex,
    classes,
    commands,
    conditions,
    curves,
    entries,
    figures,
    forest,
    interactions,
    ladders,
    lines,
    pictures,
    published,
    recipe,
    summary,
    target,
    tradeoff,
    trials,
    why,
)
from experiments.report.reasons import reason
from experiments.report.scope import describe_scope
from experiments.report.tones import sign, tone
from experiments.results.damage import of_ledger
from experiments.results.faults import list_faults
from experiments.results.study import Study

TURNS = dict.fromkeys((0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))

NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _turned_by_nothing(value: Any) -> Any:
    """Text without the characters that turn the direction of all that follows; what is written right to left stays."""
    return value.translate(TURNS) if isinstance(value, str) else value


ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates", encoding="utf-8"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    finalize=_turned_by_nothing,
)
FILTERS = ("exact", "fixed", "signed", "interval", "p_value", "percent", "ratio", "count", "seconds", "mebibytes")
ENVIRONMENT.filters.update({name: getattr(numbers, name) for name in FILTERS})
ENVIRONMENT.filters.update(in_words=in_words, reason=reason, tone=tone, sign=sign, traced=lines.traced)


def render(study: Study) -> str:
    """Write a study as HTML; the same study gives the same bytes."""
    return _page(_content(study))


def drawn(study: Study) -> tuple[str, dict[str, str]]:
    """The same, and each of its plots as SVG, by name."""
    content, alone = _content(study), ENVIRONMENT.get_template("figure.svg")
    pictures = figures.draw_figures(content)
    return _page(content), {
        name: NOT_IN_XML.sub(" ", alone.render(content, figure=figure)) for name, figure in pictures.items()
    }


def _page(content: dict[str, Any]) -> str:
    return ENVIRONMENT.get_template("page.html").render(content)


def summary_text(study: Study) -> list[str]:
    """The paragraphs of its summary, in plain text."""
    markup = ENVIRONMENT.get_template("summary.html").render(_content(study))
    paragraphs = re.findall(r"<p.*?</p>", markup, re.DOTALL)
    return [" ".join(html.unescape(re.sub(r"<[^>]+>", "", text)).split()) for text in paragraphs]


def plots(study: Study) -> dict[str, str]:
    """Its plots of effects and of what they cost, as far as there are any, each an HTML file by itself."""
    content, alone = _content(study), ENVIRONMENT.get_template("picture.html")
    return {name: alone.render(content, section=f"{name}.html") for name in ("forest", "tradeoff") if content[name]}


def _content(study: Study) -> dict[str, Any]:
    ablation, arms = study.plan.ablation, entries.list_entries(study)
    levels, listed = summary.levels(study), trials.listed(study)
    return {
        "study": study,
        "ablation": ablation,
        "compared": fits.compared(study.plan),
        "arms_of": ARMS,
        "places": decimals(ablation.sesoi),
        "entries": arms,
        "tricks": [entry for entry in arms if not entry.verdict.placebo],
        "cards": _cards(arms),
        "placebos": [entry for entry in arms if entry.verdict.placebo],
        "sentences": summary.sentences(arms, ablation.sesoi),
        "levels": levels,
        "scope": describe_scope(study),
        "baseline_config": diff({}, study.plan.arms[0].merged),
        "baseline_costs": {
            arm.name: costs_of(study, Comparison(arm.name, arm.name, arm.name)) for arm in study.plan.baselines
        },
        "recipe": recipe.offer(study, arms),
        "forest": forest.forest_plot(study, arms),
        "by_condition": conditions.by_condition(study, arms),
        "together": interactions.together(study, arms),
        "ladders": ladders.plots(study, arms),
        "tradeoff": tradeoff.tradeoff_plot(arms, ablation.sesoi),
        "curves": curves.curve_plot(study, levels, arms),
        "reached": target.reached(study, arms),
        "reached_title": target.title(study),
        "class_tables": classes.class_tables(study, levels, arms),
        "gallery": pictures.gallery(study, arms),
        "why": why.reasons(study, levels, arms),
        "published": published.published_plot(study, arms),
        "trained_before": trials.trained_before(study),
        "ledger": listed,
        "idle": no_ops.lines(study),
        "stops": trials.stops(study),
        "repeated": trials.repeated(listed),
        "uncounted": list(of_ledger(study.plan)),
        "unfinished": trials.unfinished(study),
        "faults": list_faults(study),
        "unsound": sound.lines(study.unsound),
        "diverged": diverged.lines(study),
        "seen": [*room.lines(study), *sound.seen(study.plan)],
        "course": course.list_courses(study),
        "saved": course.saved(study),
        "so_far": course.so_far(study),
        "path": path.ladder(study),
        "path_claim": path.claim(study),
        "titles": {
            **{level.arm: level.title for level in levels},
            **{entry.verdict.arm: entry.title for entry in arms},
        },
        "tuned": tuned.lines(study),
        "spent": spent.lines(study),
        "settings": tuned.settings(study),
        "versions": trials.versions(study),
        "annex": annex.make_annex(study),
        "trial_command": commands.trial_command(study),
        "ablation_command": commands.ablation_command(study),
    }


def _cards(arms: list[entries.Entry]) -> dict[str, list[entries.Entry]]:
    """Trick → its effects, which have in common what it changes."""
    cards: dict[str, list[entries.Entry]] = {}
    for entry in arms:
        if not entry.verdict.placebo:
            cards.setdefault(entry.effect.trick, []).append(entry)
    return cards
