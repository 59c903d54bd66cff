"""What may stand in a file: wherever something stands in the shipped files, it is among what is offered."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from typing import NamedTuple

import pytest

from schemas.language import SUPPORTS, VERDICTS
from schemas.words import OUTCOMES
from service.authoring.completion import Offer, complete, hover, kind_of
from service.authoring.names import Names, read_names
from service.reading.node import Branch, Data, Tree
from service.reading.yaml_reader import compose
from service.reading.yaml_text import starts_of_lines
from service.store.folders import shipped

FILES = sorted(path.relative_to(shipped()) for path in shipped().rglob("*.yaml"))
A_FILE = 10
"""So many places of each file are tried."""

MADE_UP = (
    "evidence *",
    "ruleset factors *",
    "ruleset benefits *",
    "factors rules # id",
    "factors tables # id",
    "factors tables # rows # id",
    "guarantees guarantees # id",
    "assessment inputs device one of our-new-laser",
    "assessment inputs * levels #",
    "assessment removed *",
    "texts *",
)
"""Where authors make names up, by kind of file and what stands around: of these nothing is known before."""

HEAD = """\
factor: concern
rules:
  - id: ours
    title: Our rule
    because: We prefer it.
    when:
"""


@cache
def names(ruleset: str = "pico-laser") -> Names:
    return read_names(shipped() / ruleset)


class Standing(NamedTuple):
    """A key or a value that stands in a file, in its text from the line and column on."""

    path: tuple[str | int, ...]
    text: str
    line: int
    column: int
    is_key: bool


def standing(
    tree: Tree, data: Data, branch: Branch | int, path: tuple[str | int, ...] = ()
) -> Iterator[Standing]:
    """Every key and value, in their order."""
    if isinstance(branch, int):
        if data is not None:
            place = tree.place(branch)
            yield Standing(path, str(data), place.line, place.column, False)
        return
    for step, below in branch.below.items():
        if isinstance(step, str):
            place = tree.place(branch.keys[step])
            yield Standing((*path, step), step, place.line, place.column, True)
        yield from standing(tree, data[step], below, (*path, step))


def vocabulary(known: Names) -> set[str]:
    """What is known by name in a ruleset, and the words of the language."""
    options = {str(value) for subject in known.subjects.values() for value in subject.domain.values}
    named = {*known.rules, *known.papers, *known.factors, *known.inputs, *known.ids["benefits"]}
    return named | options | {*VERDICTS, *SUPPORTS, *OUTCOMES, "yes", "no"}


def known_things(ruleset: str, file: str, text: str) -> list[Standing]:
    """Some keys of the file, and values that name something, from its beginning to its end."""
    tree = compose(file, text.encode())
    assert isinstance(tree.root, Branch)
    words = vocabulary(names(ruleset))
    every = [
        one
        for one in standing(tree, tree.data, tree.root)
        if (one.is_key or one.text in words or one.text.partition(" ")[2] in words)
        and not one.text.isdecimal()
        and not any(fnmatchcase(where(file, one), place.replace("[", "[[]")) for place in MADE_UP)
    ]
    return every[:: max(1, len(every) // A_FILE)]


def where(file: str, one: Standing) -> str:
    """What holds it, in a line: ``factors rules # id``."""
    return " ".join([str(kind_of(file)), *("#" if isinstance(step, int) else step for step in one.path)])


@pytest.mark.parametrize("cut_off", [False, True], ids=["in the whole file", "as the last that was typed"])
def test_wherever_something_stands_in_a_shipped_file_it_is_offered(cut_off: bool) -> None:
    missed, tried = [], 0
    for path in FILES:
        ruleset, file = path.parts[0], "/".join(path.parts[1:])
        text = (shipped() / path).read_text(encoding="utf-8")
        for one in known_things(ruleset, file, text):
            column = one.column + len(one.text) // 2
            until = starts_of_lines(text)[one.line - 1] + column - 1
            offered = complete(names(ruleset), file, text[:until] if cut_off else text, one.line, column)
            tried += 1
            if one.text not in {offer.label for offer in offered.offers}:
                missed.append(f"{path}:{one.line}:{column} {one.text}")
    assert missed == []
    assert tried > 300


def offered(text: str, file: str = "factors/new.yaml", ruleset: str = "pico-laser") -> dict[str, Offer]:
    """What is offered where the text ends."""
    line, column = text.count("\n") + 1, len(text) - text.rfind("\n")
    return {one.label: one for one in complete(names(ruleset), file, text, line, column).offers}


def test_a_question_is_offered_with_its_label_and_its_options_with_theirs() -> None:
    keys = offered(f"{HEAD}      con")
    assert keys["concern"] == Offer("concern", "concern: ", keys["concern"].detail, "key")
    assert keys["concern"].detail.startswith("What should be treated?\n\n")
    assert offered(f"{HEAD}      concern: ")["acne_scar"] == Offer(
        "acne_scar", "acne_scar", "Acne scars", "value"
    )


def test_keys_that_stand_already_are_not_offered_again() -> None:
    text = f"{HEAD}      \n      concern: acne_scar\n"
    here = complete(names(), "factors/new.yaml", text, 7, 7)
    labels = {one.label for one in here.offers}
    assert "severity" in labels
    assert "concern" not in labels


def test_what_is_half_typed_is_replaced_whole_and_its_colon_is_kept() -> None:
    text = f"{HEAD}      sever: mild\n"
    here = complete(names(), "factors/new.yaml", text, 7, 9)
    assert (here.start, here.end) == (7, 12)
    assert "severity" in {one.insert for one in here.offers}


def test_mistakes_above_hide_nothing() -> None:
    broken = HEAD.replace("Our rule", '"Our rule') + "      concern: ac"
    assert "acne_scar" in offered(broken)
    assert "severity" in offered(f"rules: [\n{HEAD}      seve")
    assert "severity" in offered(f"{HEAD}      concern: [a, b\n      seve")


def test_a_test_is_offered_for_each_level_once_its_verb_stands_there() -> None:
    assert {"at least mild", "at least moderate", "at least severe"} <= offered(
        f"{HEAD}      severity: at least "
    ).keys()


def test_lists_get_their_brackets_and_texts_the_quotes_that_they_need() -> None:
    assert offered(f"{HEAD}      a: b\n    evidence: ")["EV-ACN-01"].insert == "[EV-ACN-01]"
    assert offered(f"{HEAD}      a: b\n    evidence: [EV-A")["EV-ACN-01"].insert == "EV-ACN-01"
    in_braces = offered(f"{HEAD.rstrip()} {{reactions: ")
    assert in_braces["includes any of [pih, rebound]"].insert == '"includes any of [pih, rebound]"'


def test_ids_of_rules_papers_benefits_factors_and_conclusions_are_offered_where_they_are_named() -> None:
    assert "gold" in offered("- name: A client\n  expect: {fired: [", "scenarios/new.yaml")
    assert "wavelength_mismatch" in offered("- expect:\n    conclusions:\n      w", "scenarios/new.yaml")
    assert offered("factor: ")["safety"].detail == names().factors["safety"]
    then = f"{HEAD}      a: b\n    then:\n      "
    assert offered(f"{then}benefits: [")["cumulative"].detail == "Each session builds on the one before it."
    assert {"sessions", "interval weeks", "stop"} <= offered(then).keys()
    assert "smoker-tattoo" in offered("disable: [", "ruleset.yaml", "example-clinic")


def test_nothing_is_offered_in_comments_and_texts_and_in_files_of_no_ruleset() -> None:
    assert offered("# fac") == offered("rules:\n  - because: >\n      So it ") == {}
    assert offered("fac", "notes.yaml") == offered("%TAG ! x\nfac") == {}


@pytest.mark.parametrize(
    ("line", "column", "says"),
    [
        ("      severity: mild", 9, "How severe is it?"),
        ("      concern: acne_scar", 20, "Acne scars"),
        ("      severity: at least moderate", 30, "moderate"),
        ("      reactions: includes any of [pih, rebound]", 36, "Dark marks"),
        ("    support: published", 16, "The number stands"),
        ("    support: published", 6, "How sure the number is."),
        ("    evidence: [EV-ACN-01]", 20, names().papers["EV-ACN-01"].title),
    ],
)
def test_hovering_tells_the_help_of_a_key_and_the_label_of_an_id(line: str, column: int, says: str) -> None:
    text = f"{HEAD}{line}\n"
    assert hover(names(), "factors/new.yaml", text, HEAD.count("\n") + 1, column).startswith(says)


def test_no_text_makes_it_fail() -> None:
    text = (shipped() / "pico-laser/factors/6-safety.yaml").read_text(encoding="utf-8")[:3000]
    for until in range(0, len(text), 37):
        offered(text[:until])
    for odd in (
        "[" * 500,
        "{a: " * 300,
        "a: *b\n? - x\n: ",
        "&a [*a, ",
        "\t- ",
        "- - - ",
        "\x00",
        "\u2028a: ",
        "? ",
        "!!x ",
    ):
        offered(odd)
        hover(names(), "factors/new.yaml", odd, 1, 1)
    assert complete(names(), "factors/new.yaml", "a", 9, 9).offers == ()
