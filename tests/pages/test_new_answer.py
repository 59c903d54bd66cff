"""What follows of a new laser or concern: who gets no number and why, what is asked, and what has a gap."""

from __future__ import annotations

from functools import cache

from service.drafting.wizards.options import FILE, most_similar, option_form, placed_option
from service.drafting.wizards.trial import tried
from service.evaluation.compiled import CompiledRuleset
from service.model.caller import INTERNAL
from service.pages.new_answer import NewAnswerView, new_answer_view
from service.serving.evaluate import Answering
from service.store.snapshot import Snapshot
from service.wording.conditions import in_a_line
from tests.drafting.wizards.drafts import shipped_draft
from tests.drafting.wizards.test_options import GREEN


@cache
def view_of(name: str, question: str, typed: tuple[tuple[str, str], ...], beside: str = "") -> NewAnswerView:
    """What follows of the answer that is filled in."""
    ruleset, texts = shipped_draft(name)
    form = option_form(ruleset.inputs[question], dict(typed))
    assert not form.mistakes
    read = tried(ruleset.id, texts, {FILE: placed_option(ruleset, texts, form).text}).ruleset
    assert read is not None
    options = {one.id: one for one in read.inputs[question].options}
    other = options[beside] if beside else most_similar(read.inputs[question], options[form.id])
    assert other is not None
    compiled = CompiledRuleset(read)
    answering = Answering(Snapshot({read.id: compiled}, {}))
    return new_answer_view(answering, read, read.inputs[question], options[form.id], other, INTERNAL)


GREEN_TYPED = tuple(GREEN.items())
NAEVUS = (
    ("label", "Naevus spilus of the lip"),
    ("attribute.target", "epidermal"),
    ("attribute.scale", "clearance"),
    ("attribute.most", "8"),
)


def test_a_laser_with_532_nm_alone_is_not_for_blue_and_green_ink() -> None:
    view = view_of("example-clinic", "device", GREEN_TYPED)
    told = {in_a_line(one.where): one.says for one in view.withheld}
    assert told["Which ink colours are in it? includes Blue"] == (
        "This laser does not suit blue ink. Please ask us which one does."
    )
    assert told["Which ink colours are in it? includes Green"] == (
        "This laser does not suit green ink. Please ask us which one does."
    )
    assert not any("Red" in where for where in told)
    assert [one.rule.id for one in view.referring] == ["darker-skin-without-1064"]
    assert view.other == "Picosecond with 532 nm only"
    assert view.beside is not None
    assert view.beside.differing == 0
    assert not view.has_gap


def test_what_only_the_new_laser_lacks_is_marked() -> None:
    view = view_of("example-clinic", "device", GREEN_TYPED, "picosure")
    only = {one.rule.id for one in view.withheld if one.only_here}
    assert "mismatch-green-ink" in only
    assert "mismatch-purple-ink" not in only, "PicoSure lacks it, too"
    assert view.beside is not None
    assert view.beside.rows_label == "What should be treated?"
    assert view.beside.columns == ("mild", "moderate", "severe")
    assert "Melasma" in view.beside.lost
    assert "Sun spots" not in view.beside.lost
    melasma = dict(view.beside.rows)["Melasma"]
    assert all(cell.differs for cell in melasma)
    assert ("Fitzpatrick skin type", "Type III") in view.beside.who


def test_a_concern_without_a_base_has_a_gap_and_says_what_is_asked_and_why() -> None:
    view = view_of("example-clinic", "concern", NAEVUS)
    assert view.has_gap
    assert view.numbers == ()
    asked = {one.label: one for one in view.asked}
    assert asked["How severe is it?"].asked
    border = asked["How is the border of the patch?"]
    assert not border.asked
    assert in_a_line(border.because) == "What should be treated? is Café-au-lait patch"
    assert "mismatch-surface-pigment" in {one.rule.id for one in view.withheld}
    assert view.beside is not None
    assert view.beside.rows_label == "Which laser is used?"
    assert view.for_all > 50


def test_a_laser_where_every_plan_comes_from_a_score_has_no_gap() -> None:
    view = view_of("tattoo-kirby-desai", "device", GREEN_TYPED)
    assert [one.rule.id for one in view.numbers] == ["plan-picosecond"]
    assert not view.has_gap


def test_an_answer_that_only_some_are_asked_for_is_tried_with_one_who_is() -> None:
    view = view_of("example-clinic", "tattoo_made", (("label", "By a machine"),), "professional")
    assert view.beside is not None
    assert ("What should be treated?", "Tattoo") in view.beside.who
