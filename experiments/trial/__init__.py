"""One training. The only room that imports torch."""

from experiments.trial.imports import import_libraries

import_libraries()
