"""An arm that does nothing ends with its first run; one that acts late, or crashes first, does not."""

import json
from collections import Counter
from pathlib import Path

from experiments import cli
from experiments.folder import LEDGER, METRICS, State
from experiments.plan.arms import Trial
from experiments.report import course
from experiments.results.study import Study, read_study
from experiments.run import ledger
from experiments.steer.rounds import due
from tests.experiments import tiny

TRICKS = {
    "idle": {"trainer": {"gradient_clip_val": 1e6}},  # no gradient is as large
    "late": {"trainer": {"callbacks": [{"class_path": "SWA", "init_args": {"start": 0.4}}]}},  # in the third epoch
    "focal": tiny.model(loss={"class_path": "Focal", "init_args": {"gamma": 1.0}}),
}


def declare(folder: Path, **keys) -> None:
    base = tiny.write(folder, "base.yaml", {**tiny.BASELINE, "trainer": {"max_epochs": 3}})
    names = [tiny.write(folder, f"{name}.yaml", content) for name, content in TRICKS.items()]
    tiny.write(
        folder, "matrix.yaml", {"baseline": base, "tricks": names, "sesoi": 0.02, "metric": "val/accuracy", **keys}
    )


def test_only_an_arm_that_does_nothing_ends_with_its_first_run(tmp_path, monkeypatch, capsys):
    declare(tmp_path, seeds=2)
    monkeypatch.chdir(tmp_path)
    assert cli.main(["ablate", "matrix.yaml", "--jobs", "1"]) == 0
    said = capsys.readouterr().out
    assert "no effect in the first steps: idle, late; " in said
    assert "idle ended as a no-op: every number that its run of seed 0 logged is that of baseline" in said
    found = tiny.statuses(tmp_path)
    assert found["idle"] == {"done": 1, "no-op": 1}
    assert found["late"]["done"] == 2
    assert found["focal"]["done"] == 2
    (row,) = (line.split() for line in said.splitlines() if line.startswith("idle  "))
    assert (row[1], row[-4:]) == ("1", ["no", "verdict", "(unsound", "baseline)"])  # this tiny one learns nothing
    assert "late ended" not in said
    assert "idle ended as a no-op" in (tmp_path / "runs/matrix/report.html").read_text()
    events = [json.loads(line) for line in (tmp_path / "runs/matrix" / LEDGER).read_text().splitlines()]
    assert [event["arm"] for event in events if event["event"] == "no-op"] == ["idle"]
    assert cli.main(["ablate", "matrix.yaml"]) == 0
    assert "registered" not in capsys.readouterr().out  # nothing was left to train
    assert cli.main(["status", "matrix.yaml"]) == 0
    lines = {line.split()[0]: line.split() for line in capsys.readouterr().out.splitlines() if line.strip()}
    assert lines["idle"][lines["arm"].index("no-op")] == "1"


def raced(make_study, *rows: tuple[str, int]) -> Study:
    """A race in which no arm showed an effect in its first steps, with a few trials; focal logged what its pair did."""
    kept = [("baseline", 0), ("focal", 0), *rows]
    study = make_study(keep=lambda trial: (trial.arm, trial.seed) in kept, seeds=None, looks=[3, 5], placebo=False)
    for ours, theirs in pairs_of_focal(study):
        if ours.folder.exists():
            (ours.folder / METRICS).write_bytes((theirs.folder / METRICS).read_bytes())
            result = json.loads((theirs.folder / "result.json").read_text())
            result["made_from"] = ours.origin.record
            (ours.folder / "result.json").write_text(json.dumps(result))
    return read_study(study.plan)


def pairs_of_focal(study: Study) -> list[tuple[Trial, Trial]]:
    ours, theirs = (study.plan.by_seed[arm] for arm in ("focal", "baseline"))
    return [(ours[seed], theirs[seed]) for seed in ours]


def needed(study: Study) -> Counter[str]:
    return Counter(trial.arm for trial in due(study.plan, {arm.name for arm in study.plan.arms}))


def test_a_race_ends_a_no_op_before_its_first_look_and_gives_silent_arms_one_seed_first(make_study):
    study = raced(make_study, ("fpn", 0))
    (focal,) = (verdict for verdict in study.verdicts if verdict.arm == "focal")
    assert (focal.k, focal.verdict) == (1, "no-op")
    states = Counter(row["status"] for row in study.rows if row["arm"] == "focal")
    assert states == {State.DONE: 1, State.NO_OP: 4}
    assert needed(study) == {"baseline": 5, "fpn": 2, "warmup": 1, "drop_path": 1, "large_lr": 1}
    assert "●○○ ○○  focal: 1 seed, stopped: no-op." in course.lines(study)


def test_a_run_that_acts_on_another_seed_is_no_no_op(make_study):
    study = raced(make_study, ("baseline", 1), ("focal", 1))
    ours, _ = pairs_of_focal(study)[1]
    path = ours.folder / METRICS
    path.write_text(path.read_text().replace("0,23,", "0,23,1"))
    assert needed(study)["focal"] == 1  # the third of its first look


def test_an_arm_whose_first_run_crashed_gets_its_other_seeds(make_study):
    study = raced(make_study)
    ledger.note(study.plan.folder / LEDGER, study.plan.by_seed["warmup"][0], State.FAILED)
    assert needed(study)["warmup"] == 3
