"""The README's figures of plausible clients are the script's, whose mix answers every question."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from scripts.plausible_clients import RULESET, Clients, Heard, opened, parts, percent, targets
from service.serving.evaluate import Answering
from service.store.folders import shipped
from tests.docs.pages import ROOT


@pytest.fixture(scope="module")
def answering() -> Iterator[Answering]:
    """The shipped ruleset."""
    found = opened(shipped())
    yield found
    found.snapshot.close()


def test_the_mix_answers_every_question_and_the_same_seed_draws_the_same_clients(
    answering: Answering,
) -> None:
    heard = list(Clients(answering, 100, 3).heard())
    answered = {name for one in heard for name in one.client}
    asked = answering.snapshot.served[RULESET].ruleset.inputs
    assert set(asked) - answered <= {"how_many", "scar_raised", "scar_under_1y"}
    assert not any(one.answer["unanswered"] for one in heard)
    assert sum(one.client["phototype"] == "III" for one in heard) == 32
    again = Clients(answering, 100, 3).heard()
    assert [next(again).client for _ in range(20)] == [one.client for one in heard[:20]]
    told = "\n".join(line for lines in parts(heard).values() for line in lines)
    assert re.search(r"  all +\d+ of +100 +\d", told)


def test_who_has_one_reason_alone_is_counted_apart() -> None:
    one = {"rule": "a", "text": "A."}
    answer = {"verdict": "clinician_review", "referrals": [one, one, {"rule": None, "text": "B."}]}
    heard = Heard({}, answer)
    assert (heard.referrals, heard.only_a_clinician) == (("a", "B."), True)
    assert (percent(1, 3), percent(0, 0)) == ("33.3 %", "-")


@pytest.mark.long
def test_the_figures_of_the_readme_are_those_of_the_script(answering: Answering) -> None:
    heard = list(Clients(answering, 5_000, 1).heard())
    table = (ROOT / "README.md").read_text(encoding="utf-8").partition("<!-- plausible -->\n")[2]
    shown = re.findall(r"\| ([0-9.]+ %) of ([0-9,]+) \| (\d+) %", table)[:2]
    printed = re.findall(r"of +([0-9,]+) +([0-9.]+ %), at most (\d+) %", "\n".join(targets(heard)))
    assert [(share, of, most) for of, share, most in printed] == shown
