"""The help of the Lightning commands: one line of usage, then the options in groups, the long one last."""

from jsonargparse import ArgumentParser

HELP = {
    "config": "YAML, or a name in experiments/baselines or experiments/tricks; later ones are laid over earlier ones, "
    "other options over all of them.",
    "seed_everything": "Seed of weights, order and augmentation.",
    "ckpt_path": "Checkpoint to go on from, or to measure; `last` finds the newest.",
    "weights_only": "Read nothing but tensors from the checkpoint.",
}


def tidy(parser: ArgumentParser, command: str) -> None:
    """Give the parser of a command its name, and its help an order.

    Args:
        parser: As Lightning made it.
        command: Its name.
    """
    parser.prog = f"trickbench {command}"
    parser.usage = f"{parser.prog} --config CONFIG [--config CONFIG ...] [--KEY VALUE ...]"
    titles = {"model": "model", "data": "data", command: "checkpoint", "trainer": "Lightning's trainer"}
    groups = parser.groups or {}
    for key, title in titles.items():
        groups[key].title = title
    for action in parser._actions:
        action.help = HELP.get(action.dest, action.help)
    parser._action_groups = sorted(parser._action_groups, key=lambda group: group is groups["trainer"])
