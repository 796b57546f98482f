"""Checkpoints that no run can go on from or be measured with."""

import io
import pickle
from collections.abc import Iterator
from typing import Any

import torch

from tests.experiments.malformed.case import BASE, Case, training

COMMANDS = ("fit", "validate", "test", "predict")


def saved(content: Any) -> bytes:
    """As torch writes it."""
    file = io.BytesIO()
    torch.save(content, file)
    return file.getvalue()


WEIGHTS = {
    "pytorch-lightning_version": "2.6.4",
    "state_dict": {"network.backbone.stem.0.weight": torch.zeros(7, 3, 3, 3)},
}
WHOLE = saved({**WEIGHTS, "more": torch.zeros(1000)})
BROKEN: dict[str, bytes | str] = {
    "empty.ckpt": b"",
    "short.ckpt": WHOLE[: len(WHOLE) // 2],
    "start.ckpt": WHOLE[:10],
    "end.ckpt": WHOLE[100:],
    "text.ckpt": "no weights\n",
    "zeros.ckpt": bytes(5000),
    "pickle.ckpt": pickle.dumps({"state_dict": {}}),
    "code.ckpt": pickle.dumps(print),
    "tensor.ckpt": saved(torch.zeros(3)),
    "weights.ckpt": saved(WEIGHTS["state_dict"]),
    "list.ckpt": saved([1, 2]),
    "states.ckpt": saved({**WEIGHTS, "state_dict": [1]}),
    "other.ckpt": saved(WEIGHTS),
    "folder.ckpt/x": "",
}


def cases() -> Iterator[Case]:
    """Each for one of the commands, what is missing for all of them."""
    for number, (name, content) in enumerate(BROKEN.items()):
        files, file = {**BASE, name: content}, name.partition("/")[0]
        for command in dict.fromkeys((COMMANDS[number % 4], "test" if number % 2 else "fit")):
            yield Case(f"{command} --ckpt_path={file}", (*training(command), f"--ckpt_path={file}"), (file,), files)
    for command in COMMANDS:
        for file in ("nowhere.ckpt", "n" * 300, "base.yaml/x", "''"):
            yield Case(
                f"{command} --ckpt_path={file}", (*training(command), f"--ckpt_path={file}"), ("ckpt_path",), BASE
            )
