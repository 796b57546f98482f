"""W&B, without torch: the project that runs go to, and whether its server can be had."""

import netrc
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from experiments.errors import UserError

PROJECT = "trickbench"  # where none is named
HELP = (
    "log each run to this project of W&B ([ENTITY/]PROJECT); kept on disk where no account is known or its server "
    f"cannot be reached (default: {PROJECT})"
)
SECONDS = 10  # of waiting for an answer


def project(text: str) -> str:
    """A project as `--wandb` names it.

    Raises:
        UserError: If it is neither PROJECT nor ENTITY/PROJECT, of characters that W&B takes.
    """
    if not re.fullmatch(r"(?:[\w.-]+/)?[^/\\#?%:\s]{1,128}", text):
        raise UserError(f"--wandb must be PROJECT or ENTITY/PROJECT, without spaces and /\\#?%:, got {text!r}")
    return text


def split(text: str) -> tuple[str | None, str]:
    """Entity and name of a project; without an entity the account's own counts."""
    entity, _, name = text.rpartition("/")
    return entity or None, name


def run_id(trial: Mapping[str, Any]) -> str:
    """Id of a trial's run, by its trial.json: its address, and a hash of its code, since other code is another run."""
    return f"{trial['made_from']['config'][:16]}-{trial['fingerprint'][:8]}"


def why_offline() -> str:
    """Why runs cannot go to a server; empty if they can."""
    import wandb  # takes a second

    settings = wandb.setup().settings
    url = settings.base_url
    if settings.mode in ("offline", "dryrun"):
        return f"WANDB_MODE is {settings.mode}"
    if not (settings.api_key or "WANDB_IDENTITY_TOKEN_FILE" in os.environ or _in_netrc(url)):
        return f"no key for {url} (wandb login, or WANDB_API_KEY)"
    return "" if _answers(url) else f"{url} cannot be reached"


def leave() -> None:
    """End W&B's service of this process, which asking has begun."""
    import wandb

    wandb.teardown()


def told(text: str, why: str, folders: str) -> str:
    """Where runs go, in one line.

    Args:
        text: The project.
        why: They stay offline; empty if they do not.
        folders: That hold them.
    """
    if not why:
        return f"W&B: runs go to the project {text}"
    return f"W&B: {why}: runs are kept on disk; later: wandb sync {folders}/wandb/latest-run"


def _in_netrc(url: str) -> bool:
    """Whether `wandb login` has left a key."""
    try:
        file = netrc.netrc(os.environ.get("NETRC") or Path.home() / ".netrc")
    except (OSError, netrc.NetrcParseError):
        return False
    return file.authenticators(urlsplit(url).hostname or "") is not None


def _answers(url: str) -> bool:
    import urllib.error  # every command asks what is tracked, and few where
    import urllib.request

    try:
        urllib.request.urlopen(url, timeout=SECONDS).close()
    except urllib.error.HTTPError:  # an answer too
        return True
    except (OSError, ValueError):
        return False
    return True
