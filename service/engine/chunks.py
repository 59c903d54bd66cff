"""The rules of each stage packed into chunks small enough for the engine, few of them with work to do.

A chunk may have a guard: a subject and the values under which any of its rules can fire at all. Leaves
are packed by the most selective subject, so that at most evaluations most chunks are passed over.

Facts become the message that one chunk is fired on: the JSON text of a flat object of whole numbers.
Everything in it is made here: slot names (``s0``, ``s1`` ...) and codes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import cast

from service.engine.atoms import Atom, Coding, Literal, Slot, alternatives, atoms_of_all, codings
from service.model.condition import Condition, Scalar, Subject, Value, tests_of, unfolded
from service.model.number import Number
from service.model.ruleset import Ruleset

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


MOST_LEAVES = 60
MOST_ATOMS = 400
MOST_SLOTS = 230
FEW_LEAVES = 60

Guard = tuple[str, frozenset[Scalar]]


@dataclass(frozen=True, slots=True)
class Leaf:
    """One alternative of one rule (its index): comparisons that must all hold."""

    rule: int
    literals: tuple[Literal, ...]
    atoms: tuple[Atom, ...]


@dataclass(frozen=True, slots=True)
class Chunk:
    """A set of leaves that one engine ruleset holds.

    ``definition`` is its text in the engine's own language, in which rule ``"3"`` is the fourth leaf;
    ``rules`` gives each leaf's rule.
    """

    definition: str
    rules: tuple[int, ...]
    slots: tuple[str, ...]
    atoms: int
    encoder: Encoder
    guard: Guard | None


@dataclass(frozen=True, slots=True)
class Lowered:
    """A ruleset in the engine's form: the chunks of each stage."""

    stages: tuple[tuple[Chunk, ...], ...]


def lower(ruleset: Ruleset) -> Lowered:
    """The ruleset in the engine's form."""
    whens = [unfolded(rule.when) for rule in ruleset.rules]
    coding = codings(dict(ruleset.subjects), [test for when in whens for test in tests_of(when)])
    stages = []
    for stage in ruleset.stages:
        leaves = [leaf for index in stage for leaf in _leaves(whens[index], index, coding)]
        packed = _packed(leaves, ruleset.subjects)
        stages.append(tuple(_chunk(group, coding, guard) for group, guard in packed))
    return Lowered(tuple(stages))


def _leaves(when: Condition, index: int, coding: Mapping[str, Coding]) -> Iterable[Leaf]:
    for literals in alternatives(when):
        atoms = atoms_of_all(literals, coding)
        if atoms is not None:
            yield Leaf(index, literals, tuple(sorted(atoms, key=_selective)))


def _selective(atom: Atom) -> tuple[int, str, str, int]:
    return (0 if atom.op == "eq" else 1, atom.slot.subject, atom.op, atom.code)


def _packed(
    leaves: list[Leaf], subjects: Mapping[str, Subject], passed: frozenset[str] = frozenset()
) -> list[tuple[list[Leaf], Guard | None]]:
    """The leaves in groups, each with the guard under which it has work."""
    narrowed = [
        {key: values for key, values in _narrowed(leaf, subjects).items() if key not in passed}
        for leaf in leaves
    ]
    weight: Counter[str] = Counter()
    for allowed in narrowed:
        for key, values in allowed.items():
            weight[key] += len(subjects[key].domain.values) - len(values)
    if not weight:
        return [(group, None) for group in _bounded(leaves)]
    key = min(weight, key=lambda name: (-weight[name], name))
    if len(leaves) <= FEW_LEAVES:
        return _guarded_whole(leaves, narrowed, key)
    inside = [(leaf, allowed[key]) for leaf, allowed in zip(leaves, narrowed, strict=True) if key in allowed]
    outside = [leaf for leaf, allowed in zip(leaves, narrowed, strict=True) if key not in allowed]
    return _guarded(key, inside, subjects[key].domain.values) + _packed(outside, subjects, passed | {key})


def _guarded_whole(
    leaves: list[Leaf], narrowed: list[dict[str, frozenset[Scalar]]], key: str
) -> list[tuple[list[Leaf], Guard | None]]:
    """Few leaves stay together; they are guarded where all of them are confined by the same subject."""
    whole = all(key in allowed for allowed in narrowed)
    values = frozenset(value for allowed in narrowed for value in allowed.get(key, ()))
    return [(group, (key, values) if whole else None) for group in _bounded(leaves)]


def _narrowed(leaf: Leaf, subjects: Mapping[str, Subject]) -> dict[str, frozenset[Scalar]]:
    """For each subject that the leaf confines to at most half of its values, those values."""
    narrowed: dict[str, frozenset[Scalar]] = {}
    for literal in leaf.literals:
        domain = subjects[literal.test.subject].domain
        if literal.test.op != "among" or domain.shape not in ("choice", "yes_no"):
            continue
        values = frozenset(domain.values) - literal.test.values if literal.negated else literal.test.values
        if 2 * len(values) <= len(domain.values):
            narrowed[literal.test.subject] = narrowed.get(literal.test.subject, values) & values
    return narrowed


def _guarded(
    key: str, leaves: list[tuple[Leaf, frozenset[Scalar]]], order: tuple[Scalar, ...]
) -> list[tuple[list[Leaf], Guard | None]]:
    """Leaves with the same first value together; small groups share a chunk."""
    place = {value: index for index, value in enumerate(order)}
    by_first: dict[int, list[tuple[Leaf, frozenset[Scalar]]]] = {}
    for leaf, values in leaves:
        by_first.setdefault(min((place[value] for value in values), default=0), []).append((leaf, values))
    groups: list[list[tuple[Leaf, frozenset[Scalar]]]] = []
    for first in sorted(by_first):
        if groups and len(groups[-1]) + len(by_first[first]) <= FEW_LEAVES:
            groups[-1] += by_first[first]
        else:
            groups.append(by_first[first])
    packed: list[tuple[list[Leaf], Guard | None]] = []
    for group in groups:
        values = frozenset(value for _, allowed in group for value in allowed)
        packed += [(part, (key, values)) for part in _bounded([leaf for leaf, _ in group])]
    return packed


def _bounded(leaves: list[Leaf]) -> list[list[Leaf]]:
    """The leaves in runs that keep the engine's bounds."""
    runs: list[list[Leaf]] = []
    atoms, slots = 0, set[Slot]()
    for leaf in leaves:
        more = slots | {atom.slot for atom in leaf.atoms}
        if (
            not runs
            or len(runs[-1]) == MOST_LEAVES
            or atoms + len(leaf.atoms) > MOST_ATOMS
            or len(more) > MOST_SLOTS
        ):
            runs.append([])
            atoms, more = 0, {atom.slot for atom in leaf.atoms}
        runs[-1].append(leaf)
        atoms, slots = atoms + len(leaf.atoms), more
    return runs


def _chunk(leaves: list[Leaf], coding: Mapping[str, Coding], guard: Guard | None) -> Chunk:
    slots = list(dict.fromkeys(atom.slot for leaf in leaves for atom in leaf.atoms))
    names = {slot: f"s{index}" for index, slot in enumerate(slots)}
    rules = ",".join(f'"{index}":{_rule(leaf, names)}' for index, leaf in enumerate(leaves))
    return Chunk(
        definition=rules,
        rules=tuple(leaf.rule for leaf in leaves),
        slots=tuple(names.values()),
        atoms=max(len(leaf.atoms) for leaf in leaves),
        encoder=Encoder(names, coding, (atom for leaf in leaves for atom in leaf.atoms)),
        guard=guard,
    )


def _rule(leaf: Leaf, names: Mapping[Slot, str]) -> str:
    compared = [_comparison(atom, names[atom.slot]) for atom in leaf.atoms]
    condition = compared[0] if len(compared) == 1 else f'{{"$and":[{",".join(compared)}]}}'
    return f'{{"all":[{{"m":{condition}}}]}}'


def _comparison(atom: Atom, name: str) -> str:
    if atom.op == "eq":
        return f'{{"{name}":{atom.code}}}'
    return f'{{"${"gte" if atom.op == "ge" else "lte"}":{{"{name}":{atom.code}}}}}'
