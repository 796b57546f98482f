"""How tests are shared out over processes, and where they keep what data modules decode."""

import os
import shutil
import tempfile

import pytest

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


def pytest_collection_modifyitems(items: list[pytest.Function]) -> None:
    """Tests that share what their file makes, such as a trained ablation, run in one process: it is made once."""
    for item in items:
        fixtures = [known[-1] for known in item._fixtureinfo.name2fixturedefs.values()]
        shares = any(fixture.scope == "module" for fixture in fixtures)
        if shares and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.module.__name__))
