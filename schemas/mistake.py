"""What a schema finds wrong with one value: a code, a message, and the mend as a hint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NoReturn, cast

from marshmallow import Schema, ValidationError, fields, missing


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake; ``hint`` is the mend, empty where the message already holds it.

    ``words``: the few that may be written, where there are no others.
    """

    code: str
    message: str
    hint: str = ""
    words: tuple[str, ...] = ()


UNKNOWN = Mistake("unknown-key", "is not known here")
MISSING = Mistake("missing-key", "is missing")
NO_VALUE = Mistake("missing-value", "has no value")
NOT_A_MAPPING = Mistake("wrong-type", "is not a mapping")
NOT_A_LIST = Mistake("wrong-type", "must be a list: one item after each dash, or [a, b].")


def refuse(code: str, message: str, hint: str = "", words: tuple[str, ...] = ()) -> NoReturn:
    """Refuse the value at hand.

    Raises:
        ValidationError: always, with the mistake as its only message.
    """
    raise ValidationError([Mistake(code, message, hint, words)])


class StrictField(fields.Field[Any]):
    """A field that decides all in ``taken``: no validators or functions of others run beside it."""

    def taken(self, value: Any) -> Any:
        """A value that is given as the field takes it.

        Raises:
            ValidationError: it is not of the field's kind.
        """
        raise NotImplementedError

    def deserialize(
        self, value: Any, attr: str | None = None, data: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> Any:
        """The value as the field takes it.

        Raises:
            ValidationError: the value is missing or is not of the field's kind.
        """
        if value is missing or value is None:
            return super().deserialize(value, attr, data, **kwargs)
        return self.taken(value)


class StrictSchema(Schema):
    """A schema of strict fields that refuses unknown members and speaks in mistakes."""

    error_messages = {"unknown": UNKNOWN, "type": NOT_A_MAPPING}  # type: ignore[dict-item]  # noqa: RUF012

    def loaded(self, data: Mapping[str, Any], *, partial: bool = False) -> dict[str, Any]:
        """As ``load`` without what may be null and is, which is not given.

        It is quicker where there is no mistake: only the members that are there are looked at.

        Raises:
            ValidationError: with every mistake, as from ``load``.
        """
        known, values = self._strict, {}
        try:
            for name, sent in data.items():
                if sent is not None:
                    values[name] = known[name].taken(sent)
                elif not known[name].allow_none:
                    break
            else:
                if partial or values.keys() >= self._required:
                    return values
        except (KeyError, ValidationError):
            pass
        return cast(dict[str, Any], self.load(data, partial=partial))  # it finds every mistake

    @cached_property
    def _strict(self) -> Mapping[str, StrictField]:
        return cast(Mapping[str, StrictField], self.load_fields)

    @cached_property
    def _required(self) -> frozenset[str]:
        return frozenset(name for name, one in self.load_fields.items() if one.required)


def mistakes_in(error: ValidationError) -> dict[tuple[str | int, ...], list[Mistake]]:
    """The mistakes of a validation error by data path, in the order in which they were found."""
    found: dict[tuple[str | int, ...], list[Mistake]] = {}
    _collect(error.messages, (), found)
    return found


def _collect(
    node: Any, path: tuple[str | int, ...], found: dict[tuple[str | int, ...], list[Mistake]]
) -> None:
    if isinstance(node, Mistake):
        found.setdefault(path, []).append(node)
    elif isinstance(node, dict):
        for key, below in node.items():
            _collect(below, path if key == "_schema" else (*path, key), found)
    elif isinstance(node, list):
        for item in node:
            _collect(item, path, found)
    else:
        found.setdefault(path, []).append(Mistake("wrong-type", str(node)))
