"""picoplan within another program: rulesets of a folder, and answers, without a server or a database.

What is public is :class:`Rulesets`, :class:`RulesetsInvalid` and :class:`AssessmentRefused`, with their
members, and :class:`Problem` and :class:`Refusal` as far as their members are named there. All else of
``service`` and ``schemas`` may change with any version. See ``docs/embed.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from schemas.json_numbers import BEYOND, MOST_EXPONENT, JsonNumber, json_number
from service.model.caller import INTERNAL
from service.model.problem import Problem, Refusal, in_order
from service.serving.assessment_schema import assessment_json_schema
from service.serving.evaluate import Answering, nearest_to
from service.serving.refused import Refused, not_served
from service.serving.tabulating import try_one
from service.serving.what_if import what_if
from service.store.folders import NotARulesetsFolder, read_shelf, shipped
from service.vetting.check import check_shelf
from service.vetting.report import errors_of

__all__ = ["AssessmentRefused", "Problem", "Refusal", "Rulesets", "RulesetsInvalid"]


_LARGEST = 10 ** (MOST_EXPONENT + 1)


class RulesetsInvalid(Exception):
    """The folder has errors, or is none. ``problems`` has them all, each with place, code and message."""

    def __init__(self, problems: tuple[Problem, ...], why: str = "") -> None:
        self.problems = problems
        super().__init__(why or "\n".join(map(str, problems)))


class AssessmentRefused(Exception):
    """There is no answer. ``mistakes`` has each one: JSON pointer, code, message and hint.

    The text of the exception names pointers and codes alone, so that it may go to a log: no answer of a
    client is in it.
    """

    def __init__(self, mistakes: tuple[Refusal, ...]) -> None:
        self.mistakes = mistakes
        super().__init__(", ".join(f"{one.pointer} {one.code}" for one in mistakes))


class Rulesets:
    """The rulesets of a folder, checked, compiled, and ready to answer.

    It never changes: after an edit, load the folder again and let the new one take over. Several threads may
    ask at once; they take turns. It can be loaded before a process forks. Close it, or use it in a ``with``
    statement, to free what the engine holds.
    """

    def __init__(self, folder: str | Path | None = None, *, prove_seconds: float | None = 30) -> None:
        """Load a folder of rulesets, or of one; None: the rulesets that come with picoplan.

        All that ``picoplan check`` does is done: each ruleset is read and checked, its scenarios are tried,
        and its guarantees proven, in ``prove_seconds`` for each. None leaves the proofs out, for where
        ``picoplan check`` has run on the same files before.

        Raises:
            RulesetsInvalid: a ruleset has errors, or there is no such folder.
        """
        root = shipped() if folder is None else Path(folder)
        try:
            shelf = read_shelf(root)
        except NotARulesetsFolder as error:
            raise RulesetsInvalid((), str(error)) from None
        checked = check_shelf(shelf, prove_seconds=prove_seconds)
        problems = in_order([*checked.read_problems, *checked.failures, *checked.proof_problems])
        errors = errors_of(problems)
        if errors:
            checked.close()
            raise RulesetsInvalid(errors)
        self._warnings = problems
        self._snapshot = checked.snapshot
        self._answering = Answering(checked.snapshot)
        self._is_closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Free what the engine holds; whatever is asked afterwards raises ``ValueError``."""
        self._is_closed = True
        self._snapshot.close()

    def _open(self) -> Answering:
        """What answers, as long as it is open; raises ``ValueError``."""
        if self._is_closed:
            raise ValueError("These rulesets are closed: ask within the with statement, or before close().")
        return self._answering

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the rulesets, sorted."""
        return tuple(sorted(self._snapshot.served))

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What ``picoplan check`` warns of, sorted by place."""
        return self._warnings

    def evaluate(
        self,
        ruleset: str,
        assessment: Mapping[str, Any],
        *,
        as_of: date | None = None,
        language: str | None = None,
    ) -> dict[str, Any]:
        """The plan for one client, and which rules fired and why: what ``POST /v1/evaluate`` answers.

        ``assessment`` has the answers by the ids of the questions: strings, booleans, numbers, and lists of
        strings. ``as_of`` is the day for which to decide, without it today in the ruleset's time zone;
        ``language`` a BCP 47 tag. Nothing is logged, so ``decision_id`` is None.

        Raises:
            AssessmentRefused: the assessment has mistakes, or there is no such ruleset.
        """
        body = _body(ruleset, assessment, as_of, language)
        return _answered(try_one(self._open(), body, INTERNAL))

    def explain(
        self,
        ruleset: str,
        assessment: Mapping[str, Any],
        *,
        as_of: date | None = None,
        language: str | None = None,
    ) -> dict[str, Any]:
        """The same as :meth:`evaluate`, with each other rule in ``not_fired``, and the truth of its tests.

        Raises:
            AssessmentRefused: the assessment has mistakes, or there is no such ruleset.
        """
        body = {**_body(ruleset, assessment, as_of, language), "explain": True}
        return _answered(try_one(self._open(), body, INTERNAL))

    def what_if(
        self,
        ruleset: str,
        assessment: Mapping[str, Any],
        *,
        as_of: date | None = None,
        language: str | None = None,
    ) -> dict[str, Any]:
        """What other answers would come to, and what would make one session enough: ``POST /v1/what-if``.

        Raises:
            AssessmentRefused: the assessment has mistakes, or there is no such ruleset.
        """
        return _answered(what_if(self._open(), _body(ruleset, assessment, as_of, language)))

    def questions(self, ruleset: str, language: str | None = None) -> dict[str, Any]:
        """The questions as a JSON Schema, in the order in which to ask them, for a form.

        In the ruleset's own language where it does not have the one that is wanted.

        Raises:
            AssessmentRefused: there is no such ruleset.
        """
        compiled = self._open().snapshot.served.get(ruleset)
        if compiled is None:
            raise AssessmentRefused(not_served(self._snapshot, ruleset, INTERNAL).errors)
        spoken = None if language is None else nearest_to(compiled.ruleset, (language,))
        return assessment_json_schema(compiled.by_language[spoken or compiled.ruleset.language])


def _body(ruleset: str, assessment: Any, as_of: date | None, language: str | None) -> dict[str, Any]:
    """The request as it would have been read from JSON; what is no mapping is refused as HTTP refuses it."""
    if isinstance(assessment, Mapping):
        assessment = {str(name): _as_read(answer) for name, answer in assessment.items()}
    day = as_of.isoformat() if isinstance(as_of, date) else as_of  # what is no date is refused as over HTTP
    return {"ruleset": ruleset, "assessment": assessment, "as_of": day, "language": language}


def _as_read(answer: Any) -> Any:
    """An answer as it would have been read from JSON: its numbers exact, and with few digits."""
    if isinstance(answer, tuple):
        return [*answer]
    if isinstance(answer, bool) or not isinstance(answer, JsonNumber):
        return answer
    if isinstance(answer, Decimal) and not answer.is_finite():
        return BEYOND
    # What is larger than any number may be is never spelled out, however long it is.
    if not -_LARGEST < answer < _LARGEST:
        return BEYOND
    return json_number(str(answer))


def _answered(answer: dict[str, Any] | Refused) -> dict[str, Any]:
    if isinstance(answer, Refused):
        raise AssessmentRefused(answer.errors)
    return answer
