"""``assessment.yaml``: the questions, their kinds, and where each applies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import get_args

from schemas.language import KINDS, InputKind, Shape, covers
from schemas.ruleset_fields import id_mistake, mended_id
from schemas.ruleset_files import AssessmentFile, InputEntry
from service.model.condition import Domain, Subject, tests_of
from service.model.problem import shown
from service.model.ruleset import Input
from service.reading.conditions import Subjects, read_condition
from service.reading.defaults import read_default
from service.reading.findings import Findings
from service.reading.options import Options, read_options
from service.reading.order import circles
from service.reading.ranges import read_bounds
from service.reading.spot import Spot

MOST_INPUTS = 300
LARGEST_NUMBER = 1_000_000_000
_KIND = "kind"
_BY_KEY = {kind.key: kind for kind in KINDS.values() if kind.key != _KIND}
_NAMED = {kind.name: kind for kind in KINDS.values() if kind.key == _KIND}
_KEYS = tuple(dict.fromkeys(kind.key for kind in KINDS.values()))
_OTHER_KINDS = ", ".join(_BY_KEY)
_ALL_KINDS = f"{_KIND}: {' or '.join(_NAMED)}, {_OTHER_KINDS}"


@dataclass(slots=True)
class Questions:
    """Every question that could be read, and the subjects that tests can look at through them.

    ``unread``: keys of inputs and attributes that are there but could not be read.
    """

    inputs: dict[str, Input] = field(default_factory=dict)
    subjects: dict[str, Subject] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)

    def testable(self) -> Subjects:
        """What ``only if`` can look at."""
        return Subjects(self.subjects, frozenset(self.unread), facts=False)


def read_inputs(found: Findings, file: Spot) -> Questions | None:
    """The questions, or None where the file holds none that could be read."""
    loaded = found.load(AssessmentFile, file)
    spot = file.child("inputs")
    questions = Questions()
    if "inputs" not in loaded:
        return None
    if len(spot.data) > MOST_INPUTS:
        found.error(spot.at(), "too-many-inputs", f"More than {MOST_INPUTS} inputs. Ask less.")
        return None
    if not spot.data:
        found.error(spot.at(), "no-inputs", '"inputs" is empty. Write at least one question below it.')
        return None
    for written, below in spot.entries():
        if _adds_to_none(found, spot, written, below):
            questions.unread.add(written)
            continue
        name, mistake = written, id_mistake(written)
        if mistake:
            found.error(below.key(), "bad-id", f'"{shown(written)}" {mistake}')
            name = mended_id(written)
        one = _input(found, questions, name, below)
        if one is None:
            questions.unread.add(name)
        else:
            questions.inputs[name] = one
            questions.subjects |= _subjects(one)
    _read_only_ifs(found, spot, questions)
    return questions


def _adds_to_none(found: Findings, spot: Spot, name: str, below: Spot) -> bool:
    """Whether a clinic's words, which ask nothing by themselves, are laid over no question."""
    if not below.tree.files or not isinstance(below.data, dict) or "label" in below.data:
        return False
    mend = found.near(name, [other for other, data in spot.data.items() if _asks(data)])
    if mend:
        message = f'"{shown(name)}" is no question of the extended ruleset.{mend}'
        found.error(below.key(), "unknown-input", message)
    return bool(mend)


def _asks(data: object) -> bool:
    return isinstance(data, dict) and "label" in data


def _input(found: Findings, questions: Questions, name: str, spot: Spot) -> Input | None:
    entry = found.load(InputEntry, spot)
    if not isinstance(spot.data, dict):
        return None
    key = _kind_key(found, name, spot)
    if key is None:
        return None
    kind = _kind(found, spot.child(key), key)
    if kind is None:
        return None
    domain, options = _DOMAINS[kind.shape](found, spot.child(key), kind)
    questions.unread |= {f"{name}.{attribute}" for attribute in options.unread}
    if domain is None:
        return None
    found.labels[name] = {option.id: option.label for option in options.options}
    one = Input(
        id=name,
        label=entry.get("label", name),
        kind=kind.name,
        domain=domain,
        place=spot.key(),
        help=entry.get("help"),
        options=options.options,
        unit=entry.get("unit"),
        required=bool(entry.get("required")),
        must_ask=bool(entry.get("must_ask")),
        changeable=bool(entry.get("changeable")),
        attributes=options.domains,
    )
    return replace(one, default=read_default(found, one, spot))


def _kind_key(found: Findings, name: str, spot: Spot) -> str | None:
    given = [kind for kind in _KEYS if spot.has(kind)]
    if len(given) == 1:
        return given[0]
    if given:
        kinds = " and ".join(f'"{kind}"' for kind in given)
        message = f'"{shown(name)}" has {len(given)} kinds, {kinds}. Keep one.'
        found.error(spot.child(given[1]).key(), "input-kind", message)
    elif not any(found.near(key, _KEYS) for key in spot.data if key not in _KNOWN):
        message = f'"{shown(name)}" has no kind. Add one of: {_ALL_KINDS}.'
        found.error(spot.key(), "input-kind", message)
    return None


_KNOWN = frozenset({"label", "help", "unit", "required", "must ask", "default", "changeable", "only if"})


def _kind(found: Findings, spot: Spot, key: str) -> InputKind | None:
    """The kind that the key at the spot chooses, or None with a problem noted."""
    if key != _KIND:
        return _BY_KEY[key]
    if spot.data is None:
        message = f'"{_KIND}" has no value. Write {_KIND}: {" or ".join(_NAMED)}.'
        found.error(spot.key(), "missing-value", message)
        return None
    kind = _NAMED.get(spot.data) if isinstance(spot.data, str) else None
    if kind is None:
        message = f'"{_KIND}" can only be {" or ".join(_NAMED)}. The other kinds are keys: {_OTHER_KINDS}.'
        found.error(spot.at(), "input-kind", message)
    return kind


_Domain = tuple[Domain | None, Options]


def _options_domain(found: Findings, spot: Spot, kind: InputKind) -> _Domain:
    options = read_options(found, spot, kind)
    names = tuple(option.id for option in options.options)
    return (Domain(kind.shape, names, ordered=kind.ordered) if names else None), options


def _yes_or_no(_found: Findings, _spot: Spot, _kind: InputKind) -> _Domain:
    return Domain("yes_no", (False, True)), Options()


def _number_domain(found: Findings, spot: Spot, kind: InputKind) -> _Domain:
    return _bounded(found, spot, whole=kind.whole), Options()


_DOMAINS: dict[Shape, Callable[[Findings, Spot, InputKind], _Domain]] = {
    "choice": _options_domain,
    "set": _options_domain,
    "yes_no": _yes_or_no,
    "number": _number_domain,
}
covers(_DOMAINS, get_args(Shape), "readers of questions")


def _bounded(found: Findings, spot: Spot, *, whole: bool) -> Domain | None:
    bounds = read_bounds(found, spot)
    if bounds is None:
        return None
    low, high = bounds
    if low < -LARGEST_NUMBER or high > LARGEST_NUMBER:
        found.error(spot.at(), "out-of-bounds", f"Bounds lie within {LARGEST_NUMBER:,} either way.")
        return None
    if whole and not (isinstance(low, int) and isinstance(high, int)):
        message = 'The bounds of a whole number are whole. Write "number:" where parts count.'
        found.error(spot.at(), "not-whole", message)
        return None
    return Domain("number", low=low, high=high, whole=whole)


def _subjects(one: Input) -> dict[str, Subject]:
    given = (one.required or one.default is not None) and one.only_if is None
    subjects = {one.id: Subject(one.id, "input", one.id, one.domain, given)}
    for name, domain in one.attributes.items():
        key = f"{one.id}.{name}"
        subjects[key] = Subject(key, "attribute", one.id, domain, given)
    return subjects


def _read_only_ifs(found: Findings, spot: Spot, questions: Questions) -> None:
    """Give the inputs their ``only if``; a question that may not apply can be unknown to tests."""
    inputs = questions.inputs
    conditional = {
        name: spot.child(name).child("only if") for name in inputs if spot.child(name).has("only if")
    }
    for name in conditional:
        for key, subject in _subjects(inputs[name]).items():
            questions.subjects[key] = replace(subject, given_always=False)
    for name, below in conditional.items():
        condition = read_condition(found, questions.testable(), below)
        inputs[name] = replace(inputs[name], only_if=condition)
    needs = {
        name: {questions.subjects[test.subject].name for test in tests_of(one.only_if)}
        if one.only_if
        else set()
        for name, one in inputs.items()
    }
    for circle in circles(needs):
        names = " -> ".join([*circle, circle[0]])
        found.error(conditional[circle[0]].key(), "circle", f'"only if" goes in a circle: {names}. Break it.')
        for name in circle:
            inputs[name] = replace(inputs[name], only_if=None)
