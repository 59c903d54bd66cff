"""The files that a draft begins with, where they are not those of an edition: of a zip, or new ones."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from schemas.ruleset_fields import id_mistake
from service.authoring.new_ruleset import start
from service.store.editions import Edition
from service.store.replacing import is_file_of_ruleset


def new_files(
    ruleset: str, extends: str | None, edition: Edition | None, *, title: str = "", owner: str = ""
) -> dict[str, bytes]:
    """The files of a new ruleset that teach by example.

    ``extends``: the ruleset that it builds on, which comes from the ``edition`` or, without one, is shipped.
    ``title`` and ``owner`` are as for ``start``.

    Raises:
        CannotStart: it can't be made; the message says why, with the mend.
        OSError: no temporary folder can be written.
    """
    with tempfile.TemporaryDirectory(prefix="picoplan-draft-") as name:
        folder = Path(name).resolve()
        for layer, files in ({} if edition is None else edition.layers).items():
            _write(folder, layer, files)
        made = start(ruleset, folder, extends, title=title, owner=owner)
        return {path.relative_to(made).as_posix(): path.read_bytes() for path in sorted(made.rglob("*.yaml"))}


def _write(folder: Path, ruleset: str, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        if id_mistake(ruleset) is None and is_file_of_ruleset(name):
            path = folder / ruleset / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
