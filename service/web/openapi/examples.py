"""Examples for the documentation, made by the service itself from the rulesets that serve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Any

import orjson

from service.engine.faults import EngineFault
from service.evaluation.compiled import CompiledRuleset, DoubleEntryError
from service.model.decision import Decision
from service.serving.describing import rule_document, ruleset_line
from service.serving.older import Ready
from service.serving.refused import mistaken
from service.serving.sampling import DECISION_ID, sample_answer, sample_assessment
from service.serving.verifying import Verified
from service.serving.what_if import what_if_document
from service.web.problems import problem_data, refused_data

Json = dict[str, Any]

INSTANCE = "urn:uuid:01920000-0000-7000-8000-000000000000"
"""The id of a request that is an example."""


@dataclass(frozen=True, slots=True)
class Examples:
    """Examples by endpoint, and what stands for something in a path.

    ``bodies`` are those of evaluate requests, by ruleset; ``answers`` are by endpoint.
    """

    bodies: dict[str, Json] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    in_paths: dict[str, str] = field(default_factory=dict)
    mistakes: Json | None = None

    def problem(self, status: int) -> Json:
        """A problem of that status."""
        if status == 422 and self.mistakes is not None:
            return self.mistakes
        return problem_data(status, INSTANCE)


def examples_of(rulesets: Sequence[CompiledRuleset], welcome: Json) -> Examples:
    """Examples from these rulesets, the same for the same digests."""
    made = Examples(in_paths={"{decision}": DECISION_ID})
    made.answers["health"] = {"status": "ok"}
    made.answers["welcome"] = welcome
    made.answers["rulesets"] = {"rulesets": [ruleset_line(one.ruleset) for one in rulesets]}
    made.answers["ready"] = {"status": "ready", "rulesets": [_standing(one) for one in rulesets]}
    made.answers["verify"] = Verified(DECISION_ID, same=True).as_json()
    for compiled in rulesets:
        try:
            made.bodies[compiled.ruleset.id] = {
                "ruleset": compiled.ruleset.id,
                "assessment": sample_assessment(compiled),
            }
        except (DoubleEntryError, EngineFault):
            continue  # whoever asks it is told; the document does without
    for compiled in rulesets:
        if compiled.ruleset.id in made.bodies:
            return _with_answers(made, compiled)
    return made


def _with_answers(made: Examples, compiled: CompiledRuleset) -> Examples:
    """The examples with those that one ruleset gives."""
    ruleset = compiled.ruleset
    made.in_paths.update({"{ruleset}": ruleset.id, "{rule}": ruleset.rules[0].id})
    made.answers["rule"] = rule_document(ruleset, ruleset.rules[0])
    assessment = made.bodies[ruleset.id]["assessment"]
    answer = sample_answer(Ready(compiled), assessment)
    made.answers["evaluate"] = answer
    made.answers["decision"] = _decision(assessment, answer)
    now = compiled.decide(assessment)
    if isinstance(now, Decision):
        day = date.fromisoformat(answer["as_of"])
        made.answers["what_if"] = what_if_document(compiled, assessment, now, day)
    decided = compiled.decide({"no-such-question": True})
    mistakes = refused_data(mistaken(decided), INSTANCE) if isinstance(decided, tuple) else None
    return Examples(made.bodies, made.answers, made.in_paths, mistakes)


def _decision(assessment: Json, answer: Json) -> Json:
    headline = {name: answer[name] for name in ("decision_id", "evaluated_at", "as_of", "ruleset", "verdict")}
    whole = {**headline, "clinic": None, "key": None, "assessment": assessment, "answer": answer}
    return {**whole, "digest": f"sha256:{sha256(orjson.dumps(whole)).hexdigest()}"}


def _standing(compiled: CompiledRuleset) -> Json:
    ruleset = compiled.ruleset
    return {
        "id": ruleset.id,
        "version": ruleset.version,
        "digest": ruleset.digest,
        "since": "2026-12-01T09:00:00Z",
        "state": "current",
        "stale_since": None,
        "problems": [],
    }
