"""Places where no result can be written."""

from collections.abc import Iterator

from tests.experiments.malformed.case import ABLATION, BASE, Case, training

PLACES = ("file", "file/below", "/proc/nowhere", "/proc/version/below", "n" * 300, f"out/{'n' * 300}")


def cases() -> Iterator[Case]:
    """Each for every command that writes."""
    files = {**BASE, "file": "", "a.yaml": ABLATION}
    for place in PLACES:
        root = f"--trainer.default_root_dir={place}"
        yield Case(f"fit into {place}", (*training("fit"), root), (place,), files)
        yield Case(f"ablate into {place}", ("ablate", "a.yaml", "--runs", place), (place,), files)
        yield Case(f"doctor in {place}", ("doctor", "--launchers", "--runs", place), (place,), files)
        yield Case(f"trials of {place}", ("trials", "--runs", place), (place,), files)
        yield Case(f"attempt of {place}", ("attempt", "--trial", place), (place,), files)
        yield Case(f"report of {place}", ("report", "a.yaml", "--runs", place), (place,), files)
        out = f"{place}/x.svg"
        yield Case(f"schedule into {place}", ("schedule", "base.yaml", "--out", out), (place,), files)
        yield Case(f"signal into {place}", ("signal", "base.yaml", "--out", f"{place}/x.csv"), (place,), files)
    yield Case("predict into file", (*training("predict"), "--trainer.default_root_dir=file"), ("file",), files)
    yield Case("status in a file", ("status", "a.yaml", "--runs", "file"), ("file",), files)
    for folder in ("x.svg", "x.csv"):
        words = ("schedule", "base.yaml", "--out", folder)
        yield Case(f"schedule into a folder {folder}", words, (folder,), {**files, f"{folder}/x": ""})
