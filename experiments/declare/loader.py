"""YAML as trials read it, except that a key given twice is refused."""

import math
import re
from collections.abc import Iterable
from typing import Any, ClassVar

import yaml

# What jsonargparse takes for a float, which reads the same files in a trial: 1e-3 is one.
FLOAT = re.compile(
    r"[-+]?[0-9][0-9_]*\.[0-9_]*([eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+|[-+]?\.[0-9_]+([eE][-+]?[0-9]+)?"
    r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)
REPLACED = {"tag:yaml.org,2002:float", "tag:yaml.org,2002:timestamp"}  # a date is text to a trial
MOST_VALUES, MOST_LEVELS = 100_000, 100
COULD_BE_DEEP = 10_000  # characters of a text that could be nested more deeply than the C loader stands


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Safe, in C where it can be; the last of two equal keys does not win."""

    yaml_implicit_resolvers: ClassVar = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag not in REPLACED]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def flatten_mapping(self, node: Any) -> None:
        """Look at the keys as they were written, before `<<` adds others that they may replace."""
        if not hasattr(node, "looked_at"):
            node.looked_at = True
            self._refuse_twice([key for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"])
        super().flatten_mapping(node)

    def _refuse_twice(self, keys: list[yaml.Node]) -> None:
        seen = set()
        for key in keys:
            name = (key.tag, key.value) if isinstance(key, yaml.ScalarNode) else id(key)
            if name in seen:
                problem = f"the key {key.value!r} is given twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(name)


Loader.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(f"^(?:{FLOAT.pattern})$"), list("-+0123456789."))


def foreign(value: Any, key: str = "") -> str | None:
    """What is wrong with the first value or key that JSON lacks, in which configs reach a trial; None if none is."""
    if isinstance(value, dict):
        odd = [name for name in value if not isinstance(name, str)]
        inside = ((f"{key}.{name}".lstrip("."), item) for name, item in value.items())
        return f"a key{f' of {key}' * bool(key)} must be text, got {odd[0]!r}" if odd else _first(inside)
    if isinstance(value, list):
        return _first((f"{key}[{i}]", item) for i, item in enumerate(value))
    if isinstance(value, str) and "\0" in value:
        return f"{key} must be text without NUL characters, which no path takes, got {value!r}"
    if value is None or isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value)):
        return None
    return f"{key} must be text, a finite number, true, false, null, a list or a mapping, got {value!r}"


def _first(items: Iterable[tuple[str, Any]]) -> str | None:
    return next((found for key, item in items if (found := foreign(item, key))), None)


def refuse_depth(text: str) -> None:
    """Refuse a text that is nested so deeply that the loader would end the process.

    Raises:
        yaml.YAMLError: Says where.
    """
    level = 0
    for event in yaml.parse(text, Loader) if len(text) > COULD_BE_DEEP else ():
        level += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if level > MOST_LEVELS:
            raise yaml.YAMLError(f"nested in more than {MOST_LEVELS} levels")


def in_one_line(error: Exception) -> str:
    """What is wrong with a YAML and where; whoever says it names the file, which the loader did not know."""
    return " ".join(str(error).split()).replace(' in "<unicode string>",', ",")


def is_bulky(content: Any) -> bool:
    """Whether it holds more than `MOST_VALUES` values, as a few aliases of aliases do, or one of itself."""
    waiting, seen = [content], 0
    while waiting and seen <= MOST_VALUES:
        value = waiting.pop()
        seen += 1
        waiting += value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return seen > MOST_VALUES
