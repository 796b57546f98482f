"""Files that no command can read, given to every command that reads one."""

from collections.abc import Iterator

from tests.experiments.malformed.case import ABLATION, BASE, QUIET, Case

BOMB = "a: &a [1, 2]\n" + "".join(
    f"{b}: &{b} [*{a}, *{a}, *{a}, *{a}, *{a}, *{a}, *{a}, *{a}]\n"
    for a, b in zip("abcdefghi", "bcdefghij", strict=True)
)
BROKEN: dict[str, bytes | str] = {
    "empty.yaml": "",
    "null.yaml": "null\n",
    "comment.yaml": "# nothing\n",
    "text.yaml": "just words\n",
    "number.yaml": "3\n",
    "list.yaml": "- 1\n- 2\n",
    "binary.yaml": bytes(range(256)) * 4,
    "nul.yaml": b"a: \x00\n",
    "latin.yaml": "paper: Große".encode("latin-1"),
    "utf16.yaml": "seeds: 3\n".encode("utf-16"),
    "open.yaml": "a: [1, 2",
    "tab.yaml": "a:\n\tb: 1\n",
    "colon.yaml": "a: b: c\n",
    "anchor.yaml": "a: *nowhere\n",
    "itself.yaml": "trainer: &a {b: *a}\n",
    "twice.yaml": "trainer: {max_epochs: 1}\ntrainer: {max_epochs: 2}\n",
    "python.yaml": "trainer: !!python/object/apply:os.getcwd []\n",
    "documents.yaml": "trainer: {}\n---\ntrainer: {}\n",
    "set.yaml": "trainer: !!set {a, b}\n",
    "bytes.yaml": "trainer: {max_epochs: !!binary aGVsbG8=}\n",
    "date.yaml": "trainer: {max_epochs: !!timestamp 2024-02-29}\n",
    "integer.yaml": "trainer: {1: 2}\n",
    "key.yaml": "? [trainer, max_epochs]\n: 1\n",
    "bomb.yaml": BOMB,
    "deep.yaml": f"a: {'[' * 200_000}{']' * 200_000}\n",
    "deeper.yaml": f"a: {'{a: ' * 3_000}1{'}' * 3_000}\n",
}
READERS = {
    "fit": ("fit", "--config", "base.yaml", "--config", "{}", *QUIET, "--trainer.default_root_dir=out"),
    "test": ("test", "--config", "{}", *QUIET),
    "plan": ("plan", "{}"),
    "ablate": ("ablate", "{}"),
    "status": ("status", "{}"),
    "report": ("report", "{}"),
    "schedule": ("schedule", "{}"),
    "signal": ("signal", "base.yaml", "{}"),
    "tricks": ("tricks", "focal", "--baseline", "{}"),
    "plan its baseline": ("plan", "baseline.yaml"),
    "plan its trick": ("plan", "trick.yaml"),
}
ALL = ("fit", "plan", "plan its trick")  # the others meet every fourth file


def cases() -> Iterator[Case]:
    """Each broken file, and what is not a file at all, for the commands that would read it."""
    for number, (name, content) in enumerate(BROKEN.items()):
        for turn, (command, words) in enumerate(READERS.items()):
            if command == "tricks" and name in ("date.yaml", "bytes.yaml", "integer.yaml"):
                continue  # it looks for the keys of a trick alone
            if command in ALL or (number + turn) % 4 == 0:
                own = {"baseline.yaml": {**ABLATION, "baseline": name}, "trick.yaml": {**ABLATION, "tricks": [name]}}
                files = {**BASE, **own, name: content}
                filled = tuple(word.format(name) if word == "{}" else word for word in words)
                yield Case(f"{command} {name}", filled, (name,), files)
        trial = {"t/trial.json": content}
        yield Case(f"attempt at {name}", ("attempt", "--trial", "t"), ("t is not the folder of",), trial)
    for command, words in READERS.items():
        for name in (
            "nowhere.yaml",
            "folder.yaml",
            "n" * 300 + ".yaml",
            f"{'n' * 300}/x",
            "base.yaml/x",
            "Ω\u202e.yaml",
            "",
        ):
            if (
                command.startswith("plan its")
                or (command == "tricks" and not name)
                or (command in ("test", "signal", "schedule", "report") and len(name) > 20)
            ):
                continue
            filled = tuple(word.format(name) if word == "{}" else word for word in words)
            yield Case(
                f"{command} {name}", filled, (name or "''", repr(name), "irectory"), {**BASE, "folder.yaml/x": ""}
            )
