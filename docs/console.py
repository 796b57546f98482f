"""Runs the commands of a page and writes what they print into it: `make outputs`.

In a page, each line of a ```console block that begins with `$ ` is a command, and what follows is what it printed; a
```yaml block with a title is a file that is written before the commands below it run. All of them run in turn, in one
folder that holds `cells`, a made data set.
"""

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from docs.screenshot import picture

HERE = Path(__file__).parent
PAGES = ("own-data.md", "zh/own-data.md")  # the second has the blocks of the first
BLOCK = re.compile(r'^```(?:console|yaml title="(?P<file>[^"]+)")\n(?P<body>.*?)^```$', re.MULTILINE | re.DOTALL)


def between(text: str, marker: str, content: str) -> str:
    """The text with this content between `<!-- marker -->` and `<!-- end -->`.

    Raises:
        ValueError: If it has no such marker.
    """
    pattern = re.compile(rf"(<!-- {re.escape(marker)} -->\n).*?(<!-- end -->)", re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"no <!-- {marker} --> with its <!-- end --> in the page")
    return pattern.sub(lambda found: f"{found[1]}{content}\n{found[2]}", text)


def cells(folder: Path, count: int = 40) -> None:
    """Write images of dark round cells, and masks of 0 and 255 beside them."""
    for part in ("images", "masks"):
        (folder / part).mkdir(parents=True)
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:48, :64]
    for index in range(count):
        places = [(rng.uniform(0, 48), rng.uniform(0, 64), 2 * 8 ** rng.uniform()) for _ in range(rng.integers(1, 4))]
        mask = np.any([(y - cy) ** 2 + (x - cx) ** 2 < radius**2 for cy, cx, radius in places], axis=0)
        image = np.where(mask[..., None], (150, 90, 160), (200, 180, 190)) + rng.normal(0, 30, (48, 64, 3))
        Image.fromarray(image.clip(0, 255).astype(np.uint8)).save(folder / f"images/{index:02d}.png")
        Image.fromarray((255 * mask).astype(np.uint8)).save(folder / f"masks/{index:02d}.png")


def commands(body: str) -> Iterator[str]:
    """The commands of a console block."""
    return (line.removeprefix("$ ") for line in body.splitlines() if line.startswith("$ "))


def answer(command: str, folder: Path) -> str:
    """What a command prints, of standard output and errors together.

    Raises:
        RuntimeError: If it fails.
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "COLUMNS": "100", "PYTHONPATH": str(HERE.parent)}
    name, *words = shlex.split(command)
    ours = name == "trickbench" and "|" not in words  # which tests fork
    run = [sys.executable, "-m", "experiments", *words] if ours else ["bash", "-c", command]
    out, errors = subprocess.PIPE, subprocess.STDOUT
    done = subprocess.run(run, check=False, cwd=folder, env=env, text=True, stdout=out, stderr=errors)
    if done.returncode:
        raise RuntimeError(f"{command}\n{done.stdout}")
    return "\n".join(line.rstrip() for line in done.stdout.strip("\n").splitlines())


def run(page: str, folder: Path) -> str:
    """The page with what its commands print in this folder."""

    def anew(block: re.Match[str]) -> str:
        if block["file"]:
            (folder / block["file"]).write_text(block["body"], encoding="utf-8")
            return block[0]
        told = (f"$ {command}\n{answer(command, folder)}".rstrip() for command in commands(block["body"]))
        return "\n".join(["```console", *told, "```"])

    return BLOCK.sub(anew, page)


def same_blocks(page: str, other: str) -> str:
    """The other page with the blocks of this one, in turn."""
    blocks = (block[0] for block in BLOCK.finditer(page))
    return BLOCK.sub(lambda _: next(blocks), other)


def verdicts(page: str) -> str:
    """The table of verdicts that `trickbench ablate` printed in a page, in a block of its own."""
    found = re.search(r"^arm .*?(?=\n\n)", page, re.MULTILINE | re.DOTALL)
    return f"```\n{found[0]}\n```" if found else ""


def main() -> None:
    """Write both pages, the table in both READMEs, and the picture of the report."""
    english, chinese = (HERE / name for name in PAGES)
    with tempfile.TemporaryDirectory() as folder:
        cells(Path(folder, "cells"))
        made = run(english.read_text(encoding="utf-8"), Path(folder))
        picture(Path(folder, "runs/rehearsal/report.html"), HERE / "images/report.png")
    english.write_text(made, encoding="utf-8")
    chinese.write_text(same_blocks(made, chinese.read_text(encoding="utf-8")), encoding="utf-8")
    for readme in HERE.parent.glob("README*.md"):
        text = between(readme.read_text(encoding="utf-8"), "make outputs", verdicts(made))
        readme.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
