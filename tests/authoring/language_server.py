"""A small client of yaml-language-server: what an editor shows its user in a file."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

from tests.authoring.node_packages import missing, node_modules
from tests.waiting import PATIENCE_S

PACKAGE = "yaml-language-server"
SERVER = node_modules(PACKAGE) / PACKAGE / "bin" / PACKAGE


needs_language_server = pytest.mark.skipif(missing(PACKAGE) is not None, reason=str(missing(PACKAGE)))


@dataclass(frozen=True, slots=True)
class Offered:
    """One completion: what the list shows, what is put into the file, and what is said about it."""

    label: str
    inserts: str
    says: str


@dataclass(frozen=True, slots=True)
class Flagged:
    """One diagnostic; line and column count from 1."""

    line: int
    column: int
    message: str


class LanguageServer:
    """The server, as an editor that has ``folder`` open runs it, with the editor's ``settings``."""

    def __init__(self, folder: Path, settings: dict[str, Any]) -> None:
        self.folder = folder
        self.settings = {"yaml": {"schemaStore": {"enable": False}, **settings}}
        self.process = subprocess.Popen(
            ["node", str(SERVER), "--stdio"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=folder,
        )
        self.answers: dict[int, queue.Queue[dict[str, Any]]] = {}
        self.flagged: dict[str, queue.Queue[list[dict[str, Any]]]] = {}
        self.versions: dict[str, int] = {}
        self.configured = threading.Event()
        self.last = 0
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def __enter__(self) -> Self:
        try:
            self._initialize()
        except BaseException:
            self._end()
            raise
        return self

    def _initialize(self) -> None:
        root = self.folder.as_uri()
        capabilities = {
            "workspace": {
                "configuration": True,
                "workspaceFolders": True,
                "didChangeConfiguration": {"dynamicRegistration": True},
                "didChangeWatchedFiles": {"dynamicRegistration": True},
            },
            "textDocument": {
                "completion": {"completionItem": {"documentationFormat": ["markdown"]}},
                "hover": {"contentFormat": ["markdown"]},
            },
        }
        self.ask(
            "initialize",
            {
                "processId": os.getpid(),
                "rootUri": root,
                "workspaceFolders": [{"uri": root, "name": self.folder.name}],
                "capabilities": capabilities,
            },
        )
        self.tell("initialized", {})
        assert self.configured.wait(PATIENCE_S)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.ask("shutdown", None)
                self.tell("exit", None)
                self.process.wait(PATIENCE_S)
        finally:
            self._end()

    def _end(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE_S)
        self.reader.join(PATIENCE_S)
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()

    def show(self, path: Path, text: str | None = None) -> list[Flagged]:
        """As :meth:`put`; what is flagged in the file, by place."""
        self.put(path, text)
        return self.shown(path)

    def put(self, path: Path, text: str | None = None) -> None:
        """Open the file, or put the text into it where it is open."""
        uri = path.as_uri()
        self.flagged[uri] = queue.Queue()
        text = path.read_text(encoding="utf-8") if text is None else text
        if uri not in self.versions:
            self.versions[uri] = 1
            document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
            self.tell("textDocument/didOpen", {"textDocument": document})
        else:
            self.versions[uri] += 1
            document = {"uri": uri, "version": self.versions[uri]}
            change = {"textDocument": document, "contentChanges": [{"text": text}]}
            self.tell("textDocument/didChange", change)

    def shown(self, path: Path) -> list[Flagged]:
        """What is flagged in a file once the server has looked at it (again)."""
        found = self.flagged[path.as_uri()].get(timeout=PATIENCE_S)
        starts = [(one["range"]["start"], one["message"]) for one in found]
        return sorted(
            (Flagged(start["line"] + 1, start["character"] + 1, message) for start, message in starts),
            key=lambda one: (one.line, one.column, one.message),
        )

    def offers(self, path: Path, line: int, column: int) -> list[Offered]:
        """What completion offers at a place of an open file."""
        found = self.ask("textDocument/completion", self._at(path, line, column))
        items = found["items"] if isinstance(found, dict) else found or []
        return [
            Offered(
                item["label"],
                item.get("textEdit", {}).get("newText", item.get("insertText", item["label"])),
                _plain(item.get("documentation")),
            )
            for item in items
        ]

    def hover(self, path: Path, line: int, column: int) -> str:
        """What is said about the word at a place of an open file."""
        found = self.ask("textDocument/hover", self._at(path, line, column))
        return _plain(found["contents"]) if found else ""

    def rewritten(self, path: Path) -> None:
        """Say that a file that is not open has changed on the disk, as an editor's own watcher does."""
        self.tell("workspace/didChangeWatchedFiles", {"changes": [{"uri": path.as_uri(), "type": 2}]})

    def ask(self, method: str, params: Any) -> Any:
        """The result of one request."""
        self.last += 1
        number = self.last
        self.answers[number] = queue.Queue()
        self._send({"id": number, "method": method, "params": params})
        answer = self.answers[number].get(timeout=PATIENCE_S)
        assert "error" not in answer, answer
        return answer["result"]

    def tell(self, method: str, params: Any) -> None:
        """Send a notification."""
        self._send({"method": method, "params": params})

    @staticmethod
    def _at(path: Path, line: int, column: int) -> dict[str, Any]:
        position = {"line": line - 1, "character": column - 1}
        return {"textDocument": {"uri": path.as_uri()}, "position": position}

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def _read(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        while header := stream.readline():
            length = 0
            while header.strip():
                name, _, value = header.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
                header = stream.readline()
            self._take(json.loads(stream.read(length)))

    def _take(self, message: dict[str, Any]) -> None:
        method = message.get("method")
        if method is None:
            self.answers[message["id"]].put(message)
        elif method == "workspace/configuration":
            wanted = [self._setting(item.get("section")) for item in message["params"]["items"]]
            self._send({"id": message["id"], "result": wanted})
            if any(item.get("section") == "yaml" for item in message["params"]["items"]):
                self.configured.set()
        elif "id" in message:
            self._send({"id": message["id"], "result": None})
        elif method == "textDocument/publishDiagnostics":
            params = message["params"]
            if params["uri"] in self.flagged:
                self.flagged[params["uri"]].put(params["diagnostics"])

    def _setting(self, section: str | None) -> Any:
        return self.settings.get(section) if section else self.settings


def _plain(said: Any) -> str:
    if isinstance(said, dict):
        return str(said.get("value", ""))
    return str(said or "")
