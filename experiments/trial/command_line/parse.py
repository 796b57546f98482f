"""A command line made a config, each part of it looked at once."""

from collections.abc import Mapping

from jsonargparse import ArgumentParser, Namespace


def parsed(parser: ArgumentParser, below: Mapping[str, ArgumentParser], words: list[str]) -> Namespace:
    """The config of a command line.

    jsonargparse has a subcommand's words checked by the parser of the subcommand, then by the one above again, which
    takes as long; here the first alone looks at them, unless the one above is to print them.

    Args:
        parser: The one above.
        below: Subcommand → its parser.
        words: The command line, the subcommand first if there is one.

    Raises:
        jsonargparse.ArgumentError: If the words do not fit.
    """
    command, *rest = words
    if command not in below or any(word.startswith("--print_config") for word in rest):
        return parser.parse_args(words)
    return Namespace(subcommand=command, **{command: below[command].parse_args(rest)})
