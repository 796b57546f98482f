"""The blocks of a report in W&B: the answer, the verdicts, pictures, and panels over the runs of each condition."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pydantic
import wandb_workspaces.reports.v2 as wr
from wandb_workspaces import expr

from experiments.files import read_json
from experiments.folder import RESULT
from experiments.plan.origin import digest
from experiments.plan.planned import Plan
from experiments.report.page import summary_text
from experiments.report.publish import TABLE
from experiments.report.tracked.runs import Logged, run_filter
from experiments.results.study import Study

STEP, ARM = "trainer/global_step", "JobType"
BY_ARM: dict[str, Any] = {"groupby": ARM, "groupby_aggfunc": "mean", "groupby_rangefunc": "minmax"}
WIDE, ROW = 24, 10  # columns of a report, and the height of its panels


@dataclass(frozen=True)
class Place:
    """Where runs and report are; without an entity nothing is asked of a server."""

    entity: str
    project: str


def report(study: Study, runs: Sequence[Logged], place: Place, pictures: Sequence[str]) -> wr.Report:
    """A report that is not saved yet.

    Args:
        study: What it tells.
        runs: Of its trials.
        place: Where they are.
        pictures: Names of those in the run of `pictures_id`.
    """
    ablation, paragraphs = study.plan.ablation, summary_text(study)
    table = (study.plan.folder / TABLE).read_text(encoding="utf-8")
    blocks = [
        *(wr.P(text) for text in paragraphs),
        wr.H2("Verdicts"),
        wr.MarkdownBlock(table),
        *([wr.H2("Effects, cost and benefit"), _pictures(study, place, pictures)] if pictures else []),
        *(block for name in study.plan.conditions for block in _condition(study, runs, name, place)),
    ]
    title = f"Which tricks pay off in {ablation.name}"  # it is part of the URL
    return wr.Report(
        project=place.project,
        entity=place.entity,
        title=title[:128],
        description=paragraphs[0][:500] if paragraphs else "",
        blocks=blocks,
        width="fluid",
    )


def pictures_id(study: Study) -> str:
    """Id of the run that holds an ablation's pictures."""
    return f"report-{digest(study.plan.ablation.name)[:12]}"


def _pictures(study: Study, place: Place, names: Sequence[str]) -> wr.PanelGrid:
    only = expr.And(expr.Metric("ID") == pictures_id(study))
    picked = wr.Runset(place.entity, place.project, "Pictures", filters=only)
    panel = wr.MediaBrowser(media_keys=[*names], num_columns=1, layout=wr.Layout(w=WIDE, h=2 * ROW))
    return wr.PanelGrid(runsets=[picked], panels=[panel], hide_run_sets=True)


def _condition(study: Study, runs: Sequence[Logged], condition: str, place: Place) -> list[Any]:
    """A heading and the panels over the runs under a condition."""
    plan = study.plan
    here = [each for each in runs if plan.arm(each.trial.arm).condition == condition]
    if not here:
        return []
    name = f"{plan.ablation.name}, {condition}" if condition else plan.ablation.name
    picks = run_filter(here, plan.ablation.name)
    picked = Compared(place.entity, place.project, name, picks=picks, baseline=_baseline(plan, here))
    return [
        wr.H2(f"Runs under {condition}" if condition else "Runs"),
        wr.PanelGrid(runsets=[picked], panels=_panels(study, here)),
    ]


@pydantic.dataclasses.dataclass(repr=False)
class Compared(wr.Runset):
    """A run set with a baseline run as W&B calls it, which its library lets only workspaces have so far.

    Filters go in as they are: the library would write text of them first, and trip over names with quotes or < in them.
    """

    picks: Any = None
    baseline: str = ""

    def _to_model(self) -> Any:
        model = super()._to_model()
        model.filters = expr.filters_tree_to_v2(self.picks.to_model())
        if self.entity and self.baseline:
            said = f"Run:v1:{self.baseline}:{self.project}:{self.entity}"
            model.baseline_run_id = base64.b64encode(said.encode()).decode()
            model.pinned_run_ids = [model.baseline_run_id]
        return model


def _baseline(plan: Plan, runs: Sequence[Logged]) -> str:
    """Id of the baseline's first run; empty if it has none."""
    return next((each.id for each in runs if each.trial.arm == plan.arm(each.trial.arm).baseline), "")


def _panels(study: Study, runs: Sequence[Logged]) -> list[Any]:
    """Of metrics that these runs have, means and ranges over the seeds of each arm, and every seed."""
    metric, _ = study.plan.ablation.curve
    known = {name for each in runs for name in (read_json(each.trial.folder / RESULT) or {}).get("metrics", {})}
    curves = [name for name in dict.fromkeys((metric, "train/loss", "val/loss")) if name in known]
    rates = wr.LinePlot(title="Learning rate", x=STEP, metric_regex=r"^lr(/\d+)?$", groupby=ARM)
    panels = [*(_final(metric) if metric in known else []), *map(_curve, curves), rates]
    for i, panel in enumerate(panels):
        panel.layout = wr.Layout(x=i % 2 * WIDE // 2, y=i // 2 * ROW, w=WIDE // 2, h=ROW)
    under = wr.Layout(y=-(-len(panels) // 2) * ROW, w=WIDE, h=ROW)
    return [*panels, wr.MediaBrowser(media_keys=["predictions"], num_columns=4, layout=under)]


def _final(metric: str) -> list[Any]:
    """What the runs end with: a bar for each arm, and a point for each run."""
    bars = wr.BarPlot(title=f"{metric} by arm: mean and range over its seeds", metrics=[metric], **BY_ARM)
    points = {"x": wr.Config("seed_everything"), "y": wr.SummaryMetric(metric)}
    return [bars, wr.ScatterPlot(title=f"{metric}, every run by its seed", **points)]


def _curve(metric: str) -> Any:
    return wr.LinePlot(title=f"{metric} by arm", x=STEP, y=[metric], **BY_ARM)
