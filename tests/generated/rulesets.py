"""Whole rulesets as plain data, always valid by the language's own rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from tests.generated.choosing import Choices, drawn
from tests.generated.conditions import MOST_ALTERNATIVES, alternatives, condition
from tests.generated.effects import NUMBER_EFFECTS, Means, effects, progress, slow
from tests.generated.facts import Fact, facts, feed
from tests.generated.questions import Assessment, assessment
from tests.generated.subjects import MONTH, number_test, test_of
from tests.generated.tables import table

MOST_DRAWN = 60
"""Larger rulesets are made from one drawn seed."""

_WORDS = ("amber", "birch", "cedar", "dune", "elm", "fern")
_FACTORS = ("concern", "response", "goal", "device", "progress", "safety")
_BENEFITS = ("cumulative", "stubborn", "collagen", "tailored")
_EVIDENCE = ("EV-AAA-01", "EV-AAA-02", "EV-BBB-01")


@st.composite
def rulesets(
    draw: DrawFn,
    min_rules: int = 1,
    max_rules: int = 25,
    max_inputs: int = 7,
    interval_attributes: bool = False,
) -> dict[str, Any]:
    """Rulesets as plain data: `{"ruleset", "assessment", "factors", "evidence"}`.

    With `interval_attributes` also `add interval weeks: phototype.weeks` is written, which DESIGN's table
    leaves open. Rulesets of more than 60 rules are made from a drawn seed and so do not shrink.
    """
    choices = drawn(draw, large=max_rules > MOST_DRAWN)
    return ruleset_from(choices, choices.whole(min_rules, max_rules), max_inputs, interval_attributes)


def ruleset_from(
    choices: Choices, rules: int, max_inputs: int = 7, interval_attributes: bool = False
) -> dict[str, Any]:
    """One ruleset of so many rules."""
    sessions = choices.pick((1, 1, 1, 2)), choices.whole(6, 20)
    weeks = choices.whole(1, 4), choices.whole(8, 26)
    made = assessment(choices, (sessions[0] + 1, sessions[1]), max_inputs)
    benefits = tuple(choices.some(_BENEFITS, 0, 4))
    means = Means(sessions, weeks, made, benefits, interval_attributes)
    known = facts(choices, min(2 + rules // 4, 12))
    while known and sum(max(1, len(fact.reached)) for fact in known) >= rules:
        known.pop()
    return {
        "ruleset": _ruleset(choices, means, known),
        "assessment": made.raw,
        "factors": _files(choices, _rules(choices, means, known, rules)),
        "evidence": {key: _paper(key) for key in _EVIDENCE},
    }


def _ruleset(choices: Choices, means: Means, known: Sequence[Fact]) -> dict[str, Any]:
    raw: dict[str, Any] = {"id": "generated", "title": "A generated ruleset", "version": "1.0.0"}
    dash = choices.pick((" to ", "-"))
    raw["limits"] = {
        "sessions": f"{means.sessions[0]}{dash}{means.sessions[1]}",
        "interval weeks": f"{means.weeks[0]}{dash}{means.weeks[1]}",
    }
    raw["factors"] = {factor: f"About {factor}" for factor in choices.some(_FACTORS, 6, 6)}
    levels = {fact.name: list(fact.levels) for fact in known if fact.shape == "level"}
    if levels:
        raw["conclusions"] = levels
    if means.benefits:
        raw["benefits"] = {benefit: f"It is {benefit}" for benefit in means.benefits}
    return raw


def _paper(key: str) -> dict[str, Any]:
    return {"title": f"A study {key}", "year": 2018, "url": f"https://example.org/{key}", "says": "Something"}


def _rules(choices: Choices, means: Means, known: Sequence[Fact], count: int) -> list[dict[str, Any]]:
    """First a rule for each fact and each level that may be reached, then any others up to the count."""
    plans: list[tuple[list[Fact], str | None]] = []
    for fact in known:
        plans += [([fact], level) for level in fact.reached] if fact.shape == "level" else [([fact], None)]
    course = _course(choices, means) if means.made.progress and choices.chance(70) else []
    course = course[: count - len(plans)]
    while len(plans) + len(course) < count:
        plans.append((choices.some(known, 1, 2) if known and choices.chance(20) else [], None))
    rules = [_rule(choices, means, known, fed, level, place) for place, (fed, level) in enumerate(plans)]
    return [*rules, *course]


def _course(choices: Choices, means: Means) -> list[dict[str, Any]]:
    """Rules that nearly always fire, so that many a plan is under way: a base, and the plan made again."""
    base: dict[str, Any] = {"sessions": choices.whole(means.sessions[0], means.sessions[1] - 1)}
    if choices.chance(30):
        base = {"sessions": means.sessions[0], "one session": "may suffice"}
    slow_too = {"refer when slow": slow(choices)} if choices.chance(30) else {}
    made = [base, {"remaining from progress": progress(choices, means), **slow_too}]
    always = {means.made.subjects[0].name: "given"}
    return [
        {
            "id": f"course-{place}",
            "title": f"Course {place}",
            "when": always,
            "then": then,
            "because": "It was seen",
            "support": "judgement",
        }
        for place, then in enumerate(made)
    ]


def _rule(
    choices: Choices, means: Means, known: Sequence[Fact], fed: list[Fact], level: str | None, place: int
) -> dict[str, Any]:
    stage = min((fact.stage for fact in fed), default=99)
    readable = [fact for fact in known if fact.stage < stage]
    scores = [fact.name for fact in readable if fact.shape == "score"]
    then = effects(choices, means, scores, may_be_empty=bool(fed))
    for fact in fed:
        feed(choices, fact, then, means.role("kd"), level)
    raw: dict[str, Any] = {
        "id": f"{choices.pick(_WORDS)}-{place}",
        "title": f"Rule {place}",
        "when": _when(choices, means.made, readable, stage),
        "then": then,
        "because": "It was seen",
    }
    _cite(choices, raw)
    return raw


def _when(choices: Choices, made: Assessment, readable: Sequence[Fact], stage: int) -> dict[str, Any]:
    """A condition; rules of a later stage mostly look at the stage before, so that chains get long."""
    if choices.chance(12):
        return {made.subjects[0].name: "given"}
    subjects = [*made.subjects, *(fact.subject for fact in readable)]
    when = condition(choices, subjects)
    if choices.chance(8):
        when["as of.month"] = number_test(choices, MONTH)
    before = [fact for fact in readable if fact.stage == stage - 1] if stage < 99 else list(readable)
    if before and choices.chance(60):
        fact = choices.pick(before)
        chained = {**when, fact.subject.name: test_of(choices, fact.subject, ())}
        if max(alternatives(chained), alternatives({"not": chained})) <= MOST_ALTERNATIVES:
            return chained
    return when


def _cite(choices: Choices, raw: dict[str, Any]) -> None:
    """Support wherever a rule gives a number; evidence wherever it is not a judgement."""
    then = raw["then"]
    if any(effect in then for effect in (*NUMBER_EFFECTS, "points")) or choices.chance(60):
        raw["support"] = choices.pick(("published", "derived", "interpolated", "judgement"))
    if raw.get("support") != "judgement" or choices.chance(50):
        raw["evidence"] = choices.some(_EVIDENCE, 1, 2)
    elif choices.chance(50):
        raw["evidence"] = []


def _files(choices: Choices, rules: list[dict[str, Any]]) -> dict[str, Any]:
    """The rules dealt out to files, several of which may be of one factor."""
    files: dict[str, Any] = {}
    for place in range(min(choices.whole(1, 4), len(rules))):
        factor = choices.pick(_FACTORS)
        files[f"{place + 1}-{factor}.yaml"] = {"factor": factor, "rules": []}
    left = choices.some(rules, len(rules), len(rules))
    for place, raw in enumerate(left):
        # The first rules go one to each file, for a file without rules is a mistake.
        file = list(files)[place] if place < len(files) else choices.pick(list(files))
        files[file]["rules"].append(raw)
    for place, file in enumerate(files.values()):
        if len(file["rules"]) > 1 and choices.chance(25):
            count = choices.whole(1, min(3, len(file["rules"]) - 1))
            rows, file["rules"] = file["rules"][:count], file["rules"][count:]
            file["tables"] = [table(choices, f"rows{place}", rows)]
    return files
