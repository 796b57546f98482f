"""Bundles of a study, and such as somebody made or changed."""

import json
import zipfile
from pathlib import Path

import pytest

from experiments import cli
from experiments.plan.origin import digest
from experiments.report.bundle.archive import MANIFEST, _sha256
from experiments.results.study import Study
from tests.packed import Files, packed


def bundled(study: Study, out: Path) -> Path:
    """The bundle that the command writes."""
    plan = study.plan
    assert cli.main(["bundle", str(plan.ablation.file), "--runs", str(plan.folder.parent), "-o", str(out)]) == 0
    return out


def verified(bundle: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """How `verify` ends, and what it prints."""
    capsys.readouterr()
    return cli.main(["verify", str(bundle)]), capsys.readouterr().out


def pack(path: Path, files: Files, honest: bool = False, **said: object) -> Path:
    """A tar of these files; with a manifest that was made to fit them, if it is to look honest."""
    return packed(path, fitted(files, **said) if honest else files)


def zipped(path: Path, files: Files, honest: bool = False) -> Path:
    """The same as the first bundles were."""
    with zipfile.ZipFile(path, "w") as file:
        for name, content in (fitted(files) if honest else files).items():
            file.writestr(name, content)
    return path


def fitted(files: Files, **said: object) -> Files:
    """These files with a manifest that was made to fit them."""
    manifest = json.loads(files[MANIFEST]) | said
    hashes = {name: _sha256(content) for name, content in files.items() if name != MANIFEST}
    content = {**manifest, "files": hashes}
    content.pop("sha256")
    return {**files, MANIFEST: json.dumps({**content, "sha256": digest(content)}).encode()}


def named(files: Files, ending: str) -> str:
    """The first file whose name ends so."""
    return next(name for name in files if name.endswith(ending))
