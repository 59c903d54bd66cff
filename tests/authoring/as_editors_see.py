"""YAML as an editor reads it: version 1.2, in which ``yes`` is a text and ``012`` a number."""

from __future__ import annotations

import re
from typing import Any

import yaml


class _Core(yaml.CSafeLoader):
    """The core schema of YAML 1.2."""


_Core.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"(?:~|null|Null|NULL|)\Z", ["~", "n", "N", ""]),
    ("bool", r"(?:true|True|TRUE|false|False|FALSE)\Z", list("tTfF")),
    ("int", r"(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)\Z", list("-+0123456789")),
    (
        "float",
        r"(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z",
        list("-+0123456789."),
    ),
):
    _Core.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), _first)


def _integer(_: yaml.CSafeLoader, node: yaml.ScalarNode) -> int:
    text = node.value
    return int(text, 0) if text[:2] in ("0o", "0x") else int(text)


def _mapping(loader: yaml.CSafeLoader, node: yaml.MappingNode) -> dict[str, Any]:
    """Keys are texts to an editor, whatever they look like."""
    return {
        _key(loader.construct_object(key, deep=True)): loader.construct_object(value, deep=True)
        for key, value in node.value
    }


def _key(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


_Core.add_constructor("tag:yaml.org,2002:int", _integer)
_Core.add_constructor("tag:yaml.org,2002:map", _mapping)


def as_an_editor_sees(text: str) -> Any:
    """The file's data with the types that yaml-language-server gives them."""
    return yaml.load(text, Loader=_Core)
