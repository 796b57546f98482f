"""The class that objects lie on, told by its name."""

NAMES = ("background", "bg", "背景")


def is_ground(name: str) -> bool:
    """Whether a class is no kind of object; labelme writes `_background_`."""
    return name.strip(" _").lower() in NAMES
