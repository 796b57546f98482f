"""Sending a report to W&B: all that it holds is on disk first."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from experiments import tracking
from experiments.errors import ServerError, UserError
from experiments.files import read_json, write_whole
from experiments.report.page import plots
from experiments.report.tracked.runs import Logged, logged
from experiments.results.study import Study

SPEC = "wandb-report.json"
# Its own patience is of minutes.
SETTINGS: dict[str, Any] = {
    "x_graphql_retry_max": 2,
    "x_graphql_retry_wait_min_seconds": 1,
    "x_graphql_retry_wait_max_seconds": 2,
    "console": "off",
    "silent": True,
}


def check() -> None:
    """Refuse where the library is missing that builds reports.

    Raises:
        UserError: Names the extra.
    """
    try:
        import wandb_workspaces  # noqa: F401
    except ImportError as error:
        raise UserError("report --wandb needs wandb-workspaces: pip install 'trickbench[wandb]'") from error


def send_report(study: Study, asked: str) -> list[str]:
    """Build a report, write it into the ablation's folder and save it in W&B, in the place of the one before.

    Args:
        study: What it tells.
        asked: The project; empty for that of the runs.

    Returns:
        What to tell: its URL is the last line.

    Raises:
        UserError: If no trial was logged to W&B, or it is not known whereto.
        ServerError: If W&B cannot be had; the report is on disk then.
    """
    from experiments.report.tracked.blocks import Place, report  # W&B's libraries take two seconds

    runs, drawn, file = logged(study.plan), plots(study), study.plan.folder / SPEC
    entity, project = tracking.split(asked or _project(study, runs))
    known = read_json(file) or {}
    _write(file, report(study, runs, Place("", project), [*drawn]), known)
    try:
        if why := tracking.why_offline():
            raise ServerError(f"W&B: {why}; the report is in {file}, and the same command sends it")
        tracking.leave()
        place = Place(entity or _own_entity(), project)
        _draw(study, place.entity, place.project, drawn)
        made = report(study, runs, place, [*drawn])
        made.id = known.get("id", "") if (known.get("entity"), known.get("project")) == (place.entity, project) else ""
        made.save()
        _write(file, made, {"id": made.id, "url": made.url})
    except ServerError:
        raise
    except Exception as error:  # the errors of its client, its service and its libraries have no base in common
        said = " ".join(str(error).split())[:200] or type(error).__name__
        raise ServerError(f"W&B does not take the report: {said}; it is in {file}") from error
    finally:
        tracking.leave()
    return [*_waiting(study, runs), str((read_json(file) or {})["url"])]


def _project(study: Study, runs: list[Logged]) -> str:
    """Where most of the runs are."""
    name = study.plan.ablation.name
    if not runs:
        raise UserError(
            f"no trial of {name} was logged to W&B; `trickbench ablate … --wandb` logs those that it trains"
        )
    named = [each.project for each in runs if each.project]
    if not named:
        raise UserError(f"the config of {name} says where its runs are; name it: --wandb ENTITY/PROJECT")
    return max(named, key=named.count)


def _own_entity() -> str:
    import wandb

    wandb.setup(wandb.Settings(**SETTINGS))
    return str(wandb.Api().default_entity)


def _draw(study: Study, entity: str, project: str, drawn: Mapping[str, str]) -> None:
    """Log the pictures to a run of their own, which the report shows."""
    import wandb

    from experiments.report.tracked.blocks import pictures_id

    name = study.plan.ablation.name
    whose: dict[str, Any] = {"entity": entity, "project": project, "group": name, "job_type": "report"}
    itself: dict[str, Any] = {"id": pictures_id(study), "name": f"{name}: pictures of its report", "resume": "allow"}
    settings = wandb.Settings(**SETTINGS)
    with tempfile.TemporaryDirectory() as folder, wandb.init(**whose, **itself, dir=folder, settings=settings) as run:
        run.log({name: wandb.Html(page, inject=False) for name, page in drawn.items()})


def _write(file: Path, report: Any, known: Mapping[str, Any]) -> None:
    """Write what the server is sent, and what it said of it."""
    model = report._to_model()
    said = {key: known[key] for key in ("id", "url") if key in known}
    about = {"entity": report.entity, "project": report.project, "title": report.title}
    spec = model.spec.model_dump(mode="json", by_alias=True, exclude_none=True)
    with write_whole(file) as out:
        json.dump({**said, **about, "description": report.description, "spec": spec}, out, indent=1, ensure_ascii=False)


def _waiting(study: Study, runs: list[Logged]) -> list[str]:
    waiting = sum(each.waits for each in runs)
    folders = study.plan.folder / "*/seed-*/wandb/latest-run"
    return [f"{waiting} of its {len(runs)} runs are not uploaded yet: wandb sync {folders}"] * bool(waiting)
