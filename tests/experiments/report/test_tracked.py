"""`trickbench report --wandb`: what the report in W&B holds, and what becomes of it without a server."""

import base64
import json
import sys
from contextlib import redirect_stdout
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("wandb_workspaces", reason="wandb-workspaces is not installed: pip install 'trickbench[wandb]'")

from experiments import tracking
from experiments.cli import main
from experiments.files import read_json
from experiments.report.page import plots, summary_text
from experiments.report.tracked.runs import Logged, run_filter
from experiments.results.study import Study
from tests.experiments import tiny
from tests.experiments.conftest import make_study
from tests.wandb_server import Run, Server, serving

SHARED = ("fpn", 0)  # trained by another ablation


def log(study: Study, server: Server | None = None) -> None:
    """Leave what trials leave that were logged: of seed 3 on disk alone, of the others on the server too."""
    for trial in study.plan.trials:
        other = (trial.arm, trial.seed) == SHARED
        whose = {"ablation": "other" if other else study.plan.ablation.name, "arm": trial.arm, "seed": trial.seed}
        made = {"fingerprint": trial.origin.fingerprint, "made_from": trial.origin.record}
        said = {**whose, **made, "argv": ["fit", "--wandb=me/tricks"]}
        (trial.folder / "trial.json").write_text(json.dumps(said), encoding="utf-8")
        run = tracking.run_id(said)
        last = trial.folder / f"wandb/{'offline-' * (trial.seed == 3)}run-20260101_000000-{run}"
        last.mkdir(parents=True)
        (last.parent / "latest-run").symlink_to(last.name)
        if server and trial.seed != 3:
            fields = {"project": "tricks", "groupName": whose["ablation"], "jobType": trial.arm}
            summary = json.dumps((read_json(trial.folder / "result.json") or {})["metrics"])
            server.runs[run] = Run(run, fields, {"wandb-summary.json": [summary]}, [0])


def words(study: Study, *more: str) -> list[str]:
    return ["report", str(study.plan.ablation.file), "--runs", str(study.plan.folder.parent), "--wandb", *more]


def blocks(spec: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [block for block in spec["blocks"] if block["type"] == kind]


def picked(filters: dict[str, Any], run: Run) -> bool:
    """Whether a run set's filters pick a run: conditions on one key each, joined from left to right."""
    known = {"name": run.name, "group": run.fields.get("groupName"), "jobType": run.fields.get("jobType")}
    held = True
    for each in filters["filters"]:
        wanted = each["value"] if isinstance(each["value"], list) else [each["value"]]
        fits = known[each["key"]["name"]] in wanted
        held = held or fits if each.get("connector") == "OR" else held and fits
    return held


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A study of logged trials, what its command printed, and the server that has its report."""
    study = make_study(tmp_path_factory.mktemp("tracked"))
    with serving() as server, pytest.MonkeyPatch.context() as patch, redirect_stdout(StringIO()) as printed:
        for name, value in server.environment().items():
            patch.setenv(name, value)
        log(study, server)
        assert main(words(study)) == 0
        assert main(words(study)) == 0
        yield study, printed.getvalue().splitlines(), server


@pytest.fixture
def spec(saved) -> dict[str, Any]:
    (report,) = saved[2].reports.values()  # the second took the place of the first
    return dict(json.loads(report["spec"]))


def test_the_command_prints_where_the_report_is_and_what_is_not_uploaded(saved):
    _, printed, server = saved
    (name,) = server.reports
    assert printed[-1].startswith(f"{server.url}/me/tricks/reports/")
    assert printed[-1].endswith(name)
    assert printed[-2].startswith("6 of its 28 runs are not uploaded yet: wandb sync ")
    assert not server.unknown


def test_it_says_what_page_and_table_say(saved, spec):
    study = saved[0]
    text = [leaf["text"] for block in blocks(spec, "paragraph") for leaf in block["children"]]
    assert [line for line in text if line] == summary_text(study)
    (table,) = blocks(spec, "markdown-block")
    assert table["content"] == (study.plan.folder / "table.md").read_text(encoding="utf-8")


def test_its_run_sets_pick_the_ablations_runs_and_its_panels_name_metrics_that_they_have(saved, spec):
    study, _, server = saved
    server.runs["stranger"] = Run("stranger", {"groupName": "other", "jobType": "fpn", "project": "tricks"})
    _, grid = (block["metadata"] for block in blocks(spec, "panel-grid"))
    (runs,) = grid["runSets"]
    found = {name for name, run in server.runs.items() if picked(runs["filters"], run)}
    ids = {tracking.run_id(read_json(trial.folder / "trial.json") or {}) for trial in study.plan.trials}
    assert found == ids & server.runs.keys()
    assert len(found) == 22
    known = {"trainer/global_step", *server.runs[next(iter(found))].summary}
    panels = [panel["config"] for panel in grid["panelBankSectionConfig"]["panels"]]
    named = [name for panel in panels for name in panel.get("metrics", [])]
    assert set(named) == {"val/miou", "train/loss", "val/loss"}
    assert {*named, *(panel["xAxis"] for panel in panels if "groupBy" in panel and "xAxis" in panel)} <= known
    (points,) = (panel for panel in panels if "yAxis" in panel)
    assert (points["xAxis"], points["yAxis"]) == ("config:seed_everything.value", "summary:val/miou")
    places = [tuple(panel["layout"].values()) for panel in grid["panelBankSectionConfig"]["panels"]]
    assert len({place[:2] for place in places}) == len(places)


@pytest.mark.parametrize("name", ["it's", "both ' and \"", "<b>&é漢</b>", "back\\slash"])
def test_run_sets_pick_arms_whatever_they_are_called(name):
    from experiments.report.tracked.blocks import Compared

    runs = [Logged(SimpleNamespace(arm=name), "x", own, "", False) for own in (True, False)]  # type: ignore[arg-type]
    filters = Compared("", "tricks", "runs", picks=run_filter(runs, "m"))._to_model().filters
    assert picked(filters, Run("any", {"groupName": "m", "jobType": name}))
    assert picked(filters, Run("x", {"groupName": "other", "jobType": "other"}))
    assert not picked(filters, Run("any", {"groupName": "other", "jobType": name}))


def test_the_baselines_first_run_is_the_baseline(saved, spec):
    study = saved[0]
    run_set = blocks(spec, "panel-grid")[1]["metadata"]["runSets"][0]
    trial = study.plan.by_seed["baseline"][0]
    id = tracking.run_id(read_json(trial.folder / "trial.json") or {})
    assert base64.b64decode(run_set["baselineRunId"]).decode() == f"Run:v1:{id}:tricks:me"


def test_pictures_are_in_a_run_of_their_own(saved, spec):
    study, _, server = saved
    grid = blocks(spec, "panel-grid")[0]["metadata"]
    (run,) = (run for run in server.runs.values() if run.fields.get("jobType") == "report")
    assert picked(grid["runSets"][0]["filters"], run)
    (panel,) = grid["panelBankSectionConfig"]["panels"]
    assert panel["config"]["mediaKeys"] == list(plots(study)) == ["forest", "tradeoff"]
    files = [row[name]["path"] for row in run.history for name in plots(study)]
    assert {*files} <= {*server.uploads}


def test_it_is_on_disk_too(saved, spec):
    content = read_json(saved[0].plan.folder / "wandb-report.json") or {}
    assert content["spec"]["blocks"] == spec["blocks"]
    assert (content["entity"], content["project"], content["url"]) == ("me", "tricks", saved[1][-1])


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"WANDB_API_KEY": None}, "no key for http://127.0.0.1:9 (wandb login, or WANDB_API_KEY)"),
        ({}, "http://127.0.0.1:9 cannot be reached"),
        ({"WANDB_MODE": "offline"}, "WANDB_MODE is offline"),
    ],
)
def test_without_a_server_it_stays_on_disk(make_study, monkeypatch, tmp_path, capsys, setting, said):
    near = {"WANDB_BASE_URL": "http://127.0.0.1:9", "WANDB_API_KEY": "0" * 40, "WANDB_MODE": "online"}
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    for name, value in {**near, "NETRC": str(tmp_path / "none"), **setting}.items():
        if value:
            monkeypatch.setenv(name, value)
    study = make_study(tricks=["focal.yaml"], placebo=False)
    log(study)
    assert main(words(study)) == 1
    file = study.plan.folder / "wandb-report.json"
    assert tiny.complaint(capsys) == f"W&B: {said}; the report is in {file}, and the same command sends it"
    content = read_json(file) or {}
    assert content["spec"]["blocks"]
    assert "url" not in content


def test_what_cannot_be_reported(make_study, monkeypatch, capsys):
    study = make_study(tricks=["focal.yaml"], placebo=False)
    assert main(words(study)) == 2
    assert "no trial of camvid-tricks was logged to W&B; `trickbench ablate … --wandb`" in tiny.complaint(capsys)
    assert main(words(study, "a/b/c")) == 2
    assert "--wandb must be PROJECT or ENTITY/PROJECT" in tiny.complaint(capsys)
    monkeypatch.setitem(sys.modules, "wandb_workspaces", None)
    assert main(words(study)) == 2
    assert "needs wandb-workspaces: pip install 'trickbench[wandb]'" in tiny.complaint(capsys)
