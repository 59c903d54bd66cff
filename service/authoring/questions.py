"""What an editor offers and takes in ``assessment.yaml``."""

from __future__ import annotations

from collections.abc import Mapping

from schemas.language import KINDS, InputKind
from schemas.ruleset_files import AssessmentFile, InputEntry
from service.authoring import hints
from service.authoring.conditions import about_input, condition_definitions
from service.authoring.fragments import (
    NUMBER,
    RANGE,
    Json,
    any_of,
    enum,
    flags,
    id_keys,
    ids,
    kept,
    keys,
    numbers,
    ref,
    text_like,
    texts,
)
from service.authoring.names import Names
from service.authoring.shapes import shape
from service.model.condition import Domain
from service.model.problem import quoted
from service.model.ruleset import Input

_KEYS = tuple(dict.fromkeys(kind.key for kind in KINDS.values()))
_NAMED = tuple(kind.name for kind in KINDS.values() if kind.key == "kind")


def assessment_file(names: Names) -> Json:
    """The schema of ``assessment.yaml``.

    The file says itself which inputs and options there are, so new ones are always taken. What it lays over
    an extended ruleset's questions is held against these.
    """
    own = {name: one for name, one in names.inputs.items() if name not in names.inherited}
    inputs: Json = {
        "type": "object",
        "minProperties": 1,
        "propertyNames": id_keys(),
        "properties": {
            **{
                form: {**ref(f"changed-{name}"), "markdownDescription": about_input(one)}
                for name, one in names.inherited.items()
                for form in keys(name)
            },
            **{
                form: {**ref(f"own-{name}"), "markdownDescription": about_input(one)}
                for name, one in own.items()
                for form in keys(name)
            },
        },
        "additionalProperties": ref("question") if names.knows_all("inputs") else {},
    }
    made = shape(AssessmentFile, hints.ASSESSMENT, {"inputs": inputs}, "questions")
    definitions = condition_definitions(names)
    del definitions["when"]
    sure = names.knows_all("inputs")
    definitions["options"] = _options(None, inherited=False)
    definitions["plain-options"] = _options(None, inherited=False, attributes=False)
    definitions["question"] = _question(None, needed=sure)
    definitions |= {kept(f"own-{name}"): _question(one, needed=sure) for name, one in own.items()}
    definitions |= {
        kept(f"changed-{name}"): _question(one, needed=False, inherited=True)
        for name, one in names.inherited.items()
    }
    return made | {"$defs": definitions}


def _question(one: Input | None, *, needed: bool, inherited: bool = False) -> Json:
    """One question; ``needed``: it stands for itself, so that it has a label and a kind."""
    values = {kind.key: _of_kind(kind) for kind in KINDS.values()}
    values |= {"default": _default(one), "only if": ref("only-if")}
    if one is not None and one.options:
        kind = KINDS[one.kind]
        values[kind.key] = _options(one, inherited=inherited, attributes=kind.attributes)
    made = shape(InputEntry, hints.INPUT, values, "question")
    for key in (*_KEYS, "only if"):
        piece = made["properties"][key]
        made["properties"][key] = {**values[key], "description": piece["description"]}  # never empty
    if not needed:
        made["required"] = []
        return made
    wanted = f"A question has one kind: {', '.join(_KEYS)}."
    made["anyOf"] = [{"required": [key], "errorMessage": wanted} for key in _KEYS]
    return made


def _of_kind(kind: InputKind) -> Json:
    """What stands at the key that chooses the kind of a question."""
    if kind.options:
        return ref("options" if kind.attributes else "plain-options")
    if kind.name in _NAMED:
        wanted = f"Write {quoted(_NAMED)}. The other kinds are keys."
        return {"enum": [*_NAMED], "errorMessage": wanted}
    return text_like(RANGE, errorMessage=f"Write a range such as {kind.such_as}.")


def _options(one: Input | None, *, inherited: bool, attributes: bool = True) -> Json:
    """Options as a list of ids, or as ids with a label and attributes below them."""
    label: Json = {"label": {**texts(), "description": "The answer as people read it."}}
    domains: Mapping[str, Domain] = one.attributes if one is not None and attributes else {}
    carried = {
        name: {**_attribute(domain), "description": _about(domain)} for name, domain in domains.items()
    }
    other: Json | bool = _ANY_ATTRIBUTE if attributes else False
    mapping: Json = {
        "type": "object",
        "title": "option",
        "properties": label | carried,
        "additionalProperties": other,
    }
    new = any_of({**mapping, "required": [*carried]}, *(() if carried else (texts(), {"type": "null"})))
    changed = any_of(mapping, texts(), {"type": "null"})
    known = {option.id: option.label for option in one.options} if one is not None else {}
    written: Json = {
        "type": "object",
        "minProperties": 1,
        "propertyNames": id_keys(capitals=True),
        "properties": {
            form: {**(changed if inherited else new), "description": said}
            for name, said in known.items()
            for form in keys(name)
        },
        "additionalProperties": new,
    }
    listed = {"type": "array", "minItems": 1, "items": _option_ids()}
    return any_of(written, listed)


def _option_ids() -> Json:
    return any_of(ids(capitals=True), text_like("[A-Za-z0-9_-]+"))


_LIST_OR_ONE = ("string", "number", "boolean")
_ANY_ATTRIBUTE: Json = any_of(
    {"type": [*_LIST_OR_ONE]}, {"type": "array", "items": {"type": [*_LIST_OR_ONE]}}
)


def _about(domain: Domain) -> str:
    sort = {"set": "A list.", "number": "A number.", "yes_no": "yes or no."}.get(domain.shape, "A name.")
    return f"{sort} All options carry it, and rules look at it."


def _attribute(domain: Domain) -> Json:
    """The value of an attribute that other options carry too; a new name is fine, another sort is not."""
    values = [value for value in domain.values if not isinstance(value, bool)]
    if domain.shape == "yes_no" or (domain.values and not values):
        piece = flags()
    elif values and not any(isinstance(value, str) for value in values):
        piece = numbers()
    else:
        known = dict.fromkeys((value for value in values if isinstance(value, str)), "")
        piece = any_of(enum(known), {"type": ["string", "number"], "pattern": "^[A-Za-z0-9_-]+$"})
    return {"type": "array", "items": piece} if domain.shape == "set" else piece


def _default(one: Input | None) -> Json:
    """The answer that counts where none is given."""
    if one is None:
        return {}
    if one.domain.shape == "number":
        return any_of({"type": "number"}, text_like(NUMBER))
    if one.domain.shape == "yes_no":
        return flags()
    return {}
