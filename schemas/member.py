"""A member of a document that the service gives: dumped as it is, and documented by what it is."""

from __future__ import annotations

from functools import cache
from typing import Any

from marshmallow import Schema, fields, missing


class Member(fields.Field[Any]):
    """A member that comes in as JSON data: taken as it is, left out where it is not there.

    ``of`` is the field that describes it, for documents alone; ``says`` describes it in words. ``since`` is
    the version of the language whose answers have it first.
    """

    since: int = 1

    def __init__(
        self, of: fields.Field[Any], says: str, *, required: bool = True, allow_none: bool = False
    ) -> None:
        super().__init__(required=required, allow_none=allow_none, metadata={"description": says})
        self.of = of

    def serialize(self, attr: str, obj: Any, accessor: Any = None, **kwargs: Any) -> Any:
        """The value as it came."""
        return obj.get(attr, missing)


def since(language_version: int, member: Member) -> Member:
    """The member, which answers of earlier versions of the language don't have."""
    member.since = language_version
    member.required = member.required and language_version == 1
    return member


def without_newer(schema: Schema | type[Schema], data: Any, language_version: int) -> Any:
    """The data of a schema without what an answer of this version of the language does not have."""
    if isinstance(data, list):
        return [without_newer(schema, item, language_version) for item in data]
    if not isinstance(data, dict):
        return data
    members = _instance(schema).fields
    return {
        name: _trimmed(members.get(name), value, language_version)
        for name, value in data.items()
        if getattr(members.get(name), "since", 1) <= language_version
    }


def _trimmed(member: fields.Field[Any] | None, value: Any, language_version: int) -> Any:
    of = member.of if isinstance(member, Member) else member
    if isinstance(of, fields.List):
        of = of.inner
    return without_newer(of.schema, value, language_version) if isinstance(of, fields.Nested) else value


@cache
def _instance(schema: Schema | type[Schema]) -> Schema:
    return schema if isinstance(schema, Schema) else schema()


def any_of(*types: str) -> dict[str, Any]:
    """JSON Schema of a value of one of these types: a branch for each, for programs that make code of it."""
    branches = [{"type": one} for one in types]
    return {"anyOf": branches} if len(branches) > 1 else branches[0]


def text(says: str, *, allow_none: bool = False, required: bool = True, **told: Any) -> Member:
    """A text; ``told`` is what JSON Schema says of it beside, such as ``enum``."""
    return Member(fields.String(metadata=told), says, allow_none=allow_none, required=required)


def day(says: str, *, allow_none: bool = False) -> Member:
    """A day such as 2026-12-01."""
    return text(says, allow_none=allow_none, format="date")


def moment(says: str, *, allow_none: bool = False) -> Member:
    """A moment in UTC such as 2026-12-01T09:00:00Z."""
    return text(says, allow_none=allow_none, format="date-time")


def flag(says: str) -> Member:
    """True or false."""
    return Member(fields.Boolean(), says)


def whole(says: str, *, allow_none: bool = False, required: bool = True, **told: Any) -> Member:
    """A whole number."""
    return Member(fields.Integer(metadata=told), says, allow_none=allow_none, required=required)


def anything(says: str, *, required: bool = True, **told: Any) -> Member:
    """JSON data of which ``told`` says what JSON Schema can."""
    return Member(fields.Raw(metadata=told), says, required=required)


def one(schema: type[Schema], says: str, *, allow_none: bool = False, required: bool = True) -> Member:
    """An object of a schema."""
    return Member(fields.Nested(schema), says, allow_none=allow_none, required=required)


def many(schema: type[Schema], says: str, *, required: bool = True, allow_none: bool = False) -> Member:
    """An array of objects of a schema."""
    return Member(fields.List(fields.Nested(schema), allow_none=allow_none), says, required=required)


def texts(says: str) -> Member:
    """An array of texts."""
    return Member(fields.List(fields.String()), says)
