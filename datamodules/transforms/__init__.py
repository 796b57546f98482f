"""From what a data set stores to what a model trains on."""

from datamodules.transforms.erasing import Erasing

__all__ = ["Erasing"]
