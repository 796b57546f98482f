"""Every context block, fusion block and head of pixels or images, with every flag and choice that it has.

The classes are found by `tests.walk`: a new block is tested by being there.
"""

import pytest

from experiments.trial.contracts.cases import variants
from lightning_modules.heads import ImageHead, PixelHead
from lightning_modules.pyramid import PyramidBlock
from tests.walk import subclasses

BLOCKS = subclasses(PyramidBlock)
HEADS = [*subclasses(PixelHead), *subclasses(ImageHead)]
CASES = [case for cls in [*BLOCKS, *HEADS] for case in variants(cls)]
every_case = pytest.mark.parametrize("case", CASES, ids=str)
