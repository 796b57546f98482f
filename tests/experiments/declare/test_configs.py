"""Layers merge as the Lightning CLI merges them, and say what they change."""

import pytest

from experiments.declare import configs
from experiments.declare.changes import diff
from experiments.errors import UserError

BELOW = {"model": {"class_path": "M", "init_args": {"a": 1, "list": [1]}}, "trainer": {"max_epochs": 3}}


def test_merge_overrides_leaves_and_keeps_the_rest():
    merged = configs.merge(BELOW, {"model": {"init_args": {"a": 2}}})
    assert merged["model"] == {"class_path": "M", "init_args": {"a": 2, "list": [1]}}
    assert merged["trainer"] == {"max_epochs": 3}
    assert BELOW["model"]["init_args"]["a"] == 1


def test_plus_appends_and_a_list_replaces():
    assert configs.merge(BELOW, {"model": {"init_args": {"list+": [2]}}})["model"]["init_args"]["list"] == [1, 2]
    assert configs.merge(BELOW, {"model": {"init_args": {"list": [2]}}})["model"]["init_args"]["list"] == [2]
    assert configs.merge({}, {"list+": [2]}) == {"list+": [2]}  # to the default
    assert configs.merge({"list+": [1]}, {"list+": [2]}) == {"list+": [1, 2]}
    assert configs.merge({"list+": [1]}, {"list": [2]}) == {"list": [2]}


def test_diff_says_before_and_after_without_wiring():
    trick = {
        "about": {"title": "not a setting"},
        "model": {"init_args": {"a": 2, "loss": {"class_path": "x.Focal", "init_args": {"gamma": 2.0}}, "list+": [7]}},
    }
    assert diff(BELOW, trick) == [
        ("model.a", "1", "2"),
        ("model.loss", "–", "x.Focal"),
        ("model.loss.gamma", "–", "2.0"),
        ("model.list", "[1]", "[1] + [7]"),
    ]


LOSS = {"loss": {"class_path": "Focal", "init_args": {"gamma": 2.0, "ignore_index": 7}}}


@pytest.mark.parametrize(
    ("above", "merged"),
    [
        ({"class_path": "Dice", "init_args": {"smooth": 1.0}}, {"class_path": "Dice", "init_args": {"smooth": 1.0}}),
        ({"class_path": "Dice"}, {"class_path": "Dice"}),
        ("Dice", "Dice"),
        (None, None),
        ({"class_path": "mine.Focal"}, {"class_path": "mine.Focal", "init_args": LOSS["loss"]["init_args"]}),
        ("Focal", LOSS["loss"]),
        (
            {"class_path": "Focal", "init_args": {"gamma": 1.0}},
            {"class_path": "Focal", "init_args": {"gamma": 1.0, "ignore_index": 7}},
        ),
    ],
)
def test_another_class_starts_from_its_own_defaults(above, merged):
    assert configs.merge(LOSS, {"loss": above}) == {"loss": merged}


def test_a_class_said_by_its_name_alone_takes_arguments():
    arguments = {"init_args": {"gamma": 1.0}}
    assert configs.merge({"loss": "Focal"}, {"loss": arguments}) == {"loss": {"class_path": "Focal", **arguments}}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("FPN", "lightning_modules.pyramid.FPN", True),
        ("lightning_modules.FPN", "lightning_modules.pyramid.FPN", True),
        ("torch.optim.SGD", "mine.SGD", False),
        ("Adam", "AdamW", False),
    ],
)
def test_one_class_by_two_names(one, other, same):
    assert configs.same_class(one, other) == same == configs.same_class(other, one)


def test_diff_shows_a_class_in_the_place_of_another_whole():
    assert diff(LOSS, {"loss": {"class_path": "x.Dice", "init_args": {"smooth": 1.0}}}) == [
        ("loss", "Focal(gamma=2.0, ignore_index=7)", "Dice(smooth=1.0, else its defaults)")
    ]
    assert diff(LOSS, {"loss": "Dice"}) == [("loss", "Focal(gamma=2.0, ignore_index=7)", "Dice(its defaults)")]


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ({"a": {"b": 1}}, {"a": {"b": 2}}, ["a.b"]),
        ({"a": {"b": 1}}, {"a": {"c": 2}}, []),
        ({"a": None}, {"a": {"c": 2}}, ["a"]),
        ({"a": {"c": 2}}, {"a": None}, ["a.c"]),
        ({"ab": 1}, {"a": 1}, []),
        ({"l+": [1]}, {"l+": [2]}, []),
        ({"about": {"title": "x"}}, {"about": {"title": "y"}}, []),
    ],
)
def test_shared_keys(one, other, shared):
    assert configs.shared_keys(one, other) == shared


@pytest.mark.parametrize(
    ("content", "message"),
    [("a: [1\nb: 2", "is not valid YAML .*line 2"), ("- 1", "must hold a mapping .* got list"), ("", "got NoneType")],
)
def test_a_broken_file_is_named(tmp_path, content, message):
    file = tmp_path / "broken.yaml"
    file.write_text(content)
    with pytest.raises(UserError, match=f"broken.yaml: .*{message}"):
        configs.read_yaml(file)


def test_an_unknown_name_brings_the_nearest(tmp_path):
    with pytest.raises(UserError, match=r"none of experiments/tricks is called 'focl'; nearest: focal"):
        configs.find("tricks", "focl", tmp_path)


def test_a_file_beside_the_ablation_comes_before_the_package(tmp_path):
    (tmp_path / "mine.yaml").write_text("a: 1")
    assert configs.find("tricks", "mine.yaml", tmp_path) == tmp_path / "mine.yaml"
    assert configs.find("tricks", "focal", tmp_path).parent.name == "tricks"


@pytest.mark.parametrize(
    ("name", "kind"), [("focal", "tricks"), ("claims/decay", "ablations"), ("mine.yaml", "tricks")]
)
def test_a_file_is_called_what_it_is_found_by(tmp_path, monkeypatch, name, kind):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text("a: 1")
    assert configs.called(kind, configs.find(kind, name)) == name
