"""What a rule rests on that stands in the place of another: not what the other did, unless somebody says so.

A number that is raised in a form must not stay over the paper, or the reason, that gave the number before.
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

from service.analysis.compare.carried_over import carried_over
from service.analysis.compare.edits import edits
from service.documenting.changes import edit_sentences
from service.drafting.wizards.rules import RuleForm, Sent, first, pieces
from service.drafting.wizards.spelling import one_line
from service.model.ruleset import Rule, Ruleset

_MARK = 16


def mark_of(form: RuleForm) -> str:
    """A mark of what the rule says and for whom: who says that the papers give it, says so of this alone."""
    said = repr((form.data.get("when"), form.data.get("then")))
    return sha256(said.encode()).hexdigest()[:_MARK]


def claimed_anew(original: Rule, was: Ruleset, now: Ruleset) -> tuple[str, ...]:
    """What the rule says otherwise than the original, a sentence each, over a paper or a reason of that.

    None: it says the same, or rests on its own.
    """
    carried = carried_over(original, next(one for one in now.rules if one.id == original.id))
    if carried is None or not carried.rests_on_the_same:
        return ()
    of_it = (one for one in edits(was, now) if (one.kind, one.name) == ("rule", original.id))
    of_what_it_says = (
        replace(one, parts=tuple(part for part in one.parts if part.key == "when" or "then," in part.key))
        for one in of_it
    )
    return tuple(says for one in of_what_it_says for says in edit_sentences(one))


def on_nothing_yet(sent: Sent, original: Rule) -> Sent:
    """The fields without what the original rests on: judgement, and papers and a reason of one's own."""
    papers = [one for one in pieces(first(sent, "evidence")) if one not in original.evidence]
    support, because = first(sent, "support"), one_line(first(sent, "because"))
    return {
        **sent,
        "support": ("judgement" if support and not papers else support,),
        "evidence": (", ".join(papers),),
        "because": ("" if because == one_line(original.because) else because,),
    }


def on_the_same(sent: Sent, original: Rule) -> Sent:
    """The fields with what the original rests on again, where neither a reason nor a paper was written."""
    if one_line(first(sent, "because")) or pieces(first(sent, "evidence")):
        return sent
    return {
        **sent,
        "support": (original.support or "",),
        "evidence": (", ".join(original.evidence),),
        "because": (original.because,),
    }
