"""Wrong schedules, rules and callbacks: one line each, before any training."""

import pytest

from experiments.trial import train
from tests.experiments.tiny import complaint, fit, model


def schedule(name, **init_args):
    return model(schedule={"class_path": name, "init_args": init_args})


def decay(name, **init_args):
    return model(schedule={"init_args": {"decay": {"class_path": name, "init_args": init_args}}})


def rule(name, **init_args):
    return model(**{"parameter_rules+": [{"class_path": name, "init_args": init_args}]})


def rewrite(name, **init_args):
    return model(**{"rewrites+": [{"class_path": name, "init_args": init_args}]})


def callback(name, **init_args):
    return {"trainer": {"callbacks+": [{"class_path": name, "init_args": init_args}]}}


def optimizer(name, **init_args):
    return model(optimizer={"class_path": name, "init_args": init_args})


PARTS = "its parts are stem, stages.0, stages.1, stages.2, head"


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (schedule("Warmup", length=-3), "Warmup: length must be whole steps, or a share of the run below 1, got -3"),
        (schedule("Plateau", length=8), "Plateau: a warmup of 8 steps does not fit into a run of 8"),
        (schedule("Plateau", patience=-1), "Plateau: patience must not be negative, got -1"),
        (schedule("OneCycle", rise=2), "OneCycle: rise must lie in (0, 1), first and last in (0, 1], got 2"),
        (schedule("Warmpu"), "model.schedule: unknown class 'Warmpu'; nearest: Warmup"),
        (decay("MultiStep", milestones=[0.5, 1.2]), "MultiStep: milestones must be ascending shares of the run"),
        (decay("WSD", decya=0.2), "unknown key 'decya' of WSD; nearest: decay"),
        (rule("RateMultiplier", parts=["context"]), f"RateMultiplier: the network has no part 'context'; {PARTS}"),
        (rule("LayerwiseDecay", decay=1.5), "LayerwiseDecay: decay must lie in (0, 1), got 1.5"),
        (rewrite("Freeze", parts=["stemm"]), f"Freeze: the network has no part 'stemm'; {PARTS}"),
        (callback("EMA", decay=2), "EMA: decay must lie in [0, 1), got 2"),
        (
            callback("SWA", start=0.9),
            "SWA: from 0.9 of 8 steps on there are no two ends of epochs, of 4 steps each, to",
        ),
        (callback("L1Proximal", strength=-1), "L1Proximal: strength must be positive, got -1"),
        (callback("GradientMonitro"), "unknown class 'GradientMonitro'; nearest: GradientMonitor"),
        (optimizer("torch.optim.Muon", lr=0.1), "Muon only supports 2D parameters whereas we found a parameter"),
    ],
)
def test_what_makes_no_sense_is_one_line_before_any_training(tmp_path, capsys, layer, message):
    assert train.main(fit(tmp_path, layer)) == 2
    assert message in complaint(capsys)
    assert not (tmp_path / "metrics.csv").exists()
    assert not (tmp_path / "checkpoints").exists()


def test_a_metric_that_nobody_logs_is_found_out_at_the_first_validation(tmp_path, capsys):
    assert train.main(fit(tmp_path, schedule("Plateau", monitor="val/mIoU"))) == 2
    assert "Plateau: no metric 'val/mIoU' was logged; there are val/accuracy, " in capsys.readouterr().err
    assert not (tmp_path / "metrics.csv").exists()
