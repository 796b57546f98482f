"""Sweeps of the double of a W&B server: a grid of one parameter, handed out to agents."""

import json
from dataclasses import dataclass, field
from typing import Any

import yaml

OWNER = {"id": "UHJvamVjdA==", "name": "sweeps", "entity": {"id": "RW50aXR5", "name": "me"}}


@dataclass
class Sweep:
    """What is left of a grid, and what agents were told."""

    config: str
    told: list[dict[str, Any]] = field(default_factory=list)

    def next(self, running: bool) -> list[dict[str, Any]]:
        """What an agent is to do that asks; nothing while it runs something."""
        ((name, parameter),) = yaml.safe_load(self.config)["parameters"].items()
        left = parameter["values"][sum(each["type"] == "run" for each in self.told) :]
        if running:
            return []
        args = {name: {"value": left[0]}} if left else {}
        self.told.append(
            {"type": "run" if left else "exit", "run_id": f"agents-{len(left)}", "program": "", "args": args}
        )
        return self.told[-1:]


def answer(sweeps: dict[str, Sweep], operation: str, variables: dict[str, Any]) -> dict[str, Any] | None:
    """The data of a GraphQL operation about sweeps; None of another one."""
    if operation == "UpsertSweep":
        name = f"sweep{len(sweeps)}"
        sweeps[name] = Sweep(variables["config"])
        return {"upsertSweep": {"sweep": {"name": name, "project": OWNER}, "configValidationWarnings": []}}
    if operation == "SweepWithRuns":
        config = sweeps[variables["sweep"]].config
        return {"project": {"sweep": {"id": "x", "name": variables["sweep"], "config": config, "runs": {"edges": []}}}}
    if operation == "CreateAgent":
        return {"createAgent": {"agent": {"id": variables["sweep"]}}}
    if operation == "Heartbeat":
        commands = sweeps[variables["id"]].next(bool(json.loads(variables["runState"])))
        return {"agentHeartbeat": {"agent": {"id": variables["id"]}, "commands": json.dumps(commands)}}
    return None
