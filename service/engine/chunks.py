"""The rules of each stage packed into chunks small enough for the engine, few of them with work to do.

A chunk may have a guard: a subject and the values under which any of its rules can fire at all. Leaves
are packed by the most selective subject, so that at most evaluations most chunks are passed over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from service.engine.atoms import Atom, Coding, Literal, Slot, alternatives, atoms_of_all, codings
from service.engine.encoding import Encoder
from service.model.condition import Condition, Scalar, Subject, tests_of, unfolded
from service.model.ruleset import Ruleset

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
