"""``assessment.yaml``: the questions, their kinds, their defaults, and where each applies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import get_args

from schemas.language import KINDS, InputKind, Shape, covers
from schemas.nearest import nearest
from schemas.ruleset_fields import id_mistake, mended_id, yes_or_no
from schemas.ruleset_files import AssessmentFile, InputEntry
from service.model.condition import Domain, Scalar, Subject, spelled_value, subjects_of
from service.model.number import parse_number, written
from service.model.problem import Advice, Place, meant, quoted, shown, to_write
from service.model.ruleset import Input
from service.reading.conditions import Subjects, read_condition
from service.reading.facts import circles
from service.reading.node import Node, Places
from service.reading.options import Options, read_options
from service.reading.problem_collector import ProblemCollector
from service.reading.ranges import mend_of, read_bounds, split_range


def read_default(problems: ProblemCollector, one: Input, node: Node) -> Scalar | frozenset[str] | None:
    """The default of the input at the node, or None where it has none (or a wrong one, noted)."""
    below = node.child("default")
    if below.data is None:
        return None
    for word, holds in (("required", one.required), ("must ask", one.must_ask)):
        if holds:
            message = f'"{one.id}" has both "{word}" and "default". Keep one of them.'
            if problems.extends(below.key(), node.child(word).key()):
                message = f'"{one.id}" has "{word}" in the extended ruleset. Remove "default".'
            problems.error(below.key(), "default-and-" + word.replace(" ", "-"), message)
            return None
    return read_answer(problems, one, below, "default", node.child(KINDS[one.kind].key).key())


def read_answer(
    problems: ProblemCollector, one: Input, node: Node, what: str, of: Place | None = None
) -> Scalar | frozenset[str] | None:
    """The answer to the input that is written at the node; None where it is none, which is noted.

    ``what`` it is called: a default, say. ``of``: see ``ProblemCollector.error``.
    """
    if one.domain.shape == "set":
        return _answer_set(problems, one, node, what)
    if not isinstance(node.data, str):
        problems.error(node.at(), "wrong-type", f'The {what} of "{one.id}" must be one value.')
        return None
    if one.domain.shape == "choice":
        return _answer_option(problems, one, node)
    value, wanted = _answer_flag(node) if one.domain.shape == "yes_no" else _answer_number(one, node)
    if value is None:
        message = f'The {what} "{shown(node.data)}" is not {wanted}'
        problems.error(node.at(), f"bad-{what}", message, of=of)
    return value


def _answer_flag(node: Node) -> tuple[Scalar | None, str]:
    return yes_or_no(node.data), "yes or no."


def _answer_number(one: Input, node: Node) -> tuple[Scalar | None, str]:
    value = parse_number(node.data)
    low, high = one.domain.low, one.domain.high
    assert low is not None
    assert high is not None
    if value is None:
        return None, f"a number. {mend_of(node.data, key=one.id)}"
    fits = low <= value <= high and (isinstance(value, int) or not one.domain.whole)
    return (value if fits else None), f"a {one.kind} from {written(low)} to {written(high)}."


def _answer_set(problems: ProblemCollector, one: Input, node: Node, what: str) -> frozenset[str] | None:
    if not isinstance(node.data, list):
        problems.error(node.at(), "wrong-type", f'The {what} of "{one.id}" must be a list: [] or [a, b].')
        return None
    members = [_answer_option(problems, one, item) for item in node.items()]
    return None if None in members else frozenset(member for member in members if member is not None)


def _answer_option(problems: ProblemCollector, one: Input, node: Node) -> str | None:
    names = [option.id for option in one.options]
    if isinstance(node.data, str) and node.data.strip() in names:
        return node.data.strip()
    word = shown(str(node.data)) if isinstance(node.data, str) else "This"
    mend = problems.near_option(one.id, word, names) or f" Write {quoted(names)}."
    code = "unknown-level" if one.domain.ordered else "unknown-option"
    what = "a level" if one.domain.ordered else "an option"
    problems.error(node.at(), code, f'"{word}" is not {what} of {one.id}.' + mend)
    return None


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

    ``unread``: keys of inputs and attributes that are there but could not be read. ``removed``: what is asked
    no more, and what to give instead.
    """

    inputs: dict[str, Input] = field(default_factory=dict)
    subjects: dict[str, Subject] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    removed: dict[str, str] = field(default_factory=dict)

    def testable(self) -> Subjects:
        """What ``only if`` can look at."""
        return Subjects(self.subjects, frozenset(self.unread), facts=False)

    def contradicting(self) -> Subjects:
        """What a contradiction can look at."""
        return replace(self.testable(), of="A contradiction")


def read_inputs(problems: ProblemCollector, file: Node) -> Questions | None:
    """The questions, or None where the file holds none that could be read."""
    loaded = problems.load(AssessmentFile, file)
    node = file.child("inputs")
    questions = Questions()
    questions.removed = problems.removed = _removed(problems, file.child("removed"))
    if "inputs" not in loaded:
        return None
    if len(node.data) > MOST_INPUTS:
        problems.error(node.at(), "too-many-inputs", f"More than {MOST_INPUTS} inputs. Ask less.")
        return None
    if not node.data:
        problems.error(node.at(), "no-inputs", '"inputs" is empty. Write at least one question below it.')
        return None
    for key, below in node.entries():
        if _adds_to_none(problems, node, key, below):
            questions.unread.add(key)
            continue
        name, mistake = key, id_mistake(key)
        if mistake:
            problems.bad_id(below.key(), key, mistake)
            name = mended_id(key)
        one = _input(problems, questions, name, below)
        if one is None:
            questions.unread.add(name)
        else:
            questions.inputs[name] = one
            questions.subjects |= _subjects(one)
    _read_only_ifs(problems, node, questions)
    _hold_against(problems, questions, file.child("removed"))
    return questions


def put_questions_right(problems: ProblemCollector, file: Node) -> None:
    """Note questions that stand beside ``inputs``, and contradictions below it; move them to their place."""
    for key, below in [*file.entries()]:
        if key not in _OF_A_FILE and isinstance(below.data, dict) and not _ENTRY.isdisjoint(below.data):
            problems.error(below.key(), "unknown-key", f"Set {shown(key)} in under inputs.")
            file.tree.move((), ("inputs",), key)
    inputs = file.child("inputs")
    for key in _OF_A_FILE:
        if isinstance(inputs.child(key).data, list) and not file.has(key):
            problems.error(
                inputs.child(key).key(), "unknown-key", f"Set {key} out: it belongs beside inputs."
            )
            file.tree.move(("inputs",), (), key)


def _removed(problems: ProblemCollector, node: Node) -> dict[str, str]:
    """What is asked no more: a question, or what it had as ``question.option``, and what to give instead."""
    removed: dict[str, str] = {}
    for key, below in node.entries():
        name, dot, option = key.partition(".")
        for part, capitals in ((name, False), *([(option, True)] if dot else [])):
            if mistake := id_mistake(part, capitals):
                problems.bad_id(below.key(), part, mistake)
        if below.data is None:
            problems.empty(below)
        elif (text := problems.text(key, below)) is not None:
            removed[key] = text
    return removed


def _hold_against(problems: ProblemCollector, questions: Questions, node: Node) -> None:
    """Tell what is said to be removed and stands in the same file. A clinic may bring back what was there."""
    for key, below in node.entries():
        name, dot, option = key.partition(".")
        one = questions.inputs.get(name)
        if one is None or (dot and option not in (*one.attributes, *map(spelled_value, one.domain.values))):
            continue
        questions.removed.pop(key, None)
        if one.place.file == below.key().file:
            message = f'"{shown(key)}" is asked at {one.place}. Remove one of the two.'
            problems.error(below.key(), "duplicate-id", message)


def _adds_to_none(problems: ProblemCollector, node: Node, name: str, below: Node) -> bool:
    """Whether a clinic's words, which ask nothing by themselves, are laid over no question."""
    if len(below.tree.files) < 2 or not isinstance(below.data, dict) or "label" in below.data:
        return False
    mend = problems.near_input(name, [other for other, data in node.data.items() if _asks(data)])
    mend = mend or " Write the id of one that is, or give this one a label."
    message = f'"{shown(name)}" is no question of the extended ruleset.' + mend
    problems.error(below.key(), "unknown-input", message)
    return True


def _asks(data: object) -> bool:
    return isinstance(data, dict) and "label" in data


def _input(problems: ProblemCollector, questions: Questions, name: str, node: Node) -> Input | None:
    if isinstance(node.data, str) and split_range(node.data):
        message = f'"{shown(node.data)}" alone asks nothing. Write {{whole number: {shown(node.data)}}}.'
        problems.error(node.at(), "input-kind", message)
        return None
    if _is_misnamed(problems, node):
        return None
    _put_options_right(problems, node)
    entry = problems.load(InputEntry, node)
    if not isinstance(node.data, dict):
        return None
    key = _kind_key(problems, name, node)
    if key is None:
        return None
    kind = _kind(problems, node.child(key), key)
    if kind is None:
        return None
    domain, options = _DOMAINS[kind.shape](problems, node.child(key), kind)
    questions.unread |= {f"{name}.{attribute}" for attribute in options.unread}
    if domain is None:
        return None
    problems.homes[name] = node.child(key).key()
    problems.labels[name] = {option.id: option.label for option in options.options}
    one = Input(
        id=name,
        label=entry.get("label", name),
        kind=kind.name,
        domain=domain,
        place=node.key(),
        help=entry.get("help"),
        options=options.options,
        unit=entry.get("unit"),
        required=bool(entry.get("required")),
        must_ask=bool(entry.get("must_ask")),
        changeable=bool(entry.get("changeable")),
        attributes=options.domains,
        places=Places(node),
        asked_first=node.at(),
    )
    return replace(one, default=read_default(problems, one, node))


def _is_misnamed(problems: ProblemCollector, node: Node) -> bool:
    """Whether other words than those of a kind say what is asked for; a problem is noted of them."""
    strays = [key for key, _ in node.entries() if key not in _ENTRY]
    for key in strays:
        named = _ALSO_CALLED.get(key)
        ends = [str(node.child(end).data) for end in ("min", "max") if end in strays]
        if len(ends) == 2:
            number = next((kind for kind in _KEYS if node.has(kind)), "whole number")
            message = f'"min" and "max" stand together: write {number}: {shown(" to ".join(ends))}.'
        elif named is not None and not _stands_beside(node, named, key):
            message = f'"{key}" is not known here.' + meant(key, named)
        else:
            continue
        problems.error(node.child(key).key(), "unknown-key", message)
        return True
    return False


def _stands_beside(node: Node, named: str, key: str) -> bool:
    """Whether both keys are written in one file; what an extended ruleset says is beside the point."""
    return node.has(named) and node.child(named).key().file == node.child(key).key().file


_ALSO_CALLED = {"type": "kind", "options": "one of", "choices": "one of", "range": "whole number"}


def _put_options_right(problems: ProblemCollector, node: Node) -> None:
    """Note options that stand beside their kind, and move them below it."""
    kind = next((kind.key for kind in KINDS.values() if kind.options and node.has(kind.key)), "")
    for key in [key for key, _ in node.entries() if key not in _ENTRY]:
        data = node.child(key).data
        is_option = isinstance(data, dict) or (
            isinstance(data, str) and problems.nearest(key, _ENTRY) is None
        )
        if is_option and isinstance(node.child(kind).data, dict):
            problems.error(node.child(key).key(), "unknown-key", f"Set {shown(key)} in under {kind}.")
            node.tree.move(node.path, (*node.path, kind), key)


_ENTRY = frozenset(field.data_key or name for name, field in InputEntry().fields.items())
_OF_A_FILE = tuple(AssessmentFile().fields)


def _kind_key(problems: ProblemCollector, name: str, node: Node) -> str | None:
    given = [kind for kind in _KEYS if node.has(kind)]
    if len(given) == 1:
        return given[0]
    if given:
        kinds = [node.child(kind) for kind in given]
        last = max(kinds, key=lambda kind: kind.tree.layer_of(kind.key_mark))
        (other, *_) = [kind for kind in kinds if kind is not last]
        names = " and ".join(kind.name() for kind in kinds)
        message = f'"{shown(name)}" has {len(given)} kinds, {names}. Keep one.'
        if other.key().file != last.key().file:
            message = (
                f'"{shown(name)}" is {other.name()} in the extended ruleset. Write that for {last.name()}.'
            )
        problems.error(last.key(), "input-kind", message)
    elif not any(problems.near(key, _KEYS) for key in node.data if key not in _KNOWN):
        message = f'"{shown(name)}" has no kind. Add one of: {_ALL_KINDS}.'
        problems.error(node.key(), "input-kind", message)
    return None


_KNOWN = _ENTRY - {*_KEYS}


def _kind(problems: ProblemCollector, node: Node, key: str) -> InputKind | None:
    """The kind that the key at the node chooses, or None with a problem noted."""
    if key != _KIND:
        return _BY_KEY[key]
    if node.data is None:
        message = f'"{_KIND}" has no value. Write {_KIND}: {" or ".join(_NAMED)}.'
        problems.error(node.key(), "missing-value", message)
        return None
    written = node.data if isinstance(node.data, str) else ""
    kind = _NAMED.get(written)
    if kind is None:
        problems.error(node.at(), "input-kind", f'"{shown(written)}" is not a kind.' + _meant_kind(written))
    return kind


def _meant_kind(written: str) -> str:
    """How to write what was said to be the kind of a question."""
    key = next((key for key in sorted(_BY_KEY, key=len, reverse=True) if written.startswith(key)), None)
    if key is None:
        near = nearest(written, _NAMED)
        return Advice(f' Write "{near}".', to_write(written, near)) if near else f" Write {_ALL_KINDS}."
    if _BY_KEY[key].options:
        return f' Write "{key}:", with the options below it.'
    ends = written.removeprefix(key).strip()
    return f' Write "{key}: {ends if split_range(ends) else "0 to 100"}", with its own bounds.'


_Domain = tuple[Domain | None, Options]


def _options_domain(problems: ProblemCollector, node: Node, kind: InputKind) -> _Domain:
    options = read_options(problems, node, kind)
    names = tuple(option.id for option in options.options)
    return (Domain(kind.shape, names, ordered=kind.ordered) if names else None), options


def _yes_or_no(_found: ProblemCollector, _spot: Node, _kind: InputKind) -> _Domain:
    return Domain("yes_no", (False, True)), Options()


def _number_domain(problems: ProblemCollector, node: Node, kind: InputKind) -> _Domain:
    return _bounded(problems, node, whole=kind.whole), Options()


_DOMAINS: dict[Shape, Callable[[ProblemCollector, Node, InputKind], _Domain]] = {
    "choice": _options_domain,
    "set": _options_domain,
    "yes_no": _yes_or_no,
    "number": _number_domain,
}
covers(_DOMAINS, get_args(Shape), "readers of questions")


def _bounded(problems: ProblemCollector, node: Node, *, whole: bool) -> Domain | None:
    bounds = read_bounds(problems, node)
    if bounds is None:
        return None
    low, high = bounds
    if low < -LARGEST_NUMBER or high > LARGEST_NUMBER:
        problems.error(node.at(), "out-of-bounds", f"Bounds lie within {LARGEST_NUMBER:,} either way.")
        return None
    if whole and not (isinstance(low, int) and isinstance(high, int)):
        message = 'The bounds of a whole number are whole. Write "number:" where parts count.'
        problems.error(node.at(), "not-whole", message)
        return None
    return Domain("number", low=low, high=high, whole=whole)


def _subjects(one: Input) -> dict[str, Subject]:
    given = (one.required or one.default is not None) and one.only_if is None
    bounds = one.places.get((KINDS[one.kind].key,)) if one.domain.shape == "number" else None
    subjects = {one.id: Subject(one.id, "input", one.id, one.domain, given, bounds)}
    for name, domain in one.attributes.items():
        key = f"{one.id}.{name}"
        always = given and all(name in option.attributes for option in one.options)
        subjects[key] = Subject(key, "attribute", one.id, domain, always)
    return subjects


def _read_only_ifs(problems: ProblemCollector, node: Node, questions: Questions) -> None:
    """Give the inputs their ``only if``; a question that may not apply can be unknown to tests."""
    inputs = questions.inputs
    conditional = {
        name: node.child(name).child("only if") for name in inputs if node.child(name).has("only if")
    }
    for name in conditional:
        for key, subject in _subjects(inputs[name]).items():
            questions.subjects[key] = replace(subject, given_always=False)
    for name, below in conditional.items():
        condition = read_condition(problems, questions.testable(), below)
        inputs[name] = replace(inputs[name], only_if=condition)
    needs = {
        name: {questions.subjects[key].name for key in subjects_of(one.only_if)} if one.only_if else set()
        for name, one in inputs.items()
    }
    for circle in circles(needs):
        names = " -> ".join([*circle, circle[0]])
        problems.error(
            conditional[circle[0]].key(), "circle", f'"only if" goes in a circle: {names}. Break it.'
        )
        for name in circle:
            inputs[name] = replace(inputs[name], only_if=None)
