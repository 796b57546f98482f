"""ADE20K: scenes indoors and outdoors."""

from pathlib import Path
from typing import Any

from datamodules.layouts.folder import ImageMaskFolder
from datamodules.layouts.splits import Splits
from datamodules.loading.cached import Cached
from datamodules.named.download import fetch_archive, fetched
from datamodules.transforms.samples import Split

ADDRESS = "http://data.csail.mit.edu/places/ADEchallenge/ADEChallengeData2016.zip"
CLASSES = """
    wall, building, sky, floor, tree, ceiling, road, bed, windowpane, grass, cabinet, sidewalk, person, earth, door,
    table, mountain, plant, curtain, chair, car, water, painting, sofa, shelf, house, sea, mirror, rug, field, armchair,
    seat, fence, desk, rock, wardrobe, lamp, bathtub, railing, cushion, base, box, column, signboard, chest of drawers,
    counter, sand, sink, skyscraper, fireplace, refrigerator, grandstand, path, stairs, runway, case, pool table,
    pillow, screen door, stairway, river, bridge, bookcase, blind, coffee table, toilet, flower, book, hill, bench,
    countertop, stove, palm, kitchen island, computer, swivel chair, boat, bar, arcade machine, hovel, bus, towel,
    light, truck, tower, chandelier, awning, streetlight, booth, television receiver, airplane, dirt track, apparel,
    pole, land, bannister, escalator, ottoman, bottle, buffet, poster, stage, van, ship, fountain, conveyer belt,
    canopy, washer, plaything, swimming pool, stool, barrel, basket, waterfall, tent, bag, minibike, cradle, oven, ball,
    food, step, tank, trade name, microwave, pot, animal, bicycle, lake, dishwasher, screen, blanket, sculpture, hood,
    sconce, vase, traffic light, tray, ashcan, fan, pier, crt screen, plate, monitor, bulletin board, shower, radiator,
    glass, clock, flag
"""


class Ade20k(ImageMaskFolder):
    """ADE20K in the form of its challenge of 2016 (Zhou et al., 2017): 20,210 training and 2000 validation images.

    150 classes, from 1 on in the masks; 0 is void. The test set's masks are not public: `test` is `validation`.

    ```yaml
    data:
      class_path: Ade20k
      init_args: {root: data, size: [512, 512], download: true}
    ```

    Args:
        root: The folder that holds `ADEChallengeData2016`.
        size: Height and width to resize to.
        download: Download what is not there, 0.9 GB.
        splits: The names of the splits; see `Splits`.
        **folder: The other arguments of `MaskData` and of `DenseData`.

    Raises:
        ValueError: If an argument is out of range, or images and masks do not belong together.
        FileNotFoundError: If a folder is missing or without images.
    """

    def __init__(
        self,
        root: str,
        size: tuple[int, int],
        download: bool = False,
        splits: Splits = Splits("training", "validation", "validation"),  # noqa: B008  # frozen
        **folder: Any,
    ) -> None:
        classes, place = [each.strip() for each in CLASSES.split(",")], str(Path(root, "ADEChallengeData2016"))
        super().__init__(
            place,
            classes,
            size,
            images="images/{split}/{name}.jpg",
            masks="annotations/{split}/{name}.png",
            void=0,
            splits=splits,
            **folder,
        )
        self.download = download

    def dataset(self, split: Split) -> Cached:
        """The images and masks of a split."""
        if self.download:
            fetched(self.root, lambda: fetch_archive(ADDRESS, self.root.parent))
        return super().dataset(split)
