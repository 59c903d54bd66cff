"""A client for ``bench_batch``: ``python -m scripts.bench_batch_client HOST PORT FILE full|half``.

It sends the lines of FILE as one batch and prints how many lines came back: while it sends (``full``), or
once it has sent all of them (``half``).
"""

from __future__ import annotations

import socket
import sys
import threading
from pathlib import Path


def main() -> None:
    """Send, read, count."""
    host, port, file, how = sys.argv[1:]
    body = Path(file).read_bytes()
    head = (
        f"POST /v1/evaluate/batch HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-ndjson\r\n"
        f"Connection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection((host, int(port)), timeout=120) as connection:
        sending = threading.Thread(target=connection.sendall, args=(head.encode() + body,))
        sending.start()
        if how == "half":
            sending.join()
        answered, last = 0, b""
        while data := connection.recv(1 << 20):
            answered += (last[-1:] + data).count(b"}\n")
            last = data
        sending.join()
    print(answered if (last or b"").endswith(b"0\r\n\r\n") else -1)


if __name__ == "__main__":
    main()
