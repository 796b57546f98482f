"""A study becomes a page, a table and a CSV."""

from __future__ import annotations

import json
from collections.abc import Callable, Container
from pathlib import Path

from experiments.errors import UserError
from experiments.files import write_whole
from experiments.plan import registration
from experiments.plan.arms import BASELINE
from experiments.plan.planned import Plan
from experiments.report import (
    course,
    crossing,
    diverged,
    ladder,
    no_ops,
    outcomes,
    path,
    published,
    room,
    sound,
    spent,
    tuned,
    uncertainty,
    why,
)
from experiments.report.fits import compared, texts
from experiments.report.latex import write_booktabs
from experiments.report.rows import csv_text
from experiments.report.terminal import show_lines, show_rows, show_verdicts
from experiments.report.text import escaped, json_text, markdown, piped, printable
from experiments.results.faults import list_faults
from experiments.results.study import Study, read_study
from experiments.run.shared import cite

PAGE, TABLE, TRIALS, PATH, TUNED = "report.html", "table.md", "trials.csv", "path.json", "tuned.json"
LATEX, VERDICTS, WHY, PLOTS = "table.tex", "verdicts.json", "why.json", "plots"


def publish_report(planned: Plan) -> Study:
    """Write the report of what is there and print the verdicts and where the report is.

    Returns:
        What it tells.

    Raises:
        UserError: If nothing was run, or the folder holds another registration than this plan's.
    """
    if not registration.fault(planned):
        registration.check(planned)
    if not planned.folder.is_dir() and not any(trial.folder.exists() for trial in planned.trials):
        raise UserError(f"{planned.folder}: nothing was run there; run `trickbench ablate` first, or correct --runs")
    for line in cite(planned):
        print(printable(line))
    study = read_study(planned)
    told = _told(study)
    page = _write(study, told)
    ablation = planned.ablation
    show_lines([part for line in sound.lines(study.unsound) for part in (printable(line), "")])
    show_verdicts(study.verdicts, ablation.metric, ablation.sesoi, compared(planned))
    show_lines([""])
    for rows, note in _tables(study, printable):
        show_rows(rows)
        show_lines(["", *([note, ""] * bool(note))])
    for lines in filter(None, [*told, [*study.stale, *study.damaged]]):
        show_lines([*map(printable, lines), ""])
    print(
        *(page.with_name(name) for name in _names(study)),
        sep="\n",
    )
    return study


def _names(study: Study) -> list[str]:
    """The files of a report, the page last."""
    more = [name for name, there in ((TUNED, study.plan.ablation.tune), (WHY, study.images)) if there]
    return [*more, TABLE, LATEX, VERDICTS, TRIALS, PLOTS, PAGE]


def _tables(study: Study, form: Callable[[str], str]) -> list[tuple[list[list[str]], str]]:
    """Tables beside the verdicts', each with what there is to say of it, from conditions to what was published."""
    fitted = [(rows, heading) for heading, rows in texts(study, form).values()]
    settings = [list(map(form, row)) for row in tuned.settings(study)]
    found = [crossing.table(study, form), *ladder.tables(study, form), settings]
    cited = published.table(study, form)
    return [*((rows, "") for rows in found if rows), *fitted, *([cited] if cited[0] else [])]


def _told(study: Study) -> list[list[str]]:
    """What there is to say below the tables."""
    from experiments.report.page.target import notes
    from experiments.report.page.trials import stops

    steered = [outcomes.lines(study), path.lines(study), tuned.lines(study), course.lines(study), no_ops.lines(study)]
    seen = [why.lines(study), uncertainty.lines(study)]
    return [
        diverged.lines(study),
        [*room.lines(study), *sound.seen(study.plan)],
        *seen,
        *steered,
        spent.lines(study),
        stops(study),
        list_faults(study),
        notes(study),
    ]


def write(study: Study) -> Path:
    """Write the page, its plots, the tables and the verdicts, each file whole; the same study gives the same bytes.

    What an earlier report wrote and this one does not is removed.

    Returns:
        The page.
    """
    return _write(study, _told(study))


def _write(study: Study, told: list[list[str]]) -> Path:
    folder = study.plan.folder
    plots, files = _files(study, told)
    for name, text in {**plots, **files}.items():
        with write_whole(folder / name) as file:
            file.write(text)
    _clear(folder, {*plots, *files})
    return folder / PAGE


def _files(study: Study, told: list[list[str]]) -> tuple[dict[str, str], dict[str, str]]:
    """The plots, and the other files: name → text."""
    from experiments.report.page import drawn  # jinja2 and scipy take half a second

    ablation = study.plan.ablation
    said = study.verdicts, ablation.metric, ablation.sesoi
    page, plots = drawn(study)
    files = {
        PAGE: page,
        TABLE: _table(study, told),
        LATEX: write_booktabs(*said, compared(study.plan)),
        VERDICTS: json_text(*said, BASELINE),
        TRIALS: csv_text(study.rows),
    }
    if study.images:
        files[WHY] = why.json_text(study)
    if ablation.tune:
        files[TUNED] = tuned.json_text(study)
    if ablation.path:
        files[PATH] = json.dumps(path.record(study), indent=1, ensure_ascii=False, allow_nan=False)
    return {f"{PLOTS}/{name}.svg": text for name, text in plots.items()}, files


def _table(study: Study, told: list[list[str]]) -> str:
    ablation = study.plan.ablation
    table = [markdown(study.verdicts, ablation.metric, ablation.sesoi, compared(study.plan))]
    for rows, note in _tables(study, escaped):
        table += [*piped(rows), "", *([note, ""] * bool(note))]
    unsound = [f"**{escaped(line)}**\n" for line in sound.lines(study.unsound)]
    return "\n".join([*unsound, *table, *(f"{escaped(line)}  " for lines in told for line in lines)])


def _clear(folder: Path, written: Container[str]) -> None:
    """Remove what an earlier report wrote and this one did not; a file of another name is somebody's own."""
    from experiments.report.page.figures import NAME

    plots = (f"{PLOTS}/{file.name}" for file in (folder / PLOTS).glob("*.svg") if NAME.fullmatch(file.stem))
    for name in (TUNED, WHY, PATH, *plots):
        if name not in written:
            (folder / name).unlink(missing_ok=True)
