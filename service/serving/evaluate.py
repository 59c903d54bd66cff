"""Evaluate one assessment: the one use case behind the command line and the web."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any, NamedTuple, Protocol

import uuid_utils
from marshmallow import ValidationError

from schemas.language_tags import nearest
from schemas.mistake import StrictSchema
from schemas.request import EvaluateRequest, TableRequest
from service.analysis.proofs.results import State
from service.evaluation.compiled import CompiledRuleset
from service.model.caller import INTERNAL, Caller
from service.model.problem import Refusal, quoted
from service.model.ruleset import Ruleset
from service.serving.choosing import (
    Editions,
    NoneServes,
    OlderEditions,
    Ready,
    ServedRuleset,
    ServedRulesets,
    WantedEdition,
    choose,
    newest_for,
    served_rulesets,
)
from service.serving.refused import Refused, member_mistakes, mistaken, not_had, not_served
from service.store.editions import ALWAYS, Published, key_of, with_a_turn
from service.store.faults import DatabaseFault
from service.store.snapshot import Snapshot

EVALUATE = EvaluateRequest()
_CHOOSING = frozenset(("as_of", "version", "digest"))


class ReadyRequest(NamedTuple):
    """What a request asks for: an edition ready to decide, the assessment, the day for which, the language.

    ``at`` is now, in UTC; ``request`` has all members as they were read. ``lacking``: the language that the
    body asks for and the ruleset does not have, so that ``language`` is another.
    """

    ready: Ready
    assessment: Mapping[str, Any]
    at: datetime
    as_of: date
    request: Mapping[str, Any]
    language: str | None = None
    lacking: str | None = None


class EditionArchive(Editions, Protocol):
    """What is needed of the archive: the editions, and when each serves."""

    def timeline(self) -> tuple[Published, ...]:
        """All that was published; raises ``DatabaseFault``."""


class Answering:
    """Answers assessments from a snapshot of rulesets and, with an archive, from their earlier editions."""

    def __init__(
        self,
        snapshot: Snapshot,
        *,
        default_ruleset: str | None = None,
        archive: EditionArchive | None = None,
        timeline: Iterable[Published] | None = None,
    ) -> None:
        """``default_ruleset`` answers requests that name none; ``timeline`` is the archive's if left out.

        Raises:
            DatabaseFault: the archive can't be used.
        """
        self._default = default_ruleset
        self._older = OlderEditions(archive)
        if timeline is None:
            timeline = archive.timeline() if archive is not None else ()
        self._serving = served_rulesets(snapshot, timeline)
        self._warm(self._serving)

    @property
    def snapshot(self) -> Snapshot:
        """The rulesets that serve, each in the edition that is the newest, though it may start later."""
        return self._serving.snapshot

    @property
    def serving(self) -> ServedRulesets:
        """The rulesets that serve, each with its timeline."""
        return self._serving

    def on(self, ruleset: str, day: date) -> CompiledRuleset | None:
        """What answers for a ruleset on a day, or before its first edition starts that; None: nothing."""
        line = self._serving.lines.get(ruleset)
        if line is None:
            return None
        found = newest_for(line.timeline, day)
        ready = line.ready if found is None else self._ready(line, found)
        return ready.compiled if isinstance(ready, Ready) else None

    def under(self, ruleset: str, beginning: str) -> CompiledRuleset | Refused | None:
        """The edition of a ruleset whose digest begins so, if it has served; None: there is none.

        ``beginning``: hexadecimal digits. Of several editions it is the newest.
        """
        line = self._serving.lines.get(ruleset)
        if line is None:
            return None
        today, digest = _today(line, datetime.now(UTC)), f"sha256:{beginning}"
        for one in with_a_turn(line.timeline):
            if one.starts <= today and one.digest.startswith(digest):
                ready = self._ready(line, one)
                return ready.compiled if isinstance(ready, Ready) else ready
        return None

    def proven(self, ruleset: Ruleset) -> Mapping[str, State]:
        """What came of proving each guarantee of an edition on the timeline; empty: nobody has tried."""
        line, key = self._serving.lines.get(ruleset.id), key_of(ruleset)
        found = () if line is None else (one for one in line.timeline if one.key == key)
        return next((one.guarantees for one in found), {})

    def swap(self, snapshot: Snapshot, timeline: Iterable[Published] = ()) -> None:
        """Answer from another snapshot and timeline, from the next request on.

        Requests under way end as they began. What the snapshot before had compiled, and this one has not, is
        freed once nobody uses it: don't close it.
        """
        now = served_rulesets(snapshot, timeline, self._serving)
        self._older.forget_damaged()
        self._warm(now)
        self._serving = now

    def is_at_hand(self, body: object) -> bool:
        """Whether what a request body asks for needs neither the archive nor anything compiled first."""
        if not isinstance(body, dict) or not _CHOOSING.isdisjoint(body):
            return not isinstance(body, dict)
        line = self._serving.lines.get(str(body.get("ruleset", self._default)))
        return line is None or line.serves_today or line.since <= _today(line, datetime.now(UTC))

    def language_for(self, body: object, caller: Caller, accepted: Languages) -> str | None:
        """The language in which a body is answered that names none, where that is not the ruleset's own."""
        if not accepted or not isinstance(body, dict) or body.get("language") is not None:
            return None
        name = body.get("ruleset")
        line = self._serving.lines.get(self._default_for(caller) if name is None else str(name))  # type: ignore[arg-type]
        return None if line is None else nearest_to(line.ready.compiled.ruleset, accepted)

    def asked(
        self,
        body: object,
        caller: Caller = INTERNAL,
        members: StrictSchema = EVALUATE,
        accepted: Languages = (),
    ) -> ReadyRequest | Refused:
        """What a request body asks for, or why that can't be had; ``members``: those that it may have.

        ``accepted`` are the languages that the caller takes where the body names none, the best first.
        """
        serving = self._serving
        request = self._read(serving, body, caller, members, accepted)
        if isinstance(request, Refused):
            return request
        now = datetime.now(UTC)
        ready = self._chosen(serving, request, caller, now)
        if isinstance(ready, Refused):
            return ready
        ruleset = ready.compiled.ruleset
        as_of = request.get("as_of") or ruleset.today(now)
        wanted = request.get("language")
        language = nearest_to(ruleset, accepted if wanted is None else (wanted,))
        lacking = None if language is not None else wanted
        return ReadyRequest(ready, request["assessment"], now, as_of, request, language, lacking)

    def evaluate(self, body: object, caller: Caller = INTERNAL) -> dict[str, Any] | Refused:
        """The answer to one request body as JSON data, or why there is none.

        Raises:
            DoubleEntryError: engine and evaluator differ on what fired.
            EngineFault: the engine refused.
        """
        asked = self.asked(body, caller)
        return asked if isinstance(asked, Refused) else self.answer(asked)

    def answer(
        self, asked: ReadyRequest, *, in_pieces: bool = False, tried: bool = False
    ) -> dict[str, Any] | Refused:
        """The answer to what is asked for, or why there is none; raises as ``evaluate`` does.

        ``in_pieces``: see ``AnswerWriter.write``. ``tried``: it is no decision, and has no id.
        """
        ready = asked.ready
        decision = ready.compiled.decide(asked.assessment, asked.as_of.month, asked.language)
        if isinstance(decision, tuple):
            return mistaken(decision)
        return ready.writer.write(
            decision,
            decision_id=None if tried else str(uuid_utils.uuid7()),
            evaluated_at=asked.at.isoformat(timespec="seconds")[:19] + "Z",
            as_of=asked.as_of.isoformat(),
            explain=bool(asked.request.get("explain")),
            ref=asked.request.get("ref"),
            test=bool(asked.request.get("test")),
            lacking=asked.lacking,
            in_pieces=in_pieces,
        )

    def _read(
        self,
        serving: ServedRulesets,
        body: object,
        caller: Caller,
        members: StrictSchema,
        accepted: Languages,
    ) -> dict[str, Any] | Refused:
        if not isinstance(body, dict):
            error = Refusal(
                "", "wrong-type", "The body must be a JSON object.", 'Send {"assessment": {...}}.'
            )
            return Refused("invalid", "The body is not a JSON object.", (error,))
        try:
            request: dict[str, Any] = members.loaded(body)
        except ValidationError as error:
            return Refused(
                "invalid",
                "The request has mistakes. No decision was made.",
                self._mistakes(serving, body, error, caller, members, accepted),
            )
        if "ruleset" not in request:
            default = self._default_for(caller)
            if default is None:
                missing = _needed(serving, caller)
                return Refused("invalid", "The request names no ruleset.", (missing,))
            request["ruleset"] = default
        return request

    def _default_for(self, caller: Caller) -> str | None:
        """The ruleset of requests that name none: the caller's, or the service's if he sees it."""
        if caller.default_ruleset is not None:
            return caller.default_ruleset
        return self._default if caller.sees(self._default) else None

    def _mistakes(
        self,
        serving: ServedRulesets,
        body: Mapping[str, Any],
        error: ValidationError,
        caller: Caller,
        schema: StrictSchema,
        accepted: Languages,
    ) -> tuple[Refusal, ...]:
        refusals = list(member_mistakes(schema, error))
        read = error.valid_data if isinstance(error.valid_data, dict) else {}
        valid = {name: value for name, value in read.items() if value is not None}
        is_named = body.get("ruleset") is not None
        ruleset = valid.get("ruleset") if is_named else self._default_for(caller)
        if ruleset is None:
            refusals += [] if is_named else [_needed(serving, caller)]
        else:
            named = {**valid, "ruleset": ruleset}
            now = datetime.now(UTC)
            chosen = self._chosen(serving, named, caller, now)
            if isinstance(chosen, Refused):
                refusals += chosen.errors if chosen.why == "not_found" else ()
            elif isinstance(body.get("assessment"), dict):
                wanted = (valid["language"],) if "language" in valid else accepted
                refusals += _mistaken_answers(chosen.compiled, body["assessment"], schema, wanted, now.month)
        return tuple(sorted(refusals))

    def _chosen(
        self, serving: ServedRulesets, request: Mapping[str, Any], caller: Caller, now: datetime
    ) -> Ready | Refused:
        """What serves as the request names it: by id, version, digest and day."""
        name = request["ruleset"]
        line = serving.lines.get(name) if caller.sees(name) else None
        if line is None:
            return not_served(serving.snapshot, name, caller)
        if line.serves_today and _CHOOSING.isdisjoint(request):
            return line.ready
        as_of = request.get("as_of")
        today = _today(line, now)
        if "version" in request or "digest" in request:
            return self._pinned(line, request, today)
        day: date = as_of or today
        if day >= line.since:
            return line.ready
        found = newest_for(line.timeline, day)
        return self._pinned(line, request, today) if found is None else self._ready(line, found)

    def _pinned(self, line: ServedRuleset, request: Mapping[str, Any], today: date) -> Ready | Refused:
        wanted = WantedEdition(request.get("as_of"), request.get("version"), request.get("digest"))
        found = choose(request["ruleset"], line.timeline, wanted, today)
        if isinstance(found, NoneServes):
            return Refused("not_found", found.detail, (found.error,))
        return self._ready(line, found)

    def _ready(self, line: ServedRuleset, found: Published) -> Ready | Refused:
        if found.key == line.at_hand:
            return line.ready
        try:
            return self._older.get(found.key)
        except DatabaseFault as fault:
            return not_had(found, fault)

    def _warm(self, serving: ServedRulesets) -> None:
        """Compile what serves today where that is not the newest, before the first request asks for it."""
        now = datetime.now(UTC)
        for line in serving.lines.values():
            found = newest_for(line.timeline, _today(line, now))
            if found is not None:
                self._ready(line, found)


def answering_alone(compiled: CompiledRuleset) -> Answering:
    """What answers by one ruleset, for every day, whether or not it serves."""
    ruleset = compiled.ruleset
    published = Published(
        ruleset=ruleset.id,
        version=ruleset.version,
        digest=ruleset.digest,
        starts=ALWAYS,
        at=datetime.now(UTC),
        sequence=1,
        effective=ruleset.effective,
        title=ruleset.title,
        language_version=ruleset.language_version,
    )
    return Answering(Snapshot({ruleset.id: compiled}, {}), default_ruleset=ruleset.id, timeline=[published])


def _mistaken_answers(
    compiled: CompiledRuleset,
    assessment: Mapping[str, Any],
    schema: StrictSchema,
    languages: Languages,
    month: int,
) -> tuple[Refusal, ...]:
    """What is mistaken in an assessment, which is so in every month; a table needs no answer of its own."""
    if isinstance(schema, TableRequest):
        return compiled.wrong_answers(assessment)
    decided = compiled.decide(assessment, month, nearest_to(compiled.ruleset, languages))
    return decided if isinstance(decided, tuple) else ()


def _needed(serving: ServedRulesets, caller: Caller) -> Refusal:
    """That a request has to name a ruleset."""
    seen = [name for name in serving.lines if caller.sees(name)]
    hint = f"Send {quoted(seen)}." if seen else ""
    return Refusal("/ruleset", "missing", "ruleset is required.", hint)


Languages = tuple[str, ...]
"""Language tags (BCP 47), the best first."""


def nearest_to(ruleset: Ruleset, wanted: Languages) -> str | None:
    """The ruleset's language that answers one of those wanted; None: it has none of them."""
    return nearest(wanted, ruleset.languages) if wanted else None


def _today(line: ServedRuleset, now: datetime) -> date:
    """The day that it is where the newest edition is at home."""
    return line.ready.compiled.ruleset.today(now)
