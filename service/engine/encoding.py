"""Facts -> the message that one chunk of rules is fired on.

The message is the JSON text of a flat object of whole numbers. Everything in it is made here: slot names
(``s0``, ``s1`` ...) and codes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import cast

from service.engine.atoms import Atom, Coding, Slot
from service.model.condition import Scalar, Value
from service.model.number import Number

FACT_ID = "0"
_HEAD = f'{{"id":"{FACT_ID}"'
_MOST_CACHED = 1_000

Fragment = Callable[[Value | None], str | None]


class Encoder:
    """Writes the message of one chunk: for each subject the slots that its value fills.

    A value that passes no comparison of the chunk is left out, as if it were not given: it can fire nothing
    there, and the engine's cost is the length of the message.
    """

    def __init__(
        self, names: Mapping[Slot, str], codings: Mapping[str, Coding], atoms: Iterable[Atom]
    ) -> None:
        compared: dict[Slot, list[Atom]] = {}
        for atom in atoms:
            compared.setdefault(atom.slot, []).append(atom)
        by_subject: dict[str, dict[Slot, str]] = {}
        for slot, name in names.items():
            by_subject.setdefault(slot.subject, {})[slot] = name
        self._fragments: tuple[tuple[str, Fragment], ...] = tuple(
            (key, _fragment(slots, codings[key], compared)) for key, slots in by_subject.items()
        )

    def message(self, facts: Mapping[str, Value]) -> str:
        """The message, or "" where the facts fill no slot of the chunk."""
        get = facts.get
        body = "".join([fragment(get(key)) or "" for key, fragment in self._fragments])
        return f"{_HEAD}{body}}}" if body else ""


def _fragment(slots: dict[Slot, str], coding: Coding, compared: Mapping[Slot, list[Atom]]) -> Fragment:
    unknown = "".join(f',"{name}":1' for slot, name in slots.items() if slot.says == "unknown")
    if coding.domain.shape == "set":
        return _of_sets(slots, unknown)
    by_code = {code: _of_code(slots, code, compared) for code in coding.all_codes}
    if coding.domain.shape == "number":
        return _of_numbers(coding, by_code, unknown)
    table: dict[Value | None, str] = {value: by_code[code] for value, code in coding.codes.items()}
    table[None] = unknown
    return table.get


def _of_code(slots: dict[Slot, str], code: int, compared: Mapping[Slot, list[Atom]]) -> str:
    text = ""
    for slot, name in slots.items():
        if slot.says == "value":
            text += f',"{name}":{code}' if any(atom.passes(code) for atom in compared.get(slot, ())) else ""
        elif slot.is_one_for(code):
            text += f',"{name}":1'
    return text


def _of_numbers(coding: Coding, by_code: dict[int, str], unknown: str) -> Fragment:
    return _kept(lambda value: by_code[coding.rank(cast(Number, value))], unknown)


def _of_sets(slots: dict[Slot, str], unknown: str) -> Fragment:
    return _kept(lambda value: _of_members(slots, frozenset(cast(frozenset[Scalar], value))), unknown)


def _kept(made: Callable[[Value], str], unknown: str) -> Fragment:
    cache: dict[Value | None, str] = {None: unknown}

    def fragment(value: Value | None) -> str:
        text = cache.get(value)
        if text is None:
            text = made(value)  # type: ignore[arg-type]  # None is kept
            if len(cache) < _MOST_CACHED:
                cache[value] = text
        return text

    return fragment


def _of_members(slots: dict[Slot, str], members: frozenset[Scalar]) -> str:
    return "".join(f',"{name}":1' for slot, name in slots.items() if slot.is_one_for(members))
