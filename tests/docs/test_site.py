"""The site builds in strict mode, and what its pages say of commands, links and figures holds."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from docs import console, verdicts
from experiments import cli
from experiments.declare.tricks import package_tricks

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "README.zh-CN.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
TARGETS = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
TRAINS = ("ablate", "recipe", "predict")  # what these print hangs on figures that differ from machine to machine


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    return folder


def test_the_site_has_a_sheet_of_every_trick(site):
    page = (site / "tricks.html").read_text(encoding="utf-8")
    assert [trick.name for trick in package_tricks() if f'<h3 id="{trick.name}"' not in page] == []
    assert re.search(r'<strong>Measured</strong>: <a href="evidence.html#(\w+)"><code>\1</code></a>', page)


def test_a_page_asks_nobody_for_anything(site):
    loads = r'<(?:link|script|img)[^>]*(?:href|src)="(?:https?:)?//'
    assert [page.name for page in site.rglob("*.html") if re.search(loads, page.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("page", PAGES[:3], ids=lambda page: page.name)
def test_links_beside_the_site_lead_somewhere(page):
    linked = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert linked
    assert [target for target in linked if not (page.parent / target).exists()] == []


def told() -> set[tuple[str, str]]:
    """Every command that a page names in a span or on a line of its own, with the page."""
    said = re.compile(r"(?:^(?:\$ )?|`)(?:\.venv/bin/)?trickbench ([a-z][^`#|;\n]*)", re.MULTILINE)
    return {(page.name, command) for page in PAGES for command in said.findall(page.read_text(encoding="utf-8"))}


def test_every_command_and_option_that_is_named_exists():
    wrong: list[object] = []
    for page, command in told():
        name, *words = command.split()
        if name in cli.LIGHTNING:
            continue
        if name not in cli.COMMANDS:
            wrong.append((page, command))
            continue
        known = cli.parser(name)._subparsers._group_actions[0].choices[name]._option_string_actions
        options = [re.split(r"[=.,:)\]]", word)[0] for word in words if re.match(r"--[a-z]", word)]
        wrong += [(page, command, option) for option in options if name != "predict" and option not in known]
    assert wrong == []


def test_every_target_of_make_that_is_named_exists():
    named = {(page.name, target) for page in PAGES for target in re.findall(r"[`\n]make ([a-z-]+)", page.read_text())}
    assert len(named) > 5
    assert [pair for pair in named if pair[1] not in TARGETS] == []


def test_the_commands_of_the_tutorial_print_what_it_shows(tmp_path):
    console.cells(tmp_path / "cells")
    page = (ROOT / "docs/own-data.md").read_text(encoding="utf-8")
    shown, printed = answers(page), answers(console.run(page, tmp_path))
    assert list(shown) == list(printed)
    steady = [command for command in shown if not set(TRAINS) & set(command.split())]
    assert len(steady) > 5
    assert {c: numberless(shown[c]) for c in steady} == {c: numberless(printed[c]) for c in steady}


def answers(page: str) -> dict[str, str]:
    blocks = [found["body"] for found in console.BLOCK.finditer(page) if not found["file"]]
    parts = [part.partition("\n") for body in blocks for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]]
    return {command: said for command, _, said in parts}


def numberless(said: str) -> list[str]:
    return re.sub(r"[0-9a-f]{64}|[\d.,]+", "0", said).split()


def test_the_chinese_tutorial_runs_the_same_commands():
    english, chinese = ((ROOT / "docs" / name).read_text(encoding="utf-8") for name in console.PAGES)
    assert [b[0] for b in console.BLOCK.finditer(english)] == [b[0] for b in console.BLOCK.finditer(chinese)]


@pytest.mark.parametrize("name", ["README", "docs/index", "docs/own-data", "docs/verdicts"])
def test_a_chinese_page_has_the_sections_code_and_pictures_of_the_english_one(name):
    chinese = f"{name}.zh-CN.md" if name == "README" else f"{name.replace('/', '/zh/')}.md"
    both = ((ROOT / page).read_text(encoding="utf-8").splitlines() for page in (f"{name}.md", chinese))
    marks = [[found[0] for line in page if (found := re.match("#+ |```|!\\[", line))] for page in both]
    assert marks[0] == marks[1]


def test_the_code_of_the_library_page_runs():
    blocks = re.findall(r"^```python\n(.*?)^```$", (ROOT / "docs/library.md").read_text(), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        exec(block, {})


def test_the_plots_of_the_verdicts_come_from_their_command(tmp_path):
    shutil.copy(ROOT / "docs/verdicts.md", tmp_path)
    verdicts.main(tmp_path, 2)
    drawn = sorted(file.name for file in tmp_path.glob("*.svg"))
    assert drawn == sorted(file.name for file in (ROOT / "docs").glob("verdicts-*.svg"))
    words = "verdicts-words.svg"  # no simulation
    assert (tmp_path / words).read_text(encoding="utf-8") == (ROOT / "docs" / words).read_text(encoding="utf-8")
