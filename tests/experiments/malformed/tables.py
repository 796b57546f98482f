"""Tables that cannot be judged."""

from collections.abc import Iterator

from tests.experiments.malformed.case import Case

TABLE = "arm,seed,m\nbaseline,0,1\nbaseline,1,2\nx,0,1\nx,1,3\n"
TABLES: dict[str, bytes | str] = {
    "empty": "",
    "a heading": "arm,seed,m\n",
    "no column": "arm,seed\nx,0\n",
    "a word": TABLE + "x,2,many\n",
    "a seed": TABLE + "x,two,1\n",
    "half a seed": TABLE + "x,1.5,1\n",
    "twice": TABLE + "x,1,3\n",
    "short": TABLE + "x\n",
    "long": TABLE + "x,5,1,2\n",
    "one arm": "arm,seed,m\nbaseline,0,1\nbaseline,1,2\n",
    "no baseline": "arm,seed,m\ny,0,1\nx,1,2\n",
    "binary": bytes(range(256)),
    "utf16": TABLE.encode("utf-16"),
    "nul": "arm,seed,m\nbaseline,0,\x00\n",
    "field": f"arm,seed,m\n{'x' * 200_000},0,1\n",
    "huge seed": TABLE + f"x,{'9' * 5000},1\n",
    "two columns": "arm,seed,m,m\nbaseline,0,1,2\nx,0,1,2\n",
}


def cases() -> Iterator[Case]:
    """Each, for `verdicts`."""
    for name, content in TABLES.items():
        words = ("verdicts", "t.csv", "--metric", "m", "--sesoi", "0.1")
        yield Case(f"verdicts of a table: {name}", words, ("t.csv", "baseline", "x", "arm"), {"t.csv": content})
