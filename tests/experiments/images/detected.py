"""Made validations of a detector: boxes in scenes, of which it finds a share."""

from pathlib import Path

import numpy as np

from experiments.images import boxes, pictures
from experiments.images.store import Tables

IMAGES, SIZE, CLASSES = 40, 64, ("cat", "dog")


def truth(image: int) -> tuple[np.ndarray, np.ndarray]:
    """Boxes and labels of an image; the third one of four is small."""
    rng = np.random.default_rng(image)
    corner, side = rng.integers(0, SIZE - 24, (4, 2)), np.array([20, 16, 6, 24])[:, None]
    return np.concatenate([corner, corner + side], 1).astype(float), rng.integers(0, 2, 4)


def found(image: int, share: float, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What is detected: that share of the objects a little off, and one box of nothing."""
    rng = np.random.default_rng([image, seed])
    box, label = truth(image)
    seen = rng.random(4) < share
    box = np.concatenate([box[seen] + rng.normal(0, 0.8, (seen.sum(), 4)), [[1, 1, 9, 9]]])
    return box, np.append(label[seen], 0), rng.uniform(0.35, 1, len(box))


def tables(share: float, seed: int) -> Tables:
    """What a trial with such a detector leaves."""
    scenes = [(*found(image, share, seed), *truth(image)) for image in range(IMAGES)]
    return {
        "task": np.array("detection"),
        "classes": np.array(CLASSES),
        "places": np.arange(IMAGES, dtype=np.uint32),
        "names": np.array([f"{image}.jpg" for image in range(IMAGES)]),
        "objects": np.concatenate(
            [boxes.objects(s[4], (s[3][:, 2] - s[3][:, 0]) ** 2, image) for image, s in enumerate(scenes)]
        ),
        "detections": np.concatenate([boxes.detections(*scene, image) for image, scene in enumerate(scenes)]),
    }


def draw(path: Path, share: float, seed: int) -> None:
    """Leave the pictures of such a trial."""
    files, said = {}, {}
    for image in pictures.chosen(IMAGES):
        files[f"{image:05}.jpg"] = pictures.photo(np.full((SIZE, SIZE, 3), 5 * image, np.uint8))
        box, label, score = found(image, share, seed)
        true, labels = truth(image)
        said[image] = {
            "truth": pictures.boxes(true, labels.tolist(), [1.0] * 4, (SIZE, SIZE)),
            "found": pictures.boxes(box, label.tolist(), score.tolist(), (SIZE, SIZE)),
        }
    pictures.write(path, files, said)
