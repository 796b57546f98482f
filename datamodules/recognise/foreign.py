"""Annotations of tools that are not read, told by name."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from datamodules.files.texts import read_xml
from datamodules.layouts.patterns import files_below

SPREADSHEETS = (".xlsx", ".xls", ".ods")
TO_COCO = {
    "LabelMe": "labelme2coco.py among LabelMe's examples writes COCO's JSON of it",
    "VIA": "export it from there as COCO's JSON",
    "CVAT": "export it from there as COCO's JSON",
    "Label Studio": "export it from there as COCO's JSON",
}


def foreign(root: Path) -> str:
    """What to do about the first annotations of a tool that is known and whose own files are not read."""
    for file in sorted(files_below(root, {".json", ".xml", *SPREADSHEETS})):
        if file.suffix.lower() in SPREADSHEETS:
            return f". {file} is a spreadsheet: save it as CSV"
        if tool := _tool(file):
            return f". {file} is of {tool}'s own kind: {TO_COCO[tool]}"
    return ""


def _tool(file: Path) -> str:
    """The tool that wrote a file; empty if none that is known, or if it cannot be read."""
    try:
        if file.suffix.lower() == ".xml":
            return "CVAT" if read_xml(file).tag == "annotations" else ""
        content = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return ""
    if isinstance(content, list):
        return "Label Studio" if content and _has(content[0], "data", "annotations") else ""
    if _has(content, "shapes", "imagePath"):
        return "LabelMe"
    entries = content.get("_via_img_metadata", content) if isinstance(content, dict) else {}
    each = next(iter(entries.values()), None) if isinstance(entries, dict) else None
    return "VIA" if _has(each, "filename", "regions") else ""


def _has(content: Any, *keys: str) -> bool:
    return isinstance(content, Mapping) and all(key in content for key in keys)
