"""The JSON Schema of each kind of file of a ruleset, with the ruleset's own names in it."""

from __future__ import annotations

from collections.abc import Callable

from schemas.language import Effect, effects
from schemas.ruleset_fields import FEWEST_DIGITS
from schemas.ruleset_files import (
    TEXT_SECTIONS,
    FactorFile,
    GuaranteeEntry,
    GuaranteesFile,
    PaperEntry,
    RuleEntry,
    RulesetFile,
    SignOffEntry,
    TableEntry,
    TextsFile,
    TranslationEntry,
)
from schemas.words import LIMITED, OUTCOMES, SUPPORT_HELP
from service.analysis.checks.check import CHECKS
from service.analysis.proofs.results import PROOFS
from service.authoring import hints
from service.authoring.assessments import assessment_file, client_page_file, scenario_file
from service.authoring.fragments import (
    RANGE,
    Json,
    any_of,
    chosen,
    flags,
    id_keys,
    ids,
    keys,
    ref,
    shape,
    text_like,
    texts,
)
from service.authoring.names import Names
from service.authoring.rules import about_input, condition_definitions, effect_definitions
from service.reading.problem_collector import WARNINGS
from service.wording.answers import VERDICT_WORDS

DIALECT = "https://json-schema.org/draft/2020-12/schema"

PLACES = {
    "ruleset": "ruleset.yaml",
    "assessment": "assessment.yaml",
    "factors": "factors/*.yaml",
    "guarantees": "guarantees.yaml",
    "scenarios": "scenarios/*.yaml",
    "evidence": "evidence.yaml",
    "client-page": "client-page.yaml",
    "texts": "texts.*.yaml",
    "sign-off": "sign-off.yaml",
}
"""Every kind of file, with where its files lie in a ruleset's folder."""


def schema_of(kind: str, names: Names) -> Json:
    """The JSON Schema (2020-12) of one kind of file of the ruleset whose names these are."""
    made = _MAKERS[kind](names)
    return {"$schema": DIALECT, **made, "title": f"{PLACES[kind]} of {names.id}"}


def _ruleset(names: Names) -> Json:
    values = {
        "id": {"enum": keys(names.id), "errorMessage": f'The id is the name of the folder, "{names.id}".'},
        "extends": chosen(names.neighbours, "There is no such ruleset beside this one.", complete=False),
        "disable": _several(
            chosen(
                {**names.inherited_rules, **names.inherited_tables},
                "Not a rule of the extended ruleset.",
                complete=names.knows_all("rules"),
            )
        ),
        "limits": _limits(names),
        "factors": _texts_by_id(minProperties=1),
        "conclusions": {
            "type": "object",
            "propertyNames": id_keys(),
            "additionalProperties": {"type": "array", "minItems": 1, "items": ids(capitals=True)},
        },
        "verdicts": {
            "type": "object",
            "properties": {
                key: {**texts(), "description": words.help} for key, words in VERDICT_WORDS.items()
            },
            "additionalProperties": False,
        },
        "allow": _allow(),
        **{effect.key: _texts_by_id() for effect in effects(where=lambda effect: effect.value == "ids")},
    }
    made = shape(RulesetFile, hints.RULESET, values, "ruleset")
    extending = {"properties": {"extends": {"not": {"type": "null"}}}, "required": ["extends"]}
    made |= {"if": extending, "then": {}, "else": {"required": ["limits", "factors"]}}
    return made


def _limits(names: Names) -> Json:
    """A clinic's ruleset need name but those limits that it changes."""
    limits = {name.replace("_", " "): said for name, (_, _, said) in LIMITED.items()}
    bounds = text_like(RANGE, errorMessage="Write a range such as 1 to 20.")
    made: Json = {
        "type": "object",
        "properties": {key: {**bounds, "description": said} for key, said in limits.items()},
        "additionalProperties": False,
    }
    return made if names.extends else {**made, "required": [*limits]}


def _texts_by_id(**more: int) -> Json:
    return {"type": "object", "propertyNames": id_keys(), "additionalProperties": texts(), **more}


def _allow() -> Json:
    codes = sorted({*WARNINGS, *CHECKS, *PROOFS})
    said = {"description": "The reason why this warning is let stand."}
    return {
        "type": "object",
        "properties": {code: {**texts(), **said} for code in codes},
        "additionalProperties": texts(),
    }


def _several(item: Json) -> Json:
    return {"type": "array", "items": item}


def _factors(names: Names) -> Json:
    sure = bool(names.factors) and names.knows_all("factors")
    factor = chosen(names.factors, "Not a factor of ruleset.yaml.", complete=sure)
    values = {"factor": factor, "rules": _several(ref("rule")), "tables": _several(ref("table"))}
    made = shape(FactorFile, hints.FACTOR, values, "rules")
    made["anyOf"] = [{"required": ["rules"]}, {"required": ["tables"]}]
    rule = _rule(names)
    pieces = {**condition_definitions(names), **effect_definitions(names)}
    return made | {"$defs": {"rule": rule, "table": _table(rule), "row": _row(rule, pieces), **pieces}}


def _table(rule: Json) -> Json:
    """A table: what its rows share of a rule, each key as a rule has it."""
    shared = {key: rule["properties"][key] for key in hints.TABLE if key in rule["properties"]}
    rows = {"type": "array", "minItems": 1, "items": ref("row")}
    values = {**shared, "id": ids(), "allow": _allow(), "rows": rows}
    return shape(TableEntry, hints.TABLE, values, "table")


def _row(rule: Json, pieces: Json) -> Json:
    """A row: a rule's own keys, effects and tests; a key that is several of these is the first of them."""
    when, then = pieces["when"], pieces["then"]
    made = {key: when[key] for key in ("type", "additionalProperties", "patternProperties") if key in when}
    of_a_rule = {**rule["properties"], "id": _id_of_row()}
    made["properties"] = {**when["properties"], **then["properties"], **of_a_rule}
    return {"title": "row", **made, "required": ["id"]}


def _id_of_row() -> Json:
    wanted = "An id has only lower-case letters, digits, - and _."
    return {
        **text_like("[a-z0-9_-]*[a-z0-9][a-z0-9_-]*", errorMessage=wanted),
        "type": ["string", "number", "boolean"],
        "description": "The row's name: the rule is named after its table and this.",
    }


def _rule(names: Names) -> Json:
    paper = chosen(
        {name: paper.title for name, paper in names.papers.items()},
        "Not in evidence.yaml.",
        complete=names.knows_all("papers"),
    )
    values = {
        "id": _rule_id(names),
        "when": ref("when"),
        "then": ref("then"),
        "support": {
            "enum": [*SUPPORT_HELP],
            "markdownEnumDescriptions": [*SUPPORT_HELP.values()],
            "errorMessage": f"Write one of: {', '.join(SUPPORT_HELP)}.",
        },
        "evidence": _several(paper),
        "replaces": any_of(flags(), text_like(f"[0-9a-f]{{{FEWEST_DIGITS},64}}"), {"type": "number"}),
        "allow": _allow(),
    }
    made = shape(RuleEntry, hints.RULE, values, "rule")
    made["allOf"] = [_needs_support(), _needs_evidence()]
    if names.inherited_rules:
        made["allOf"].append(_needs_replaces(names))
    return made


def _rule_id(names: Names) -> Json:
    """A new id, or that of a rule that is replaced."""
    if not names.inherited_rules:
        return ids()
    replaced = {name: f"Replaces: {title}" for name, title in names.inherited_rules.items()}
    known = chosen(replaced, "")["anyOf"][0]
    del known["errorMessage"]
    return any_of(known, ids())


def _needs_support() -> Json:
    number = _any_effect(lambda effect: effect.needs_support)
    without = _any_effect(lambda effect: effect.withholds)
    then = {"type": "object", **number, "not": without}
    return {
        "if": {"properties": {"then": then}, "required": ["then"]},
        "then": {"required": ["support"]},
    }


def _any_effect(where: Callable[[Effect], bool]) -> Json:
    return {"anyOf": [{"required": [effect.key]} for effect in effects(where=where)]}


def _needs_evidence() -> Json:
    cited = {"enum": [word for word in SUPPORT_HELP if word != "judgement"]}
    return {
        "if": {"properties": {"support": cited}, "required": ["support"]},
        "then": {"required": ["evidence"]},
    }


def _needs_replaces(names: Names) -> Json:
    taken = {"enum": [form for name in names.inherited_rules for form in keys(name)]}
    return {
        "if": {"properties": {"id": taken}, "required": ["id"]},
        "then": {"required": ["replaces"]},
    }


def _guarantees(names: Names) -> Json:
    wanted = f"Write one of: {', '.join(OUTCOMES)}, sessions above N."
    outcome = any_of(
        chosen(OUTCOMES, wanted)["anyOf"][0],
        text_like(
            f"{'|'.join(OUTCOMES)}|sessions above (?:0|[1-9][0-9]{{0,3}})",
            examples=["sessions above 10"],
            errorMessage=wanted,
        ),
    )
    rising = {one.id: about_input(one) for one in names.inputs.values() if one.domain.rises}
    sure = names.knows_all("inputs") and not names.unread
    values = {
        "when": ref("when"),
        "always": outcome,
        "never": outcome,
        "raising": chosen(rising, "Name a question with levels or numbers.", complete=sure),
    }
    one = shape(GuaranteeEntry, hints.GUARANTEE, values, "guarantee")
    one["dependentRequired"] = {"raising": ["never lowers"], "never lowers": ["raising"]}
    one["anyOf"] = [{"required": [key]} for key in ("always", "never", "raising")]
    made = shape(GuaranteesFile, hints.GUARANTEES, {"guarantees": _several(ref("guarantee"))}, "guarantees")
    made["type"] = ["object", "null"]
    return made | {"$defs": {"guarantee": one, **condition_definitions(names)}}


def _evidence(names: Names) -> Json:  # noqa: ARG001 - every maker takes the names
    paper = shape(PaperEntry, hints.PAPER, title="paper")
    papers = {
        "type": ["object", "null"],
        "propertyNames": id_keys(capitals=True),
        "additionalProperties": ref("paper"),
    }
    return papers | {"description": "Papers by id. Rules cite the ids.", "$defs": {"paper": paper}}


def _texts(names: Names) -> Json:  # noqa: ARG001 - every maker takes the names
    """A text, or texts by key, however deep; which texts there are is told by ``picoplan check``."""
    entry = shape(TranslationEntry, hints.TRANSLATION, title="text")
    below = any_of(ref("entry"), {"type": "object", "additionalProperties": ref("below")})
    sections = {key: {"type": "object", "additionalProperties": ref("below")} for key in TEXT_SECTIONS}
    made = shape(TextsFile, TEXT_SECTIONS, sections, "texts")
    return made | {"$defs": {"entry": entry, "below": below}}


def _sign_off(names: Names) -> Json:  # noqa: ARG001 - every maker takes the names
    entry = shape(SignOffEntry, hints.SIGN_OFF, title="sign-off")
    return {"type": ["array", "null"], "items": ref("entry"), "$defs": {"entry": entry}}


_MAKERS: dict[str, Callable[[Names], Json]] = {
    "ruleset": _ruleset,
    "assessment": assessment_file,
    "factors": _factors,
    "guarantees": _guarantees,
    "scenarios": scenario_file,
    "evidence": _evidence,
    "client-page": client_page_file,
    "texts": _texts,
    "sign-off": _sign_off,
}
