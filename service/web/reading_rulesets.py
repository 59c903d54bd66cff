"""``GET /v1/rulesets`` and below: what the service decides by."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson
from flask import Response, request

from schemas.language_tags import is_tag
from schemas.request import LANGUAGE_HINT
from service.evaluation.compiled import CompiledRuleset
from service.model.problem import Refusal, did_you_mean, quoted
from service.model.ruleset import Ruleset
from service.serving.assessment_schema import assessment_json_schema
from service.serving.describing import history_document, rule_document, ruleset_document, ruleset_line
from service.serving.evaluate import nearest_to
from service.serving.refused import being_checked, retired
from service.web.call import Answer, View, this_call
from service.web.live import Live
from service.web.problems import CHECKED_AFTER_S, STALE, problem
from service.web.transfer import hashed, tagged

SCHEMA_TYPE = "application/schema+json"


class RulesetViews:
    """Shows the rulesets that serve."""

    def __init__(self, live: Live) -> None:
        self._live = live

    def by_name(self) -> dict[str, View]:
        """The views by their endpoints' names."""
        return {
            "rulesets": self.all_of_them,
            "ruleset": self.one,
            "assessment_schema": self.assessment_schema,
            "rule": self.rule,
            "ruleset_history": self.history,
        }

    def all_of_them(self) -> Response:
        """Every ruleset that serves."""
        found = [self._today(name) for name in self._served()]
        lines = [ruleset_line(compiled.ruleset) for compiled in found if compiled is not None]
        return _document({"rulesets": lines})

    def one(self, ruleset_id: str) -> Response | Answer:
        """One ruleset."""
        return self._of(ruleset_id, ruleset_document)

    def assessment_schema(self, ruleset_id: str) -> Response | Answer:
        """The JSON Schema of its assessments."""
        return self._of(ruleset_id, assessment_json_schema, SCHEMA_TYPE)

    def rule(self, ruleset_id: str, rule_id: str) -> Response | Answer:
        """One of its rules."""
        found = self._found(ruleset_id)
        if isinstance(found, Answer):
            return found
        rules = {rule.id: rule for rule in found.rules}
        if rule_id in rules:
            return _document(rule_document(found, rules[rule_id]), found.digest)
        hint = did_you_mean(rule_id, rules).strip()
        error = Refusal("", "unknown-rule", f"{ruleset_id} has no such rule.", hint)
        return problem(404, f"{ruleset_id} has no rule of that id.", (error,))

    def history(self, ruleset_id: str) -> Response | Answer:
        """What was published of it."""
        found = self._found(ruleset_id)
        line = self._live.answering.serving.lines.get(ruleset_id)
        if isinstance(found, Answer) or line is None:
            return found if isinstance(found, Answer) else problem(404)
        return _document(history_document(line.timeline, datetime.now(UTC).date()))

    def _of(
        self,
        ruleset_id: str,
        described: Callable[[Ruleset], dict[str, Any]],
        content_type: str = "application/json",
    ) -> Response | Answer:
        found = self._found(ruleset_id)
        if isinstance(found, Answer):
            return found
        response = _document(described(found), found.digest, content_type)
        if ruleset_id in self._live.statuses.stale:
            response.headers.extend(STALE)
        return response

    def _served(self) -> list[str]:
        """The ids of the rulesets that serve and are there for the caller."""
        return [name for name in self._live.answering.snapshot.served if this_call().caller.sees(name)]

    def _today(self, ruleset_id: str) -> CompiledRuleset | None:
        return self._live.answering.on(ruleset_id, datetime.now(UTC).date())

    def _found(self, ruleset_id: str) -> Ruleset | Answer:
        snapshot = self._live.answering.snapshot
        visible = this_call().caller.sees(ruleset_id)
        compiled = self._today(ruleset_id) if visible else None
        if compiled is not None:
            this_call().decided_by(compiled.ruleset.id, compiled.ruleset.digest)
            asked = request.args.get("language")
            if asked is not None and not is_tag(asked):
                error = Refusal(
                    "", "not-a-language", "language must be a language tag (BCP 47).", LANGUAGE_HINT
                )
                return problem(422, "The query has a mistake.", (error,))
            wanted = nearest_to(compiled.ruleset, this_call().languages if asked is None else (asked,))
            return compiled.ruleset if wanted is None else compiled.by_language[wanted]
        if visible and ruleset_id in snapshot.checking:
            detail = f"The ruleset {ruleset_id} does not serve yet."
            again = {"Retry-After": CHECKED_AFTER_S}
            return problem(503, detail, (being_checked("", ruleset_id),), again)
        if visible and ruleset_id in snapshot.broken:
            message = f"{ruleset_id} has errors and does not serve."
            error = Refusal("", "not-ready", message, "Ask the operator; /readyz says why.")
            return problem(503, f"The ruleset {ruleset_id} does not serve at the moment.", (error,))
        known = self._served()
        if visible and ruleset_id in snapshot.retired:
            detail = f"The ruleset {ruleset_id} is retired and serves no more."
            return problem(404, detail, (retired("", snapshot, ruleset_id, known),))
        hint = did_you_mean(ruleset_id, known).strip() or (f"Served are {quoted(known)}." if known else "")
        error = Refusal("", "unknown-ruleset", "There is no such ruleset.", hint)
        return problem(404, "No ruleset of that id serves here.", (error,))


def _document(
    data: dict[str, Any], digest: str | None = None, content_type: str = "application/json"
) -> Response:
    """The data with a strong ETag: the ruleset's digest, and a hash of what is not part of the digest."""
    body = orjson.dumps(data)
    return tagged(body, hashed(body) if digest is None else f"{digest}-{hashed(body)}", content_type)
