"""`python -m experiments` is `trickbench`."""

import os
import sys

if not __package__:  # so Lightning starts the other ranks; this folder on the path would hide `statistics` and the like
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [os.path.dirname(here), *(folder for folder in sys.path if folder != here)]
elif sys.path[0] == os.getcwd() != os.path.dirname(os.path.dirname(os.path.abspath(__file__))):
    del sys.path[0]  # so `python -m` starts; a folder of the user's own would hide one of ours

from experiments.cli import main

if __name__ == "__main__":
    sys.exit(main())
