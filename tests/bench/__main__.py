"""Run the benchmarks that are named, or all: `python -m tests.bench [NAME …]`."""

import importlib
import pkgutil
import sys
import warnings

import torch

import tests.bench


def main() -> None:
    """Print a table a benchmark."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    names = [module.name for module in pkgutil.iter_modules(tests.bench.__path__)]
    print(f"{'':<58} {'ours':>9} {'theirs':>9} {'ratio':>6} {'quartiles':>11}  aim")
    for name in sys.argv[1:] or [name for name in names if name not in ("__main__", "row")]:
        print(name)
        for row in importlib.import_module(f"tests.bench.{name}").rows():
            print(f"  {row}", flush=True)


if __name__ == "__main__":
    main()
