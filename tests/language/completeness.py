"""What must hold of every change of an effect, or of a rule's words: an assertion for each place.

`test_effects` asks them of the code as it is, `test_mutations` of the code with an entry less somewhere.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from schemas.language import ANSWER
from service.evaluation.compiled import CompiledRuleset
from service.serving.answer import AnswerWriter
from tests.language.asking import (
    Ruleset,
    compared,
    guarantees_hold,
    meaning_is_told,
    member_is_compared,
    replay_tells,
)
from tests.language.samples import CLIENT, OTHERS, Change, WordChange
from tests.properties.test_second_opinion import agree


@cache
def pair(change: Change | WordChange) -> tuple[Ruleset, Ruleset]:
    """The two rulesets of a change; they stay for all tests of a process."""
    folder = Path(mkdtemp(prefix="picoplan-language-"))
    return Ruleset(folder / "before", change.before), Ruleset(folder / "after", change.after)


def evaluates(change: Change | WordChange) -> None:
    """Clients get what the second opinion says, whoever was answered before them."""
    one = pair(change)[1]
    made = CompiledRuleset(one.answering.snapshot.served["generated"].ruleset)
    writer = AnswerWriter(made)
    for client in (CLIENT, *OTHERS):
        decision = made.decide(client)
        assert not isinstance(decision, tuple)
        said = writer.write(decision, decision_id="", evaluated_at="", as_of="", explain=False)
        agree(one.files, said, client)
    made.close()


def compares(change: Change | WordChange) -> None:
    """A comparison says what the change means."""
    meaning_is_told(change, compared(*pair(change)))


def proves(change: Change | WordChange) -> None:
    """Guarantees are proven where they hold, and nowhere else, if the rule fires for all or for some."""
    guarantees_hold(pair(change)[1])
    if isinstance(change, Change):
        guarantees_hold(for_some(change))


@cache
def for_some(change: Change) -> Ruleset:
    """The ruleset after the change, its rule only for some of the clients."""
    files = replace(change, when={"goal": "complete"}).after
    return Ruleset(Path(mkdtemp(prefix="picoplan-language-")), files)


def replays(change: Change | WordChange) -> None:
    """Replay calls another answer what it is, whatever member of it is another."""
    was, now = (one.answer(CLIENT) for one in pair(change))
    replay_tells(was, now)
    for name in ANSWER:
        if name in was and ANSWER[name].matters != "identity" and not ANSWER[name].optional:
            member_is_compared(was, name)
