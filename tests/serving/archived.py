"""A small ruleset whose versions are published to an archive, and questions put to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from service.serving.evaluate import Answering
from service.serving.refused import Refused
from service.store.archive import Archive
from service.store.database import Database
from service.store.editions import Edition, edition_of
from service.store.folders import read_shelf
from service.store.snapshot import Snapshot, take_snapshot
from tests.commandline.samples import edit, write_small

ASSESSMENT = {"concern": "scars", "phototype": "I", "gold": False}


@dataclass
class RateLimiter:
    """An archive that knows what it was asked for."""

    archive: Archive
    asked: list[str] = field(default_factory=list)

    def edition(self, digest: str, language_version: int | None = None) -> Edition:
        """The edition; noted."""
        self.asked.append(digest)
        return self.archive.edition(digest, language_version)


class Clinic:
    """A folder with a ruleset, and the archive of what was published from it."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "archive.sqlite3"
        self.archive = Archive(Database(f"sqlite:///{self.file}", patience=0))
        self.counting = RateLimiter(self.archive)
        self.root = write_small(folder)
        self.version = "1.2.0"

    def publish(self, version: str, effective: str | None = None, at: datetime | None = None) -> str:
        """Save another version, which is published; its digest."""
        header = self.root / "small" / "ruleset.yaml"
        edit(header, f"version: {self.version}\n", f"version: {version}\n")
        lines = [line for line in header.read_text().splitlines(True) if not line.startswith("effective:")]
        header.write_text("".join(lines) + (f"effective: {effective}\n" if effective else ""))
        self.version = version
        edition = edition_of(read_shelf(self.root).read["small"])
        return self.archive.publish(edition, at or datetime.now(UTC)).digest

    def snapshot(self) -> Snapshot:
        """The folder as it is, compiled."""
        return take_snapshot(read_shelf(self.root))

    def answering(self) -> Answering:
        """What the folder and the archive hold, ready to answer."""
        return Answering(self.snapshot(), archive=self.counting, timeline=self.archive.timeline())


def ask(answering: Answering, **members: Any) -> dict[str, Any] | Refused:
    """What is said of one assessment."""
    return answering.evaluate({"ruleset": "small", "assessment": ASSESSMENT, **members})


def version(answering: Answering, **members: Any) -> str:
    """The version that answers."""
    answered = ask(answering, **members)
    assert not isinstance(answered, Refused), answered
    return str(answered["ruleset"]["version"])


def refusal(answering: Answering, **members: Any) -> tuple[str, str]:
    """Why there is no answer, and the code."""
    refused = ask(answering, **members)
    assert isinstance(refused, Refused)
    return refused.why, refused.errors[0].code
