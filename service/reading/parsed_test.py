"""One test taken apart: its verb and the words that follow, each with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.language import TEST_FORMS, Operation, TestForm
from service.model.condition import Scalar, Subject, Test
from service.model.problem import Place, advice, shown
from service.reading.node import Node
from service.reading.problem_collector import ProblemCollector
from service.reading.several_tests import BARE, IS, VERBS, several_tests


def names_attribute(text: str) -> bool:
    """Whether the text is of the form ``goal.times``."""
    name, dot, attribute = text.strip().partition(".")
    return bool(dot and name and attribute) and not (
        name[0].isdigit() or name[0] == "-" or attribute[0].isdigit() or " " in text.strip()
    )


_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")


def level_by_number(text: str, names: Sequence[Scalar]) -> str:
    """The level that Roman numerals name and the text as a number; empty where there is none."""
    numbered = text.isdecimal() and tuple(names) == _ROMAN[: len(names)]
    return _ROMAN[int(text) - 1] if numbered and 1 <= int(text) <= len(names) else ""


@dataclass(frozen=True, slots=True)
class Others:
    """What a test can compare its subject with: all subjects; ``is_unread`` where one is there, unread."""

    known: Mapping[str, Subject]
    is_unread: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class TestContext:
    """What was said of one subject; ``alone``: it is all that a rule's ``when`` says."""

    __test__ = False

    problems: ProblemCollector
    subject: Subject
    parsed: ParsedTest
    others: Others
    alone: bool = False

    @property
    def form(self) -> TestForm:
        """The form of test that was said."""
        return TEST_FORMS[self.parsed.verb]

    @property
    def listed(self) -> str:
        """The values as a list: ``[a, b]``."""
        return "[" + ", ".join(word.text for word in self.parsed.words) + "]"

    def test(self, op: Operation, **parts: Any) -> Test:
        """The test that was meant."""
        written_out = f"{self.subject.key}: {self.parsed.written}"
        return Test(self.subject.key, op, written_out, self.parsed.place, **parts)

    def refuse(self, mend: str) -> None:
        """Note that what was said can't be said of this subject."""
        what = self.parsed.written if self.parsed.verb == "is" else self.parsed.verb
        gone = [self.problems.instead(f"{self.subject.key}.{word.text}") for word in self.parsed.words]
        mend = next(filter(None, gone), " " + mend)
        message = f'"{shown(what)}" does not fit {self.subject.key}.' + mend
        self.problems.error(self.parsed.place, "test-does-not-fit", message)

    def error(self, place: Place, code: str, message: str, mend: str = "") -> None:
        """Note an error, with its mend where the message does not hold it."""
        self.problems.error(place, code, message, mend, of=self.subject.said_at)

    def always(self) -> None:
        """Warn that every value passes the test."""
        mend = "Remove it." if self.subject.given_always else 'Write "given" if any answer will do.'
        if self.alone and self.subject.given_always:
            key = next(
                (key for key, one in self.others.known.items() if one.given_always and "." not in key), ""
            )
            mend = f'For a rule that always fires write "{key}: given".' if key else "Mend it."
        self._warn("test-always-holds", "holds for every answer.", mend)

    def never(self) -> None:
        """Warn that no value passes the test."""
        self._warn("test-never-holds", "never holds.", "Mend or remove it.")

    def _warn(self, code: str, says: str, mend: str) -> None:
        message = f'"{self.subject.key}: {shown(self.parsed.written)}" {says}'
        self.problems.warning(self.parsed.place, code, message, mend, of=self.subject.said_at)


_SYMBOLS = (
    (">=", "at least"),
    ("=>", "at least"),
    ("≥", "at least"),
    ("<=", "at most"),
    ("=<", "at most"),
    ("≤", "at most"),
    ("!=", "not"),
    ("<>", "not"),
    ("==", ""),
    ("≠", "not"),
    (">", "above"),
    ("<", "below"),
    ("=", ""),
    ("!", "not"),
)
_SYNONYMS = (
    ("no more than", "at most"),
    ("no less than", "at least"),
    ("greater than", "above"),
    ("younger than", "below"),
    ("older than", "above"),
    ("more than", "above"),
    ("fewer than", "below"),
    ("less than", "below"),
    ("including", "includes"),
    ("contains", "includes"),
    ("at-least", "at least"),
    ("atleast", "at least"),
    ("minimum", "at least"),
    ("at-most", "at most"),
    ("maximum", "at most"),
    ("atmost", "at most"),
    ("include", "includes"),
    ("is not", "not"),
    ("equals", ""),
    ("except", "not"),
    ("isn't", "not"),
    ("under", "below"),
    ("up to", "at most"),
    ("over", "above"),
    ("min", "at least"),
    ("max", "at most"),
    ("has", "includes"),
    ("is", ""),
)
_LONGEST = 100
_OF_AGE = r"\s*(?:years?|yrs?\.?)?(?: of age| old)?\s*"
_MORE = "more|above|higher|worse|older|deeper|darker|up|upwards|greater"
_LESS = "less|fewer|below|lower|younger|milder|lighter|under"
_AFTERWARDS = (
    (re.compile(rf"(\S+?){_OF_AGE}(?:\+|(?:or|and) (?:{_MORE}))\Z", re.IGNORECASE), "at least"),
    (re.compile(rf"(\S+?){_OF_AGE}(?:or|and) (?:{_LESS})\Z", re.IGNORECASE), "at most"),
)
_BETWEEN = re.compile(r"(?:between|from)\s+(\S+)\s+(?:and|to)\s+(\S+)\Z", re.IGNORECASE)


def in_this_language(text: str, values: Sequence[Scalar] = ()) -> tuple[str, str] | None:
    """What of the test is foreign, and the whole test as it is said here; None where nothing is.

    ``values``: what the subject can be; levels that are said by their numbers are named.
    """
    found = _translated(text)
    if found is None:
        return None
    foreign, better = found
    return foreign, " ".join(level_by_number(word, values) or word for word in better.split(" "))


def _translated(text: str) -> tuple[str, str] | None:
    between = _BETWEEN.match(text)
    if between:
        return text.split()[0], f"{between.group(1)} to {between.group(2)}"
    lowered = text.lower()
    for word in _BEGINNINGS:
        if lowered == word or lowered.startswith(word + " "):
            return text[: len(word)], word + text[len(word) :]
    for symbol, verb in _SYMBOLS:
        if text.startswith(symbol):
            return symbol, _joined(verb, text[len(symbol) :])
    for phrase, verb in _SYNONYMS:
        if lowered.startswith(phrase + " "):
            return text[: len(phrase)], _joined(verb, text[len(phrase) :])
    for pattern, verb in _AFTERWARDS:
        found = pattern.match(text) if len(text) <= _LONGEST else None
        if found:
            return text[found.end(1) :].strip(), f"{verb} {found.group(1)}"
    return None


def _joined(verb: str, rest: str) -> str:
    return f"{verb} {rest.strip()}".strip()


_LONGEST_FIRST = tuple(sorted(VERBS, key=len, reverse=True))
_BEGINNINGS = (*_LONGEST_FIRST, *BARE)

_OTHER_COMMAS = r"[;|/\uff0c\u3001\uff1b]"
_BETWEEN_VALUES = re.compile(rf",\s+|,(?=\D)|\s+(?:or|and)\s+|{_OTHER_COMMAS}")
_WITHOUT_COMMA = re.compile(_OTHER_COMMAS)
_VALUE = re.compile(r"[\w.-]+\Z")
_TO = re.compile(r"\S+\s+to\s+\S+\Z")
_NO_SPACE = re.compile(r"[\u00a0\u2000-\u200a\u202f\u3000]")
_BARE_QUOTES = re.compile(r"'[^']*'\Z|\"[^\"]*\"\Z")


@dataclass(frozen=True, slots=True)
class NamedValue:
    """One value that a test names, and where it stands: so far into the text at a node."""

    text: str
    node: Node
    offset: int = 0

    @property
    def place(self) -> Place:
        """Where the word stands."""
        return self.node.at(self.offset)

    def part(self, text: str, start: int) -> NamedValue:
        """A piece of the word."""
        return NamedValue(text, self.node, self.offset + start)


@dataclass(frozen=True, slots=True)
class ParsedTest:
    """A test as said: ``verb`` ("is" where none is written), its values, and whether they were a list."""

    verb: str
    words: tuple[NamedValue, ...]
    is_list: bool
    place: Place
    written: str


def parse_test(problems: ProblemCollector, node: Node, values: Sequence[Scalar] = ()) -> ParsedTest | None:
    """Take a test apart into verb and values, or None with a problem noted; ``values``: what can be named."""
    data = node.data
    if data is None:
        message = f'{node.name()} has no value. To test whether it was answered, write "given" or "unknown".'
        problems.error(node.key(), "missing-value", message)
        return None
    if isinstance(data, dict):
        return _from_mapping(problems, node, values)
    if isinstance(data, list):
        return _with_list(node, IS, _listed(problems, node))
    return _from_text(problems, node, data, values)


def _with_list(node: Node, verb: str, words: tuple[NamedValue, ...] | None) -> ParsedTest | None:
    if words is None:
        return None
    listed = "[" + ", ".join(word.text for word in words) + "]"
    return ParsedTest(verb, words, True, node.at(), listed if verb == IS else f"{verb} {listed}")


def _from_mapping(problems: ProblemCollector, node: Node, values: Sequence[Scalar]) -> ParsedTest | None:
    keys = list(node.data)
    if len(keys) != 1 or keys[0] not in VERBS:
        _wrong_keys(problems, node, keys)
        return None
    verb = keys[0]
    below = node.child(verb)
    if isinstance(below.data, list):
        return _with_list(below, verb, _listed(problems, below))
    if not isinstance(below.data, str):
        problems.error(below.at(), "wrong-test", f'After "{verb}" comes a value or a list of values.')
        return None
    return _after_verb(problems, below, verb, below.data, 0, values)


def _wrong_keys(problems: ProblemCollector, node: Node, keys: list[str]) -> None:
    if not keys:
        problems.error(node.at(), "wrong-test", f"A test of {node.name()} is missing here. Write its value.")
        return
    wrong = next((key for key in keys if key not in VERBS), None)
    if wrong is not None:
        mend = (
            problems.near(wrong, VERBS)
            or _bare(node, wrong)
            or f" A test as a key is one of: {', '.join(VERBS)}."
        )
        problems.error(node.child(wrong).key(), "wrong-test", f'"{shown(wrong)}" is not a test.' + mend)
        return
    low, high = node.data.get("at least"), node.data.get("at most")
    mend = (
        f'Write "{shown(low)} to {shown(high)}".'
        if isinstance(low, str) and isinstance(high, str) and len(keys) == 2
        else 'Put each in a mapping of its own under "all:".'
    )
    problems.error(node.child(keys[1]).key(), "wrong-test", f"Two tests of {node.name()} in one. {mend}")


def _bare(node: Node, word: str) -> str:
    return f' Write "{node.path[-1]}: {word}".' if word in BARE else ""


def _listed(problems: ProblemCollector, node: Node) -> tuple[NamedValue, ...] | None:
    words = []
    for item in node.items():
        if not isinstance(item.data, str):
            problems.error(
                item.at(), "wrong-test", 'A list holds values. For tests of their own write "any:".'
            )
            return None
        words.append(NamedValue(item.data.strip(), item))
    return _checked_list(problems, node.at(), words)


def _checked_list(
    problems: ProblemCollector, place: Place, words: list[NamedValue]
) -> tuple[NamedValue, ...] | None:
    if not words:
        problems.error(place, "empty-list", "The list is empty. Write at least one value.")
        return None
    parted = [piece.strip() for word in words for piece in _WITHOUT_COMMA.split(word.text)]
    if len(parted) > len(words) and all(_VALUE.match(piece) for piece in parted):
        mark = next(word for word in words if _WITHOUT_COMMA.search(word.text))
        message = f'"{shown(mark.text)}" is one value to it. Commas part values: write [{", ".join(parted)}].'
        problems.error(mark.place, "wrong-test", message)
        return None
    seen: set[str] = set()
    for word in words:
        if _is_test(word.text):
            message = f'A list holds values; "{shown(word.text)}" is a test. Write each test under "any:".'
            problems.error(word.place, "wrong-test", message)
            return None
        if word.text in seen:
            problems.warning(word.place, "said-twice", f'"{shown(word.text)}" stands here twice. Keep one.')
        seen.add(word.text)
    return tuple(words)


def _is_test(text: str) -> bool:
    begins = any(text.startswith(verb + " ") for verb in VERBS)
    return text in BARE or begins or _TO.match(text) is not None


def _from_text(
    problems: ProblemCollector, node: Node, data: str, values: Sequence[Scalar]
) -> ParsedTest | None:
    text = data.strip()
    start = data.find(text)
    if found := _NO_SPACE.search(text):
        message = f'A space here is not an ordinary one. Write "{shown(_NO_SPACE.sub(" ", text))}".'
        problems.error(node.at(start + found.start()), "bad-character", message)
        return None
    if text in BARE:
        return ParsedTest(text, (), False, node.at(), text)
    if several_tests(problems, node, start, text, values):
        return None
    for verb in _LONGEST_FIRST:
        if text == verb or (text.startswith(verb) and text[len(verb)] in " \t\n["):
            rest = text[len(verb) :].lstrip()
            return _after_verb(problems, node, verb, rest, start + len(text) - len(rest), values)
    if text.startswith("["):
        return _with_list(node, IS, _inline_list(problems, node, text, start))
    foreign = in_this_language(text, values)
    if foreign:
        what, better = foreign
        mend = advice(f' Write "{shown(better)}".', text, better, node.at(start))
        problems.error(node.word(what), "wrong-test", f'"{shown(what)}" is not a test.' + mend)
        return None
    if _several(problems, node, start, "", text):
        return None
    return ParsedTest(IS, (NamedValue(text, node, start),), False, node.at(), text)


def _several(problems: ProblemCollector, node: Node, offset: int, verb: str, text: str) -> bool:
    """Whether several values stand without brackets; the problem puts them in."""
    pieces = [piece.strip() for piece in _BETWEEN_VALUES.split(text)]
    if len(pieces) < 2 or not all(_VALUE.match(piece) for piece in pieces):
        return False
    better = f"{(verb and TEST_FORMS[verb].several) or verb} [{', '.join(pieces)}]".strip()
    mend = f' Write "{shown(better, 80)}".'
    if " and " not in text:  # which may say of several answers that all of them must be there
        start = len(node.data) - len(node.data.lstrip())
        mend = advice(mend, f"{verb} {text}".strip(), better, node.at(start))
    problems.error(node.at(offset), "wrong-test", "Several values stand in brackets." + mend)
    return True


def _after_verb(
    problems: ProblemCollector, node: Node, verb: str, rest: str, offset: int, values: Sequence[Scalar]
) -> ParsedTest | None:
    text = rest.strip()
    offset += len(rest) - len(rest.lstrip())
    if not text:
        problems.error(node.at(), "wrong-test", f'After "{verb}" comes a value.')
        return None
    if text.startswith("["):
        return _with_list(node, verb, _inline_list(problems, node, text, offset))
    inner = next((v for v in _BEGINNINGS if text == v or text.startswith(v + " ")), None)
    if inner:
        _test_after_verb(problems, node.at(offset), verb, text, inner)
        return None
    foreign = in_this_language(text, values)
    if foreign:
        message = f'After "{verb}" comes a value, not "{shown(text)}". Write "{shown(foreign[1])}".'
        problems.error(node.at(offset), "wrong-test", message)
        return None
    if not TEST_FORMS[verb].ordered and _several(problems, node, offset, verb, text):
        return None
    return ParsedTest(verb, (NamedValue(text, node, offset),), False, node.at(), f"{verb} {text}")


def _test_after_verb(problems: ProblemCollector, place: Place, verb: str, rest: str, inner: str) -> None:
    after = rest[len(inner) :].strip()
    opposite = TEST_FORMS[inner].opposite
    if verb == "not" and inner == "not":
        message = f'"not not" says nothing. Write "{shown(after or "...")}".'
    elif verb == "not" and opposite:
        message = f'"not" takes a value or a list. Write "{shown(f"{opposite} {after}".strip())}" instead.'
    else:
        message = f'After "{verb}" comes a value, not "{shown(rest)}". For two tests write "all:".'
    problems.error(place, "wrong-test", message)


def _inline_list(
    problems: ProblemCollector, node: Node, text: str, offset: int
) -> tuple[NamedValue, ...] | None:
    if not text.endswith("]"):
        problems.error(node.at(offset), "bracket", 'The list is not closed. Write "]" after its last value.')
        return None
    words = []
    at = offset + 1
    pieces = text[1:-1].split(",") if text[1:-1].strip() else []
    for piece in pieces:
        word = piece.strip()
        if not word:
            problems.error(node.at(at), "empty-list", "A value is missing beside the comma. Write it.")
            return None
        start = at + piece.find(word)
        quoted = _BARE_QUOTES.match(word) is not None
        words.append(NamedValue(word[1:-1].strip() if quoted else word, node, start))
        at += len(piece) + 1
    return _checked_list(problems, node.at(offset), words)
