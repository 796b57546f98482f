"""What was published of a trick stands beside what was measured here."""

import pytest

from experiments.declare.literature import published
from experiments.report.page import render
from experiments.report.publish import TABLE, publish_report, write
from tests.experiments.conftest import make_study
from tests.experiments.pages import find, read, text


@pytest.fixture(scope="module")
def cited(tmp_path_factory):
    """Two of the package's tricks, and two files of the user's that are called as such are."""
    tricks = ["fpn", "drop_path", "focal.yaml", "warmup.yaml"]
    return make_study(tmp_path_factory.mktemp("cited"), tricks=tricks)


def test_the_page_sets_it_beside_the_effect_here(cited):
    root = read(render(cited))
    (section,) = find(root, "section", id="published")
    (table,) = find(section, "table")
    assert text(find(table, "caption")[0]) == "Here: CamVid; its backbone; 6 epochs"
    rows = [[text(cell) for cell in [*find(row, "th"), *find(row, "td")]] for row in find(table, "tr")[1:]]
    assert [row[0] for row in rows] == ["Feature pyramid network", "Drop path, growing to 0.1"]
    fpn = next(verdict for verdict in cited.verdicts if verdict.arm == "fpn")
    assert f"{fpn.mean:+.3f}" in rows[0][1]
    assert "helps" in rows[0][2]
    assert rows[0][3] == "mIoU −0.6 … +1.4 (n = 4), box AP +0.6 … +2.2 (n = 2)"
    assert rows[0][4].startswith("Cityscapes, ADE20K, COCO; ResNet-50, ResNet-101; 80k steps at 512×1024, 160k steps")
    listed = [text(item) for item in find(section, "li")]
    assert len(listed) == len(published()["fpn"]) + len(published()["drop_path"])
    assert all(any(row.source in item for item in listed) for row in published()["fpn"])
    assert text(find(root, "a", href="#published")[0]) == "Published"


def test_so_do_the_terminal_and_the_markdown_table(cited, capsys):
    publish_report(cited.plan)
    out = capsys.readouterr().out
    lines = out[out.index("\npublished ") :].splitlines()[1:]
    assert lines[1].split()[:2] == ["fpn", "mIoU"]
    assert lines[2].startswith("drop_path  top-1 error +1.2")
    assert "Here: CamVid; its backbone; 6 epochs. Sources: `trickbench literature NAME`." in out
    page = write(cited)
    table = page.with_name(TABLE).read_text(encoding="utf-8")
    assert "| published | gain there | here: Δ val/miou | verdict here | there |" in table
    assert "| fpn | mIoU −0.6 … +1.4 (n = 4), box AP +0.6 … +2.2 (n = 2) |" in table


def test_nothing_is_said_of_tricks_without_rows_or_of_the_users_own(study, root):
    assert {"fpn", "warmup"} <= {arm.name for arm in study.plan.arms}  # files of hers, called as ours are
    assert not find(root, "section", id="published")
    assert not find(root, "a", href="#published")
