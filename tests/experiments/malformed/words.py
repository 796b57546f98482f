"""Command lines that no parser can take, and tables that cannot be judged."""

from collections.abc import Iterator

from tests.experiments.malformed.case import ABLATION, BASE, Case

COMMANDS = ("plan", "ablate", "status", "report", "verdicts", "tricks", "schedule", "signal")
LINES: dict[str, str] = {  # and what is said
    "": "COMMAND",
    "plna": "plan",
    "Plan": "plan",
    "--verison": "--version",
    "'' ''": "''",
    "plan": "ablation",
    "plan quickstart --jobs x": "--jobs",
    "plan quickstart --jbos 2": "--jobs",
    "plan quickstart --jobs": "--jobs",
    "plan quickstart --runs": "--runs",
    "plan quickstart extra": "extra",
    "status quickstart --jobs 1.5": "--jobs",
    "report quickstart": "runs",
    "report quickstart --runs nowhere": "nowhere",
    "report": "ablation",
    "bundle": "ablation",
    "bundle quickstart": "finished",
    "bundle quickstrat": "quickstart",
    "bundle quickstart -o": "--out",
    "meta": "bundle",
    "meta runs.csv": "two or more",
    "meta runs.csv runs.csv": "bundle",
    "meta nowhere x --out x.png": "--out",
    "verify": "bundle",
    "verify nowhere.bundle": "nowhere.bundle",
    "verify .": "directory",
    "verify runs.csv": "bundle",
    "verify runs.csv --runs x": "--runs",
    "tricks fokal": "focal",
    "tricks --task nonsense": "--task",
    "tricks --slot loos": "loss",
    "tricks focal --baseline digitz": "digits",
    "schedule": "config",
    "schedule digitz": "digits",
    "schedule digits --steps 0": "--steps",
    "schedule digits --steps -5": "--steps",
    "schedule digits --steps x": "--steps",
    "schedule digits --steps 1000000000000": "steps",
    "schedule digits --out x.png": "--out",
    "schedule digits --out x": "--out",
    "schedule digits focla": "focal",
    "signal": "config",
    "signal digits --out x.png": "--out",
    "signal digits digits": "digits",
    "signal digits --set nowhere": "nowhere",
    "verdicts": "table",
    "verdicts runs.csv": "--metric",
    "verdicts runs.csv --metric m": "--sesoi",
    "verdicts runs.csv --metric m --sesoi x": "--sesoi",
    "verdicts runs.csv --metric m --sesoi 0": "effect",
    "verdicts runs.csv --metric m --sesoi -1": "effect",
    "verdicts runs.csv --metric m --sesoi nan": "effect",
    "verdicts runs.csv --metric m --sesoi inf": "effect",
    "verdicts runs.csv --metric n --sesoi 1": "'n'",
    "verdicts runs.csv --metric m --sesoi 1 --baseline y": "--baseline",
    "verdicts runs.csv --metric m --sesoi 1 --placebo y": "--placebo",
    "verdicts runs.csv --metric m --sesoi 1 --looks 0": "look",
    "verdicts runs.csv --metric m --sesoi 1 --looks -1": "look",
    "verdicts runs.csv --metric m --sesoi 1 --looks x": "--looks",
    "verdicts runs.csv --metric m --sesoi 1 --failure-value x": "--failure-value",
    "verdicts runs.csv --metric m --sesoi 1 --format xml": "--format",
    "verdicts nowhere.csv --metric m --sesoi 1": "nowhere.csv",
    "verdicts . --metric m --sesoi 1": ".",
    "fit": "model",
    "fit --modle x": "modle",
    "fit --config": "directory",
    "fit extra": "extra",
    "fit --config base.yaml --trainer.max_epochs": "max_epochs",
    "fit --config={broken": "--config",
    "fit --config={}": "model",
    'fit --config={"trainer":[1]}': "trainer",
    "validate": "model",
    "test --config nowhere.yaml": "nowhere.yaml",
    "predict --config base.yaml --data Digitz": "Digitz",
}
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
    """Lines, unknown flags of every command, and tables."""
    files = {**BASE, "runs.csv": TABLE, "a.yaml": ABLATION}
    for line, said in LINES.items():
        yield Case(f"trickbench {line}", tuple(word.strip("'") for word in line.split()), (said,), files)
    for command in COMMANDS:
        yield Case(f"trickbench {command} --nonsense", (command, "--nonsense"), ("--nonsense", "required"), files)
    for name, content in TABLES.items():
        words = ("verdicts", "t.csv", "--metric", "m", "--sesoi", "0.1")
        yield Case(f"verdicts of a table: {name}", words, ("t.csv", "baseline", "x", "arm"), {"t.csv": content})
