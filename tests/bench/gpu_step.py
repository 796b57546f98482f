"""Steps of training on a GPU through the suite, beside a bare loop: a network of 13 ms, and the baseline digits."""

from collections.abc import Iterator

from tests.bench import device, overhead
from tests.bench.row import Row

machine = device.machine


def rows() -> Iterator[Row]:
    """Seconds a step by the clock, the device's work included; epochs of the two take turns."""
    resnet, digits = overhead.RESNET._replace(steps=64), overhead.DIGITS
    yield _beside("ResNet-18 at 128²", resnet)
    yield _beside("ResNet-18 at 128², its share of evaluation included", resnet._replace(validated=8))
    yield _beside("the baseline digits", digits)


def _beside(what: str, case: overhead.Case) -> Row:
    clock = overhead.Clock(case, device.now)
    overhead.train(case, clock, accelerator="gpu")
    return Row(f"a training step of {what}: suite beside bare PyTorch (s)", *clock.after_the_first())
