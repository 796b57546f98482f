"""What every command and every trial would read for itself, read once where this is imported; they are forked then.

Sources and templates are kept by path and time, the arguments of a class by the class: a fork finds no more than it
would have found. A callback that stands in a test imports most of what is here, which is hashed with it then.
"""

import io
import sys
from contextlib import redirect_stdout, suppress
from pathlib import Path

from experiments import code, signature, source
from experiments.declare import configs
from experiments.plan import own
from experiments.report import page
from experiments.trial import train

code.hashes([*code.short_names()])
root = Path(__file__).parents[2]
for file in (*root.glob("experiments/**/*.py"), *root.glob("tests/*.py"), *root.glob("tests/experiments/**/*.py")):
    source.read(file)
for name in (*code.short_names(), "torch.optim.SGD", "lightning.pytorch.Trainer"):
    signature.arguments(name)
for template in page.ENVIRONMENT.list_templates():
    page.ENVIRONMENT.get_template(template)
digits, argv, path = configs.find("baselines", "digits"), sys.argv, [*sys.path]
with suppress(SystemExit), redirect_stdout(io.StringIO()):
    train.main(["fit", f"--config={digits}", "--print_config"])
sys.argv, sys.path[:] = argv, path
own._added.clear()
