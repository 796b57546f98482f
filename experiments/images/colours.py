"""The colours of classes."""

from collections.abc import Sequence
from functools import cache

Colour = tuple[int, int, int]
VOID: Colour = (224, 224, 224)
LABELS = 256  # of a palette


@cache
def colour(label: int) -> Colour:
    """That of a label, as PASCAL VOC colours its masks: the bits of the label, dealt out to red, green and blue.

    Label 0 is black. What does not count, 255, is light grey here.
    """
    if label == LABELS - 1:
        return VOID
    bits = [[(label >> (3 * place + channel) & 1) << (7 - place) for place in range(3)] for channel in range(3)]
    red, green, blue = map(sum, bits)
    return red, green, blue


def of_labels(own: Sequence[Colour] = ()) -> list[Colour]:
    """The colours of all labels; those that the data have of their own come first."""
    return [*own, *map(colour, range(len(own), LABELS))]


def palette(own: Sequence[Colour] = ()) -> list[int]:
    """The colours of all labels in a row, as Pillow wants them."""
    return [level for each in of_labels(own) for level in each]
