"""What Lightning says on every run and nobody needs to read."""

import logging
import warnings

NEEDLESS = (
    ".*LeafSpec.*",  # Lightning 2.6 uses a name that torch is retiring
    ".*sync_dist=True.*",  # ours are reduced before they are logged
    ".*`srun` command is available.*",  # where Slurm is, on every run
)


def hush() -> None:
    """Keep Lightning's advertisements, and warnings that are about nothing here, from the terminal."""
    logging.getLogger("lightning.pytorch.utilities.rank_zero").setLevel(logging.WARNING)
    logging.getLogger("lightning.fabric.utilities.seed").setLevel(logging.WARNING)  # the config says the seed
    for message in NEEDLESS:
        warnings.filterwarnings("ignore", message=message)
