"""`trickbench verdicts`: columns by any name, wide tables, seeds that are missing, and what changed."""

import csv
import json

import pytest

from experiments.cli import main

ARMS = {"baseline": [71.2, 70.5, 71.9, 70.8, 71.4], "focal": [72.9, 72.0, 73.4, 72.8, 72.6]}
OPTIONS = ("--metric", "m", "--sesoi", "0.4")


def write(path, *rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path


def long(path, arms=ARMS, names=("arm", "seed", "m")):
    return write(path, names, *([arm, seed, m] for arm, values in arms.items() for seed, m in enumerate(values)))


def said(capsys, *words, code=0):
    """What a command line prints: its output, and its errors and remarks."""
    assert main(["verdicts", *map(str, words)]) == code
    captured = capsys.readouterr()
    return captured.out if not code else captured.err


@pytest.fixture
def judged(tmp_path, capsys):
    """The verdicts on the plain table."""
    return said(capsys, long(tmp_path / "plain.csv"), *OPTIONS)


def test_columns_have_any_name(tmp_path, capsys, judged):
    table = long(tmp_path / "t.csv", names=("Methode", "config.seed", "m"))
    assert said(capsys, table, *OPTIONS, "--arm", "Methode") == judged
    told = said(capsys, table, *OPTIONS, "--arm", "Method", code=2)
    assert told.endswith("t.csv, line 2: no column 'Method'; nearest: Methode; name it with --arm\n")


@pytest.mark.parametrize(
    ("ending", "form"),
    [
        (".tsv", lambda line: line.replace(",", "\t")),
        (".csv", lambda line: line.replace(",", ";").replace(".", ",")),
    ],
    ids=["tabs", "semicolons"],
)
def test_tabs_and_semicolons_part_cells_too(tmp_path, capsys, judged, ending, form):
    path = long(tmp_path / "t.csv")
    text = "".join(form(line) for line in path.read_text().splitlines(keepends=True))
    (tmp_path / f"other{ending}").write_text(text)
    assert said(capsys, tmp_path / f"other{ending}", *OPTIONS) == judged


@pytest.mark.parametrize("seed", ["{}.0", "{}.", "0{}", "+{}"])
def test_seeds_of_spreadsheets_are_seeds(tmp_path, capsys, judged, seed):
    rows = [[arm, seed.format(number), m] for arm, values in ARMS.items() for number, m in enumerate(values)]
    assert said(capsys, write(tmp_path / "t.csv", ["arm", "seed", "m"], *rows), *OPTIONS) == judged


@pytest.mark.parametrize("column", ["{}", "{}.0", "seed {}", "seed_{}", "Seed-{}", "seed{}"])
def test_a_column_for_each_seed(tmp_path, capsys, judged, column):
    header = ["arm", *(column.format(seed) for seed in range(5)), "mean"]
    rows = [[arm, *values, sum(values) / 5] for arm, values in ARMS.items()]
    assert said(capsys, write(tmp_path / "t.csv", header, *rows), *OPTIONS) == judged


def test_a_column_for_each_arm(tmp_path, capsys, judged):
    rows = ([seed, *values] for seed, values in enumerate(zip(*ARMS.values(), strict=True)))
    assert said(capsys, write(tmp_path / "t.csv", ["seed", *ARMS], *rows), *OPTIONS) == judged


def test_missing_seeds_are_named(tmp_path, capsys):
    rows = [["baseline", 71.2, 70.5, 71.9, 70.8, ""], ["focal", 72.9, 72.0, "", 72.8, 72.6], ["gau", 1, "", "", 2, 3]]
    table = write(tmp_path / "t.csv", ["arm", *range(5)], *rows)
    lines = said(capsys, table, *OPTIONS).splitlines()
    assert lines[-4:] == [
        "focal lacks seed 2, which baseline has: it stays unpaired.",
        "baseline lacks seed 4, which focal has: it stays unpaired.",
        "gau lacks seeds 1, 2, which baseline has: they stay unpaired.",
        "baseline lacks seed 4, which gau has: it stays unpaired.",
    ]


def test_remarks_leave_json_and_csv_whole(tmp_path, capsys):
    table = long(tmp_path / "t.csv", ARMS | {"focal": ARMS["focal"][:3]})
    for form in ("json", "csv"):
        assert main(["verdicts", str(table), *OPTIONS, "--format", form]) == 0
        captured = capsys.readouterr()
        assert captured.err == "focal lacks seeds 3, 4, which baseline has: they stay unpaired.\n"
        assert len(json.loads(captured.out)["arms"] if form == "json" else captured.out.splitlines()[1:]) == 1


def test_arms_of_a_race_stop_early_and_lack_nothing(tmp_path, capsys):
    arms = ARMS | {"baseline": [*ARMS["baseline"], 71.0], "slow": [70, 71, 72]}
    looks = ("--looks", 3, 5, 8, "--bank")
    assert "unpaired" not in said(capsys, long(tmp_path / "t.csv", arms), *OPTIONS, *looks)


def test_a_registered_race_is_not_judged_as_if_its_seeds_had_been_fixed(tmp_path, capsys):
    table = long(tmp_path / "trials.csv")
    (tmp_path / "registration.json").write_text(json.dumps({"looks": [3, 5, 8]}))
    advice = "registered with looks at 3, 5, 8 seeds: judge it by trickbench report, or here with --looks 3 5 8 --bank"
    assert advice in said(capsys, table, *OPTIONS, code=2)
    assert "focal" in said(capsys, table, *OPTIONS, "--looks", 3, 5, 8)


def test_our_own_trials_that_have_not_ended_are_left_out(tmp_path, capsys):
    rows = [[arm, seed, "done", m] for arm, values in ARMS.items() for seed, m in enumerate(values)]
    rows[7] = ["focal", 2, "failed", ""]
    lines = said(capsys, write(tmp_path / "trials.csv", ["arm", "seed", "status", "m"], *rows), *OPTIONS).splitlines()
    assert lines[-2:] == [
        "Left out, status failed: focal seed 2.",
        "focal lacks seed 2, which baseline has: it stays unpaired.",
    ]


def test_diff_names_the_verdicts_that_changed(tmp_path, capsys):
    more = ARMS | {"gau": ARMS["baseline"], "new": ARMS["focal"]}
    old = long(tmp_path / "old.csv", ARMS | {"gau": ARMS["focal"]})
    (tmp_path / "new.json").write_text(said(capsys, long(tmp_path / "t.csv", more), *OPTIONS, "--format", "json"))
    lines = said(capsys, "--diff", old, tmp_path / "new.json", *OPTIONS).splitlines()
    assert [line.split("  ")[0] for line in lines[1:3]] == ["gau", "new"]
    assert "helps           no-op" in lines[1]
    assert "+1.58 [+1.12, +2.04] (K = 5)" in lines[1]
    assert lines[2].split()[1:3] == ["–", "helps"]
    assert lines[-1] == "1 of 2 verdicts changed; 1 arm judged only now."
    changed = json.loads(said(capsys, "--diff", old, tmp_path / "new.json", *OPTIONS, "--format", "json"))
    assert [(each["arm"], each["old"], each["new"]) for each in changed] == [
        ("gau", "helps", "no-op"),
        ("new", "", "helps"),
    ]
    table = said(capsys, "--diff", old, tmp_path / "new.json", *OPTIONS, "--format", "csv").splitlines()
    assert table[0] == "arm,old,new,old_effect,new_effect"
    assert [line.split(",")[0] for line in table[1:]] == ["gau", "new"]


def test_diff_of_what_is_the_same(tmp_path, capsys):
    path = tmp_path / "v.json"
    path.write_text(said(capsys, long(tmp_path / "t.csv"), *OPTIONS, "--format", "json"))
    assert said(capsys, "--diff", path, path) == "None of 1 verdicts changed.\n"
    gau = long(tmp_path / "gau.csv", {"baseline": ARMS["baseline"], "gau": ARMS["focal"], "fpn": ARMS["focal"]})
    (tmp_path / "gau.json").write_text(said(capsys, gau, *OPTIONS, "--format", "json"))
    last = said(capsys, "--diff", path, tmp_path / "gau.json").splitlines()[-1]
    assert last == "None of 0 verdicts changed; 2 arms judged only now; 1 arm no longer judged."
    other = tmp_path / "w.json"
    other.write_text(path.read_text().replace('"sesoi": 0.4', '"sesoi": 0.2'))
    assert "Judged by another sesoi: 0.4 before, 0.2 now.\n" in said(capsys, "--diff", path, other)
    coarse = long(tmp_path / "coarse.csv", {"baseline": ARMS["baseline"]} | {"x": ARMS["focal"]})
    other.write_text(said(capsys, coarse, "--metric", "m", "--sesoi", "20", "--format", "json"))
    assert "+1.58 [" in said(capsys, "--diff", path, other)  # digits of the smaller one


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "needs a table or a folder of runs"),
        (
            ("t.csv",),
            "--metric is needed: the column to judge by; in a table with a column a seed, what its",
        ),
        (("t.csv", "--metric", "m"), "--sesoi is needed"),
        (("t.csv", *OPTIONS, "--runs", "x"), "--runs must hold {arm} or {seed}"),
        (("t.csv", *OPTIONS, "--runs", "{arm}/{arm}"), "once each"),
        (("t.csv", *OPTIONS, "--runs", "{arm}/{trial}"), "got '{trial}'"),
        (("t.csv", *OPTIONS, "--runs", "{arm}", "--arm", "x"), "both name the arm"),
        ((".", *OPTIONS), ". holds no runs that can be read (found: t.csv, v.json)"),
        (("t.csv", *OPTIONS, "--diff", "v.json", "v.json"), "--diff takes two files and nothing more"),
        (("--diff", "t.csv", "v.json"), "--metric is needed"),
        (("--diff", "none.json", "v.json"), "cannot read none.json: No such file"),
        (("--diff", "v.json", "v.json"), "v.json holds no verdicts"),
        (("v.json", *OPTIONS), "v.json holds no runs that can be read; known: a CSV export of W&B's runs"),
    ],
)
def test_bad_options(tmp_path, monkeypatch, capsys, words, message):
    monkeypatch.chdir(tmp_path)
    long(tmp_path / "t.csv")
    (tmp_path / "v.json").write_text('{"arms": 3}')
    assert message in said(capsys, *words, code=2)


@pytest.mark.parametrize("broken", [{"arm": ["x"]}, {"verdict": 3}, {"mean": "a"}, {"low": "a"}, {"sesoi": 0}])
def test_a_json_of_something_else(tmp_path, capsys, broken):
    path = tmp_path / "v.json"
    path.write_text(json.dumps({"sesoi": 1, "arms": [{"arm": "x", "verdict": "helps", "mean": 1} | broken]} | broken))
    assert "v.json holds no verdicts" in said(capsys, "--diff", path, path, code=2)


def test_one_value_each_leaves_nothing_to_pick_from(tmp_path, capsys):
    text = said(capsys, long(tmp_path / "t.csv"), *OPTIONS, "--pick", "max")
    assert text.endswith("There is one m for each run: --pick max has nothing to pick from.\n")
