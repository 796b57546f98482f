"""Writes the findings into docs/evidence.md: `make evidence`, after `trickbench bundle` of a claim that was run whole.

    trickbench bundle claims/real/NAME --data FOLDER --no-images -o docs/evidence/NAME.bundle

What is claimed, published and expected comes from the comment that opens the claim's YAML, like what explains a
difference (`Explained`); what was found comes from the bundle.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from docs.claims import REAL, claimed, sheet
from docs.console import between
from docs.findings import Effect, End, Found, read_all
from experiments.report.numbers import decimals, interval, signed

PAGE = Path(__file__).with_suffix(".md")
FIELDS = ("Claim", "Condition", "Published", "Expected", "Explained")
OVERVIEW = ("claims/real/", "effect", "verdict", "read as")
EFFECTS = ("effect", "found", "plain 95 % interval", "of the verdict", "K", "verdict")
ENDS = ("curve", "over the last fifth", "95 % interval", "at the end")
BEGUN = """What is found so far. A verdict of a registered look stands; the others wait for more seeds. Where a
bundle was unpacked (`tar -xf`), `trickbench ablate ablation.yaml` goes on from it, with the data beside it."""
WAITING = ("claims/real/", "claim and condition", "published and expected")


def summary(all_found: Sequence[Found | None]) -> str:
    """How many of the claims were run, and what came of the effects of those that were run whole."""
    run = [each for each in all_found if each and not each.left]
    begun = sum(bool(each and each.left) for each in all_found)
    counts = Counter(effect.reading or "nothing expected" for each in run for effect in each.effects)
    told = ", ".join(f"{count} {word}" for word, count in counts.most_common())
    whole = f"{len(run)} of {len(all_found)} claims were run whole{f'; of their effects {told}' if told else ''}."
    return f"{whole} {begun} more {'was' if begun == 1 else 'were'} begun." if begun else whole


def overview(run: Sequence[tuple[Path, Found]]) -> list[str]:
    """A line for each effect: what became of it, and the section that says more."""
    rows = [
        [f"[`{file.stem}`](#{file.stem})", f"`{effect.name}`", effect.verdict.verdict, _read(effect, file)]
        for file, told in run
        for effect in told.effects
    ]
    return _table(OVERVIEW, rows)


def _read(effect: Effect, file: Path) -> str:
    """How it reads, and whether the claim's section explains what was not expected."""
    explained = effect.reading == "contradicted" and "Explained" in sheet(file)
    return f"{effect.reading}; [explained](#{file.stem})" if explained else effect.reading


def section(file: Path, told: Found) -> list[str]:
    """A claim that was run, and all that was found of it so far."""
    said, places = sheet(file), decimals(told.sesoi)
    fields = [f"- *{field.lower()}*: {said[field]}" for field in FIELDS if field in said]
    trained = "; ".join(f"{count} on {machine}" for machine, count in told.machines.most_common())
    left = f"; at least {told.left} are left" if told.left else ""
    bundle = f"- *trials*: {trained}{left}; in [`{file.stem}.bundle`](evidence/{file.stem}.bundle)"
    effects = _table(EFFECTS, [_effect(effect, places) for effect in told.effects if effect.verdict.k])
    ends = _table(ENDS, [_end(end, places) for end in told.ends])
    return [f"### {file.stem}", "", *fields, bundle, "", *effects, "", *ends]


def _effect(effect: Effect, places: int) -> list[str]:
    verdict = effect.verdict
    plain, judged = interval(verdict.plain_low, verdict.plain_high, places), interval(verdict.low, verdict.high, places)
    word = ", ".join(dict.fromkeys(filter(None, [verdict.verdict, effect.reading])))
    return [f"`{effect.name}`", signed(verdict.effect, places), plain, judged, str(verdict.k), word]


def _end(end: End, places: int) -> list[str]:
    return [f"`{end.arm}`", signed(end.change, places), interval(end.low, end.high, places), end.word]


def waiting(files: Sequence[Path]) -> list[str]:
    """The claims that were not run yet: what is claimed, published and expected."""
    told = [(file.stem, sheet(file)) for file in files]
    rows = [
        [
            f"`{name}`",
            claimed(said),
            f"*published*: {said['Published']}<br>*expected*: {said['Expected']}",
        ]
        for name, said in told
    ]
    return _table(WAITING, rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows)]


def text(all_found: Sequence[Found | None], files: Sequence[Path] = REAL) -> str:
    """All that the command writes, as Markdown."""
    known = [(file, told) for file, told in zip(files, all_found, strict=True) if told]
    run, begun = ([each for each in known if bool(each[1].left) is left] for left in (False, True))
    waits = [file for file, told in zip(files, all_found, strict=True) if not told]
    lines = [summary(all_found)]
    if run:
        lines += ["", *overview(run), *_sections(run)]
    if begun:
        lines += ["", "## Begun", "", BEGUN, *_sections(begun)]
    if waits:
        lines += ["", "## Not run yet", "", *waiting(waits)]
    return "\n".join(lines)


def _sections(run: Sequence[tuple[Path, Found]]) -> list[str]:
    return [line for file, told in run for line in ["", *section(file, told)]]


if __name__ == "__main__":
    PAGE.write_text(between(PAGE.read_text(encoding="utf-8"), "make evidence", text(read_all())), encoding="utf-8")
