"""Inputs that look odd and are right: the check must not pass by refusing everything."""

from collections.abc import Iterator

from tests.experiments.malformed.case import ABLATION, BASE, Case, nested, training
from tests.experiments.malformed.tables import TABLE

VERDICTS = ("verdicts", "t.csv", "--metric", "m", "--sesoi", "0.1")


def cases() -> Iterator[Case]:
    """Command lines that end with 0."""
    long = {"réseau 网络.yaml": {**ABLATION, "name": "n" * 200, "sesoi": 1e-9, "seeds": [2**31 - 1], "threads": 1024}}
    for command in ("plan", "status"):
        yield Case(f"{command} of long names", (command, "réseau 网络.yaml"), (), {**BASE, **long}, 0)
    once = "trainer: &once {max_epochs: 1, max_steps: -1, gradient_clip_val: 0.5, limit_val_batches: 1.0}\r\n"
    more = "\ufeff# comment\r\nseed_everything: 4294967295\r\nabout: {title: 'Größe, 尺寸'}\r\n"
    yield Case("fit in Windows' lines", training("fit", "x.yaml"), (), {**BASE, "x.yaml": more + once}, 0)
    unwarmed = nested("model.init_args.schedule.init_args.length", 0)
    yield Case(
        "schedule", ("schedule", "base.yaml", "x.yaml", "--out", "new/x.svg"), (), {**BASE, "x.yaml": unwarmed}, 0
    )
    yield Case("verdicts with a BOM", VERDICTS, (), {"t.csv": f"\ufeff{TABLE}x,2,nan\nbaseline,2,1\n"}, 0)
    yield Case("tricks", ("tricks",), (), {}, 0)
