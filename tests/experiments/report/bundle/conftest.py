"""What is in the bundle of a finished study."""

import pytest

from experiments.results.study import Study
from tests.experiments.report.bundle.packs import bundled
from tests.packed import Files, held


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, study: Study) -> Files:
    """What is in the bundle of the finished study."""
    return held(bundled(study, tmp_path_factory.mktemp("bundle") / "x.bundle"))
