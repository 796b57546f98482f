"""The arguments that sources tell are those that configs may give, by the classes themselves."""

import pytest

from experiments import signature
from experiments.plan.unknown_keys import TOP
from experiments.trial.command_line import schema
from experiments.trial.command_line.schema import Classes, names

SUPPLIED = {"levels", "optimizer", "params", "total_steps"}  # by what takes a class, not by a config
SUPPLIED |= {"masks"}  # by `PennFudanMasks`, to its base


@pytest.mark.parametrize("room", ["lightning_modules", "datamodules", "torch.optim", "lightning.pytorch"])
def test_sources_tell_what_the_classes_take(room):
    told = 0
    for cls, called in names().items():
        known = signature.arguments(called[0]) if cls.__module__.startswith(room) else None
        if known is not None:
            taken = {key.removesuffix("+") for key in Classes().arguments(cls)["properties"]}
            assert taken <= known, called
            assert known - taken <= SUPPLIED, called
            told += 1
    assert told > 9


@pytest.mark.parametrize("name", ["Segmentation", "Detection", "Classification", "CamVid", "FPN", "Warmup", "SGD"])
def test_it_tells_of_those_that_most_keys_are_of(name):
    assert signature.arguments(name)


def test_what_sources_do_not_tell_is_not_known(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "odd.py").write_text(
        "import functools\nfrom odder import Passed\n"
        "class Kept:\n def __init__(self, a, **rest): self.rest = rest\n"
        "class Made(Kept):\n def __init__(self, b, **rest): super().__init__(b, **rest)\n"
        "class Told(Kept):\n def __init__(self, b, *, c=1): pass\n"
        "class Bare: pass\n"
        "Alias = functools.partial(Bare)\n"
    )
    (tmp_path / "odder.py").write_text("from odd import Passed\n")
    (tmp_path / "broken.py").write_text("class Broken(:\n")
    assert signature.arguments("odd.Told") == {"b", "c"}
    assert signature.arguments("odd.Bare") == set()
    for name in ("odd.Kept", "odd.Made", "odd.Alias", "odd.Passed", "odd.Nothing", "broken.Broken", "none.A", "None"):
        assert signature.arguments(name) is None, name


def test_configs_have_the_keys_that_the_schema_tells():
    assert {"trainer", *schema.TOP} == TOP
