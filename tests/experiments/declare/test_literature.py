"""Published effects: every row of the package is whole, and what is not is one line."""

import pytest

from experiments.declare import configs
from experiments.declare.literature import FILE, Row, published, read_literature
from experiments.declare.tricks import package_tricks
from experiments.errors import UserError

ROW = "{data: COCO, backbone: ResNet-50, metric: box AP, before: 37.4, after: 37.9, change: L1 → IoU, source: table 1}"


def test_every_row_names_a_trick_that_exists_and_has_a_source():
    rows = [row for rows in published().values() for row in rows]
    assert len(rows) >= 80
    assert set(published()) <= {trick.name for trick in package_tricks()}
    assert all(row.source.strip() and any(c.isdigit() or c == "," for c in row.source) for row in rows)
    assert len({(row.trick, row.metric, row.change, row.source, row.before, row.length) for row in rows}) == len(rows)
    figures = [value for row in rows for value in (row.before, row.after) if value is not None]
    assert all(1 < value < 100 for value in figures)  # points, never shares of 1


def test_a_gain_is_above_zero_where_the_trick_is_better():
    ours = {trick: rows[0] for trick, rows in published().items()}
    assert ours["warmup"].gain == pytest.approx(1.10)  # an error that falls from 24.84 to 23.74
    assert ours["layer_norm"].gain == pytest.approx(-1.7)
    assert ours["auxiliary"].gain == pytest.approx(1.41)
    assert Row("fpn", "x", "x", "mIoU", "x", "x", difference=2.5).gain == 2.5
    assert Row("fpn", "x", "x", "top-1 error", "x", "x", difference=2.5).gain == -2.5


def test_a_difference_alone_will_do(tmp_path):
    file = tmp_path / "literature.yaml"
    file.write_text(f"iou: [{ROW.replace('before: 37.4, after: 37.9', 'difference: 1')}]")
    assert read_literature(file)["iou"][0].gain == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"iuo: [{ROW}]", "no trick is called 'iuo'; nearest: iou"),
        (f"iou: {ROW}", "iou must hold a list of rows, got {'data'"),
        ("iou: []", r"iou must hold a list of rows, got \[\]"),
        ("iou: [37.4]", "row 1 of iou may say data, backbone, .*, got 37.4"),
        (f"iou: [{ROW}, {ROW.replace('source', 'sauce')}]", "row 2 of iou may say .*, got \\['sauce'\\]"),
        (f"iou: [{ROW.replace(', source: table 1', '')}]", "row 1 of iou: source must be text, got None"),
        (f"iou: [{ROW.replace('table 1', '1')}]", "row 1 of iou: source must be text, got 1"),
        (f"iou: [{ROW.replace('table 1', ' ')}]", "row 1 of iou: source must be text, got None"),
        (f"iou: [{ROW.replace('37.4', 'about 37')}]", "row 1 of iou: before must be a number, got 'about 37'"),
        (f"iou: [{ROW.replace('37.4', '.nan')}]", "row 1 of iou: before must be a number, got nan"),
        (f"iou: [{ROW.replace('37.4', 'true')}]", "row 1 of iou: before must be a number, got True"),
        (
            f"iou: [{ROW.replace(', after: 37.9', '')}]",
            "must give before and after, or the difference alone, got before",
        ),
        (f"iou: [{ROW.replace('after', 'difference')}]", "or the difference alone, got before, difference"),
        (f"iou: [{ROW.replace('before: 37.4, after: 37.9, ', '')}]", "or the difference alone, got neither"),
    ],
)
def test_a_row_that_is_not_whole_is_one_line(tmp_path, text, message):
    file = tmp_path / "literature.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=message) as error:
        read_literature(file)
    assert str(error.value).startswith(str(file))
    assert "\n" not in str(error.value)


def test_it_is_package_data():
    text = (configs.PACKAGE.parent / "pyproject.toml").read_text(encoding="utf-8")
    assert f'"{FILE.relative_to(configs.PACKAGE)}"' in text
