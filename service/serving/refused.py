"""Why there is no answer: each way in which a request is refused, as one value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from marshmallow import ValidationError
from marshmallow.exceptions import SCHEMA

from schemas.mistake import UNKNOWN, StrictSchema, mistakes_in
from service.model.caller import Caller
from service.model.problem import Refusal, did_you_mean, pointer, quoted
from service.store.editions import Published
from service.store.faults import DatabaseFault, Unavailable
from service.store.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Refused:
    """No answer, and why.

    The request is invalid, or names something that is not there or does not serve now; its key was sent with
    another body; its decision could not be logged; whoever asks may not; or what it was about has changed.
    """

    why: Literal[
        "invalid",
        "not_found",
        "not_ready",
        "being_checked",
        "conflict",
        "not_logged",
        "not_allowed",
        "changed",
    ]
    detail: str
    errors: tuple[Refusal, ...]

    @property
    def with_hints(self) -> str:
        """Every mistake with its mend, in one line; where there is none, why there is no answer."""
        return " ".join(one.with_hint for one in self.errors) or self.detail


def mistaken(mistakes: tuple[Refusal, ...]) -> Refused:
    """Why there is no decision for an assessment with mistakes."""
    return Refused("invalid", "The assessment has mistakes. No decision was made.", mistakes)


def member_mistakes(schema: StrictSchema, error: ValidationError) -> Iterator[Refusal]:
    """What is wrong with the members of a request."""
    members = list(schema.fields)
    for path, mistakes in mistakes_in(error).items():
        for mistake in mistakes:
            # Marshmallow's own name for the whole is the one name whose path comes back empty.
            name = str(path[0]) if path else SCHEMA
            if mistake is UNKNOWN:
                hint = did_you_mean(name, members).strip() or f"Members are {quoted(members)}."
                message = f'"{name[:60]}" is not a member of this request.'
                yield Refusal(pointer(name), "unknown-member", message, hint)
            else:
                yield Refusal(pointer(*path), mistake.code, f"{name} {mistake.message}.", mistake.hint)


def asked_by(
    schema: StrictSchema, body: object, such_as: str = '{"ruleset": "..."}'
) -> dict[str, Any] | Refused:
    """What the body of a request asks for, by its schema; ``such_as`` is one that is an object."""
    if not isinstance(body, dict):
        error = Refusal("", "wrong-type", "The body must be a JSON object.", f"Send {such_as}.")
        return Refused("invalid", "The body is not a JSON object.", (error,))
    try:
        return schema.loaded(body)
    except ValidationError as error:
        mistakes = tuple(sorted(member_mistakes(schema, error)))
        return Refused("invalid", "The request has mistakes.", mistakes)


def not_served(snapshot: Snapshot, name: str, caller: Caller) -> Refused:
    """That no ruleset of that name serves for the caller."""
    if name in snapshot.checking and caller.sees(name):
        return Refused(
            "being_checked", f"The ruleset {name} does not serve yet.", (being_checked("/ruleset", name),)
        )
    if name in snapshot.broken and caller.sees(name):
        error = Refusal(
            "/ruleset", "not-ready", f"{name} has errors and does not serve.", "Ask the operator."
        )
        return Refused("not_ready", f"The ruleset {name} does not serve at the moment.", (error,))
    known = [one for one in snapshot.served if caller.sees(one)]
    if name in snapshot.retired and caller.sees(name):
        error = retired("/ruleset", snapshot, name, known)
        return Refused("not_found", f"The ruleset {name} is retired and serves no more.", (error,))
    hint = did_you_mean(name, known).strip() or (f"Served are {quoted(known)}." if known else "")
    error = Refusal("/ruleset", "unknown-ruleset", "There is no such ruleset.", hint)
    return Refused("not_found", "No ruleset of that id serves here.", (error,))


def retired(at: str, snapshot: Snapshot, name: str, known: Iterable[str]) -> Refusal:
    """That a ruleset serves no more, since when, and what does."""
    since = snapshot.retired[name].date().isoformat()
    served = quoted(known)
    hint = f"Served are {served}." if served else "Ask the operator."
    return Refusal(at, "ruleset-retired", f"{name} is retired since {since}.", hint)


def being_checked(at: str, name: str) -> Refusal:
    """That the first check of a ruleset goes on, so that nothing of it serves yet."""
    return Refusal(at, "being-checked", f"{name} is being checked and does not serve yet.", "Ask again soon.")


def not_had(found: Published, fault: DatabaseFault) -> Refused:
    """An edition that did serve, and can't be had from the archive."""
    name = f"Version {found.version} of {found.ruleset}"
    if isinstance(fault, Unavailable):
        error = Refusal("", "archive-unavailable", "The archive can't be reached.", "Try again later.")
        return Refused("not_ready", f"{name} is archived, and the archive can't be reached.", (error,))
    message = "The archived edition can't be read any more."
    error = Refusal("", "archive-damaged", message, "Ask for another version, and tell the operator.")
    return Refused("not_ready", f"{name} ({found.digest}) is damaged in the archive.", (error,))
