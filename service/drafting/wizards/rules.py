"""A new rule, or one instead of an extended ruleset's: its form, what is wrong with it, its lines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from schemas.language import EFFECTS, SUPPORTS, TEST_FORMS, Effect, TestForm
from schemas.ruleset_fields import (
    FEWEST_DIGITS,
    LONGEST_ID,
    id_mistake,
    mended_id,
    text_mistake,
    title_mistake,
)
from service.drafting.wizards.placing import CantPlace, Placed, with_item
from service.drafting.wizards.spelling import block_scalar, one_line, rule_lines
from service.drafting.wizards.trial import Texts, own_texts
from service.model.condition import Subject
from service.model.flow import flow
from service.model.problem import did_you_mean
from service.model.ruleset import Rule, Ruleset
from service.reading.conditions import GROUPS
from service.reading.node import Node
from service.reading.problem_collector import ProblemCollector
from service.reading.tables import read_tables
from service.reading.vocabulary import Vocabulary
from service.reading.yaml_reader import compose

Sent = Mapping[str, tuple[str, ...]]
"""What stands in the fields of a form, by name."""

NEW_FILE = "new:"
"""What the choice of a file begins with that is not there yet; the factor follows."""

_FOLDER = "factors/"
_BRACKETS = ("{", "[", '"', "'")
_THREE = ("min", "typical", "max")
_RANGES = ("range", "bounded range")
_MOST_ROWS = 40


@dataclass(frozen=True, slots=True)
class TestRow:
    """One test of the form: what it looks at, and the test in the language's words."""

    __test__ = False

    key: str
    test: str
    mistake: str = ""


@dataclass(frozen=True, slots=True)
class EffectRow:
    """One effect of the form. ``value`` is its text; of ids and of three numbers ``parts`` has each."""

    effect: Effect
    value: str
    parts: Mapping[str, str] = field(default_factory=dict)
    mistake: str = ""

    @property
    def in_three(self) -> bool:
        """Whether it is asked as min, typical and max."""
        return self.effect.value in _RANGES


@dataclass(frozen=True, slots=True)
class RuleForm:
    """The form as it is filled in; without mistakes ``data`` is the rule as files have it."""

    where: str
    id: str
    title: str
    when: tuple[TestRow, ...]
    then: tuple[EffectRow, ...]
    because: str
    support: str
    evidence: str
    replaces: Rule | None
    mistakes: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)


def rule_form(ruleset: Ruleset, sent: Sent, texts: Texts, replaces: Rule | None = None) -> RuleForm:
    """The form with what was sent. A rule that is replaced keeps its id."""
    title = one_line(first(sent, "title"))
    typed_id = one_line(first(sent, "id"))
    form = RuleForm(
        where=first(sent, "where"),
        id=replaces.id if replaces else typed_id or suggested_rule_id(ruleset, title),
        title=title,
        when=_tests(ruleset, sent),
        then=_effects(ruleset, sent),
        because=one_line(first(sent, "because")),
        support=first(sent, "support"),
        evidence=", ".join(pieces(first(sent, "evidence"))),
        replaces=replaces,
    )
    let_stand = rule_data(ruleset, texts, replaces).get("allow") if replaces is not None else None
    mistakes = {**_head_mistakes(ruleset, form), **_body_mistakes(ruleset, texts, form)}
    return replace(form, mistakes=mistakes, data=_data(form, let_stand))


def _head_mistakes(ruleset: Ruleset, form: RuleForm) -> dict[str, str]:
    mistakes = {}
    for key, what, text, mistake_of in (
        ("title", "title", form.title, title_mistake),
        ("because", "reason", form.because, text_mistake),
    ):
        wrong = "is missing. Write it." if not text else mistake_of(text)
        if wrong:
            mistakes[key] = f"The {what} {wrong}"
    wrong_id = "is missing. Write a short name." if not form.id else id_mistake(form.id)
    if wrong_id and (form.id or form.title):
        mistakes["id"] = f"The id {wrong_id}"
    elif form.replaces is None and any(form.id == rule.id for rule in _all_rules(ruleset)):
        mistakes["id"] = f"A rule “{form.id}” is there already. Choose another id."
    return mistakes


def _body_mistakes(ruleset: Ruleset, texts: Texts, form: RuleForm) -> dict[str, str]:
    mistakes = {}
    if form.support and form.support not in SUPPORTS:
        mistakes["support"] = "Choose one of the list."
    if not form.support and any(row.effect.needs_support for row in form.then):
        mistakes["support"] = "The rule gives a number: say how sure it is."
    if form.support not in ("", "judgement") and not form.evidence:
        mistakes["evidence"] = f"“{form.support}” needs a paper. Name one, or choose judgement."
    for paper in pieces(form.evidence):
        if paper not in ruleset.evidence:
            near = did_you_mean(paper, ruleset.evidence) or " Write it into evidence.yaml first."
            mistakes["evidence"] = f"“{paper[:40]}” is not among the papers.{near}"
    if not form.when:
        mistakes["when"] = "There is no test yet. Add one: for whom is the rule?"
    if not form.then:
        mistakes["then"] = "There is no effect yet. Add one: what does the rule do?"
    if form.where not in dict(files_to_choose(ruleset, texts)):
        mistakes["where"] = "Choose where it stands."
    mistakes |= {f"when.{row.key}": row.mistake for row in form.when if row.mistake}
    return mistakes | {f"then.{row.effect.name}": row.mistake for row in form.then if row.mistake}


def _data(form: RuleForm, let_stand: Any) -> dict[str, Any]:
    rule: dict[str, Any] = {"id": form.id}
    if form.replaces is not None:
        rule["replaces"] = form.replaces.digest[:FEWEST_DIGITS]
    rule["title"] = form.title
    rule["when"] = {row.key: _read_value(row.test)[0] for row in form.when}
    rule["then"] = {row.effect.key: _effect_data(row) for row in form.then}
    rule["because"] = form.because
    if form.support:
        rule["support"] = form.support
    if form.evidence:
        rule["evidence"] = pieces(form.evidence)
    return {**rule, "allow": let_stand} if let_stand else rule


def placed_rule(ruleset: Ruleset, texts: Texts, form: RuleForm) -> tuple[str, Placed]:
    """The name of the file in which the rule stands, and its text with the rule.

    Raises:
        CantPlace: the file is laid out in a way that can't be added to.
    """
    return place_rule(ruleset, texts, form.where, form.data)


def place_rule(ruleset: Ruleset, texts: Texts, where: str, rule: Mapping[str, Any]) -> tuple[str, Placed]:
    """The same of a rule as plain data. ``where``: a file of its own folder, or ``new:`` and a factor."""
    own = own_texts(ruleset.id, texts)
    factor = where.removeprefix(NEW_FILE) if where.startswith(NEW_FILE) else ""
    name = _free_file(own, factor) if factor else where
    if not factor and name not in own:
        raise CantPlace(f"{name} is not there any more. Choose another file.")
    lines = rule_lines(rule)
    placed = with_item(
        f"{ruleset.id}/{name}", own.get(name), f"factor: {block_scalar(factor)}", "rules", lines, flow(rule)
    )
    return name, placed


def files_to_choose(ruleset: Ruleset, texts: Texts) -> tuple[tuple[str, str], ...]:
    """Where a rule may stand: own files of rules, then a new file for each factor; each with words for it."""
    own = own_texts(ruleset.id, texts)
    found = []
    for name, factor in own_factor_files(ruleset, texts).items():
        found.append((name, f"{name} ({ruleset.factors.get(factor, factor)})"))
    for factor, title in ruleset.factors.items():
        found.append((f"{NEW_FILE}{factor}", f"a new file, {_free_file(own, factor)} ({title})"))
    return tuple(found)


def own_factor_files(ruleset: Ruleset, texts: Texts) -> dict[str, str]:
    """Its own files of rules, by name, each with its factor."""
    found = {}
    for name, text in own_texts(ruleset.id, texts).items():
        if name.startswith(_FOLDER):
            data = compose(name, text.encode()).data
            factor = data.get("factor") if isinstance(data, dict) else None
            if isinstance(factor, str):
                found[name] = factor
    return found


def usual_file(ruleset: Ruleset, texts: Texts, factor: str) -> str:
    """Where a rule of this factor stands if nobody says otherwise."""
    files = own_factor_files(ruleset, texts)
    return next((name for name, has in files.items() if has == factor), f"{NEW_FILE}{factor}")


def _free_file(own: Texts, factor: str) -> str:
    names = [f"{_FOLDER}{factor}.yaml", *(f"{_FOLDER}{factor}-{number}.yaml" for number in range(2, 502))]
    return next(name for name in names if name not in own)


def suggested_rule_id(ruleset: Ruleset, title: str) -> str:
    """A free id for a rule with this title; empty: none is near."""
    made = re.sub(r"[-_]+", "-", mended_id(title))[: LONGEST_ID - 4].strip("-") if title else ""
    if not made or id_mistake(made):
        return ""
    taken = {rule.id for rule in _all_rules(ruleset)}
    names = [made, *(f"{made}-{number}" for number in range(2, len(taken) + 3))]
    return next(name for name in names if name not in taken)


def _all_rules(ruleset: Ruleset) -> Iterator[Rule]:
    yield from ruleset.rules
    yield from (rule for rule, _ in ruleset.set_aside)


# -- a rule that is there, as a form ----------------------------------------------------------------------


def replaceable(ruleset: Ruleset) -> tuple[Rule, ...]:
    """The rules that it takes over from the rulesets that it extends, and may replace."""
    return tuple(rule for rule in ruleset.rules if not ruleset.wrote(rule.place))


def rule_data(ruleset: Ruleset, texts: Texts, rule: Rule) -> dict[str, Any]:
    """A rule as plain data, as if it were written out; empty: its file is not at hand."""
    file, _, _ = rule.defined_at.rpartition(":")
    name = file if file in texts else f"{ruleset.id}/{file}"
    if name not in texts:
        return {}
    tree = compose(name, texts[name].removeprefix("\ufeff").encode())
    node = Node(tree, (), tree.data)
    rules = [one.data for one in node.child("rules").items()]
    words = Vocabulary(
        ruleset.inputs, {"benefits": ruleset.benefit_texts}, ruleset.conclusion_levels, None, None
    )
    rows = [row.node.data for row in read_tables(ProblemCollector(), words, node)]
    found = next((one for one in (*rules, *rows) if isinstance(one, dict) and one.get("id") == rule.id), {})
    return {**found, "title": rule.title} if found else {}


def sent_of_rule(ruleset: Ruleset, texts: Texts, rule: Rule) -> dict[str, tuple[str, ...]]:
    """The fields of a form that say what a rule says."""
    data = rule_data(ruleset, texts, rule)
    sent: dict[str, tuple[str, ...]] = {
        "title": (rule.title,),
        "because": (rule.because,),
        "support": (rule.support or "",),
        "evidence": (", ".join(rule.evidence),),
        "where": (usual_file(ruleset, texts, rule.factor),),
    }
    for number, (key, test) in enumerate((data.get("when") or {}).items()):
        sent[f"when.{number}.of"] = (key,)
        sent[f"when.{number}.test"] = (_as_typed(test),)
    for effect, value in rule.then.present():
        sent["then"] = (*sent.get("then", ()), effect.name)
        if effect.value in _RANGES:
            three = value.as_json()
            for part in _THREE:
                sent[f"then.{effect.name}.{part}"] = (json.dumps(three[part]),)
        elif effect.value == "ids":
            sent[f"then.{effect.name}"] = tuple(value)
        else:
            sent[f"then.{effect.name}"] = (_as_typed(data["then"].get(effect.key)),)
    return sent


def _as_typed(data: Any) -> str:
    return one_line(data) if isinstance(data, str) else flow(data)


# -- tests ------------------------------------------------------------------------------------------------


def forms_of(subject: Subject) -> tuple[TestForm, ...]:
    """The ways to test it."""
    domain = subject.domain
    return tuple(form for form in TEST_FORMS.values() if form.fits(domain.shape, ordered=domain.ordered))


def worded_test(form: TestForm, values: Sequence[str]) -> tuple[str, str]:
    """A test in the language's words, of picked values; or else what is missing."""
    given = [one_line(value) for value in values if value.strip()]
    need = {"nothing": 0, "one value": 1, "values": 1, "ends": 2}[form.takes]
    if len(given) < need:
        return "", {1: "Choose a value.", 2: "Give both ends."}[need]
    if form.takes == "nothing":
        return form.verb, ""
    if form.takes == "ends":
        return f"{given[0]} to {given[1]}", ""
    if form.takes == "one value" and len(given) > 1:
        if form.several is None:
            return "", f"“{form.verb}” takes one value."
        return f"{form.several} [{', '.join(given)}]", ""
    several = form.takes == "values" and (len(given) > 1 or form.verb.startswith("includes"))
    said = f"[{', '.join(given)}]" if several else given[0]
    return (said if form.verb == "is" else f"{form.verb} {said}"), ""


def _tests(ruleset: Ruleset, sent: Sent) -> tuple[TestRow, ...]:
    """The rows in which a test stands; what was emptied is taken out."""
    rows: list[TestRow] = []
    for number in range(_MOST_ROWS):
        key, test = first(sent, f"when.{number}.of").strip(), one_line(first(sent, f"when.{number}.test"))
        if not key or not test:
            continue
        if key not in ruleset.subjects and key not in GROUPS:
            mistake = f"“{key[:40]}” is nothing that a rule can look at."
        elif any(row.key == key for row in rows):
            mistake = "It is tested above already. Put both into one test."
        else:
            mistake = _read_value(test)[1]
        rows.append(TestRow(key, test, mistake))
    return tuple(rows)


def _effects(ruleset: Ruleset, sent: Sent) -> tuple[EffectRow, ...]:
    named = [name for name in dict.fromkeys(sent.get("then", ())) if name in EFFECTS]
    return tuple(_effect(ruleset, EFFECTS[name], sent) for name in named)


def _effect(ruleset: Ruleset, effect: Effect, sent: Sent) -> EffectRow:
    name = f"then.{effect.name}"
    if effect.value in _RANGES:
        three = {part: one_line(first(sent, f"{name}.{part}")) for part in _THREE}
        given = [part for part, number in three.items() if number]
        wrong = "" if len(given) == len(_THREE) else "Write all three numbers."
        return EffectRow(effect, "", three, wrong)
    if effect.value == "ids":
        picked = {one: one for one in sent.get(name, ()) if one in ruleset.benefit_texts}
        return EffectRow(effect, "", picked, "" if picked else "Choose one at least.")
    value = one_line(first(sent, name))
    if not value:
        return EffectRow(effect, "", {}, "Fill it in, or take the effect away.")
    if effect.value == "choice" and value not in effect.choices:
        return EffectRow(effect, value, {}, "Choose one of the list.")
    return EffectRow(effect, value, {}, "" if effect.value == "text" else _read_value(value)[1])


def _effect_data(row: EffectRow) -> Any:
    if row.in_three:
        return dict(row.parts)
    if row.effect.value == "ids":
        return list(row.parts)
    return row.value if row.effect.value == "text" else _read_value(row.value)[0]


def _read_value(typed: str) -> tuple[Any, str]:
    """What a field holds as plain data, a list or mapping where it begins with a bracket; or why not."""
    if not typed.startswith(_BRACKETS):
        return typed, ""
    tree = compose("", f"value: {typed}".encode())
    errors = [one.message for one in tree.problems if one.severity == "error"]
    if tree.broken or errors or not isinstance(tree.data, dict) or list(tree.data) != ["value"]:
        return typed, errors[0] if errors else "This can't be read: is a bracket or a quote missing?"
    return ("" if tree.data["value"] is None else tree.data["value"]), ""


def first(sent: Sent, name: str) -> str:
    """The value of a field; empty where there is none."""
    return next(iter(sent.get(name, ())), "")


def pieces(typed: str) -> list[str]:
    """The ids in a field, each once."""
    return list(dict.fromkeys(piece for piece in re.split(r"[\s,;]+", typed) if piece))
