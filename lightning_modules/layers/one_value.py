"""A norm that is left with one value to normalise."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def refuse_one_value(owner: object) -> Iterator[None]:
    """Say what helps where a norm gets one value, as BatchNorm does at batch 1 on a map of 1 × 1.

    Args:
        owner: What runs the network, for the message.

    Raises:
        ValueError: Names the owner's class and the map, in place of torch's error, which every norm raises.
    """
    try:
        yield
    except ValueError as error:
        said, _, size = str(error).partition(" torch.Size")
        if not said.startswith("Expected more than 1 "):
            raise
        raise ValueError(
            f"{type(owner).__name__}: a norm got one value to normalise, in a map of {size}; use larger images, "
            "a larger batch if it is BatchNorm, or a rewrite to another norm, such as LayerNorm"
        ) from error
