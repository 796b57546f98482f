"""How tests are shared out over processes."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Function]) -> None:
    """Tests that share what their file makes, such as a trained ablation, run in one process: it is made once."""
    for item in items:
        fixtures = [known[-1] for known in item._fixtureinfo.name2fixturedefs.values()]
        shares = any(fixture.scope == "module" for fixture in fixtures)
        if shares and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.module.__name__))
