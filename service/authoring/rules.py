"""What an editor offers and takes in a rule's ``when`` and ``then``, and in ``only if``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import get_args

from schemas.language import EFFECTS, TEST_FORMS, Effect, Shape, Takes, Value, covers, verbs
from schemas.ruleset_files import (
    EffectsEntry,
    ExpectedEntry,
    FromProgressEntry,
    FromScoreEntry,
    MomentsEntry,
    WhenSlowEntry,
)
from service.authoring import hints
from service.authoring.fragments import (
    NO,
    NOTHING,
    NUMBER,
    RANGE,
    SPACE,
    TRUE_OR_FALSE,
    YES,
    Json,
    any_of,
    chosen,
    enum,
    flags,
    id_keys,
    keys,
    numbers,
    offered,
    ref,
    reference_name,
    shape,
    text_like,
    texts,
    words,
)
from service.authoring.names import Names
from service.model.condition import MONTH, Domain, Scalar, Subject, spelled_value
from service.model.number import as_json, written
from service.model.problem import quoted
from service.model.ruleset import Input
from service.reading.amounts import ALL, LEAST_WEIGHT, MOST, MOST_FACTOR, MOST_SESSIONS_DONE, MOST_WEIGHT
from service.reading.conditions import FACTS
from service.reading.effects import MOST_POINTS
from service.reading.several_tests import IS


def effect_definitions(names: Names) -> Json:
    """``$defs`` for ``then``."""
    said = {effect.key: effect.help for effect in EFFECTS.values()}
    values = {
        effect.key: piece
        for effect in EFFECTS.values()
        if (piece := _PIECES[effect.value](names, effect)) is not None
    }
    then = shape(EffectsEntry, said, values, "effects")
    then |= {"minProperties": 1, "dependentRequired": _GO_WITH}
    return {
        "then": then,
        "amount": _range(0, MOST, "5, 4 to 6"),
        "change": _range(-MOST, MOST, "1, 1 to 2"),
        "number-attribute": _attributes(names, lambda value: not isinstance(value, str)),
        "factor-attribute": _attributes(names, lambda value: not isinstance(value, str) and value > 0),
    }


_GO_WITH = {
    effect.key: [EFFECTS[effect.goes_with].key] for effect in EFFECTS.values() if effect.goes_with is not None
}


def _or_attribute(piece: Json, effect: Effect, attribute: str) -> Json:
    return any_of(piece, ref(attribute)) if effect.attribute else piece


def _range(low: int, high: int, such_as: str) -> Json:
    wanted = f"Write a number or a range such as {such_as}, or min, typical and max."
    three: Json = {
        "type": "object",
        "title": "min, typical and max",
        "properties": {
            key: {**numbers(low, high), "description": said} for key, said in hints.TRIPLE.items()
        },
        "required": ["min", "typical", "max"],
        "additionalProperties": False,
    }
    return any_of(
        text_like(f"{NUMBER}|{RANGE}", errorMessage=wanted),
        {"type": "number", "minimum": low, "maximum": high},
        three,
    )


def _attributes(names: Names, fits: Callable[[Scalar], bool]) -> Json:
    known = {
        key: said
        for key, said in _number_attributes(names).items()
        if all(map(fits, names.subjects[key].domain.values))
    }
    sure = names.knows_all("inputs") and not names.unread
    return chosen(known, "Write a number, or a number attribute such as goal.times.", complete=sure)


def _number_attributes(names: Names) -> dict[str, str]:
    """Every attribute that is a number, with what is said about it."""
    return {
        f"{one.id}.{name}": f"`{name}` of the answer to: {one.label}"
        for one in names.inputs.values()
        for name, domain in one.attributes.items()
        if domain.shape == "number"
    }


def _from_score(names: Names, effect: Effect) -> Json:
    scores = _facts(names, "scores")
    values = {
        "score": chosen(scores, "No rule adds points to this score.", complete=_knows_facts(names)),
        "times": numbers(0, MOST_FACTOR),
        "spread": numbers(0, MOST_FACTOR),
        "at least": numbers(0, MOST_FACTOR),
    }
    return shape(FromScoreEntry, hints.FROM_SCORE, values, effect.key)


def _from_progress(names: Names, effect: Effect) -> Json:
    percents = _inputs(names, lambda one: one.domain.high is not None and one.domain.high <= 100)
    done = _inputs(
        names,
        lambda one: one.domain.whole and (one.domain.high or 0) <= MOST_SESSIONS_DONE,
    )
    sure = names.knows_all("inputs") and not names.unread
    percent = chosen(percents, "Name a number question of at most 100.", complete=sure)
    values = {
        "improvement": percent,
        "sessions": chosen(done, "Name a whole-number question.", complete=sure),
        "target": any_of(ref("number-attribute"), percent, numbers(0, 100)),
        "margin": numbers(0, MOST_FACTOR),
        "expected": shape(
            ExpectedEntry,
            hints.EXPECTED,
            {"clears": numbers(0, ALL), "adds": any_of(ref("number-attribute"), numbers(0, ALL))},
            "expected",
        ),
        "weight": numbers(float(LEAST_WEIGHT), MOST_WEIGHT),
    }
    return shape(FromProgressEntry, hints.FROM_PROGRESS, values, effect.key)


def _when_slow(names: Names, effect: Effect) -> Json:
    gains = _inputs(names, lambda one: one.domain.high is not None and one.domain.high <= ALL)
    sure = names.knows_all("inputs") and not names.unread
    values = {
        "gain": chosen(gains, "Name a number question of at most 100.", complete=sure),
        "over": numbers(1, MOST_SESSIONS_DONE, whole_only=True),
        "share": numbers(0, ALL),
    }
    return shape(WhenSlowEntry, hints.WHEN_SLOW, values, effect.key)


def _inputs(names: Names, fits: Callable[[Input], bool]) -> dict[str, str]:
    numeric = [one for one in names.inputs.values() if one.domain.shape == "number"]
    return {one.id: about_input(one) for one in numeric if fits(one)}


def _conclude(names: Names, _effect: Effect) -> Json:
    yes = any_of(
        text_like(YES, errorMessage="A flag is concluded as yes only.", **offered("yes")),
        {"const": True},
    )
    known: Json = {
        name: {**yes, "description": "A flag."}
        for name in _facts(names, "conclusions")
        if name not in names.conclusion_levels
    }
    known |= {
        name: {
            **chosen(levels, f"Write one of: {', '.join(levels)}."),
            "description": f"A level: {', '.join(levels)}",
        }
        for name, levels in names.conclusion_levels.items()
    }
    other = yes if names.knows_all("conclusions") and "conclusions" not in names.unread else {}
    unsure = [key.removeprefix("conclusions.") for key in names.unread if key.startswith("conclusions.")]
    known |= {name: {} for name in unsure}
    return {
        "type": "object",
        "minProperties": 1,
        "properties": known,
        "propertyNames": id_keys(),
        "additionalProperties": other,
    }


def _points(names: Names, _effect: Effect) -> Json:
    point = any_of(numbers(-MOST_POINTS, MOST_POINTS), ref("number-attribute"))
    points = any_of(point, {"type": "array", "minItems": 1, "items": point})
    return {
        "type": "object",
        "minProperties": 1,
        "properties": {name: {**points, "description": "A score."} for name in _facts(names, "scores")},
        "propertyNames": id_keys(),
        "additionalProperties": points,
    }


def _ids(names: Names, effect: Effect) -> Json:
    key = effect.key
    wanted = f"Not a {key.removesuffix('s')}. Add it under {key} in ruleset.yaml."
    known = chosen(names.ids[effect.name], wanted, complete=names.knows_all(key))
    return {"type": "array", "items": known}


def _facts(names: Names, what: str) -> list[str]:
    return [key.partition(".")[2] for key in names.subjects if key.startswith(f"{what}.")]


def _knows_facts(names: Names) -> bool:
    return names.knows_all("facts") and not any(key.startswith("scores") for key in names.unread)


_FACTOR = _range(0, MOST_FACTOR, "1.2, 1.1 to 1.3, goal.times")
_PIECES: dict[Value, Callable[[Names, Effect], Json | None]] = {
    "text": lambda _names, _: None,
    "choice": lambda _names, _: None,
    "range": lambda _names, _: ref("amount"),
    "bounded range": lambda _names, _: ref("amount"),
    "amount": lambda _names, effect: _or_attribute(ref("change"), effect, "number-attribute"),
    "factor": lambda _names, effect: _or_attribute(_FACTOR, effect, "factor-attribute"),
    "cap": lambda _names, effect: _or_attribute(numbers(whole_only=True), effect, "factor-attribute"),
    "score": _from_score,
    "progress": _from_progress,
    "slow": _when_slow,
    "level": _conclude,
    "sums": _points,
    "ids": _ids,
    "moments": lambda _names, effect: any_of(
        texts(), {**shape(MomentsEntry, hints.MOMENTS, title=effect.key), "minProperties": 1}
    ),
    "weeks": lambda _names, _: numbers(1, MOST, whole_only=True),
}
"""What an editor takes for an effect's value; None where the schema of the file knows."""
covers(_PIECES, get_args(Value), "effects in an editor")


_FEW = 8


def condition_definitions(names: Names) -> Json:
    """``$defs`` for ``when`` and ``only if``, and for the test of each subject."""
    made = {reference_name(_name(key)): _test(subject, names) for key, subject in names.subjects.items()}
    made["when"] = _mapping(names, names.subjects, "when", facts=True)
    questions = {key: one for key, one in names.subjects.items() if one.kind in ("input", "attribute")}
    made["only-if"] = _mapping(names, questions, "only-if", facts=False)
    return made


def _name(key: str) -> str:
    return f"test-of-{key}"


def _mapping(names: Names, subjects: Mapping[str, Subject], own_name: str, *, facts: bool) -> Json:
    made: Json = {
        form: {**ref(_name(key)), "markdownDescription": about(names, subject)}
        for key, subject in subjects.items()
        for form in keys(key)
    }
    group = {"type": "array", "minItems": 1, "items": ref(own_name)}
    made["any"] = {**group, "description": "At least one of these must hold. A list of mappings."}
    made["all"] = {**group, "description": "All of these must hold. A list of mappings."}
    made["not"] = {**ref(own_name), "description": "This must not hold. One mapping of tests."}
    unsure = [
        rf"^{words([key])}(?:\.|$)"
        for key in sorted(names.unread)
        if facts or key.partition(".")[0] not in FACTS
    ]
    if facts and not names.knows_all("facts"):
        unsure.append(r"^(?:conclusions|scores)\.")
    whole: Json = {
        "type": "object",
        "minProperties": 1,
        "properties": made,
        "additionalProperties": not names.knows_all("inputs"),
    }
    if unsure:
        whole["patternProperties"] = {pattern: {} for pattern in unsure}
    return whole


def about(names: Names, subject: Subject) -> str:
    """What is said about a subject where it is a key."""
    one = names.inputs.get(subject.name) if subject.kind in ("input", "attribute") else None
    if subject.kind == "input" and one is not None:
        return about_input(one)
    values = ", ".join(spelled_value(value) for value in subject.domain.values)
    if subject.kind == "attribute" and one is not None:
        name = subject.key.partition(".")[2]
        return f"`{name}` of the answer to: {one.label}" + (f"\n\nOne of: {values}" if values else "")
    if subject.key == MONTH:
        return "The month of the day for which is asked: 1 to 12."
    if subject.kind == "score":
        return "The sum of all points that rules gave."
    if subject.domain.shape == "yes_no":
        return "A flag: yes where some rule concluded it, else no."
    return f"The highest level that a rule concluded: {values}"


def about_input(one: Input) -> str:
    """A question as people read it: its label, its help, and what it takes."""
    lines = [f"**{one.label}**"]
    if one.help:
        lines.append(one.help)
    if one.domain.low is not None and one.domain.high is not None:
        unit = f" {one.unit}" if one.unit else ""
        lines.append(f"{one.kind}: {written(one.domain.low)} to {written(one.domain.high)}{unit}")
    elif not one.options:
        lines.append(one.kind)
    elif one.domain.ordered or len(one.options) <= _FEW:
        lines.append(f"{one.kind}: {', '.join(option.id for option in one.options)}")
    return "\n\n".join(lines)


def _test(subject: Subject, names: Names) -> Json:
    one = names.inputs.get(subject.name) if subject.kind == "input" else None
    labels = {option.id: option.label for option in one.options} if one else {}
    test = _BY_SHAPE[subject.domain.shape](subject.key, subject.domain, labels)
    if subject.domain.shape == "number":
        test = any_of(*test["anyOf"], *_beside_attributes(subject.key, names))
    read_in = "conclusions" if subject.kind == "conclusion" else "inputs"
    return test if names.knows_all(read_in) else any_of(*test["anyOf"], {})


def _beside_attributes(key: str, names: Names) -> list[Json]:
    """Tests that compare with a number attribute, as ``at least goal.clearance_pct``."""
    known = list(_number_attributes(names))
    if not known:
        return []
    said = [verb for verb in verbs("one value", "values", attribute=True) if verb != IS]
    one = words(known)
    return [
        text_like(
            f"{one}|(?:{'|'.join(said)}){SPACE}+(?:{one})",
            examples=[f"{verb} {attribute}" for attribute in known for verb in said if verb != "not"],
            errorMessage=f"Not a test of {key}. Compare with {quoted(known)}.",
        ),
        _one_key(dict.fromkeys(said, text_like(one))),
    ]


def _bare(domain: Domain) -> dict[str, str]:
    """The tests that name no value, each with what is said about it."""
    return {verb: TEST_FORMS[verb].help for verb in verbs("nothing", shape=domain.shape)}


def _verbs(domain: Domain, *takes: Takes) -> tuple[str, ...]:
    """The verbs that can be said of the domain's values, but for the one that is not written."""
    fitting = verbs(*takes, shape=domain.shape)
    return tuple(
        verb for verb in fitting if verb != IS and TEST_FORMS[verb].fits(domain.shape, ordered=domain.ordered)
    )


def _bound_text(domain: Domain, one: str, ends: str) -> str:
    """A pattern for every test in one text; ``one`` is one for a value, ``ends`` one for ``a to b``."""
    forms = [*_bare(domain)]
    if IS in verbs(shape=domain.shape):
        forms += [one, _listed(one)]
    if _verbs(domain, "ends"):
        forms.append(ends)
    with_value = _verbs(domain, "one value", "values")
    forms += [f"(?:{'|'.join(with_value)}){SPACE}+(?:{one})"] if with_value else []
    with_list = _verbs(domain, "values")
    forms += [f"(?:{'|'.join(with_list)}){SPACE}*{_listed(one)}"] if with_list else []
    return "|".join(forms)


def _keyed(domain: Domain, item: Json, one: str, bound: Json | None = None) -> Json:
    """Tests as a mapping of one key; ``bound``: what stands behind a verb that takes one value."""
    several = any_of(item, _several(item), text_like(_listed(one)))
    made = dict.fromkeys(_verbs(domain, "values"), several)
    return _one_key(made | dict.fromkeys(_verbs(domain, "one value"), bound or item))


def _choice(key: str, domain: Domain, labels: Mapping[str, str]) -> Json:
    names = [str(value) for value in domain.values]
    said = {name: labels.get(name, "") for name in names}
    middle = names[len(names) // 2]
    examples = [f"{verb} {middle}" for verb in _verbs(domain, "one value")]
    examples += [f"{names[0]} to {middle}" for _ in _verbs(domain, "ends")]
    examples.append(f"not {names[0]}")
    wanted = f"Not a test of {key}. Write {quoted(names)}, or a test such as {quoted(examples[:1])}."
    one, bare = words(names), _bare(domain)
    item = any_of({**enum(said), "errorMessage": f"A list of {key} holds {quoted(names)}."}, text_like(one))
    pattern = _bound_text(domain, one, f"(?:{one}){SPACE}+to{SPACE}+(?:{one})")
    return any_of(
        {**enum(said | bare), "errorMessage": wanted},
        text_like(pattern, examples=examples, errorMessage=wanted),
        _several(item),
        _keyed(domain, item, one),
    )


def _yes_no(key: str, domain: Domain, _labels: Mapping[str, str]) -> Json:
    wanted = f'Not a test of {key}. Write "yes", "no", "given" or "unknown".'
    one = f"{YES}|{NO}"
    item = any_of(flags(), text_like(one))
    return any_of(
        text_like(_bound_text(domain, one, NOTHING), errorMessage=wanted, **offered("yes", "no")),
        {**enum(_bare(domain)), "errorMessage": wanted},
        TRUE_OR_FALSE,
        _several(item),
        _keyed(domain, item, one),
    )


def _number(key: str, domain: Domain, _labels: Mapping[str, str]) -> Json:
    low, high = (None if end is None else as_json(end) for end in (domain.low, domain.high))
    bounds = f" from {low} to {high}" if low is not None and high is not None else ""
    middle = written(next((v for v in domain.values if not isinstance(v, str)), 5))
    if domain.low is not None and domain.high is not None:
        middle = written((domain.low + domain.high) // 2)
    examples = [f"{verb} {middle}" for verb in _verbs(domain, "one value")]
    wanted = f'Not a test of {key}. Write a number{bounds}, or a test such as "at least {middle}".'
    item = numbers(low, high, whole_only=domain.whole)
    return any_of(
        {**enum(_bare(domain)), "errorMessage": wanted},
        text_like(_bound_text(domain, NUMBER, RANGE), examples=examples, errorMessage=wanted),
        {"type": "integer" if domain.whole else "number", **_bounds(low, high)},
        _several(item),
        _keyed(domain, item, NUMBER, numbers(low, high)),
    )


def _bounds(low: float | None, high: float | None) -> Json:
    return {name: end for name, end in (("minimum", low), ("maximum", high)) if end is not None}


def _set(key: str, domain: Domain, labels: Mapping[str, str]) -> Json:
    values = domain.values
    names = [spelled_value(value) for value in values]
    if values and all(isinstance(value, bool) for value in values):
        one, item = f"{YES}|{NO}", any_of(flags(), text_like(f"{YES}|{NO}"))
    elif values and not any(isinstance(value, str) for value in values):
        one, item = NUMBER, numbers()
    else:
        one, item = words(names), any_of(enum(labels or dict.fromkeys(names, "")), text_like(words(names)))
    listed = ", ".join(names[:2])
    examples = {f"includes {name}": labels.get(name, "") for name in names}
    examples |= {f"{verb} [{listed}]": "" for verb in _verbs(domain, "values")} if names else {}
    wanted = (
        f"Not a test of {key}, which can hold several values. Write {quoted([*examples][:3] or ['given'])}."
    )
    return any_of(
        {**enum(examples | _bare(domain)), "errorMessage": wanted},
        text_like(_bound_text(domain, one, NOTHING), errorMessage=wanted),
        _keyed(domain, item, one),
    )


_BY_SHAPE: dict[Shape, Callable[[str, Domain, Mapping[str, str]], Json]] = {
    "choice": _choice,
    "yes_no": _yes_no,
    "number": _number,
    "set": _set,
}
covers(_BY_SHAPE, get_args(Shape), "tests in an editor")


def _listed(one: str) -> str:
    """A list that stands in the text itself: ``not [a, b]``."""
    ways = "|".join(f"{quote}{SPACE}*(?:{one}){SPACE}*{quote}" for quote in ("'", '"'))
    item = f"{SPACE}*(?:(?:{one})|{ways}){SPACE}*"
    return rf"\[{item}(?:,{item})*\]"


def _several(item: Json) -> Json:
    return {"type": "array", "minItems": 1, "items": item}


def _one_key(verbs: Json) -> Json:
    """A worded test as a key: ``{at least: 1}``."""
    return {
        "type": "object",
        "title": "test as a key",
        "properties": verbs,
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }
