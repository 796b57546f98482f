"""`trickbench verdicts` over TensorBoard's event files."""

import sys
from functools import partial

import pytest

from experiments.cli import main
from tests.experiments.results.readers import logs

OPTIONS = ("--metric", "val/miou", "--sesoi", "0.004")


def scalar(value):
    """As torch's SummaryWriter writes one."""
    from tensorboard.compat.proto.summary_pb2 import Summary

    return Summary(value=[Summary.Value(tag="val/miou", simple_value=value)])


def tensor(value):
    """As TensorFlow 2 writes one."""
    from tensorboard.plugins.scalar.summary_v2 import scalar_pb

    return scalar_pb("val/miou", value)


def events(folder, arm, seed, values, form=scalar):
    """A run in two files, as one that was resumed leaves them: it logs a step again that it had not kept."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    for part, steps in enumerate(([*values[:2], 0.99], values[2:])):
        writer = EventFileWriter(str(folder), filename_suffix=f".{part}")
        for step, value in enumerate(steps, 2 * part):
            writer.add_event(Event(step=step, wall_time=1.7e9 + step, summary=form(value)))
        writer.close()
    (folder / "hparams.yaml").write_text(f"loss: {arm}\nseed: {seed}\n")


def told(capsys, *words, code=0):
    """What a command line prints."""
    assert main(["verdicts", *map(str, words)]) == code
    captured = capsys.readouterr()
    return captured.out if not code else captured.err


@pytest.mark.parametrize(("pick", "at", "form"), [("last", -1, scalar), ("max", 1, scalar), ("last", -1, tensor)])
def test_event_files_give_the_verdicts_of_a_table(tmp_path, capsys, pick, at, form):
    pytest.importorskip("tensorboard")
    study = logs.lay(tmp_path / "logs", partial(events, form=form))
    logs.table(tmp_path / "t.csv", ["arm", "seed", "val/miou"], [[a, s, values[at]] for a, s, values in logs.runs()])
    expected = told(capsys, tmp_path / "t.csv", *OPTIONS)
    for naming in ((), ("--arm", "loss"), ("--from", "tensorboard", "--runs", "{arm}/seed-{seed}")):
        lines = told(capsys, study, *OPTIONS, *naming, "--pick", pick).splitlines()
        assert [line[:30] for line in lines[:2]] == [line[:30] for line in expected.splitlines()[:2]]
        assert lines[-1] == f"Of each run the {pick} val/miou counts (--pick)."
    assert "has no metric 'x'; there " in told(capsys, study, "--metric", "x", "--sesoi", 1, code=2)


def test_hyperparameters_among_the_events_name_a_run(tmp_path, capsys):
    pytest.importorskip("tensorboard")
    from torch.utils.tensorboard import SummaryWriter

    for number, (arm, seed, values) in enumerate(logs.runs()):
        with SummaryWriter(str(tmp_path / f"logs/{number}")) as writer:
            writer.add_hparams({"arm": arm, "seed": seed}, {"val/miou": values[-1]}, run_name=".")
    logs.table(tmp_path / "t.csv", ["arm", "seed", "val/miou"], [[a, s, values[-1]] for a, s, values in logs.runs()])
    lines, expected = (told(capsys, tmp_path / place, *OPTIONS).splitlines() for place in ("logs", "t.csv"))
    assert lines[1][:30] == expected[1][:30]


def test_without_the_package_it_is_named(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboard.backend.event_processing.event_accumulator", None)
    (tmp_path / "events.out.tfevents.1700000000.host.1.0").touch()
    assert "event files need `pip install tensorboard`" in told(capsys, tmp_path, *OPTIONS, code=2)
