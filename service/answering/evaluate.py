"""Evaluate one assessment: the one use case behind the command line and the web."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal

import uuid_utils
from marshmallow import ValidationError
from marshmallow.exceptions import SCHEMA

from schemas.mistake import UNKNOWN, mistakes_in
from schemas.request import EvaluateRequest
from service.answering.answer import AnswerWriter
from service.evaluation.compiled import CompiledRuleset
from service.library.snapshot import Snapshot
from service.model.problem import did_you_mean, quoted
from service.model.refusal import Refusal, pointer


@dataclass(frozen=True, slots=True)
class Refused:
    """No answer: the request is invalid, or names something that does not serve."""

    why: Literal["invalid", "not_found", "not_ready"]
    detail: str
    errors: tuple[Refusal, ...]


class Answering:
    """Answers assessments from one snapshot of rulesets."""

    def __init__(self, snapshot: Snapshot, *, default_ruleset: str | None = None) -> None:
        """``default_ruleset`` answers requests that name none."""
        self.snapshot = snapshot
        self._default = default_ruleset
        self._writers = {name: AnswerWriter(compiled) for name, compiled in snapshot.served.items()}
        self._request = EvaluateRequest()

    def evaluate(self, body: object) -> dict[str, Any] | Refused:
        """The answer to one request body as JSON data, or why there is none.

        Raises:
            DoubleEntryError: engine and evaluator differ on what fired.
            EngineFault: the engine refused.
        """
        request = self._read(body)
        if isinstance(request, Refused):
            return request
        now = datetime.now(UTC)
        as_of: date = request.get("as_of") or now.date()
        compiled = self._chosen(request, as_of)
        if isinstance(compiled, Refused):
            return compiled
        decision = compiled.decide(request["assessment"])
        if isinstance(decision, tuple):
            return Refused("invalid", "The assessment has mistakes. No decision was made.", decision)
        return self._writers[compiled.ruleset.id].write(
            decision,
            decision_id=str(uuid_utils.uuid7()),
            evaluated_at=now.isoformat(timespec="seconds")[:19] + "Z",
            as_of=as_of.isoformat(),
            explain=bool(request.get("explain")),
        )

    def _read(self, body: object) -> dict[str, Any] | Refused:
        if not isinstance(body, dict):
            error = Refusal(
                "", "wrong-type", "The body must be a JSON object.", 'Send {"assessment": {...}}.'
            )
            return Refused("invalid", "The body is not a JSON object.", (error,))
        try:
            request: dict[str, Any] = self._request.loaded(body)
        except ValidationError as error:
            return Refused(
                "invalid", "The request has mistakes. No decision was made.", self._mistakes(body, error)
            )
        if "ruleset" not in request:
            if self._default is None:
                hint = f"Send {quoted(self.snapshot.served)}." if self.snapshot.served else ""
                missing = Refusal("/ruleset", "missing", "ruleset is required", hint)
                return Refused("invalid", "The request names no ruleset.", (missing,))
            request["ruleset"] = self._default
        return request

    def _mistakes(self, body: Mapping[str, Any], error: ValidationError) -> tuple[Refusal, ...]:
        members = list(self._request.fields)
        refusals = []
        for path, mistakes in mistakes_in(error).items():
            for mistake in mistakes:
                # Marshmallow's own name for the whole is the one name whose path comes back empty.
                name = str(path[0]) if path else SCHEMA
                if mistake is UNKNOWN:
                    hint = did_you_mean(name, members).strip() or f"Members are {quoted(members)}."
                    message = f'"{name[:60]}" is not a member of this request.'
                    refusals.append(Refusal(pointer(name), "unknown-member", message, hint))
                else:
                    refusals.append(
                        Refusal(pointer(*path), mistake.code, f"{name} {mistake.message}.", mistake.hint)
                    )
        chosen = self.snapshot.served.get(str(body.get("ruleset", self._default)))
        if chosen is not None and isinstance(body.get("assessment"), dict):
            decided = chosen.decide(body["assessment"])
            refusals += decided if isinstance(decided, tuple) else ()
        return tuple(sorted(refusals))

    def _chosen(self, request: Mapping[str, Any], as_of: date) -> CompiledRuleset | Refused:
        """The ruleset that serves what the request names: by id, version, digest and effective date."""
        name = request["ruleset"]
        compiled = self.snapshot.served.get(name)
        if compiled is None:
            if name in self.snapshot.broken:
                error = Refusal(
                    "/ruleset", "not-ready", f"{name} has errors and does not serve.", "Ask the operator."
                )
                return Refused("not_ready", f"The ruleset {name} does not serve at the moment.", (error,))
            known = list(self.snapshot.served)
            hint = did_you_mean(name, known).strip() or (f"Served are {quoted(known)}." if known else "")
            error = Refusal("/ruleset", "unknown-ruleset", "There is no such ruleset.", hint)
            return Refused("not_found", "No ruleset of that id serves here.", (error,))
        ruleset = compiled.ruleset
        for member, served in (("version", ruleset.version), ("digest", ruleset.digest)):
            if member in request and request[member] != served:
                error = Refusal(
                    f"/{member}", f"unknown-{member}", f"That {member} never served.", f"{served} serves."
                )
                return Refused("not_found", f"{name} never served under that {member}.", (error,))
        if ruleset.effective is not None and as_of < ruleset.effective:
            message = f"No version of {name} served on {as_of.isoformat()}."
            error = Refusal(
                "/as_of", "not-effective", message, f"It serves from {ruleset.effective.isoformat()} on."
            )
            return Refused("not_found", message, (error,))
        return compiled
