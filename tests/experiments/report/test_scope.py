"""What a page says that its verdicts are about."""

import pytest

from experiments.report.scope import describe_scope
from tests.experiments.conftest import MakeStudy


@pytest.mark.parametrize(
    ("data", "called"),
    [
        ({"class_path": "datamodules.CamVid", "init_args": {"root": "downloads"}}, "CamVid"),
        ({"class_path": "ImageMaskFolder", "init_args": {"root": "my/wheat fields/"}}, "wheat fields"),
        ({"class_path": "ImageMaskFolder", "init_args": {"root": "."}}, "ImageMaskFolder"),
        ({"class_path": "Digits"}, "Digits"),
    ],
)
def test_data_are_called_as_their_user_calls_them(make_study: MakeStudy, data, called):
    study = make_study(set={"data": data}, seeds=1)
    assert describe_scope(study)["data"] == called
