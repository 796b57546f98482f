"""Fonts that have the letters of some names."""

import subprocess
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from PIL import ImageFont

NONE = "\U0010ffff"  # a letter that no font has
SIZE = 20  # at which letters are looked for
SECONDS = 10


class Lettering(NamedTuple):
    """How the names of classes are written in pictures.

    Args:
        names: What is written: the names, or the labels where no font has the letters of a name.
        file: Of the font; None for Pillow's own.
    """

    names: list[str]
    file: str | None = None

    def font(self, size: int) -> ImageFont.FreeTypeFont:
        """The font in a size that can be read, in pixels."""
        return _font(self.file, min(max(size, 10), 48))


def lettering(names: Sequence[str]) -> Lettering:
    """The font for names: Pillow's, which has Latin letters alone, or else one that fontconfig finds."""
    if not (letters := _lacking(None, "".join(names))):
        return Lettering([*names])
    file = _found(letters)
    if file and not _lacking(file, "".join(names)):
        return Lettering([*names], file)
    return Lettering([str(label) if _lacking(None, name) else name for label, name in enumerate(names)])


def _font(file: str | None, size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(file, size) if file else ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)  # that Pillow's wheels bring
    return font


def _lacking(file: str | None, letters: Iterable[str]) -> list[str]:
    """The letters that a font draws as it draws what it does not have."""
    font = _font(file, SIZE)
    none = bytes(font.getmask(NONE))
    return [letter for letter in sorted({*letters}) if letter.isprintable() and bytes(font.getmask(letter)) == none]


def _found(letters: Iterable[str]) -> str | None:
    """The font file that fontconfig gives for letters; it gives one, even if no font has them."""
    pattern = f":scalable=true:charset={' '.join(f'{ord(letter):x}' for letter in letters)}"
    try:
        done = subprocess.run(
            ["fc-match", "-f", "%{file}", pattern], capture_output=True, text=True, check=True, timeout=SECONDS
        )
        ImageFont.truetype(done.stdout, SIZE)
    except (OSError, subprocess.SubprocessError):  # not installed, or a font that Pillow cannot read
        return None
    return done.stdout
