"""Verdicts in a real terminal: a forest plot in colours that fits it; piped, nothing but the plain table."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len

from experiments.results.study import Study

pty, termios = pytest.importorskip("pty"), pytest.importorskip("termios")

COLOURS = {"hot": 31, "long": 32, "same": 36}  # hurts, helps, equivalent
SCORES = {"baseline": (70.1, 70.3, 69.9, 70.2), "hot": (66, 66.3, 65.8, 66), "same": (70.1, 70.32, 69.9, 70.19)}
NAME = "long enough a name to need most of a narrow terminal"


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    scores = {**SCORES, NAME: (74.1, 74.4, 73.9, 74.1)}
    lines = [f"{arm},{seed},{value}" for arm, values in scores.items() for seed, value in enumerate(values)]
    (tmp_path / "scores.csv").write_text("\n".join(["arm,seed,miou", *lines]) + "\n", encoding="utf-8")
    return ["verdicts", str(tmp_path / "scores.csv"), "--metric", "miou", "--sesoi", "0.5"]


def typed(words: list[str], width: int, **environment: str) -> str:
    """What a terminal of that width shows."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (40, width))
    unset = ("COLUMNS", "NO_COLOR", "FORCE_COLOR", "CI")
    own = {name: value for name, value in os.environ.items() if name not in unset}
    command = [sys.executable, "-m", "experiments", *words]
    process = subprocess.Popen(command, stdout=theirs, env={**own, "TERM": "xterm-256color", **environment})
    os.close(theirs)
    shown = b""
    try:
        while part := _read(ours):
            shown += part
        assert process.wait(timeout=100) == 0
    finally:
        process.kill()
        os.close(ours)
    return shown.decode().replace("\r\n", "\n")


def _read(ours: int) -> bytes:
    try:
        return os.read(ours, 65536)
    except OSError:  # the other end is closed
        return b""


def plain(shown: str) -> str:
    return re.sub("\x1b\\[[0-9;]*m", "", shown)


@pytest.mark.parametrize("width", [60, 80, 160])
def test_a_forest_plot_in_colours_fits_the_terminal(words: list[str], width: int) -> None:
    shown = typed(words, width)
    assert max(map(len, plain(shown).splitlines())) <= width
    rows = {line.split("\x1b")[0].split(" ")[0]: line for line in shown.splitlines() if "●" in line}
    for arm, colour in COLOURS.items():
        assert re.search(f"\x1b\\[{colour}m[^\x1b]*●", rows[arm])
        assert f"\x1b[1;{colour}m" in rows[arm]  # the word
    dots = {arm: plain(row).index("●") for arm, row in rows.items()}
    assert dots["hot"] < dots["same"] < dots["long"]
    assert ("verdict interval  bounds" in plain(shown)) == (width == 160)  # the table, where it fits


def test_without_colours_signs_and_words_are_left(words: list[str]) -> None:
    shown = typed(words, 80, NO_COLOR="1")
    assert not re.search("\x1b\\[[0-9;]*3[0-9]m", shown)
    assert all(word in plain(shown) for word in ("●", "▲ helps", "▼ hurts", "= equivalent"))


def test_piped_it_is_the_table_alone(words: list[str]) -> None:
    command = [sys.executable, "-m", "experiments", *words]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert shown.startswith("arm ")
    assert "\x1b" not in shown
    assert "●" not in shown


def test_a_report_fits_a_narrow_terminal_too(study: Study) -> None:
    words = ["report", str(study.plan.ablation.file), "--runs", str(study.plan.folder.parent)]
    shown = plain(typed(words, 60))
    lines = [line for line in shown.splitlines() if str(study.plan.folder) not in line]
    assert max(map(len, lines)) <= 60
    assert "! unstable" in shown
    assert "‹" in shown  # the interval of a diverged run goes on beyond the frame


@pytest.mark.parametrize("width", [50, 160])
def test_chinese_names_are_as_wide_as_a_terminal_shows_them(words: list[str], width: int) -> None:
    table = Path(words[1])
    table.write_text(table.read_text().replace(NAME, 3 * "焦点损失（γ=2）").replace("same", "加FPN"))
    lines = plain(typed(words, width)).splitlines()
    assert max(map(cell_len, lines)) <= width
    rows = [line for line in lines if re.search("▲|▼|= equiv", line)]
    assert len({cell_len(re.split("[▲▼=] (helps|hurts|equiv)", row)[0]) for row in rows}) == 1
    if width == 160:  # the table, where it fits
        found = [re.match(r"(?:arm|hot|加FPN|焦点损失.*?) +(?=[K4] )", line) for line in lines if "  " in line]
        assert [cell_len(row[0]) for row in found if row] == 4 * [3 * 15 + 2]
