"""`python -m experiments` is `trickbench`."""

import os
import sys

if not __package__:  # so Lightning starts the other ranks; this folder on the path would hide `statistics` and the like
    sys.path[0] = os.path.dirname(sys.path[0])

from experiments.cli import main

if __name__ == "__main__":
    sys.exit(main())
