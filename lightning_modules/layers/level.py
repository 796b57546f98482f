"""A level of a pyramid: what a block must know of a feature map before it sees one."""

from typing import NamedTuple


class Level(NamedTuple):
    """One level of a feature pyramid.

    Args:
        channels: Channels of the map.
        stride: Input pixels per map pixel.
    """

    channels: int
    stride: int
