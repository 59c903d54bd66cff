"""The file of systems that may call CDS Hooks -> who they are, or every mistake in it at its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from schemas.nearest import nearest
from service.model.caller import HookClient
from service.reading.yaml_reader import compose

ALGORITHMS = (
    *("ES256", "ES384", "ES512"),
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    "EdDSA",
)
"""With which tokens may be signed: those by which whoever verifies can't sign."""

RECOMMENDED = ("ES384", "RS384")
"""By the standard; taken where a client names none."""

_REQUIRED = ("iss", "jwks", "rulesets")
KEYS = (*_REQUIRED, "algorithms", "clinic", "tenants", "form", "smart")


class BadClients(ValueError):
    """The file can't be used; says in a line each what is wrong with it, and where."""


def read_hook_clients(path: Path) -> tuple[HookClient, ...]:
    """The clients of a file; ``jwks`` of a file is found beside it.

    Raises:
        BadClients: it can't be read, or has mistakes: all of them.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise BadClients(f"{path}: can't be read: {error.strerror}") from error
    tree = compose(str(path), raw)
    mistakes = [str(problem) for problem in tree.problems if problem.severity == "error"]
    if not mistakes:
        data = tree.data if isinstance(tree.data, dict) else {}
        listed = data.get("clients")
        if set(data) != {"clients"} or not isinstance(listed, list) or not listed:
            raise BadClients(f"{path}: must have a list of clients, below the key clients, and nothing else")
        found = [(number, _Reader(path, one)) for number, one in enumerate(listed)]
        for number, reader in found:
            place = tree.at(("clients", number))
            mistakes += [f"{place}: {mistake}" for mistake in reader.mistakes()]
        names = [reader.text("iss") for _, reader in found]
        mistakes += [f"{path}: {name} is there twice" for name in sorted(set(names)) if names.count(name) > 1]
    if mistakes:
        raise BadClients("\n".join(mistakes))
    return tuple(reader.client() for _, reader in found)


class _Reader:
    """One client as it is written: every scalar is a text."""

    def __init__(self, path: Path, raw: object) -> None:
        self._path = path
        self._raw: Mapping[str, Any] = raw if isinstance(raw, dict) else {}

    def text(self, key: str) -> str:
        value = self._raw.get(key)
        return value if isinstance(value, str) else ""

    def _texts(self, key: str) -> tuple[str, ...]:
        listed = self._raw.get(key)
        return tuple(one for one in listed if isinstance(one, str)) if isinstance(listed, list) else ()

    def mistakes(self) -> Iterator[str]:
        """What is wrong with it."""
        for key in self._raw:
            if key not in KEYS:
                near = nearest(key, KEYS)
                yield f'"{key[:40]}" is no key of a client.' + (f' Did you mean "{near}"?' if near else "")
        for key in _REQUIRED:
            if key not in self._raw:
                yield f"{key} is missing."
        for key in ("iss", "jwks", "clinic", "form", "smart"):
            if key in self._raw and not self.text(key):
                yield f"{key} must be a text."
        for key in ("rulesets", "algorithms"):
            listed = self._raw.get(key, ["-"])
            if (
                not isinstance(listed, list)
                or not listed
                or (len(self._texts(key)) < len(listed) > 0 and key in self._raw)
            ):
                yield f"{key} must be a list of names."
        for name in self._texts("algorithms"):
            if name not in ALGORITHMS:
                yield f'"{name[:20]}" is not taken: tokens are signed by one of {", ".join(ALGORITHMS)}.'
        yield from self._of_whom()
        yield from self._addresses()

    def _of_whom(self) -> Iterator[str]:
        tenants = self._raw.get("tenants", {})
        if not isinstance(tenants, dict) or not all(isinstance(one, str) and one for one in tenants.values()):
            yield "tenants must map each tenant to a clinic."
        elif not tenants and "clinic" not in self._raw:
            yield "clinic is missing: name the clinic, or the tenants with theirs."
        if self.text("smart") not in ("", "yes", "no"):
            yield "smart is yes or no."

    def _addresses(self) -> Iterator[str]:
        jwks = self.text("jwks")
        if "://" in jwks:
            if not _is_https(jwks):
                yield "jwks must begin with https://, or name a file."
        elif jwks and not self._file().is_file():
            yield f"jwks: there is no file {jwks[:80]}."
        if self.text("form") and not _is_https(self.text("form")):
            yield "form must begin with https://."

    def _file(self) -> Path:
        return self._path.parent / self.text("jwks")

    def client(self) -> HookClient:
        """The client; it has no mistakes."""
        jwks = self.text("jwks")
        return HookClient(
            self.text("iss"),
            jwks if "://" in jwks else str(self._file()),
            frozenset(self._texts("rulesets")),
            self._texts("algorithms") or RECOMMENDED,
            self.text("clinic") or None,
            dict(self._raw.get("tenants", {})),
            self.text("form") or None,
            smart=self.text("smart") == "yes",
        )


def _is_https(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc
