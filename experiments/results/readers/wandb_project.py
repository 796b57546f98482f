"""The runs of a project on a W&B server: configs and summaries, as an export holds them."""

from __future__ import annotations

import re
from typing import Any

from experiments.errors import ServerError, UserError
from experiments.results.readers.run import Run
from experiments.results.readers.settings import texts
from experiments.results.readers.wandb import state

SECONDS = 60  # of waiting for an answer
TRIES: dict[str, Any] = {
    "x_graphql_retry_max": 2,
    "x_graphql_retry_wait_min_seconds": 1,
    "x_graphql_retry_wait_max_seconds": 2,
}


def is_project(name: str) -> bool:
    """Whether a name can be one: `ENTITY/PROJECT`."""
    return re.fullmatch(r"[^/]+/[^/]+", name) is not None


def read(project: str) -> list[Run]:
    """The runs, oldest first, by the account that `wandb login` or WANDB_API_KEY names.

    Raises:
        UserError: If the server does not know the project.
        ServerError: If it cannot be reached, or does not let one in.
    """
    import wandb  # takes a second

    wandb.setup(wandb.Settings(**TRIES, silent=True))  # its own patience is of minutes
    try:
        return [_run(project, run) for run in _listed(wandb.Api(timeout=SECONDS), project)]
    except ValueError as error:  # there is no such project
        raise UserError(_said(project, error)) from error
    except Exception as error:  # the errors of its client, its service and its library have no base in common
        raise ServerError(_said(project, error)) from error
    finally:
        wandb.teardown()


def _said(project: str, error: Exception) -> str:
    first = str(error).split("\n", 1)[0]
    return f"cannot read {project} from W&B: {first}; see `wandb login`"


def _listed(api: Any, project: str) -> Any:
    """All that is known of each run, fifty to a request."""
    try:
        return api.runs(project, lazy=False)
    except TypeError:  # clients before 0.23 know no other way
        return api.runs(project)


def _run(project: str, run: Any) -> Run:
    logged = {name: [value] for name, value in texts(run.summary_metrics).items()}
    return Run(f"{project}/{run.id}", texts(run.config), logged, [str(run.name)], state(run.state))
