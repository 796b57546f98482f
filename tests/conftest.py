"""How tests are shared out over processes, and where they keep what data modules decode."""

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator

import pytest

from experiments.process import cpus
from tests.experiments import warm

MADE = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    """One folder for all processes of a run, not the user's."""
    if "TRICKBENCH_CACHE" not in os.environ:
        os.environ["TRICKBENCH_CACHE"] = config.stash[MADE] = tempfile.mkdtemp(prefix="decoded-")


def pytest_unconfigure(config: pytest.Config) -> None:
    """It goes with the process that made it."""
    if MADE in config.stash:
        shutil.rmtree(config.stash[MADE], ignore_errors=True)
        del os.environ["TRICKBENCH_CACHE"]


def pytest_xdist_auto_num_workers() -> int:
    """One more process than CPUs, since many tests wait for processes of their own; each takes about a gigabyte."""
    return min(cpus() + 1, 6)


@pytest.hookimpl(tryfirst=True)  # before xdist writes the groups into the tests' names
def pytest_collection_modifyitems(items: list[pytest.Function]) -> None:
    """Tests that share what their file makes, such as a trained ablation, run in one process: it is made once."""
    for item in items:
        fixtures = [known[-1] for known in item._fixtureinfo.name2fixturedefs.values()]
        shares = any(fixture.scope == "module" for fixture in fixtures)
        if shares and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.module.__name__))


def pytest_collection() -> None:
    """Hardly anything that is imported or collected is garbage: it is not looked for."""
    gc.disable()


def pytest_collection_finish() -> None:
    """What is there now stays, and what trainings leave behind in cycles can wait a while."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def warm_starts() -> Iterator[None]:
    """`python -m experiments` is forked, wherever it is started with this Python; the installed command starts anew."""
    with warm.starts():
        yield
