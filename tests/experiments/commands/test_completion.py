"""Completion of the command in a shell: what a shell answers to TAB."""

import shutil
import subprocess

import pytest

from experiments import cli

ASK = """
source trickbench.bash
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
_shtab_trickbench
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("shell")


@pytest.fixture(autouse=True)
def script(folder, capsys):
    """The script, made once."""
    if not (folder / "trickbench.bash").exists():
        assert cli.main(["completion", "bash"]) == 0
        (folder / "trickbench.bash").write_text(capsys.readouterr().out)
        (folder / "mine.yaml").touch()


@pytest.mark.skipif(not shutil.which("bash"), reason="no bash")
@pytest.mark.parametrize(
    ("line", "completed"),
    [
        ("pla", {"plan"}),
        ("plan --j", {"--jobs"}),
        ("plan quick", {"quickstart"}),
        ("plan mi", {"mine.yaml"}),
        ("ablate claims/fo", {"claims/focal"}),
        ("fit --config digits_f", {"digits_fcos"}),
        ("fit --config digits --config pp", {"ppm"}),
        ("schedule digits cosine_r", {"cosine_restarts"}),
        ("tricks --task d", {"detection"}),
    ],
)
def test_bash_completes(folder, line, completed):
    words = ["bash", "-c", ASK, "ask", "trickbench", *line.split()]
    told = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True)
    assert set(told.stdout.split()) == completed
    assert not told.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_gets_a_script_that_it_can_read(shell, capsys):
    assert cli.main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert "quickstart" in script
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=script, text=True, check=True)


def test_without_shtab_it_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setitem(__import__("sys").modules, "shtab", None)
    assert cli.main(["completion", "bash"]) == 2
    assert "pip install 'trickbench[completion]'" in capsys.readouterr().err
