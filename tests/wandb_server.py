"""A double of a W&B server on loopback: keeps the runs that clients send, in memory."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from tests import wandb_sweeps
from tests.wandb_sweeps import Sweep

LAST_PAGE = {"endCursor": None, "hasNextPage": False}
ENTITY = {"id": "RW50aXR5", "name": "me"}


@dataclass
class Run:
    """What a client said of one run."""

    name: str
    fields: dict[str, Any] = field(default_factory=dict)
    files: dict[str, list[str]] = field(default_factory=dict)
    exits: list[int] = field(default_factory=list)  # exit codes of its processes; a killed one says none

    @property
    def history(self) -> list[dict[str, Any]]:
        """Its rows."""
        return [json.loads(line) for line in self.files.get("wandb-history.jsonl", [])]

    @property
    def summary(self) -> dict[str, Any]:
        """Its last summary."""
        return dict(json.loads((self.files.get("wandb-summary.json") or ["{}"])[-1]))

    def stream(self, body: dict[str, Any]) -> None:
        """Take what its client streams: lines from an offset on, and how it ended."""
        for name, chunk in (body.get("files") or {}).items():
            lines = self.files.setdefault(name, [])
            if name.endswith(".json"):
                lines[:] = chunk["content"]
            else:
                lines[chunk["offset"] : chunk["offset"] + len(chunk["content"])] = chunk["content"]
        if body.get("complete"):
            self.exits.append(body["exitcode"])

    @property
    def state(self) -> str:
        """How it stands."""
        return "running" if not self.exits else "failed" if self.exits[-1] else "finished"

    def bucket(self) -> dict[str, Any]:
        """It, as GraphQL shows it."""
        counts = {kind: len(self.files.get(f"wandb-{kind}.jsonl", [])) for kind in ("history", "events")}
        tails = {f"{kind}Tail": json.dumps(self.files.get(f"wandb-{kind}.jsonl", [])[-1:]) for kind in counts}
        project = {"id": "UHJvamVjdA==", "name": self.fields.get("project"), "entity": ENTITY}
        return {
            "id": self.name,
            "name": self.name,
            "displayName": self.fields.get("displayName"),
            "description": None,
            "sweepName": None,
            "state": self.state,
            "project": project,
            "config": self.fields.get("config", "{}"),
            "tags": self.fields.get("tags", []),
            "summaryMetrics": json.dumps(self.summary),
            "logLineCount": len(self.files.get("output.log", [])),
            "wandbConfig": json.dumps({"t": 1}),
            **{f"{kind}LineCount": count for kind, count in counts.items()},
            **tails,
        }


class Server(ThreadingHTTPServer):
    """Listens on a free port of loopback."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.runs: dict[str, Run] = {}
        self.unknown: list[str] = []  # operations that it cannot answer
        self.uploads: list[str] = []  # names of files
        self.reports: dict[str, dict[str, Any]] = {}
        self.sweeps: dict[str, Sweep] = {}
        self.turn = threading.Lock()

    def handle_error(self, *_: Any) -> None:
        """Clients hang up as they like."""

    @property
    def url(self) -> str:
        """Where clients find it."""
        return f"http://127.0.0.1:{self.server_port}"

    def environment(self) -> dict[str, str]:
        """What makes W&B's client use it."""
        return {"WANDB_BASE_URL": self.url, "WANDB_API_KEY": "0" * 40, "WANDB_MODE": "online"}

    def answer(self, operation: str, variables: dict[str, Any]) -> dict[str, Any] | None:
        """The data of a GraphQL operation; None if it is unknown."""
        if operation == "UpsertBucket":
            inserted = variables["name"] not in self.runs
            run = self.runs.setdefault(variables["name"], Run(variables["name"]))
            run.fields |= {key: value for key, value in variables.items() if value is not None}
            return {"upsertBucket": {"bucket": run.bucket(), "inserted": inserted}}
        if operation == "RunResumeStatus":
            known = self.runs.get(variables["name"])
            return {"model": {"id": "x", "name": "x", "entity": ENTITY, "bucket": known and known.bucket()}}
        if operation == "CreateRunFiles":
            files = [{"name": name, "uploadUrl": f"{self.url}/upload/{name}"} for name in variables["files"]]
            return {"createRunFiles": {"runID": variables["run"], "uploadHeaders": [], "files": files}}
        if operation == "Runs":
            return {"project": self.project(variables["project"])}
        about = self.answer_of_reports(operation, variables) or wandb_sweeps.answer(self.sweeps, operation, variables)
        return about or {
            "Viewer": {"viewer": {**ENTITY, "entity": "me", "username": "me", "flags": "{}", "teams": {"edges": []}}},
            "GetDefaultEntity": {"viewer": {"id": "x", "entity": "me"}},
            "OrganizationCoreWeaveOrganizationID": {"entity": {"organization": None}},
            "ServerFeaturesQuery": {"serverInfo": {"features": []}},
            "RunStoppedStatus": {"project": {"run": {"stopped": False}}},
        }.get(operation)

    def answer_of_reports(self, operation: str, variables: dict[str, Any]) -> dict[str, Any] | None:
        """The data of what saves a report."""
        if operation == "upsertView":
            return {"upsertView": {"view": self.save_report(variables), "inserted": not variables.get("id")}}
        names = {run.fields["project"] for run in self.runs.values() if "project" in run.fields}
        alike = {"entityName": "me", "createdAt": "", "isBenchmark": False, "user": None}
        projects = [{"id": name, "name": name, **alike} for name in names]
        there = {"id": "UHJvamVjdA==", "internalId": "1"} if variables.get("projectName") in names else None
        page = {"edges": [{"node": each, "cursor": each["id"]} for each in projects], "pageInfo": LAST_PAGE}
        return {"ProjectInternalId": {"project": there}, "GetProjects": {"models": page}}.get(operation)

    def save_report(self, said: dict[str, Any]) -> dict[str, Any]:
        """Keep a report, in the place of another where it has an id."""
        name = said.get("id") or f"report{len(self.reports)}"
        project = {"id": "1", "name": said["projectName"], "entityName": said["entityName"]}
        kept = {key: said[key] for key in ("name", "displayName", "description", "type", "spec")}
        self.reports[name] = {**kept, "id": name, "project": project, "updatedAt": "2026-01-01T00:00:00Z"}
        return self.reports[name]

    def project(self, name: str) -> dict[str, Any] | None:
        """A project with all of its runs on one page; None if there is none."""
        edges = [
            {"node": run.bucket(), "cursor": run.name} for run in self.runs.values() if run.fields["project"] == name
        ]
        page = {"edges": edges, "pageInfo": LAST_PAGE}
        return {"internalId": "1", "runCount": len(edges), "readOnly": False, "runs": page} if edges else None


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body, answer = self.body(), {}
        with self.server.turn:
            if self.path == "/graphql":
                answer = self.graphql(json.loads(body))
            elif stream := re.fullmatch(r"/files/[^/]+/[^/]+/([^/]+)/file_stream", self.path):
                self.server.runs[stream[1]].stream(json.loads(body))
        self.reply(answer)

    def do_PUT(self) -> None:
        self.body()
        self.server.uploads.append(unquote(self.path.removeprefix("/upload/")))
        self.reply({})

    def do_GET(self) -> None:
        self.reply({})

    def graphql(self, body: dict[str, Any]) -> dict[str, Any]:
        named = re.search(r"(?:query|mutation)\s+(\w+)", body["query"])
        operation = named[1] if named else body["query"]
        data = self.server.answer(operation, body.get("variables") or {})
        if data is None:
            self.server.unknown.append(operation)
            return {"errors": [{"message": f"unknown: {operation}"}]}
        return {"data": data}

    def body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        read = b""
        while size := int(self.rfile.readline(), 16):
            read += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return read

    def reply(self, content: dict[str, Any]) -> None:
        data = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def serving() -> Iterator[Server]:
    """A server for as long as the block lasts."""
    with Server() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()
