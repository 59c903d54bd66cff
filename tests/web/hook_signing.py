"""A client of CDS Hooks: its keys, where it publishes them, and the tokens that it signs."""

from __future__ import annotations

import json
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import time
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

Json = dict[str, Any]

ISS = "https://ehr.example/"


class Signer:
    """Whoever signs, with a key of each kind."""

    def __init__(self, kid: str = "one") -> None:
        self.kid = kid
        self._keys: dict[str, Any] = {
            "ES384": ec.generate_private_key(ec.SECP384R1()),
            "RS384": rsa.generate_private_key(65537, 2048),
        }

    def jwks(self) -> Json:
        """Its public keys."""
        return {"keys": [self._public(algorithm) for algorithm in self._keys]}

    def _public(self, algorithm: str) -> Json:
        made = jwt.get_algorithm_by_name(algorithm).to_jwk(self._keys[algorithm].public_key())
        found: Json = json.loads(made) if isinstance(made, str) else made
        return {**found, "kid": f"{self.kid}-{algorithm}", "use": "sig"}

    def token(self, url: str, algorithm: str = "ES384", header: Json | None = None, **claims: Any) -> str:
        """A token for a call of the URL; claims and members of the header that are None are left out."""
        now = int(time())
        said = {"iss": ISS, "aud": url, "iat": now, "exp": now + 300, "jti": str(uuid4()), **claims}
        named = {"kid": f"{self.kid}-{algorithm}", "typ": "JWT", **(header or {})}
        return jwt.encode(
            {name: value for name, value in said.items() if value is not None},
            self._keys[algorithm],
            algorithm,
            {name: value for name, value in named.items() if value is not None},
        )


class Published:
    """Keys at an address: what is answered there, and how often it was asked for."""

    def __init__(self, address: str, authority: Path) -> None:
        self.address = address
        self.authority = authority
        self.status = 200
        self.content = b"{}"
        self.location: str | None = None
        self.asked = 0


@contextmanager
def publishing(folder: Path) -> Iterator[Published]:
    """An address by https, with an authority of its own."""
    key, certificate = folder / "key", folder / "certificate"
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    command = ["openssl", "req", "-x509", *kind]
    named = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command, *named, *files], check=True, capture_output=True)

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            published.asked += 1
            self.send_response(published.status)
            if published.location is not None:
                self.send_header("Location", published.location)
            self.send_header("Content-Length", str(len(published.content)))
            self.end_headers()
            self.wfile.write(published.content)

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Keys) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        published = Published(f"https://localhost:{server.server_address[1]}/jwks.json", certificate)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield published
        server.shutdown()
