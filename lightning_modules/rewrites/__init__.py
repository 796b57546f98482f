"""Rewrites: what acts throughout a network, as a change to the network once it is built."""

from lightning_modules.rewrites.base import Rewrite
from lightning_modules.rewrites.drop_path import DropPath
from lightning_modules.rewrites.norm import GroupNorm

__all__ = ["DropPath", "GroupNorm", "Rewrite"]
