"""Run the benchmarks that are named, or all: `python -m tests.bench [--write FILE] [NAME …]`."""

import argparse
import importlib
import os
import pkgutil
import platform
import re
import warnings
from collections.abc import Iterator
from pathlib import Path

import torch

import tests.bench

HEAD = """# Benchmarks

Written by `python -m tests.bench --write FILE NAME …`, which leaves the sections of other names as they are; `make
bench` runs all.
*Ours* and *theirs* are medians. A ratio is of rounds that took turns in one run, with its quartiles, since seconds
differ from machine to machine and from hour to hour; what runs in one process is timed by its processor. Below 1 the
suite is faster, or takes less memory. An aim is what the ratio, or where nothing is compared the seconds, should stay
below; not every one is met.

On a GPU the sections *GPU* and *GPU step* alone were measured. Who has one: `python -m tests.bench gpu gpu_step`, and
`trickbench ablate quickstart`, whose page shows seconds a step and peak memory of each arm on the device that it
trained on. Within an epoch the suite waits for the GPU at every twentieth loss alone
(`torch.cuda.set_sync_debug_mode`). The steps on a GPU were measured with two of a trial's callbacks, its record and its
look at the loss; those on the CPU with all of them.

"""

ON_A_GPU = {"gpu", "gpu_step"}


def main() -> None:
    """Print a table a benchmark; with --write, into a file of Markdown too."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", type=Path)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    known = [module.name for module in pkgutil.iter_modules(tests.bench.__path__)]
    left_out = {"__main__", "device", "row", "watched", *(() if torch.cuda.is_available() else ON_A_GPU)}
    if lost := sorted(left_out & ON_A_GPU & {*arguments.names}):
        parser.error(f"{lost[0]}: torch finds no GPU here")
    names = arguments.names or [name for name in known if name not in left_out]
    print(f"{'':<58} {'ours':>9} {'theirs':>9} {'ratio':>6} {'quartiles':>11}  aim")
    sections = _sections(arguments.write)
    for name in names:
        heading = name.replace("_", " ").capitalize().replace("Gpu", "GPU")
        sections[f"## {heading}"] = "\n".join(_table(name))
    if arguments.write:
        tables = [f"{heading}\n\n{table.strip()}\n" for heading, table in sorted(sections.items())]
        arguments.write.write_text(HEAD + "\n".join(tables), encoding="utf-8")


def _sections(file: Path | None) -> dict[str, str]:
    """What an earlier run wrote, by heading."""
    text = file.read_text(encoding="utf-8") if file and file.exists() else ""
    parts = re.split(r"^(## .*)$", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def _table(name: str) -> Iterator[str]:
    """The lines of one benchmark as Markdown; printed as they come."""
    module = importlib.import_module(f"tests.bench.{name}")
    print(name)
    where = module.machine() if hasattr(module, "machine") else "one thread"
    machine = f"{os.cpu_count()} cores ({platform.machine()}), PyTorch {torch.__version__}, {where}"
    yield f"{(module.__doc__ or '').splitlines()[0]}\nMeasured on {machine}.\n"
    yield "| | ours | theirs | ratio | quartiles | aim |\n|---|---:|---:|---:|---:|---:|"
    try:
        for row in module.rows():
            print(f"  {row}", flush=True)
            yield f"| {' | '.join(row.cells())} |"
    except Exception as error:  # the others are worth having
        print(f"  failed: {error!r}", flush=True)
        yield f"| failed: {type(error).__name__} | | | | | |"


if __name__ == "__main__":
    main()
