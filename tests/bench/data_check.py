"""`data check` of ten thousand made images: time, and how many of the planted leaks it finds, beside likenesses."""

import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from tests.bench.row import Row

IMAGES, PLANTED = 10_000, 200  # of which a fifth validate; leaks planted among these, and as many likenesses
SEED = 20_261_127  # the limits of what is called a leak were chosen on others
CLASSES = ["sky", "ground", "thing", "other"]
MODEL = {
    "class_path": "Segmentation",
    "init_args": {
        "num_classes": len(CLASSES),
        "backbone": {"class_path": "Tiny"},
        "loss": {"class_path": "CrossEntropy"},
        "optimizer": {"class_path": "torch.optim.SGD", "init_args": {"lr": 0.1}},
        "schedule": {"class_path": "Warmup"},
    },
}
Change = Callable[[Image.Image, np.random.Generator], Image.Image]


def rows(images: int = IMAGES, planted: int = PLANTED) -> Iterator[Row]:
    """Time of the command, aimed at 3 minutes on two cores; recall and precision of leaks."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        leaks = make(root / "data", images, planted)
        arguments = {"root": str(root / "data"), "classes": CLASSES, "size": [256, 320]}
        data = {"class_path": "ImageMaskFolder", "init_args": arguments}
        (root / "config.yaml").write_text(json.dumps({"model": MODEL, "data": data}))
        clock, processors = checked(root)
        found = json.loads((root / "found.json").read_text())["findings"]
    said = {pair for each in found for pair in zip(each["places"], each["beside"], strict=False)}
    yield Row(f"data check of {images:,} images, two workers (s)", [clock], limit=180)
    yield Row(f"data check of {images:,} images (s of processors)", [processors], limit=360)
    yield Row(f"share of {planted} planted leaks that is found, ≥ 0.98", [len(said & leaks) / len(leaks)])
    others = f"share of what is called a leak that is one, of {planted} likenesses beside, ≥ 0.95"
    yield Row(others, [len(said & leaks) / max(len(said), 1)])


def checked(root: Path) -> tuple[float, float]:
    """Seconds of the command: by the clock, and of processors with all processes that it starts."""
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    words = ["data", "check", "config.yaml", "--json", "found.json", "--workers", "2"]
    alone = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-m", "experiments", *words]
    subprocess.run(command, cwd=root, env=os.environ | alone, stdout=subprocess.DEVNULL, check=False)
    after, clock = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - began
    return clock, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def make(root: Path, images: int, planted: int) -> set[tuple[str, str]]:
    """Write images and masks, a fifth of them for validation.

    Of these the first are made of training images, changed; as many others show other things before the same sky and
    ground as a training image, and are no leaks.

    Returns:
        The planted leaks: the validation image and the training image that it is made of.
    """
    training, random = images - images // 5, np.random.default_rng(SEED)
    for k in range(images):
        split, place = ("train", k) if k < training else ("val", k - training)
        is_leak, is_like = (split == "val" and begin <= place < begin + planted for begin in (0, planted))
        seed = SEED + (place % planted * training // planted if is_leak or is_like else k)
        image, mask = scene(seed, SEED + k if is_like else seed)
        if is_leak:
            image = CHANGES[place % len(CHANGES)](image, random)
            mask = mask.resize(image.size, Image.Resampling.NEAREST)
        for kind, picture, name, options in (
            ("images", image, f"{k:05}.jpg", {"quality": 85}),
            ("masks", mask, f"{k:05}.png", {}),
        ):
            (root / split / kind).mkdir(parents=True, exist_ok=True)
            picture.save(root / split / kind / name, **options)
    return {(f"{training + leak:05}.jpg", f"{leak * training // planted:05}.jpg") for leak in range(planted)}


def scene(seed: int, things: int) -> tuple[Image.Image, Image.Image]:
    """Sky over ground with things upon them, in noise, and its mask: 256 to 512 pixels a side.

    Args:
        seed: Of the size, of sky and ground.
        things: Seed of the things, and of the noise.
    """
    random = np.random.default_rng(seed)
    width, height = (int(side) for side in random.integers(256, 513, 2))
    horizon = int(height * random.uniform(0.25, 0.6))
    light = np.linspace(random.uniform(120, 230), random.uniform(30, 120), height)[:, None, None]
    image = Image.fromarray(np.broadcast_to(light + random.uniform(-20, 20, 3), (height, width, 3)).astype(np.uint8))
    mask = Image.new("L", (width, height), 0)
    drawn, labels = ImageDraw.Draw(image), ImageDraw.Draw(mask)
    drawn.rectangle((0, horizon, width, height), fill=tuple(random.integers(30, 140, 3).tolist()))
    labels.rectangle((0, horizon, width, height), fill=1)
    random = np.random.default_rng((seed, things))
    for _ in range(int(random.integers(4, 14))):
        x, y = random.uniform(0, width), random.uniform(horizon * 0.6, height)
        across, tall = random.uniform(0.04, 0.3, 2) * (width, height)
        box = (x - across / 2, y - tall / 2, x + across / 2, y + tall / 2)
        label = int(random.integers(2, 4))
        for draw, fill in ((drawn, tuple(random.integers(0, 255, 3).tolist())), (labels, label)):
            (draw.ellipse if label == 2 else draw.rectangle)(box, fill=fill)
    noise = random.integers(-12, 13, (height // 2 + 1, width // 2 + 1, 1)).repeat(2, 0).repeat(2, 1)
    noisy = np.asarray(image).astype(np.int16) + noise[:height, :width]
    return Image.fromarray(noisy.clip(0, 255).astype(np.uint8)), mask


def cut(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """Three quarters of each side or more, at a random place."""
    share = random.uniform(0.78, 0.95)
    width, height = (round(side * share) for side in image.size)
    left, top = (int(random.integers(0, whole - part)) for whole, part in zip(image.size, (width, height), strict=True))
    return image.crop((left, top, left + width, top + height))


def turned(image: Image.Image, _: np.random.Generator) -> Image.Image:
    """From left to right."""
    return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)


def saved_again(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """As a JPEG of low quality."""
    lossy = io.BytesIO()
    image.save(lossy, "JPEG", quality=int(random.integers(15, 50)))
    return Image.open(lossy).convert("RGB")


def brightened(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """By up to a half, or darkened by as much; what becomes too bright is clipped."""
    factor = random.uniform(0.6, 1.4)
    return image.point(lambda level: min(round(level * factor), 255))


CHANGES: list[Change] = [cut, turned, saved_again, brightened]
