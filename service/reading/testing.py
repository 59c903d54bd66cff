"""One test of one subject: does what was said fit the subject's kind, and what does it come to?"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from schemas.ruleset_files import yes_or_no
from service.model.condition import Interval, Scalar, Subject, Test
from service.model.number import Number, parse_number, written
from service.model.problem import did_you_mean, quoted, shown
from service.reading.ranges import split_range
from service.reading.said import Said, Word, read_said
from service.reading.spot import Findings, Spot

_LEVELS_RANGE = re.compile(r"(\S+)\s+to\s+(\S+)\Z")
_ORDERINGS = ("at least", "at most", "above", "below")


@dataclass(frozen=True, slots=True)
class _Asked:
    """A test being read: where problems go, what is tested, and what was said."""

    found: Findings
    subject: Subject
    said: Said

    def test(self, op: str, **parts: object) -> Test:
        written_out = f"{self.subject.key}: {self.said.written}"
        return Test(self.subject.key, op, written_out, self.said.place, **parts)  # type: ignore[arg-type]

    def refuse(self, mend: str) -> None:
        verb = self.said.verb
        message = f'"{verb}" does not fit {self.subject.key}. {mend}'
        self.found.error(self.said.place, "test-does-not-fit", message)

    def warn(self, holds: str) -> None:
        code = "test-always-holds" if holds == "always" else "test-never-holds"
        message = f'"{self.subject.key}: {shown(self.said.written)}" {holds} holds. Remove or mend it.'
        self.found.warning(self.said.place, code, message)


def read_test(found: Findings, subject: Subject, spot: Spot, *, alone: bool = False) -> Test | None:
    """The test that stands at the spot, or None with a problem noted.

    ``alone``: it is all that a rule's ``when`` says, so ``given`` is how an author writes "always".
    """
    said = read_said(found, spot)
    if said is None:
        return None
    asked = _Asked(found, subject, said)
    if said.verb in ("given", "unknown"):
        if subject.given_always and not (alone and said.verb == "given"):
            asked.warn("always" if said.verb == "given" else "never")
        return asked.test(said.verb)
    return _BY_SHAPE[subject.domain.shape](asked)


def _choice(asked: _Asked) -> Test | None:
    said, domain = asked.said, asked.subject.domain
    if said.verb.startswith("includes"):
        asked.refuse(f"It has one value: write {asked.subject.key}: {said.words[0].text}, or a list.")
        return None
    if said.verb in _ORDERINGS and not domain.ordered:
        asked.refuse("Its options have no order: name the ones that count, as a list.")
        return None
    levels = _LEVELS_RANGE.match(said.words[0].text) if said.verb in ("is", "not") else None
    if levels and not said.is_list:
        return _levels_range(asked, levels)
    if said.verb in _ORDERINGS and said.is_list:
        asked.refuse(f'After "{said.verb}" comes one level.')
        return None
    names = [_option(asked, word) for word in said.words]
    if any(name is None for name in names):
        return None
    return _among(asked, _allowed(asked, [name for name in names if name is not None]))


def _allowed(asked: _Asked, names: list[Scalar]) -> frozenset[Scalar]:
    values = asked.subject.domain.values
    at = values.index(names[0])
    return frozenset(
        {
            "is": names,
            "not": [value for value in values if value not in names],
            "at least": values[at:],
            "above": values[at + 1 :],
            "at most": values[: at + 1],
            "below": values[:at],
        }[asked.said.verb]
    )


def _levels_range(asked: _Asked, match: re.Match[str]) -> Test | None:
    if not asked.subject.domain.ordered:
        asked.refuse("Its options have no order: name the ones that count, as a list.")
        return None
    if asked.said.verb == "not":
        asked.refuse(f'Write "not:" above it, and below that {asked.subject.key}: {match.group(0)}.')
        return None
    values = asked.subject.domain.values
    ends = [_option(asked, Word(match.group(i), asked.said.place)) for i in (1, 2)]
    if ends[0] is None or ends[1] is None:
        return None
    low, high = values.index(ends[0]), values.index(ends[1])
    if low > high:
        message = f"A range goes up: write {match.group(2)} to {match.group(1)}."
        asked.found.error(asked.said.place, "impossible-range", message)
        return None
    return _among(asked, frozenset(values[low : high + 1]))


def _option(asked: _Asked, word: Word) -> Scalar | None:
    subject = asked.subject
    names = [str(value) for value in subject.domain.values]
    if word.text not in names:
        what = {"attribute": "a value", "conclusion": "a level"}.get(subject.kind, "an option")
        mend = did_you_mean(word.text, names) or f" Write {quoted(names)}."
        message = f'"{shown(word.text)}" is not {what} of {subject.key}.{mend}'
        asked.found.error(
            word.place, "unknown-level" if subject.domain.ordered else "unknown-option", message
        )
        return None
    possible = subject.domain.possible
    if asked.said.verb == "is" and not _LEVELS_RANGE.match(asked.said.words[0].text) and possible is not None:
        if word.text not in possible:
            message = f'No rule concludes "{word.text}" for {subject.key}. Test {quoted(sorted(map(str, possible)))}.'
            asked.found.error(word.place, "never-concluded", message)
            return None
    return word.text


def _among(asked: _Asked, allowed: frozenset[Scalar]) -> Test | None:
    domain = asked.subject.domain
    if domain.possible is not None and not allowed & domain.possible:
        message = f"No rule concludes a level of {asked.subject.key} for which this holds."
        asked.found.error(asked.said.place, "never-concluded", message)
        return None
    if not allowed:
        asked.warn("never")
    elif len(allowed) == len(domain.values) and domain.values:
        asked.warn("always")
    return asked.test("among", values=allowed)


def _yes_no(asked: _Asked) -> Test | None:
    said = asked.said
    if said.verb not in ("is", "not"):
        asked.refuse("It is answered by yes or no: write yes, no, given or unknown.")
        return None
    named = set()
    for word in said.words:
        answer = yes_or_no(word.text)
        if answer is None:
            message = f'"{shown(word.text)}" is not an answer to {asked.subject.key}. Write yes or no.'
            asked.found.error(word.place, "unknown-option", message)
            return None
        named.add(answer)
    return _among_yes_no(asked, frozenset(named if said.verb == "is" else {True, False} - named))


def _among_yes_no(asked: _Asked, answers: frozenset[Scalar]) -> Test:
    if len(answers) != 1:
        asked.warn("always" if answers else "never")
    return asked.test("among", values=answers)


def _number(asked: _Asked) -> Test | None:
    said = asked.said
    if said.verb.startswith("includes"):
        asked.refuse("It is a number: write a number, a list, at least, at most, above, below or a range.")
        return None
    if said.verb in ("is", "not") and not said.is_list and parse_number(said.words[0].text) is None:
        ends = split_range(said.words[0].text)
        if ends is not None:
            return _number_range(asked, ends)
    if said.verb in _ORDERINGS and said.is_list:
        asked.refuse(f'After "{said.verb}" comes one number.')
        return None
    points = [_point(asked, word) for word in said.words]
    if any(point is None for point in points):
        return None
    numbers = [point for point in points if point is not None]
    if said.verb in _ORDERINGS:
        return _ordering(asked, numbers[0])
    return asked.test("among" if said.verb == "is" else "not_among", values=frozenset(numbers))


def _number_range(asked: _Asked, ends: tuple[str, str]) -> Test | None:
    if asked.said.verb == "not":
        asked.refuse(f'Write "not:" above it, and below that {asked.subject.key}: {ends[0]} to {ends[1]}.')
        return None
    low, high = (_point(asked, Word(end, asked.said.place)) for end in ends)
    if low is None or high is None:
        return None
    if low > high:
        message = f"A range goes up: write {ends[1]} to {ends[0]}."
        asked.found.error(asked.said.place, "impossible-range", message)
        return None
    domain = asked.subject.domain
    if domain.low is not None and domain.high is not None and low <= domain.low and high >= domain.high:
        asked.warn("always")
    return asked.test("within", interval=Interval(low, high))


def _point(asked: _Asked, word: Word) -> Number | None:
    domain = asked.subject.domain
    number = parse_number(word.text)
    if number is None:
        message = f'"{shown(word.text)}" is not a number, as {asked.subject.key} is. Write it as 5 or 1.25.'
        asked.found.error(word.place, "not-a-number", message)
        return None
    if domain.low is not None and domain.high is not None and not domain.low <= number <= domain.high:
        bounds = f"{written(domain.low)} to {written(domain.high)}"
        message = f"{written(number)} is outside the bounds of {asked.subject.key}, {bounds}."
        asked.found.error(word.place, "out-of-bounds", message)
        return None
    if domain.whole and not isinstance(number, int) and asked.said.verb in ("is", "not"):
        message = f"{asked.subject.key} is a whole number and never {written(number)}."
        asked.found.error(word.place, "not-whole", message)
        return None
    if asked.subject.kind == "attribute" and asked.said.verb == "is" and not asked.said.is_list:
        if number not in domain.values:
            asked.warn("never")
    return number


def _ordering(asked: _Asked, bound: Number) -> Test:
    domain = asked.subject.domain
    verb = asked.said.verb
    at_low, at_high = bound == domain.low, bound == domain.high
    if (verb == "at least" and at_low) or (verb == "at most" and at_high):
        asked.warn("always")
    if (verb == "above" and at_high) or (verb == "below" and at_low):
        asked.warn("never")
    interval = {
        "at least": Interval(low=bound),
        "above": Interval(low=bound, low_open=True),
        "at most": Interval(high=bound),
        "below": Interval(high=bound, high_open=True),
    }[verb]
    return asked.test("within", interval=interval)


def _set(asked: _Asked) -> Test | None:
    said = asked.said
    first = said.words[0].text
    if said.verb == "includes" and said.is_list:
        asked.refuse(f'For several write "includes any of {said.written[len("includes ") :]}".')
        return None
    if not said.verb.startswith("includes"):
        word = "includes none of" if said.verb == "not" else "includes any of" if said.is_list else "includes"
        listed = "[" + ", ".join(w.text for w in said.words) + "]"
        asked.refuse(f'It holds several values: write "{word} {listed if word != "includes" else first}".')
        return None
    members = [_member(asked, word) for word in said.words]
    if any(member is None for member in members):
        return None
    named = frozenset(member for member in members if member is not None)
    none_of = said.verb == "includes none of"
    if not named & frozenset(asked.subject.domain.values):
        asked.warn("always" if none_of else "never")
    return asked.test("none_of" if none_of else "any_of", values=named)


def _member(asked: _Asked, word: Word) -> Scalar | None:
    values = asked.subject.domain.values
    if values and all(isinstance(value, bool) for value in values):
        answer = yes_or_no(word.text)
        if answer is None:
            asked.found.error(word.place, "unknown-option", f'"{shown(word.text)}" must be yes or no here.')
        return answer
    if values and not any(isinstance(value, str) for value in values):
        number = parse_number(word.text)
        if number is None:
            message = f'"{shown(word.text)}" is not a number, as those of {asked.subject.key} are.'
            asked.found.error(word.place, "not-a-number", message)
        return number
    if word.text not in values:
        names = [str(value) for value in values]
        mend = did_you_mean(word.text, names) or f" Write {quoted(names)}."
        message = f'"{shown(word.text)}" is not an option of {asked.subject.key}.{mend}'
        asked.found.error(word.place, "unknown-option", message)
        return None
    return word.text


_BY_SHAPE: dict[str, Callable[[_Asked], Test | None]] = {
    "choice": _choice,
    "yes_no": _yes_no,
    "number": _number,
    "set": _set,
}
