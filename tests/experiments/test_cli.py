"""The torch-free front: what it says to a word that it does not know, and to `--version`."""

import os
import re
import subprocess
import sys

import pytest

from experiments import __version__, cli
from tests.experiments.tiny import complaint


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("plna", "unknown command 'plna'; nearest: plan"),
        ("xyzzy", "unknown command 'xyzzy'; --help lists them"),
        (
            "plan qwerty",
            "no file and none of experiments/ablations is called 'qwerty'; there are box_losses, "
            "class_pooling, det_augmentation, det_fusion, det_parts, quickstart and 13 more",
        ),
        ("--verison", "unknown option '--verison'; nearest: --version"),
        ("plan quickstart --jbos 3", "unknown option '--jbos'; nearest: --jobs"),
        ("plan --jbos=3", "unknown option '--jbos'; nearest: --jobs"),
        ("verdicts runs.csv --metrc m --sesoi 1", "unknown option '--metrc'; nearest: --metric"),
    ],
)
def test_a_mistyped_word_gets_the_nearest(line, said, capsys):
    assert cli.main(line.split()) == 2
    assert complaint(capsys) == said


def test_nothing_shows_the_commands(capsys):
    assert cli.main([]) == 2
    told = capsys.readouterr()
    assert {line.split()[0] for line in told.out.splitlines() if line.startswith("    ")} >= cli.COMMANDS.keys()
    assert told.err == "trickbench: error: the following arguments are required: COMMAND\n"


def test_an_option_may_be_cut_short(capsys):
    assert cli.main(["tricks", "--tas", "detection", "--slo=box_loss"]) == 0
    assert "giou" in capsys.readouterr().out


def test_version(capsys):
    with pytest.raises(SystemExit, match="0"):
        cli.main(["--version"])
    assert capsys.readouterr().out == f"trickbench {__version__}\n"


def test_help_and_version_import_no_more_than_they_show():
    heavy = "{'yaml', 'rich', 'numpy', 'torch', 'jsonargparse', 'shtab'} & sys.modules.keys()"
    for word in ("--help", "--version"):
        code = f"import sys; from experiments import cli\ntry: cli.main(['{word}'])\nexcept SystemExit: print({heavy})"
        told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        assert told.splitlines()[-1] == "set()"


def test_every_command_is_listed_once_with_its_summary(capsys):
    with pytest.raises(SystemExit, match="0"):
        cli.main(["plan", "--help"])
    assert capsys.readouterr().out.startswith("usage: trickbench plan ")
    for command in ("", "plan", "completion"):
        told = cli.parser(command).format_help().splitlines()
        assert [line.split()[0] for line in told if line.startswith("    ") and line[4] != " "] == [
            "fit",
            "validate",
            "test",
            *cli.COMMANDS,
        ]


def test_another_locale_than_utf_8_is_refused_in_a_line():
    """As zh_CN.GBK, in which files, names and signs would be read and written otherwise."""
    plain = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "experiments", "tricks"]
    done = subprocess.run(command, env=os.environ | plain, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert re.fullmatch(r"trickbench: error: trickbench needs UTF-8, and this locale is .*; export .*\n", done.stderr)
    advised = dict(word.split("=") for word in done.stderr.split("export ")[1].split())
    assert subprocess.run(command, env=os.environ | plain | advised, capture_output=True, check=False).returncode == 0
