"""`trickbench verdicts`: what it reads, what it refuses, what it prints."""

import argparse
import csv
import io
import json
import os
import subprocess
import sys

import pytest

from experiments.commands import verdicts
from experiments.errors import UserError
from experiments.judge.verdicts import judge_arms
from experiments.report.text import markdown, table_text
from experiments.results.read_runs import read_scores

HEADER = "arm,seed,miou,epoch\n"
WORKED = {
    "baseline": [71.2, 70.5, 71.9, 70.8, 71.4],
    "focal": [71.6, 71.3, 72.0, 71.5, 71.9],
    "warmup": [72.9, 72.0, 73.4, 72.8, 72.6],
    "drop path": [71.1, 70.7, 71.7, 70.9, 71.3],
}


def rows(arms):
    return "".join(f"{arm},{seed},{value},9\n" for arm, runs in arms.items() for seed, value in enumerate(runs))


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "runs.csv"
    path.write_text(HEADER + rows(WORKED))
    return path


def run(*arguments):
    parser = argparse.ArgumentParser()
    verdicts.add_parser(parser.add_subparsers())
    args = parser.parse_args(["verdicts", *map(str, arguments)])
    return args.run(args)


def printed(capsys, *arguments):
    assert run(*arguments) == 0
    return capsys.readouterr().out


def test_table(table, capsys):
    assert printed(capsys, table, "--metric", "miou", "--sesoi", "0.4").splitlines() == [
        "arm        K  Δ miou  plain 95 % interval  p        verdict interval  bounds          verdict",
        "focal      5  +0.50   [+0.16, +0.84]       0.0057   [+0.11, +0.89]    [+0.27, +0.73]  helps",
        "warmup     5  +1.58   [+1.21, +1.95]       1.6e-05  [+1.17, +1.99]    [+1.34, +1.82]  helps",
        "drop path  5  -0.02   [-0.22, +0.18]       0.83     [-0.31, +0.27]    [-0.19, +0.15]  equivalent",
        "",
        "Δ miou: mean difference to the baseline over K paired seeds, above 0 is better; plain t.",
        "helps, hurts: p < 0.0167 by the half-pooled t, .05 over 3 tricks.",
        "equivalent, negligible, no material gain: bounds within ±0.4, each one-sided at 0.05, not corrected over "
        "tricks.",
    ]


def test_an_undecided_trick_says_how_many_more_seeds_would_settle_it(table, capsys):
    table.write_text(HEADER + rows({"baseline": WORKED["baseline"], "mild": [71.9, 70.3, 72.9, 71.0, 71.9]}))
    assert "undecided, ~6 more seeds" in printed(capsys, table, "--metric", "miou", "--sesoi", "0.4")


def test_table_says_what_is_odd(table, capsys):
    odd = {"wild": [60, 80, 75, 66, 72], "broken": [71, 71, "nan", 71, 71], "single": [70]}
    table.write_text(HEADER + rows(WORKED | odd))
    *lines, _ = printed(capsys, table, "--metric", "miou", "--sesoi", "0.4", "--looks", 5, 10).splitlines()
    cells = {line[:9].strip(): line.rsplit("  ", 1)[-1] for line in lines[1:7]}
    assert cells["wild"] == "undecided, over 100 more seeds, noisier than the others"
    assert cells["broken"] == "unstable, noisier than the others"
    assert cells["single"] == "not estimable"
    assert "helps, hurts: p < 0.00167 at K = 5 by the half-pooled t, .05 over 6 tricks and looks." in lines
    assert "wild is noisier: this blurs the other verdicts too, by the pooled variance." in lines
    assert not any(line.startswith("broken is noisier") for line in lines)  # a failure value is not pooled


def test_diverged_runs_get_a_sensitivity_line(table, capsys):
    table.write_text(HEADER + rows({**WORKED, "focal": [71.6, 71.3, "NaN", 71.5, 71.9]}))
    text = printed(capsys, table, "--metric", "miou", "--sesoi", "0.4")
    assert text.splitlines()[-1] == (
        "focal: of 5 runs 1 diverged, of the baseline's 0; they count. "
        "The 4 complete pairs alone: +0.60 [+0.31, +0.89]."
    )


def test_unregistered_look(table, capsys):
    text = printed(capsys, table, "--metric", "miou", "--sesoi", "0.4", "--looks", 4, 8, 12)
    assert text.count("no verdict (unregistered look)") == 3
    assert "p < the level of a registered look" in text


def test_json(table, capsys):
    table.write_text(HEADER + rows({**WORKED, "single": [70]}))
    text = printed(capsys, table, "--metric", "miou", "--sesoi", "0.4", "--format", "json")
    study = json.loads(text, parse_constant=lambda token: pytest.fail(f"{token} is not JSON"))
    assert (study["metric"], study["baseline"], study["sesoi"], study["level"]) == ("miou", "baseline", 0.4, 0.0125)
    assert [arm["arm"] for arm in study["arms"]] == ["focal", "warmup", "drop path", "single"]
    focal, *_, single = study["arms"]
    assert focal["plain_p"] == pytest.approx(0.015067699, abs=1e-9)
    wanted = "k mean sd plain_low plain_high plain_p low high p df variance verdict p_above p_inside p_below"
    assert set(wanted.split()) <= focal.keys()
    assert (single["k"], single["verdict"], single["p"], single["sd"]) == (1, "not estimable", None, None)


def test_json_without_nan_inside_complete_cases(table, capsys):
    table.write_text(HEADER + rows({**WORKED, "focal": [71, "nan", "nan", "nan", "nan"]}))
    text = printed(capsys, table, "--metric", "miou", "--sesoi", "0.4", "--format", "json")
    assert json.loads(text)["arms"][0]["complete"] == {"k": 1, "mean": pytest.approx(-0.2), "low": None, "high": None}


def test_csv_has_the_numbers_of_the_json(table, capsys):
    options = [table, "--metric", "miou", "--sesoi", "0.4", "--format"]
    table_rows = list(csv.DictReader(io.StringIO(printed(capsys, *options, "csv"))))
    for row, arm in zip(table_rows, json.loads(printed(capsys, *options, "json"))["arms"], strict=True):
        assert {key: "" if arm[key] is None else str(arm[key]) for key in row} == row
        assert arm.keys() - row.keys() == {"complete", "differences"}


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_same_runs_same_bytes(table, capsys, form):
    options = [table, "--metric", "miou", "--sesoi", "0.4", "--format", form]
    first = printed(capsys, *options)
    lines = rows(WORKED).splitlines()
    table.write_text("\ufeff" + HEADER + "\n".join(lines[::5] + [line for line in lines if line not in lines[::5]]))
    assert printed(capsys, *options) == first


def test_markdown_escapes_bars():
    scores = {arm.replace("drop path", "a|b"): dict(enumerate(runs)) for arm, runs in WORKED.items()}
    judged = judge_arms(scores, baseline="baseline", sesoi=0.4)
    lines = markdown(judged, "miou", 0.4).splitlines()
    assert lines[0] == "| arm | K | Δ miou | plain 95 % interval | p | verdict interval | bounds | verdict |"
    assert lines[4] == "| a\\|b | 5 | -0.02 | [-0.22, +0.18] | 0.83 | [-0.31, +0.27] | [-0.19, +0.15] | equivalent |"
    assert "not corrected over tricks" in lines[-1]


def test_a_run_whose_status_says_so_diverged(table, capsys):
    scores = rows(WORKED).replace("\n", ",done\n").replace("focal,0,71.6,9,done", "focal,0,71.6,9,diverged")
    table.write_text(HEADER.replace("\n", ",status\n") + scores)
    assert "focal: of 5 runs 1 diverged" in printed(capsys, table, "--metric", "miou", "--sesoi", "0.4")


def test_names_stay_text_in_every_form(table, capsys):
    name = '=cmd|<b>_x_`#\x1b[31m"\n+1'
    quoted = name.replace('"', '""')
    table.write_text(HEADER + rows(WORKED).replace("drop path", f'"{quoted}"'), newline="")
    options = [table, "--metric", "miou", "--sesoi", "0.4"]
    assert '=cmd|<b>_x_`# [31m" +1  5  -0.02' in printed(capsys, *options)
    assert json.loads(printed(capsys, *options, "--format", "json"))["arms"][2]["arm"] == name
    assert list(csv.DictReader(io.StringIO(printed(capsys, *options, "--format", "csv"))))[2]["arm"] == f"'{name}"
    lines = markdown(
        judge_arms(read_scores([table], "miou").scores, baseline="baseline", sesoi=0.4), "miou", 0.4
    ).splitlines()
    assert lines[4].startswith('| \\=cmd\\|\\<b\\>\\_x\\_\\`\\# \\[31m" +1 | 5 |')


def test_digits_follow_the_sesoi():
    scores = {arm: {k: value / 100 for k, value in enumerate(runs)} for arm, runs in WORKED.items()}
    judged = judge_arms(scores, baseline="baseline", sesoi=0.004)
    assert "+0.0050  [+0.0016, +0.0084]" in table_text(judged, "miou", 0.004)


def test_lower_is_better_and_another_baseline(table, capsys):
    options = ["--metric", "miou", "--sesoi", "0.4", "--lower-is-better", "--baseline", "warmup"]
    study = json.loads(printed(capsys, table, *options, "--format", "json"))
    assert study["baseline"] == "warmup"
    assert study["arms"][0]["arm"] == "baseline"
    assert study["arms"][0]["mean"] == pytest.approx(1.58)
    assert study["arms"][0]["verdict"] == "helps"


def test_placebo_on_fresh_seeds(table, capsys):
    table.write_text(HEADER + rows(WORKED) + "".join(f"again,{90 + k},{v},9\n" for k, v in enumerate([71, 72, 70])))
    options = ["--metric", "miou", "--sesoi", "0.4", "--placebo", "again", "--format", "json"]
    study = json.loads(printed(capsys, table, *options))
    assert study["level"] == pytest.approx(0.05 / 3)
    assert [(arm["arm"], arm["k"], arm["placebo"]) for arm in study["arms"]][-1] == ("again", 3, True)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "holds no runs"),
        (HEADER, "holds no runs"),
        ("arm,seed,mIoU\nbaseline,0,1\n", "has no metric 'miou'; nearest: mIoU"),
        ("arm|seed|miou\nbaseline|0|1\n", "no column 'arm'; there is arm|seed|miou"),
        (HEADER + "baseline,0.5,71,9\n", "line 2: the seed must be an integer, got '0.5'"),
        (HEADER + "baseline,0,71,9\nfocal,0,high,9\n", "line 3: miou must be a number, or nan if it diverged, got 'h"),
        (HEADER + "baseline,0,,9\n", "line 2: miou must be a number, or nan if it diverged, got ''"),
        (HEADER + "baseline,0\n", "line 2: miou must be a number, or nan if it diverged, got ''"),
        (HEADER + "focal,0,71,9\nfocal,00,72,9\n", "line 3: seed 0 of 'focal' was given before, in {table}, line 2"),
        (HEADER + "focal,0,71,9\n", "--baseline: no arm is named 'baseline'; there is focal"),
        (HEADER + "baseline,0,71,9\n", "holds no arm to compare with 'baseline'"),
        (HEADER + ",0,71,9\n", "line 2: the arm has no name"),
        ("arm,seed,miou,miou\nbaseline,0,71,72\n", "has 2 columns 'miou'; which of them counts?"),
        ("arm,seed,miou,arm\nbaseline,0,71,focal\n", "has 2 columns 'arm'"),
        (HEADER + "baseline,0,71,9,72\n", "line 2: 5 cells, but 4 columns"),
        (HEADER + 'baseline,0,"71,5",9\n', "line 2: miou must be a number, or nan if it diverged, got '71,5'"),
        ("\udcff", "is not a CSV table in UTF-8"),
    ],
)
def test_bad_tables(table, content, message):
    table.write_text(content, errors="surrogateescape")
    with pytest.raises(UserError) as error:
        run(table, "--metric", "miou", "--sesoi", "0.4")
    assert message.format(table=table) in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--sesoi", "0"], "smallest effect of interest must be positive and finite, got 0"),
        (["--sesoi", "-0.4"], "must be positive and finite, got -0.4"),
        (["--sesoi", "0.4", "--looks", "8", "4"], "looks must be ascending seed counts from 2 on, got [8, 4]"),
        (["--sesoi", "0.4", "--lower-is-better"], "'focal' diverged; a lower-is-better metric needs a failure value"),
        (
            ["--sesoi", "0.4", "--placebo", "baseline"],
            "--placebo must be another arm than the baseline, on fresh seeds",
        ),
        (["--sesoi", "0.4", "--baseline", "focal", "--placebo", "focal"], "got 'focal' for both"),
        (["--sesoi", "0.4", "--placebo", "warm-up"], "--placebo: no arm is named 'warm-up'; nearest: warmup"),
    ],
)
def test_bad_options(table, options, message):
    table.write_text(HEADER + rows({**WORKED, "focal": ["nan"]}))
    with pytest.raises(UserError) as error:
        run(table, "--metric", "miou", *options)
    assert message in str(error.value)


def test_missing_file(tmp_path):
    with pytest.raises(UserError, match=r"cannot read .*none\.csv: No such file"):
        run(tmp_path / "none.csv", "--metric", "miou", "--sesoi", "0.4")


def test_import_leaves_the_heavy_libraries_alone():
    code = "import sys, experiments.commands.verdicts; print({'scipy', 'numpy', 'torch'} & sys.modules.keys())"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_race_is_judged_with_its_bank(table, capsys):
    raced = WORKED | {
        "baseline": [*WORKED["baseline"], 71.0, 70.6, 71.7, 71.1, 71.3],
        "noisy": [71.5, 70.2, 71.6, 71.3, 70.9],
    }
    stopped = {arm: values[:3] if arm in ("warmup", "drop path") else values for arm, values in raced.items()}
    table.write_text(HEADER + rows(stopped))
    race = ("--metric", "miou", "--sesoi", "0.4", "--looks", 3, 5, 8, "--bank")
    arms = {arm["arm"]: arm for arm in json.loads(printed(capsys, table, *race, "--format", "json"))["arms"]}
    warmup = {name: arms["warmup"][name] for name in ("effect", "se", "df", "p", "alpha", "slope")}
    expected = (1.588696228, 0.162168980, 5.564960862, 0.000102234, 0.001147959, 0.669556575)
    assert tuple(warmup.values()) == pytest.approx(expected, abs=1e-6)
    assert "the effect estimated with the baseline's further seeds" in printed(capsys, table, *race)


@pytest.mark.parametrize("more", [(), ("--looks", 3, 5, 8, "--placebo", "focal")])
def test_a_bank_needs_looks_and_brings_its_placebo(table, more):
    with pytest.raises(UserError, match="--bank judges a race: it needs --looks"):
        run(table, "--metric", "miou", "--sesoi", "0.4", "--bank", *more)
