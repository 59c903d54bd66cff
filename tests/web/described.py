"""An OpenAPI document as tests ask it: what it says of an answer, and whether an answer is so."""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

Json = dict[str, Any]

_OWN = "urn:picoplan:openapi"


class Described:
    """An OpenAPI document, asked what it says."""

    def __init__(self, document: Json) -> None:
        self.document = document
        closed = {**document, "components": _closed(document["components"])}
        resource = Resource.from_contents(closed, default_specification=DRAFT202012)
        self._registry: Registry[Any] = Registry().with_resource(_OWN, resource)

    def operations(self) -> dict[str, tuple[str, str, Json]]:
        """Method, path and operation of each operation id."""
        return {
            operation["operationId"]: (method.upper(), path, operation)
            for path, methods in self.document["paths"].items()
            for method, operation in methods.items()
        }

    def response(self, operation: str, status: int) -> Json:
        """What is said of one status of an operation; it must be there."""
        said: Json = self.operations()[operation][2]["responses"][str(status)]
        if "$ref" in said:
            said = self.document["components"]["responses"][said["$ref"].rpartition("/")[2]]
        return said

    def mistakes(self, schema: Json, value: Any) -> list[str]:
        """What is wrong with a value by a schema; a member that is not described is wrong, too."""
        pointed = _pointed(schema)
        validator = Draft202012Validator(
            pointed, registry=self._registry, format_checker=Draft202012Validator.FORMAT_CHECKER
        )
        return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(value)]

    def mistakes_in_answer(
        self, operation: str, status: int, headers: dict[str, str], content: Any
    ) -> list[str]:
        """What of a real answer is not as it is said; header names are in lower case."""
        said = self.response(operation, status)
        wrong = []
        for name, header in said["headers"].items():
            known = self.document["components"]["headers"][header["$ref"].rpartition("/")[2]]
            if name.lower() in headers:
                value: Any = headers[name.lower()]
                value = int(value) if known["schema"]["type"] == "integer" else value
                wrong += self.mistakes(known["schema"], value)
            elif known["required"]:
                wrong.append(f"{name} is missing")
        media = headers.get("content-type", "").partition(";")[0]
        if media or "content" in said:
            wrong += self.mistakes(said["content"][media]["schema"], content)
        return wrong


def _pointed(node: Any) -> Any:
    """References as they are from outside of the document."""
    if isinstance(node, dict):
        return {
            key: _OWN + value if key == "$ref" else _pointed(value)
            for key, value in node.items()
            if key not in ("example", "examples")
        }
    return [_pointed(item) for item in node] if isinstance(node, list) else node


def _closed(components: Json) -> Json:
    """The components, their objects without members that are not described."""
    schemas = {
        name: {"additionalProperties": False, **schema}
        if schema.get("type") == "object" and schema.get("properties")
        else schema
        for name, schema in components["schemas"].items()
    }
    return {**components, "schemas": schemas}
