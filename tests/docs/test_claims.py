"""The table of docs/claims.md is what its command prints."""

from pathlib import Path

import pytest

from docs import claims

PAGE = Path(claims.__file__).with_suffix(".md").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("file", claims.FILES, ids=lambda file: file.stem)
def test_the_page_says_what_the_command_prints(file: Path) -> None:
    assert claims.row(file) in PAGE


def test_the_page_has_no_other_rows() -> None:
    assert [line for line in PAGE if line.startswith("|")] == claims.tests() + claims.others()


def test_a_sheet_is_read_field_by_field(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text("# Claim: A: and B.\n# Condition: C, long\n# and longer.\n# Measured (4 seeds): +0.1.\na: 1\n")
    said = {"Claim": "A: and B.", "Condition": "C, long and longer.", "Measured": "(4 seeds): +0.1."}
    assert claims.sheet(file) == said
    assert claims.row(file) == "| `x` | A: and B.<br>*condition*: C, long and longer. | *measured*: (4 seeds) +0.1. |"
