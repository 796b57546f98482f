"""Writes the page *Every trick* from the tricks' YAML as the site is built: a hook of mkdocs.

Reading the sheets takes a second, so that the page is made anew with every build and is never out of date.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from mkdocs.structure.files import File, Files

from docs.claims import REAL
from docs.findings import read_all
from experiments.declare.literature import Row, published
from experiments.declare.tricks import Trick, package_tricks
from experiments.report.numbers import decimals, signed
from experiments.report.published import POINTS, gains

Measured = Mapping[str, list[str]]

HEAD = f"""# Every trick

The data sheets of the tricks that come with the package: what each one's paper claims, under which condition, which
ablations of the package test it, what was published of its effect, and what was measured of it here, on real images
([Evidence](evidence.md)). [Claims on digits](claims.md) says what scenes of digits showed. `trickbench tricks NAME`
shows one with what it changes in a baseline.

{POINTS}
"""


def on_files(files: Files, config: Any) -> Files:
    """Add the page to those of the site."""
    sections = _sections(package_tricks(), measured())
    files.append(File.generated(config, "tricks.md", content="\n".join([HEAD, *sections])))
    return files


def measured() -> Measured:
    """Trick → what the claims about real images that were run whole found of it."""
    told = defaultdict(list)
    run = [(file.stem, found) for file, found in zip(REAL, read_all(), strict=True) if found]
    for claim, found in run:
        for effect in found.effects:
            size = signed(effect.verdict.effect, decimals(found.sesoi))
            said = f"[`{claim}`](evidence.md#{claim}): `{effect.name}` {size}, {effect.verdict.verdict}"
            told[effect.trick].append(said)
    return told


def _sections(tricks: Iterable[Trick], found: Measured) -> Iterator[str]:
    for slot, of_slot in groupby(sorted(tricks, key=lambda trick: (trick.slot, trick.name)), lambda trick: trick.slot):
        yield f"\n## {slot} {{#slot-{slot}}}\n"  # a trick may be called like its slot
        yield from (_sheet(trick, published().get(trick.name, []), found.get(trick.name, [])) for trick in of_slot)


def _sheet(trick: Trick, rows: list[Row], found: Iterable[str]) -> str:
    about = trick.about
    said = {
        "Paper": about.paper,
        "Claim": f"{about.claim} Expected: {about.expects}.",
        "Condition": about.holds_when,
        "Tasks": ", ".join(about.tasks),
        "Tested by": ", ".join(f"`{name}`" for name in trick.tested_by),
        "Measured": "; ".join(found),
        "Published": gains(rows),
    }
    lines = [f"- **{field}**: {text}" for field, text in said.items() if text]
    return "\n".join([f"\n### {trick.name}\n", f"{about.title}\n", *lines, *_published(rows)])


def _published(rows: list[Row]) -> list[str]:
    """A line a row, below the list's last point."""
    return [f"    - {row.gain:+.2f} {row.metric}: {_setting(row)}. {row.change}. *{row.source}*" for row in rows]


def _setting(row: Row) -> str:
    return ", ".join(filter(None, (row.data, row.backbone, row.length)))
