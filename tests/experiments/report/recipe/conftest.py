"""Studies of planted effects, of which recipes are made."""

from collections.abc import Callable
from pathlib import Path

import pytest

from experiments.results.study import Study
from tests.experiments import conftest

REST = conftest.FACTS["warmup"][2:]


class Added(dict):
    """What arms are like: their tricks' effects add up, but for what fpn and focal do together."""

    together = 0.0

    def __missing__(self, arm: str) -> tuple[float, ...]:
        last, both = arm.removeprefix("all-but-"), {"fpn", "focal"}
        named = {"full": both, "fresh-recipe": both, "fresh-baseline": set()}
        tricks = named.get(arm, both - {last} if last != arm else arm.split("+"))
        gain = sum(self[trick][0] for trick in tricks) + self.together * (both <= set(tricks))
        return (gain, 0.002, *REST)


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Study]:
    """Makes a study of planted effects, in the current folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(conftest, "DIVERGED", ())

    def make(together: float = 0.0, planted: dict[str, float] | None = None, **settings: object) -> Study:
        facts = Added(conftest.FACTS)
        facts.together = together
        facts |= {trick: (gain, 0.002, *facts[trick][2:]) for trick, gain in (planted or {}).items()}
        monkeypatch.setattr(conftest, "FACTS", facts)
        return conftest.make_study(tmp_path, **settings)

    return make
