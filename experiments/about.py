"""What a trick says of itself."""

from dataclasses import dataclass, field
from typing import Literal

Task = Literal["segmentation", "detection", "classification"]
Expectation = Literal["helps", "hurts", "equivalent", "harmless", "unknown"]


@dataclass(frozen=True)
class About:
    """The data sheet at the top of a trick's YAML.

    Args:
        title: A few words.
        paper: Authors, year, title and where in it.
        claim: What is claimed, in one sentence.
        expects: The claim as a verdict that an ablation can confirm or contradict.
        tasks: Tasks that the trick fits.
    """

    title: str = ""
    paper: str = ""
    claim: str = ""
    expects: Expectation = "unknown"
    tasks: list[Task] = field(default_factory=lambda: ["segmentation"])
