"""``client-page.yaml``: what the client page says and asks, that of each layer over the one below it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from schemas.ruleset_files import ClientPageFile, ClientWordsEntry
from service.model.client_page import ClientPage, ClientWords
from service.model.condition import Scalar
from service.model.number import parse_number
from service.model.problem import Place, shown
from service.model.ruleset import Input
from service.reading.inputs import Questions, read_answer
from service.reading.node import Node
from service.reading.problem_collector import ProblemCollector

OLDEST = 120
"""Years: no minimum age is higher."""

_TEXTS = ("title", "start", "contact")


def read_client_page(
    problems: ProblemCollector, questions: Questions, node: Node, below: ClientPage
) -> ClientPage:
    """The page of a file at ``node`` over the one ``below``, key by key; a list takes the place of a list."""
    if node.data is None:
        if node.tree.blank:
            problems.empty(node)
        return below
    entry = problems.load(ClientPageFile, node)
    if not isinstance(node.data, dict):
        return below
    reading = _ReadingPage(problems, questions, node)
    answers = {**below.answers, **reading.answers()}
    left_out = reading.left_out() if "leave_out" in entry else below.left_out
    own = {key: entry[key] for key in _TEXTS if key in entry}
    age = reading.minimum_age() if "minimum_age" in entry else below.minimum_age
    return replace(
        below,
        **own,
        minimum_age=age,
        answers={name: answer for name, answer in answers.items() if name not in left_out},
        left_out=left_out,
        words=_over(below.words, reading.words()),
        places={**below.places, **dict(_places(node, ()))},
    )


def _over(below: Mapping[str, ClientWords], above: Mapping[str, ClientWords]) -> dict[str, ClientWords]:
    words = dict(below)
    for name, own in above.items():
        was = below.get(name, ClientWords())
        words[name] = ClientWords(
            own.label or was.label, own.help or was.help, {**was.options, **own.options}
        )
    return words


def _places(node: Node, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Place]]:
    yield path, node.key()
    for key, below in node.entries():
        yield from _places(below, (*path, key))


class _ReadingPage:
    """One file being read."""

    def __init__(self, problems: ProblemCollector, questions: Questions, node: Node) -> None:
        self._problems = problems
        self._questions = questions
        self._node = node

    def minimum_age(self) -> int | None:
        """The youngest for whom the page is, in years."""
        node = self._node.child("minimum age")
        written = str(node.data).strip()
        age = parse_number(written)
        if isinstance(age, int) and 1 <= age <= OLDEST:
            return age
        message = f'"{shown(written)}" is not a whole number of years from 1 to {OLDEST}.'
        self._problems.error(node.at(), "out-of-bounds", message + " Write one such as 18.")
        return None

    def answers(self) -> dict[str, Scalar | frozenset[str]]:
        """The answers that are the same for every client. What must be asked nobody answers for others."""
        found: dict[str, Scalar | frozenset[str]] = {}
        for name, node in self._node.child("answers").entries():
            one = self._question(name, node.key())
            if one is None or node.data is None:
                continue
            if one.must_ask:
                message = f'"{shown(name)}" must be asked of each client. Remove it from "answers".'
                self._problems.error(node.key(), "answered-for-all", message, of=one.place)
                continue
            answer = read_answer(self._problems, one, node, "answer", one.place)
            if answer is not None:
                found[one.id] = answer
        return found

    def left_out(self) -> tuple[str, ...]:
        """The questions that are not asked: each is optional or has a default, and is not answered here."""
        found: list[str] = []
        for item in self._node.child("leave out").items():
            if not isinstance(item.data, str):
                message = "A question is named by its id: [sessions_done]."
                self._problems.error(item.at(), "wrong-type", message)
                continue
            one = self._question(item.data.strip(), item.at())
            if one is None:
                continue
            must = "is required" if one.required else "must be asked" if one.must_ask else ""
            if must:
                message = f'"{one.id}" {must}, so it can\'t be left out. Remove it from "leave out".'
                self._problems.error(item.at(), "not-left-out", message, of=one.place)
            elif self._node.child("answers").has(one.id):
                message = f'"{one.id}" is answered above and left out here. Keep one of the two.'
                self._problems.error(item.at(), "duplicate-id", message)
            elif one.id in found:
                message = f'"{one.id}" stands here twice. Keep one.'
                self._problems.error(item.at(), "duplicate-id", message)
            else:
                found.append(one.id)
        return tuple(found)

    def words(self) -> dict[str, ClientWords]:
        """How questions are put, by question."""
        found = {}
        for name, node in self._node.child("words").entries():
            one = self._question(name, node.key())
            entry = self._problems.load(ClientWordsEntry, node)
            if one is not None:
                options = self._options(one, node.child("options"))
                found[one.id] = ClientWords(entry.get("label"), entry.get("help"), options)
        return found

    def _options(self, one: Input, node: Node) -> dict[str, str]:
        names = [option.id for option in one.options]
        found = {}
        for name, below in node.entries():
            if name.strip() not in names:
                what = "a level" if one.domain.ordered else "an option"
                mend = self._problems.near_option(one.id, name, names) or " Remove it."
                code = "unknown-level" if one.domain.ordered else "unknown-option"
                message = f'"{shown(name)}" is not {what} of {one.id}.' + mend
                self._problems.error(below.key(), code, message)
            elif below.data is not None and (text := self._problems.text(name, below)) is not None:
                found[name.strip()] = text
        return found

    def _question(self, name: str, place: Place) -> Input | None:
        """The question of that id; None where there is none, which is noted unless it can't be known."""
        one = self._questions.inputs.get(name)
        if one is None and name not in self._questions.unread:
            mend = self._problems.near_input(name, self._questions.inputs) or " Remove it."
            message = f'"{shown(name)}" is not a question of assessment.yaml.' + mend
            self._problems.error(place, "unknown-input", message)
        return one
