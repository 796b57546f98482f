"""What is built from the sources can be installed, and holds all that the program reads."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from email.parser import BytesParser
from pathlib import Path

import pytest
import yaml

from experiments import __version__

ROOT = Path(__file__).parents[2]
PACKAGES = ("lightning_modules", "datamodules", "experiments")
VERSIONS = ("3.11", "3.12", "3.13", "3.14")
UV = str(Path(sys.executable).with_name("uv"))
ALL = ("--all-extras", "pyproject.toml")


def sources() -> set[str]:
    """Everything in the packages that is no leftover of Python's."""
    files = (file for package in PACKAGES for file in (ROOT / package).rglob("*"))
    return {str(file.relative_to(ROOT)) for file in files if file.is_file() and "__pycache__" not in file.parts}


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """The folder of the sdist and of the wheel that was built from it."""
    copy, out = tmp_path_factory.mktemp("sources"), tmp_path_factory.mktemp("dist")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    words = [sys.executable, "-W", "ignore", "-m", "build", "--no-isolation", "--outdir", str(out), str(copy)]
    run(words, copy)
    return out


def run(words: list[str], folder: Path, **env: str) -> str:
    """What a command prints.

    Raises:
        AssertionError: If it fails; holds what it said.
    """
    clean = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "OMP_NUM_THREADS": "1", **env}
    done = subprocess.run(words, cwd=folder, env=clean, capture_output=True, text=True, timeout=3000, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def wheel(built: Path) -> Path:
    (file,) = built.glob("*.whl")
    return file


def sdist(built: Path) -> Path:
    (file,) = built.glob("*.tar.gz")
    return file


def test_the_wheel_holds_every_file_of_the_packages_and_nothing_else(built):
    with zipfile.ZipFile(wheel(built)) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert held == sources()
    assert {f"{package}/py.typed" for package in PACKAGES} < held
    assert any(name.endswith(".css") for name in held)


def test_the_sdist_holds_what_the_wheel_is_built_from(built):
    with tarfile.open(sdist(built)) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    assert sources() | {"pyproject.toml", "README.md", "LICENSE"} <= held


def test_its_metadata_have_the_one_version_and_the_extras_that_the_docs_name(built):
    with zipfile.ZipFile(wheel(built)) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        said = BytesParser().parsebytes(archive.read(name))
    assert said["Version"] == __version__
    page = (ROOT / "docs/index.md").read_text(encoding="utf-8").partition("## Extras")[2]
    named = {name for line in page.splitlines() if line[:2] == "| " for name in re.findall("`([a-z]+)`", line)}
    assert named == set(said.get_all("Provides-Extra"))


def test_it_runs_from_where_it_was_installed(built, tmp_path):
    words = ["install", "--quiet", "--no-deps", "--no-compile", "--no-index", "--disable-pip-version-check"]
    run([sys.executable, "-m", "pip", *words, "--target", "site", str(wheel(built))], tmp_path)
    program = [sys.executable, str(tmp_path / "site/bin/trickbench")]
    assert run([*program, "--version"], tmp_path, PYTHONPATH="site").split() == ["trickbench", __version__]
    planned = run([*program, "plan", "quickstart"], tmp_path, PYTHONPATH="site")
    assert "warmup" in planned
    code = "import experiments; print(experiments.__file__)"
    where = Path(run([sys.executable, "-c", code], tmp_path, PYTHONPATH=str(tmp_path / "site")).strip())
    assert where.is_relative_to(tmp_path)


def test_the_citation_names_no_second_version():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert cited["cff-version"] == "1.2.0"
    assert {"title", "authors", "message", "license"} <= set(cited)
    assert "version" not in cited


@pytest.mark.release
@pytest.mark.parametrize("version", VERSIONS)
def test_the_tested_versions_have_wheels_of_all_extras_on_every_python(version):
    words = ["--python-version", version, "--python-platform", "x86_64-manylinux_2_28", "--only-binary", ":all:"]
    said = run([UV, "pip", "compile", "--quiet", *words, "--constraint", "constraints.txt", *ALL], ROOT, **os.environ)
    assert "torch==" in said


@pytest.mark.release
def test_the_lower_bounds_go_together():
    words = ["--resolution", "lowest-direct", "--python-version", VERSIONS[0], "--only-binary", ":all:"]
    said = run([UV, "pip", "compile", "--quiet", *words, *ALL], ROOT, **os.environ)
    assert "torch==2.9.0" in said


@pytest.fixture
def clean(tmp_path) -> Iterator[Path]:
    """A folder whose gigabytes are removed after the test."""
    yield tmp_path
    shutil.rmtree(tmp_path)


@pytest.mark.release
@pytest.mark.parametrize("version", VERSIONS)
def test_it_can_be_installed_on_a_clean_python(built, clean, version):
    python = shutil.which(f"python{version}")
    if python is None or subprocess.run([python, "-V"], capture_output=True, check=False).returncode:
        pytest.skip(f"no python{version} on PATH")
    run([python, "-m", "venv", "venv"], clean)
    pip = [str(clean / "venv/bin/python"), "-m", "pip", "install", "--quiet", "--no-compile", "--no-cache-dir"]
    run([*pip, "--constraint", str(ROOT / "constraints.txt"), str(wheel(built))], clean)
    program = str(clean / "venv/bin/trickbench")
    assert "✓ Local" in run([program, "doctor", "--launchers", "Local"], clean)
    run([*pip, "--no-deps", "--force-reinstall", str(sdist(built))], clean)
    assert run([program, "--version"], clean).split() == ["trickbench", __version__]
