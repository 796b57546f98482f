"""How tests are shared out over processes."""

import pytest


@pytest.fixture(scope="module")
def made_for_this_file() -> None:
    """Whatever takes long."""


def test_who_shares_what_a_file_makes_runs_in_one_process(made_for_this_file, request):
    if not getattr(request.config.option, "loadgroup", False):
        pytest.skip("all in one process, or shared out in another way")
    assert request.node.nodeid.endswith(f"@{__name__}")
