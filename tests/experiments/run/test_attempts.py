"""Registration, ledger, locks and the states of a trial's folder."""

import json
import subprocess
import sys
from collections import Counter

import pytest

from experiments import lease
from experiments.errors import UserError
from experiments.folder import LEDGER, REGISTRATION
from experiments.plan import origin, registration
from experiments.run import attempts, ledger
from tests.experiments.plan.test_plan import ablation, write  # noqa: F401  (a fixture)


@pytest.fixture
def planned(ablation):  # noqa: F811
    return ablation(seeds=[0, 1])


def finish(trial, status="done"):
    assert attempts.take(trial) == ""
    (trial.folder / "metrics.csv").write_text("epoch,step\n0,4\n")
    content = {"status": status, "made_from": trial.origin.record, "metrics": {}, "cost": {}, "versions": {}}
    (trial.folder / "result.json").write_text(json.dumps(content))


def test_done_is_a_result_that_was_made_from_what_the_trial_is(planned):
    trial, other = planned.trials[:2]
    assert attempts.result(trial) is None
    finish(trial)
    assert attempts.result(trial)["status"] == "done"
    finish(other)
    (other.folder / "result.json").replace(trial.folder / "result.json")
    assert attempts.result(trial) is None


def test_what_another_plan_left_is_moved_aside_and_not_lost(planned):
    trial = planned.trials[0]
    for aside in ("stale", "stale-2"):
        finish(trial)
        for name in ("trial.json", "result.json"):
            (trial.folder / name).write_text('{"made_from": {"config": "another"}}')
        moved = trial.folder.with_suffix(f".{aside}")
        assert attempts.take(trial).endswith(f"made from something else: it is now {moved}")
        assert [path.name for path in trial.folder.iterdir()] == ["trial.json"]
        assert not (moved / ".lease").exists()
        assert (moved / "result.json").exists()


def test_what_another_ablation_finished_meanwhile_stays(planned):
    trial = planned.trials[0]
    finish(trial)
    assert attempts.take(trial) == ""
    assert attempts.is_done(trial)


def test_a_folder_that_does_not_say_what_it_was_made_from_is_moved_aside(planned):
    trial = planned.trials[0]
    (trial.folder / "checkpoints").mkdir(parents=True)
    (trial.folder / "checkpoints/last.ckpt").write_text("somebody's")
    assert attempts.take(trial).endswith(f"{trial.origin.address}.stale")
    assert not (trial.folder / "checkpoints").exists()


def test_the_plan_and_the_training_find_the_same_origin(ablation):  # noqa: F811
    for trial in ablation(set={"trainer": {"max_epochs": 3}}, placebo=True).trials:
        assert origin.of_words(trial.argv[1:]) == trial.origin
        assert origin.of_words([*trial.argv[1:], "--ckpt_path=last.ckpt"]) == trial.origin
        for word in ("--trainer.fast_dev_run=true", "--seed_everything=9", '--config={"a": 1}', "--model.context=PPM"):
            assert origin.of_words([*trial.argv[1:], word]) != trial.origin


def test_states(planned):
    path = planned.folder / LEDGER
    planned.folder.mkdir(parents=True)
    finish(planned.trials[0])
    finish(planned.trials[1], "diverged")
    for event in ("launched", "failed"):
        ledger.note(path, planned.trials[2], event)
    ledger.note(path, planned.trials[3], "launched")
    with lease.held(planned.trials[4].folder):
        assert attempts.states(planned.trials, path) == ["done", "diverged", "failed", "open", "running", "open"]
    assert attempts.states(planned.trials, path)[4] == "open"


def test_half_a_ledger_line_is_passed_over(planned):
    path = planned.folder / LEDGER
    planned.folder.mkdir(parents=True)
    ledger.note(path, planned.trials[0], "launched")
    with path.open("a") as file:
        file.write('{"time": 17, "ar')
    assert [event["event"] for event in ledger.events(path)] == ["launched"]


def test_several_processes_keep_a_ledger_whose_lines_are_whole(planned):
    path = planned.folder / LEDGER
    planned.folder.mkdir(parents=True)
    code = "import sys; from pathlib import Path; from experiments.run import ledger\n"
    code += "for i in range(40): ledger.note_stop(Path(sys.argv[1]), f'{i} ' + 'x' * 9000)"
    others = [subprocess.Popen([sys.executable, "-c", code, str(path)]) for _ in range(3)]
    assert [other.wait() for other in others] == [0] * 3
    assert Counter(stop.split()[0] for stop in ledger.stops(path)) == {str(i): 3 for i in range(40)}
    assert ledger.unreadable(path) == 0
    for _ in range(2):
        ledger.note_new(path, planned.trials[0], "done")
    assert [event["event"] for event in ledger.events(path)] == ["done"]


def test_registering_twice_is_fine_and_the_hash_is_of_the_content(planned):
    first = registration.register(planned)
    assert registration.register(planned) == first
    assert json.loads((planned.folder / REGISTRATION).read_text())["sha256"] == first


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"sesoi": 0.2}, "sesoi was 0.1 and is 0.2"),
        ({"seeds": [0, 1, 2]}, r"seeds was \[0, 1\] and is \[0, 1, 2\]"),
        ({"metric": "val/accuracy"}, "metric was val/miou and is val/accuracy"),
        ({"tricks": ["one.yaml"]}, "arms.two"),
    ],
)
def test_a_change_after_registration_is_refused_and_named(ablation, planned, keys, message):  # noqa: F811
    registration.register(planned)
    changed = ablation(**{"seeds": [0, 1], **keys})
    with pytest.raises(UserError, match=f"changed after its registration .*{message}.* take that back, or .*delete"):
        registration.check(changed)


def test_a_changed_trick_file_is_named(ablation, planned, tmp_path):  # noqa: F811
    registration.register(planned)
    write(tmp_path, "one.yaml", {"model": {"init_args": {"a": 9}}})
    with pytest.raises(UserError, match=r"arms\.one\.1\.model\.init_args\.a was 2 and is 9"):
        registration.check(ablation(seeds=[0, 1]))
