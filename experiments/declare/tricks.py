"""The package's tricks."""

import functools
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from experiments.declare import configs
from experiments.declare.ablation import read_ablation
from experiments.declare.configs import Config
from experiments.declare.sheet import About, about

BASELINES = {
    "segmentation": ["digits"],
    "detection": ["digits_fcos", "digits_retina"],
    "classification": ["digit_classes"],
}
"""What tricks are shown on, by task."""


@dataclass(frozen=True)
class Trick:
    """A trick by its file."""

    file: Path

    @property
    def name(self) -> str:
        """As ablations call it."""
        return self.file.stem

    @cached_property
    def content(self) -> Config:
        """Its YAML."""
        return configs.read_yaml(self.file)

    @cached_property
    def about(self) -> About:
        """Its data sheet."""
        return about(self.content, self.file)

    @property
    def slot(self) -> str:
        """What it fills: the argument of the model that its first key sets, else `data` or `trainer`."""
        key = next(iter(configs.settings(self.content)), "")
        return key.removeprefix("model.init_args.").split(".")[0].removesuffix("+")

    def says(self, text: str) -> bool:
        """Whether its name has the text in it, or its data sheet a word that begins with it, in any case."""
        sheet, sought = self.about, text.casefold()
        told = " ".join((sheet.title, sheet.paper, sheet.claim)).casefold()
        return bool(text) and (sought in self.name or re.search(rf"(?<!\w){re.escape(sought)}", told) is not None)

    @property
    def tested_by(self) -> list[str]:
        """The package's ablations that it is in, as `trickbench ablate` finds them."""
        return [ablation for ablation, tried in _tried().items() if self.name in tried]


@functools.cache
def _tried() -> dict[str, set[str]]:
    """The tricks of each of the package's ablations."""
    folders = [configs.PACKAGE / folder for folder in ("ablations", "claims", "claims/real")]
    files = [file for folder in folders for file in sorted(folder.glob("*.yaml"))]
    read = {configs.called("ablations", file): read_ablation(str(file)) for file in files}
    return {name: {Path(trick).stem for slot in ablation.slots for trick in slot} for name, ablation in read.items()}


def package_tricks() -> list[Trick]:
    """Those of experiments/tricks, by name."""
    return [Trick(file) for file in sorted((configs.PACKAGE / "tricks").glob("*.yaml"))]
