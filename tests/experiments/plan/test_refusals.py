"""What `trickbench plan` refuses in one line, before anything runs: what would turn up in verdicts or not at all."""

from pathlib import Path

import pytest

from experiments.cli import main
from tests.experiments import tiny

BASE = (
    "trainer: {max_epochs: 2}\n"
    "model: {class_path: Segmentation, init_args: {num_classes: 3, auxiliary_weight: 1, rewrites: []}}\n"
)
TRICK = "model: {init_args: {num_classes: 2}}\n"
ABLATION = "baseline: base.yaml\ntricks: [one.yaml]\nsesoi: 0.1\n"


@pytest.fixture
def plan(tmp_path, capsys):
    """Plans an ablation of one trick as the command does; returns the exit code and the error."""

    def planned(more: str = "", base: str = BASE, trick: str = TRICK, ablation: str = ABLATION, name: str = "one"):
        files = {"base": base, name: trick, "mine": ablation.replace("one.yaml", f"{name}.yaml") + more}
        for stem, content in files.items():
            Path(tmp_path, f"{stem}.yaml").write_text(content)
        code = main(["plan", str(tmp_path / "mine.yaml"), "--runs", str(tmp_path / "runs")])
        return code, tiny.complaint(capsys) if code else ""

    return planned


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("sesoi: 0.2", "mine.yaml: is not valid YAML (the key 'sesoi' is given twice, line 4, column 1)"),
        ("seeds: 2\nseeds: 3", "the key 'seeds' is given twice"),
        ("set: {model: {init_args: {b: 3, b: 4}}}", "the key 'b' is given twice"),
        ("failure_value: .nan", "failure_value must be a finite number, got nan"),
        ("failure_value: -.inf", "failure_value must be a finite number, got -inf"),
        ("target: {metric: val/miou, at_least: .nan}", "target must be a metric and a finite bound"),
        ("target: {metric: val/miou, at_most: .inf}", "target must be a metric and a finite bound"),
        (
            "seeds: 1000000000",
            "seeds must be a count up to 10000, or a list of ids from 0 to 2147483647, got 1000000000",
        ),
        ("seeds: [4294967296]", "seeds must be a count"),
        ("threads: 1000000", "threads must be a whole number from 1 to 1024, got 1000000"),
        ("metric: val/loss", "a lower val/loss is better: higher_is_better must be false, got true"),
        ("metric: val/loss\nhigher_is_better: false", "failure_value must be a bad val/loss, above 0"),
        ("metric: val/error\nhigher_is_better: false", "the key 'failure_value' is missing"),
        ('name: "a\\nb"', "name must be a folder's name"),
        ("3: 4", "unknown key 3"),
        ("expects: {3: helps}", "a key of expects must be text, got 3"),
        ("set: {model: {init_args: {b: .nan}}}", "set.model.init_args.b must be text, a finite number, true, fal"),
        ("set: {model: {init_args: {b: !!timestamp 2020-01-01}}}", "got datetime.date(2020, 1, 1)"),
        ("set: {model: {init_args: {b: !!binary aGk=}}}", "set.model.init_args.b must be text, a finite number"),
        ("set: {model: {init_args: {b: !!set {x}}}}", "got {'x'}"),
        ("set: {model: {init_args: {b: {1: 2}}}}", "a key of set.model.init_args.b must be text, got 1"),
        ("set: &a {model: {init_args: {b: *a}}}", "holds more than 100000 values once its aliases are filled in"),
        ("set: {seed_everything: 3}", "set: seed_everything must not be set: the ablation's seeds say it"),
        ("set: {threads: 3}", "set: threads must not be set: the ablation's threads say it"),
        ("set: {ckpt_path: x.ckpt}", "set: ckpt_path must not be set"),
        ("set: {trainer: {default_root_dir: x}}", "set: trainer.default_root_dir must not be set: every trial has"),
        ("set: {trainer.default_root_dir: x}", "set: trainer.default_root_dir must not be set"),
        (
            "set: {trainer: {logger: {class_path: WandbLogger, init_args: {id: mine}}}}",
            "set: trainer.logger.init_args.id must not be set: every trial has a run of its own",
        ),
        ("set: {data: {init_args: 3}}", "set: data.init_args must be a mapping, got 3"),
        ("set: {model: Segmentation}", "set: model must be a mapping, got 'Segmentation'"),
        ("set: {model: {init_args: {rewrites+: 3}}}", "set: model.init_args.rewrites+ appends to a list: it must be"),
        ("set: {model: {init_args: {rewrites+: {class_path: X}}}}", "rewrites+ appends to a list: it must be a list"),
    ],
)
def test_an_ablation_that_could_not_be_judged_or_run(plan, more, message):
    code, said = plan(more)
    assert code == 2
    assert message in said


@pytest.mark.parametrize(
    ("trick", "message"),
    [
        ("seed_everything: 3", "one.yaml: seed_everything must not be set: the ablation's seeds say it"),
        (
            "trainer: {enable_progress_bar: true}",
            "trainer.enable_progress_bar must not be set: a trial writes to a log",
        ),
        ("trainer: [1]", "one.yaml: trainer must be a mapping, got [1]"),
        ("model: {init_args: {a: 2, a: 3}}", "the key 'a' is given twice"),
        ("model: {init_args: {a: .nan}}", "one.yaml: model.init_args.a must be text, a finite number"),
        ("about: {title: 3}\n" + TRICK, "one.yaml: about.title must be text, got 3"),
        ("about: {1: 3, b: 4}\n" + TRICK, "one.yaml: a key of about must be text, got 1"),
        ("about: {tasks: [[segmentation]]}\n" + TRICK, "one.yaml: about.tasks must list some of"),
    ],
)
def test_a_trick_that_could_not_be_run(plan, trick, message):
    code, said = plan(trick=trick)
    assert code == 2
    assert message in said


@pytest.mark.parametrize("sesoi", [".inf", ".nan", "-0.1", "true", "1e400", "'0.1'"])
def test_a_smallest_effect_that_no_verdict_could_use(plan, sesoi):
    code, said = plan(ablation=ABLATION.replace("0.1", sesoi))
    assert code == 2
    assert "sesoi must be a positive, finite number on the metric's scale, got " in said


@pytest.mark.parametrize(
    ("base", "message"),
    [
        ("model: x", "base.yaml: model must be a mapping, got 'x'"),
        (BASE + "ckpt_path: other.ckpt\n", "base.yaml: ckpt_path must not be set"),
        (BASE + "trainer: {max_epochs: 3}\n", "the key 'trainer' is given twice"),
    ],
)
def test_a_baseline_that_could_not_be_run(plan, base, message):
    code, said = plan(base=base)
    assert code == 2
    assert message in said


@pytest.mark.parametrize("tricks", ["[]", "[[]]", "[3]", "[[one.yaml, [one.yaml]]]", "{a: 1}", "one.yaml"])
def test_tricks_are_a_list_of_names(plan, tricks):
    code, said = plan(ablation=ABLATION.replace("[one.yaml]", tricks))
    assert code == 2
    assert "tricks must be a list of one or more tricks, or of lists of alternatives, got " in said


@pytest.mark.parametrize("name", ["cost", "ledger.jsonl", "...", "a\nb"])
def test_an_arm_whose_folder_would_be_another_s(plan, name):
    code, said = plan(
        ablation=ABLATION.replace("[one.yaml]", '["one.yaml"]').replace("one", repr(name)[1:-1]), name=name
    )
    assert code == 2
    assert f"an arm's folder cannot be called {name!r}" in said


def test_a_name_too_long_for_a_file(plan):
    code, said = plan(ablation=ABLATION.replace("[one.yaml]", f"[{'x' * 400}]"))
    assert code == 2
    assert "no file and none of experiments/tricks is called 'xxx" in said


def test_what_a_saved_config_sets_may_be_a_baseline_and_numbers_are_read_as_trials_read_them(plan):
    base = BASE.replace("rewrites", "loss: 2020-01-01, rewrites")
    saved = f"seed_everything: 0\nthreads: null\nckpt_path: null\n{base}"
    more, ablation = "set: {model: {init_args: {auxiliary_weight: 1e-3}}}", ABLATION.replace("0.1", "1e-3")
    assert plan(more, base=saved, ablation=ablation) == (0, "")


def test_a_merged_mapping_may_replace_keys(plan):
    common = "set:\n  model: &m {init_args: {auxiliary_weight: 3}}\n  data: {<<: *m, init_args: {c: 4}}\n"
    assert plan(common) == (0, "")


FLIPS = (
    "data: {class_path: CamVid, init_args: {flip: 0.5, random_scale: [0.5, 2.0],"
    " train_transforms: [{class_path: a.ColorJitter}]}}\n"
)


@pytest.mark.parametrize(
    ("name", "transform", "message"),
    [
        ("horizontal_flip", "{class_path: torchvision.transforms.v2.RandomHorizontalFlip}", "already (flip: 0.5)"),
        ("scale", "{class_path: v2.RandomAffine, init_args: {degrees: 0, scale: [0.5, 2]}}", "(random_scale: [0.5, 2"),
        ("jitter", "{class_path: v2.ColorJitter}", "already (train_transforms has ColorJitter)"),
    ],
)
def test_a_trick_that_augments_as_the_baseline_does(plan, name, transform, message):
    trick = f"data: {{init_args: {{train_transforms+: [{transform}]}}}}\n"
    code, said = plan(base=BASE + FLIPS, trick=trick, name=name)
    assert code == 2
    assert message in said
    off = "set: {data: {init_args: {flip: 0, random_scale: [1.0, 1.0], train_transforms: []}}}"
    assert plan(off, base=BASE + FLIPS, trick=trick, name=name)[0] == 0
    assert plan(base=BASE, trick=trick, name=name)[0] == 0


def test_what_the_baseline_augments_by_is_shown(plan, capsys):
    plan(base=BASE + FLIPS)
    assert "augments by flip: 0.5, random_scale: [0.5, 2.0], ColorJitter" in capsys.readouterr().out
    plan("set: {data: {init_args: {flip: 0, random_scale: [1, 1], train_transforms: []}}}", base=BASE + FLIPS)
    assert "augments" not in capsys.readouterr().out
