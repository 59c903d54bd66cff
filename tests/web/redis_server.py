"""A Redis to test with, a private throwaway one; it can be stopped, halted and started again."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.waiting import PATIENCE_S, until

PROGRAM = shutil.which("redis-server")
NEEDED = "no Redis: install redis-server"


class RedisServer:
    """A Redis on a port of its own, which it keeps; it holds nothing that lasts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        told = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self._folder)]
        self._process = subprocess.Popen(
            [str(PROGRAM), *told], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until(self._answers)

    def stop(self) -> None:
        """Kill it; what it held is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(PATIENCE_S)
            self._process = None

    def halt(self) -> None:
        """Let it take connections and answer nothing, as across a broken line."""
        if self._process is not None:
            os.kill(self._process.pid, signal.SIGSTOP)

    def take_nothing(self) -> None:
        """Answer, and refuse all that would be written, as one whose memory is full."""
        self._ask("CONFIG SET maxmemory-policy noeviction")
        self._ask("CONFIG SET maxmemory 1")

    def take_again(self) -> None:
        """Take what is written."""
        self._ask("CONFIG SET maxmemory 0")

    def _ask(self, command: str) -> None:
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S) as connection:
            connection.sendall(f"{command}\r\n".encode())
            assert connection.recv(16).startswith(b"+OK")

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """A server that runs."""
    if PROGRAM is None:
        pytest.skip(NEEDED)
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.stop()
