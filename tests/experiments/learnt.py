"""What every command and every trial would read for itself, read once where this is imported; they are forked then.

Sources are kept by path and time, the arguments of a class by the class: a fork finds no more than it would have found.
"""

import io
import sys
from contextlib import redirect_stdout, suppress

from experiments import code
from experiments.declare import configs
from experiments.plan import own
from experiments.trial import train

code.hashes([*code.short_names()])
digits, argv, path = configs.find("baselines", "digits"), sys.argv, [*sys.path]
with suppress(SystemExit), redirect_stdout(io.StringIO()):
    train.main(["fit", f"--config={digits}", "--print_config"])
sys.argv, sys.path[:] = argv, path
own._added.clear()
