"""Adding a rule to a draft by filling in a form, or one in the place of an extended ruleset's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, request

from schemas.language import EFFECTS, SUPPORTS, TEST_FORMS, Effect, TestForm, effects
from service.documenting.rows import RuleRow, rule_row
from service.drafting.wizards.placing import CantPlace
from service.drafting.wizards.resting import (
    claimed_anew,
    mark_of,
    on_nothing_yet,
    on_the_same,
)
from service.drafting.wizards.rules import (
    RuleForm,
    Sent,
    files_to_choose,
    first,
    forms_of,
    placed_rule,
    replaceable,
    rule_form,
    sent_of_rule,
    usual_file,
    worded_test,
)
from service.model.condition import Subject, spelled_value
from service.model.problem import did_you_mean
from service.model.ruleset import Input, Rule, Ruleset
from service.pages.rule_source import SourceLines, source_lines
from service.pages.verdict import rules_called
from service.web.call import Answer, View
from service.web.live import Live
from service.web.workbench.clients import Clients
from service.web.workbench.pages import Pages
from service.web.workbench.wizards import OpenDraft, Preview, not_there, open_draft
from service.wording.answers import SUPPORT_MEANS
from service.wording.labels import Labels, option_label
from service.wording.phrases import capitalized, plain

_MOST_FOUND = 20


@dataclass(frozen=True, slots=True)
class PickedSubject:
    """What a new test looks at: the ways to test it, and the values that can be picked (none: a number)."""

    key: str
    label: str
    forms: tuple[TestForm, ...]
    values: tuple[tuple[str, str], ...]


class RuleWizardPages:
    """The views of these pages."""

    def __init__(self, live: Live, pages: Pages, clients: Clients) -> None:
        self._live = live
        self._pages = pages
        self._clients = clients

    def by_name(self) -> dict[str, View]:
        """The views by their endpoints' names."""
        return {
            "page_add_rule": self.begin,
            "page_adds_rule": self._pages.of_own_form(self.fill_in),
            "page_added_rule": self.added,
        }

    def begin(self, ruleset_id: str, of: str) -> Response | Answer:
        """An empty form; that of a rule to be replaced; or one for a concern that no rule speaks of."""
        draft = open_draft(self._live, self._clients, ruleset_id, of)
        if isinstance(draft, Answer):
            return draft
        wanted = request.args.get("replaces", "")
        if wanted:
            rule = _taken_over(draft.ruleset, wanted)
            if rule is None:
                return self._not_replaceable(draft, wanted)
            return self._form(draft, sent_of_rule(draft.ruleset, draft.texts, rule), rule, is_empty=True)
        return self._form(draft, _for_gap(draft, request.args), None, is_empty=True)

    def _not_replaceable(self, draft: OpenDraft, wanted: str) -> Response:
        """Why there is no rule of that id to be replaced, and the way on."""
        ruleset = draft.ruleset
        own = next((one for one in ruleset.rules if one.id == wanted), None)
        aside = next((place for rule, place in ruleset.set_aside if rule.id == wanted), None)
        place = aside if own is None else own.place
        is_here = place is not None and ruleset.wrote(place)
        page = self._page(
            "not_replaceable.html",
            draft,
            wanted=wanted,
            own=own,
            aside=aside,
            file=place.file.removeprefix(f"{ruleset.id}/") if place is not None and is_here else None,
            line=None if place is None else place.line,
            hint=did_you_mean(wanted, [one.id for one in replaceable(ruleset)]).strip(),
        )
        page.status_code = 404
        return page

    def fill_in(self, ruleset_id: str, of: str) -> Response | Answer:
        """Do what the button says: one more test or effect, one less, show the lines, or add them."""
        draft = open_draft(self._live, self._clients, ruleset_id, of)
        if isinstance(draft, Answer):
            return draft
        sent = {name: tuple(values) for name, values in request.form.lists()}
        rule = _taken_over(draft.ruleset, first(sent, "replaces"))
        return self._form(draft, _pressed(sent), rule, is_empty=False)

    def _form(
        self, draft: OpenDraft, sent: Sent, replaces: Rule | None, *, is_empty: bool
    ) -> Response | Answer:
        ruleset, does = draft.ruleset, first(sent, ".do")
        picked = _picked(ruleset, first(sent, ".subject")) if does in ("pick", "test") else None
        said, wrong = "", ""
        if does == "test" and picked is not None:
            said, wrong = worded_test(_test_form(picked, first(sent, ".verb")), sent.get(".value", ()))
        if said and picked is not None:
            sent, picked = {**sent, "when.39.of": (picked.key,), "when.39.test": (said,)}, None
        form = rule_form(ruleset, sent, draft.texts, replaces)
        is_confirmed = first(sent, "rests") == mark_of(form)
        is_set_back = replaces is not None and bool(first(sent, "rests")) and _says_the_same(draft, form)
        if (is_confirmed or is_set_back) and replaces is not None:
            form = rule_form(ruleset, on_the_same(sent, replaces), draft.texts, replaces)
        asks = does in ("show", "") and not is_empty
        preview, cant = self._preview(draft, form) if asks and not form.mistakes else (None, "")
        differs = () if is_confirmed else _claimed_anew(ruleset, preview, replaces)
        if differs and replaces is not None:
            form = rule_form(ruleset, on_nothing_yet(sent, replaces), draft.texts, replaces)
            preview, asks = None, False
        if preview is not None and preview.can_be_added and first(sent, ".add") == preview.mark:
            return draft.added(preview, f"rule/{form.id}")
        wanted = request.args.get("q", "").strip()[:200]
        return self._page(
            "add_rule.html",
            draft,
            form=form,
            mistakes=form.mistakes if asks else {},
            names=_names(ruleset, form),
            rows_wrong={key: text for key, text in form.mistakes.items() if "." in key},
            is_empty=is_empty,
            does=does,
            preview=preview,
            cant=cant,
            changed=bool(first(sent, ".add")),
            picked=picked,
            picked_values=sent.get(".value", ()),
            wrong=wrong,
            subjects=_subjects(ruleset),
            labels_of=_labels_of(ruleset),
            groups=_effect_groups(form),
            benefits=ruleset.benefit_texts,
            supports=[(one, SUPPORT_MEANS[one]) for one in SUPPORTS],
            files=files_to_choose(ruleset, draft.texts),
            original=None if replaces is None else self._shown(draft, replaces),
            replaced=replaces,
            differs=differs,
            asks_for_support=bool(differs or first(sent, "rests")) and not is_set_back,
            is_confirmed=is_confirmed,
            mark=mark_of(form),
            wanted=wanted,
            found=_found(ruleset, wanted) if wanted else [],
        )

    @staticmethod
    def _preview(draft: OpenDraft, form: RuleForm) -> tuple[Preview | None, str]:
        try:
            file, placed = placed_rule(draft.ruleset, draft.texts, form)
        except CantPlace as fault:
            return None, str(fault)
        return draft.previewed(file, placed), ""

    def added(self, ruleset_id: str, of: str, rule_id: str) -> Response | Answer:
        """A rule that was added, with the one that it replaces beside it."""
        draft = open_draft(self._live, self._clients, ruleset_id, of)
        if isinstance(draft, Answer):
            return draft
        ruleset = draft.ruleset
        rule = next((one for one in ruleset.rules if one.id == rule_id and ruleset.wrote(one.place)), None)
        if rule is None:
            return not_there(self._page, draft, rule_id)
        before = next((one for one, _ in ruleset.set_aside if one.id == rule_id), None)
        return self._page(
            "added_rule.html",
            draft,
            shown=self._shown(draft, rule),
            before=None if before is None else self._shown(draft, before),
        )

    @staticmethod
    def _shown(draft: OpenDraft, rule: Rule) -> tuple[RuleRow, SourceLines | None]:
        """The rule in words, and its lines."""
        return rule_row(Labels(draft.ruleset), rule), source_lines(draft.ruleset, rule, draft.texts)

    def _page(self, template: str, draft: OpenDraft, **data: Any) -> Response:
        return self._pages.page(
            template, rules=draft.rules, ruleset=draft.ruleset, bar=self._clients.bar(draft.rules), **data
        )


def _says_the_same(draft: OpenDraft, form: RuleForm) -> bool:
    """Whether the rule says what the one says that it replaces, and for the same clients."""
    original = form.replaces
    if original is None:
        return False
    sent = sent_of_rule(draft.ruleset, draft.texts, original)
    return mark_of(form) == mark_of(rule_form(draft.ruleset, sent, draft.texts, original))


def _names(ruleset: Ruleset, form: RuleForm) -> dict[str, str]:
    """What the fields are called whose mistakes do not say it, by their names."""
    labels = _labels_of(ruleset)
    tests = {f"when.{row.key}": labels.get(row.key, row.key) for row in form.when}
    does = {f"then.{row.effect.name}": row.effect.label for row in form.then}
    return {"support": "What it rests on", "where": "Where it stands", **tests, **does}


def _claimed_anew(was: Ruleset, preview: Preview | None, replaces: Rule | None) -> tuple[str, ...]:
    if replaces is None or preview is None or preview.ruleset is None:
        return ()
    return claimed_anew(replaces, was, preview.ruleset)


def _taken_over(ruleset: Ruleset, rule_id: str) -> Rule | None:
    return next((one for one in replaceable(ruleset) if one.id == rule_id), None)


def _found(ruleset: Ruleset, wanted: str) -> list[tuple[Rule, str]]:
    """The rules of what it extends that are called so; of those not in force here why they are not."""
    own = {rule.id for rule in ruleset.rules if ruleset.wrote(rule.place)}
    stands = {rule.id: "replaced already" if rule.id in own else "disabled" for rule, _ in ruleset.set_aside}
    called = rules_called([*replaceable(ruleset), *(rule for rule, _ in ruleset.set_aside)], wanted)
    return [(rule, stands.get(rule.id, "")) for rule in called[:_MOST_FOUND]]


def _for_gap(draft: OpenDraft, asked: Mapping[str, str]) -> Sent:
    """The fields for an answer that no rule speaks of: a base, or a referral."""
    ruleset = draft.ruleset
    question = ruleset.inputs.get(asked.get("question", ""))
    option = (
        next((one for one in question.options if one.id == asked.get("option")), None) if question else None
    )
    if question is None or option is None:
        return {}
    does = ("no_numbers",) if asked.get("with") == "referral" else ("sessions", "interval_weeks")
    return {
        "title": (option_label(option),),
        "when.0.of": (question.id,),
        "when.0.test": (option.id,),
        "then": does,
        "support": ("judgement",),
        "where": (usual_file(ruleset, draft.texts, _factor_of_bases(ruleset)),),
    }


def _factor_of_bases(ruleset: Ruleset) -> str:
    """The factor of most rules that give a base."""
    bases = {effect.name for effect in effects("base", quantity="sessions")}
    found = [
        rule.factor for rule in ruleset.rules if any(one.name in bases for one, _ in rule.then.present())
    ]
    return max(ruleset.factors, key=found.count)


def _pressed(sent: Sent) -> Sent:
    """The fields once the button that sent them has taken a row away or added an effect."""
    dropped, more = first(sent, ".drop"), first(sent, ".effect")
    if first(sent, ".do") == "effect" and more in EFFECTS:
        also = EFFECTS[more].goes_with
        named = (*sent.get("then", ()), *((also,) if also else ()), more)
        return {**sent, "then": tuple(dict.fromkeys(named))}
    if dropped.startswith("then."):
        kept = tuple(name for name in sent.get("then", ()) if name != dropped.removeprefix("then."))
        return {**sent, "then": kept, ".do": ("drop",)}
    if dropped.startswith("when."):
        return {**sent, f"{dropped}.test": (), ".do": ("drop",)}
    return sent


def _picked(ruleset: Ruleset, key: str) -> PickedSubject | None:
    subject = ruleset.subjects.get(key)
    if subject is None:
        return None
    return PickedSubject(key, _label_of(ruleset, subject), forms_of(subject), _values(ruleset, subject))


def _test_form(picked: PickedSubject, verb: str) -> TestForm:
    return next((one for one in picked.forms if one.verb == verb), TEST_FORMS[picked.forms[0].verb])


def _values(ruleset: Ruleset, subject: Subject) -> tuple[tuple[str, str], ...]:
    """The values to pick from, each with its label."""
    domain = subject.domain
    if domain.shape == "yes_no":
        return ("yes", "Yes"), ("no", "No")
    if subject.kind == "input":
        options = ruleset.inputs[subject.name].options
        return tuple((one.id, option_label(one)) for one in options)
    if domain.shape == "number" and subject.kind != "attribute":
        return ()
    return tuple((spelled_value(one), plain(spelled_value(one))) for one in domain.values)


def _subjects(ruleset: Ruleset) -> dict[str, list[tuple[str, str]]]:
    """What a rule can look at, below its heading: the key and the label of each."""
    heads = {
        "input": "Questions",
        "attribute": "What is known of an answer",
        "conclusion": "What other rules conclude",
        "score": "Scores",
        "day": "The day",
    }
    found: dict[str, list[tuple[str, str]]] = {head: [] for head in heads.values()}
    for subject in ruleset.subjects.values():
        found[heads[subject.kind]].append((subject.key, _label_of(ruleset, subject)))
    return {head: listed for head, listed in found.items() if listed}


def _labels_of(ruleset: Ruleset) -> dict[str, str]:
    return {key: _label_of(ruleset, subject) for key, subject in ruleset.subjects.items()} | {
        "any": "At least one of these",
        "all": "All of these",
        "not": "Not this",
    }


def _label_of(ruleset: Ruleset, subject: Subject) -> str:
    one: Input | None = ruleset.inputs.get(subject.name)
    if subject.kind == "input" and one is not None:
        return one.label
    last = subject.key.rpartition(".")[2]
    if subject.kind == "attribute" and one is not None:
        return f"{one.label} – {plain(last)}"
    return capitalized(plain(last))


_HEADS = {
    "number": "Numbers",
    "stop": "Gates",
    "wait": "Gates",
    "refer": "Gates",
    "note": "Texts, and facts for other rules",
}


def _effect_groups(form: RuleForm) -> dict[str, Sequence[Effect]]:
    """The effects that can be added, below their headings."""
    there = {row.effect.name for row in form.then}
    found: dict[str, list[Any]] = {head: [] for head in dict.fromkeys(_HEADS.values())}
    for effect in EFFECTS.values():
        if effect.name not in there:
            found[_HEADS[effect.tone]].append(effect)
    return {head: listed for head, listed in found.items() if listed}
