"""Image files."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

SUFFIXES = {".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}
GREY_16 = ("I;16", "I;16L", "I;16B", "I;16N")
WHOLE = ("1", "L", "P", "I", *GREY_16)  # Pillow's modes of one whole number at each pixel
COLOURED = ("RGB", "RGBA", "P", "L", "1")  # RGBA by its colour, whatever its transparency
LOSSY = ("jpeg", "mpo", "jpeg2000", "webp", "tiff_jpeg")  # formats of files, and compressions of TIFF
LARGEST = 16384  # height and width to resize to
TURNING = (b"eXIf", b"Raw profile type ", b"XML:com.adobe.xmp")  # in a PNG: what may hold an orientation
ORIENTATION = 274  # EXIF's tag; 5 to 8 lie on the side
BITS_PER_SAMPLE = 258  # TIFF's tag


def read_image(path: Path) -> NDArray[np.uint8]:
    """The colours of an image file, turned upright as its EXIF orientation says.

    16-bit grey is scaled from its full range to 8 bits. What is transparent lies on black.

    Shape:
        → (H, W, 3)

    Raises:
        ValueError: If it is not an image, is cut off, or its numbers have no known scale, such as floats.
    """
    image = _upright(path)
    if image.mode in GREY_16 or (image.mode == "I" and image.format in ("PNG", "PPM")):  # older Pillow reads as I
        return _grey(image)[..., None].repeat(3, -1)
    if image.mode in ("I", "F"):
        raise ValueError(f"{path} has pixels of Pillow's mode {image.mode}, which has no scale; save 8 or 16 bits")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "black"), image)
    return np.array(image.convert("RGB"))


def read_values(path: Path) -> NDArray[np.int32]:
    """The numbers in a mask file, of a palette the indices, turned upright as its EXIF orientation says.

    Shape:
        → (H, W)

    Raises:
        ValueError: If it is not an image, is cut off, does not hold one whole number at each pixel, or is compressed
            in a way that changes them.
    """
    return _values(_lossless(path), path)


def _values(image: Any, path: Path) -> NDArray[np.int32]:
    if image.mode not in WHOLE:
        bands = ", ".join(image.getbands())
        raise ValueError(f"{path} must hold whole numbers or a palette, got Pillow's mode {image.mode} ({bands})")
    return np.array(image).astype(np.int32)


def read_colours(path: Path) -> NDArray[np.int32]:
    """The colours in a mask file as numbers, red · 65536 + green · 256 + blue, turned upright as `read_values` does.

    Shape:
        → (H, W)

    Raises:
        ValueError: If it is not an image of colours of 8 bits or of a palette, is cut off, or is compressed in a way
            that changes them.
    """
    return _colours(_lossless(path), path)


def read_numbers(path: Path) -> NDArray[np.int32]:
    """The numbers in a mask file, as of `read_values`; or the colours of one that has no palette, as of `read_colours`.

    Shape:
        → (H, W)

    Raises:
        ValueError: If it cannot be read as either.
    """
    image = _lossless(path)
    return (_colours if image.mode in ("RGB", "RGBA") else _values)(image, path)


def _colours(image: Any, path: Path) -> NDArray[np.int32]:
    if image.mode not in COLOURED:
        raise ValueError(f"{path} must hold colours of 8 bits or a palette, got Pillow's mode {image.mode}")
    red, green, blue = np.moveaxis(np.array(image.convert("RGB")).astype(np.int32), -1, 0)
    return red << 16 | green << 8 | blue


def image_size(path: Path) -> tuple[int, int]:
    """Height and width of an image file, upright as its EXIF orientation says; its pixels are hardly ever read.

    Raises:
        ValueError: If it is not an image.
    """
    try:
        with Image.open(path) as image:
            return image.size if _is_on_its_side(image) else image.size[::-1]
    except Exception as error:  # of any kind, likewise
        raise ValueError(f"cannot read {path}: {error or type(error).__name__}") from error


def _is_on_its_side(image: Any) -> bool:
    """As its EXIF orientation says; not of a file that is cut off, which whoever reads its pixels will say."""
    if image.format == "PNG" and not _may_be_turned(Path(image.filename).read_bytes()):
        return False  # Pillow would decode it, since a PNG may say it behind its pixels
    try:
        return bool(image.getexif().get(ORIENTATION, 1) >= 5)
    except (OSError, SyntaxError, ValueError):
        return False


def _may_be_turned(content: bytes) -> bool:
    return any(name in content for name in TURNING)


def _lossless(path: Path) -> Any:
    image = _upright(path)
    for kind in (str(image.format).lower(), str(image.info.get("compression")).lower()):
        if kind in LOSSY:
            raise ValueError(f"{path} is compressed as {kind}, which may change labels; save masks as PNG")
    return image


def _upright(path: Path) -> Any:
    try:
        with Image.open(path) as image:
            image.load()
            ImageOps.exif_transpose(image, in_place=True)
            return image
    except Exception as error:  # of any kind: Pillow's readers raise whatever a broken file leads them to
        raise ValueError(f"cannot read {path}: {error or type(error).__name__}") from error


def _grey(image: Any) -> NDArray[np.uint8]:
    (bits, *_) = getattr(image, "tag_v2", {}).get(BITS_PER_SAMPLE, (16,))
    return np.round(np.array(image) / ((2**bits - 1) / 255)).astype(np.uint8)
