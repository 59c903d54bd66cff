"""The questions of a ruleset asked one after another, and the answers as an assessment.

The ruleset itself says which questions apply and which answers it takes. Yes-or-no questions that must be
asked and stand together are one block: whoever names those that are so has said no to the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import takewhile
from typing import Any

from service.commandline.console import dim, heading, wrapped
from service.evaluation.compiled import CompiledRuleset
from service.model.condition import subjects_of
from service.model.problem import Refusal
from service.model.ruleset import Input
from service.reading.scenarios import as_assessment

UNKNOWN = "?"
"""What is typed where nobody knows: the question is left open."""

_ANY_MONTH = 6
_YES, _NO = ("y", "yes"), ("n", "no")


class Interview:
    """Asks for one client. ``read`` gives a line for a prompt; ``tell`` shows a line."""

    def __init__(
        self,
        compiled: CompiledRuleset,
        language: str,
        read: Callable[[str], str],
        tell: Callable[[str], None],
    ) -> None:
        """``language`` is one of the ruleset's, in which its questions are shown."""
        self._compiled = compiled
        self._inputs = compiled.by_language[language].inputs
        self._language = language
        self._read = read
        self._tell = tell
        self._given: dict[str, Any] = {}

    def answers(self) -> dict[str, Any]:
        """The assessment, once every question that applies was asked."""
        waiting = list(self._inputs.values())
        while waiting:
            block = self._block(waiting)
            if len(block) > 1:
                self._ask_block(block)
            elif self._applies(waiting[0]):
                self._ask(waiting[0])
            del waiting[: max(len(block), 1)]
        return self._given

    def _block(self, waiting: Sequence[Input]) -> list[Input]:
        """The questions at the front that are asked together: none of them rests on another."""
        run = list(takewhile(lambda one: one.must_ask and one.domain.shape == "yes_no", waiting))
        names: set[str] = set()
        for place, one in enumerate(run):
            looked_at = subjects_of(one.only_if) if one.only_if is not None else ()
            if any(key.partition(".")[0] in names for key in looked_at):
                return run[:place]
            names.add(one.id)
        return run

    # -- one question -----------------------------------------------------------------------------

    def _ask(self, one: Input) -> None:
        self._show(one)
        while True:
            typed = self._read(self._prompt(one)).strip()
            if not typed or typed == UNKNOWN:
                if self._may_be_left_open(one, typed):
                    return
                self._tell("  There is no plan without an answer to this one.")
                continue
            answer = self._meant(one, typed)
            mistakes = list(self._mistakes({one.id: answer})) if answer is not None else ["Type yes or no."]
            if not mistakes:
                self._given[one.id] = answer
                return
            for text in mistakes:
                self._tell(f"  {text}")

    def _may_be_left_open(self, one: Input, typed: str) -> bool:
        if one.domain.shape == "set" and not typed:
            self._given[one.id] = []
            return True
        return not one.required and (bool(typed) or not one.must_ask)

    def _show(self, one: Input) -> None:
        self._tell("")
        self._tell(heading(one.label))
        if one.help is not None:
            for text in wrapped(one.help, 2):
                self._tell(dim(text))
        for number, option in enumerate(one.options, 1):
            self._tell(f"  {number}  {option.label}")

    def _prompt(self, one: Input) -> str:
        if one.domain.shape == "yes_no":
            ways = "yes or no"
        elif one.domain.shape == "number":
            unit = f" {one.unit}" if one.unit else ""
            ways = f"{one.domain.low} to {one.domain.high}{unit}"
        elif one.domain.shape == "set":
            ways = "numbers such as 1 2; Enter: none of them"
        else:
            ways = "a number"
        left = "" if one.required or one.domain.shape == "set" else self._left(one)
        return f"  ({ways}{left}) "

    def _left(self, one: Input) -> str:
        if one.must_ask:
            return f"; {UNKNOWN} where it was not asked"
        if one.default is None:
            return "; Enter: leave it open"
        default = "yes" if one.default is True else "no" if one.default is False else one.default
        labels = {option.id: option.label for option in one.options}
        return f"; Enter: {labels.get(str(default), default)}"

    def _meant(self, one: Input, typed: str) -> Any:
        """The answer that was typed: by its number, its id or its label; else as it is, to be refused.

        None: it is neither yes nor no.
        """
        if one.domain.shape == "yes_no":
            word = typed.lower()
            return True if word in _YES else False if word in _NO else None
        if one.domain.shape == "set":
            return [self._option(one, word) for word in _words(typed)]
        if one.options:
            return self._option(one, typed)
        return as_assessment(self._inputs, {one.id: typed})[one.id]

    def _option(self, one: Input, word: str) -> str:
        ids = [option.id for option in one.options]
        if word in ids:
            return word
        if word.isdecimal() and 1 <= int(word) <= len(ids):
            return ids[int(word) - 1]
        labels = {option.label.casefold(): option.id for option in one.options}
        return labels.get(word.casefold(), word)

    # -- a block ----------------------------------------------------------------------------------

    def _ask_block(self, block: Sequence[Input]) -> None:
        asked = [one for one in block if self._applies(one)]
        if not asked:
            return
        self._tell("")
        self._tell(heading("Which of these are so?"))
        for number, one in enumerate(asked, 1):
            for text in wrapped(one.label, 5, first=f" {number:2}  "):
                self._tell(text)
            for text in wrapped(one.help, 5) if one.help is not None else ():
                self._tell(dim(text))
        prompt = f"  (numbers such as 1 3; Enter: none; {UNKNOWN}2 where 2 was not asked; all others are no) "
        while True:
            answers = self._read_block(asked, self._read(prompt))
            mistakes = [f'"{answers}" is no number of these.'] if isinstance(answers, str) else []
            if not isinstance(answers, str):
                mistakes = list(self._mistakes(answers))
                if not mistakes:
                    self._given |= answers
                    return
            for text in mistakes:
                self._tell(f"  {text}")

    def _read_block(self, asked: Sequence[Input], typed: str) -> dict[str, Any] | str:
        """Yes for the numbers that were typed, no for all others; a word that is no number of these."""
        answers: dict[str, Any] = {one.id: False for one in asked}
        for word in _words(typed):
            number = word.strip(UNKNOWN)
            if not number.isdecimal() or not 1 <= int(number) <= len(asked):
                return word
            name = asked[int(number) - 1].id
            if number == word:
                answers[name] = True
            else:
                answers.pop(name, None)
        return answers

    # -- what the ruleset says ----------------------------------------------------------------------

    def _applies(self, one: Input) -> bool:
        """Whether an answer would be taken, whatever it is."""
        return one.id in self._compiled.applicable(self._given)

    def _mistakes(self, answers: dict[str, Any]) -> Iterable[str]:
        """Why the answers are not taken beside those that were given."""
        for refusal in self._refused(answers):
            if refusal.code != "missing" and any(_is_of(refusal, name) for name in answers):
                yield refusal.with_hint

    def _refused(self, answers: dict[str, Any]) -> tuple[Refusal, ...]:
        decided = self._compiled.decide({**self._given, **answers}, _ANY_MONTH, self._language)
        return decided if isinstance(decided, tuple) else ()


def _words(typed: str) -> list[str]:
    return typed.replace(",", " ").split()


def _is_of(refusal: Refusal, name: str) -> bool:
    """Whether the answer to a question is refused, by itself or beside others."""
    pointers = refusal.pointers or (refusal.pointer,)
    return any(pointer.split("/")[2:3] == [name] for pointer in pointers)
