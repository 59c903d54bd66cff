"""The files of a ruleset's folder as an author would type them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import yaml


class _Author(yaml.CSafeDumper):
    """Writes yes and no, plain decimals, and no anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        """Never an anchor: each place is written out."""
        return True


def _decimal(dumper: yaml.CSafeDumper, value: Decimal | float) -> yaml.ScalarNode:
    text = f"{Decimal(repr(value)) if isinstance(value, float) else value:f}"
    return dumper.represent_scalar(f"tag:yaml.org,2002:{'float' if '.' in text else 'int'}", text)


def _flag(dumper: yaml.CSafeDumper, value: bool) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:bool", "yes" if value else "no")


_Author.add_representer(Decimal, _decimal)
_Author.add_representer(float, _decimal)
_Author.add_representer(bool, _flag)


def dump(files: dict[str, Any], flow: bool = False) -> dict[str, str]:
    """The text of each file by its path in the ruleset's folder.

    With `flow` the innermost mappings and lists are written in braces and brackets.
    """
    paths = {f"{part}.yaml": raw for part, raw in files.items() if part != "factors"}
    paths |= {f"factors/{file}": raw for file, raw in files["factors"].items()}
    return {path: _text(raw, flow) for path, raw in paths.items()}


def _text(raw: Any, flow: bool) -> str:
    style = None if flow else False
    return yaml.dump(
        raw, Dumper=_Author, sort_keys=False, allow_unicode=True, width=10_000, default_flow_style=style
    )
