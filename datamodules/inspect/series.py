"""Series of images, such as the frames of a film, by their names."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from datamodules.inspect.parts import Picture, standard
from datamodules.inspect.split import Split, some

ALIKE = 0.6  # least median correlation of neighbours: 0.84 in the films of CamVid, 0.1 in photos of no film

Series = Mapping[str, Sequence[str]]


def series_of(splits: Mapping[str, Split]) -> Series:
    """Split → of each image the series that it is of by its name; nothing where it is of none.

    A name without a number may be that of a class or of all the data. It is a series if neighbours in it look alike.
    """
    named = {name: split.series for name, split in splits.items()}
    members = defaultdict[str, list[tuple[int, str, Picture]]](list)
    for name, split in splits.items():
        for each in split.read:
            file = split.names[each.index]
            members[named[name][each.index]].append((len(file), file, each.thumb))
    words = {word for word in set().union(*named.values()) if not any(map(str.isdigit, word))}
    mere = {word for word in words if not _is_film([thumb for *_, thumb in sorted(members[word], key=lambda m: m[:2])])}
    return {name: ["" if series in mere else series for series in each] for name, each in named.items()}


def _is_film(frames: Sequence[Picture]) -> bool:
    """Whether most of them look like the next one."""
    at = some(range(len(frames) - 1))
    if not at:
        return False
    one, other = (standard(np.stack([frames[place + step] for place in at]).astype(np.float32)) for step in (0, 1))
    return float(np.median((one * other).sum(1))) >= ALIKE


def straddling(series: Series) -> set[str]:
    """Series with images in several splits; none where all images are of one, whose name then says nothing."""
    each = [set(of_split) for of_split in series.values()]
    several = {name for one in each for name in one if name and sum(name in other for other in each) > 1}
    return several if len(set().union(*each)) > 1 else set()
