"""What else clients are told: advice, expectations, conclusions and texts, that change no plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from itertools import permutations
from typing import cast

from schemas.language import EFFECTS, SUPPORTS, Effect, Support, covers, effects
from service.analysis.compare.edits import same
from service.analysis.compare.plan_parts import PlanParts, differing
from service.analysis.compare.versions import VersionPair
from service.analysis.proofs.logic import Formula, and_, not_, or_, xor
from service.analysis.proofs.profile import profile
from service.analysis.proofs.world import World
from service.model.number import Triple
from service.model.ruleset import AttributeRef, Rule, Ruleset, TextPath
from service.model.texts import INPUTS, RULES, in_words, texts_in_language, texts_of
from service.wording.effects import spelled_effects, values_of_effects
from service.wording.labels import Labels

GATES = frozenset(gate.key for gate in effects("gate", "conditional gate"))
"""Where one of these comes or goes it is a change of plan."""


def _beside_a_gate(effect: Effect) -> bool:
    return effect.goes_with is not None and EFFECTS[effect.goes_with].category == "gate"


FOLLOWING = tuple(
    effect.key
    for effect in effects()
    if (effect.part is None or effect.category in ("text", "fact")) and not _beside_a_gate(effect)
)
"""What an answer has anew, or has no longer, where a rule fires that did not, or the other way round: all
that is no part of the plan.
"""

SUMS = tuple(effect.key for effect in effects() if effect.value == "sums")
"""The effects that add to scores."""

OF_THE_RULE = ("title", "because", "support", "evidence")
"""What an answer says of a rule that fires, whatever it does."""

covers(
    (*OF_THE_RULE, "id", "factor", "when", "then", "defined_at", "place", "digest", "places"),
    (member.name for member in fields(Rule)),
    "members of a rule that clients are told, or not told",
)

WORDING = (
    *(effect.key for effect in effects() if effect.key in GATES or _beside_a_gate(effect)),
    *OF_THE_RULE,
)
"""What else an answer says of a rule that fires."""


RuleTexts = dict[str, tuple[object, str]]
"""What a rule tells, by its key: the value by which it is compared, and how it is said."""


@dataclass(frozen=True, slots=True)
class TextChange:
    """What is said otherwise, in words, and to whom; ``scores``: those whose points it tells of."""

    says: tuple[str, ...]
    holds: Formula
    scores: frozenset[str] = frozenset()


def text_changes(pair: VersionPair, labels: Labels | None = None) -> Iterator[TextChange]:
    """Every such difference that some assessment may meet; whether one does is still to be seen.

    Rules are named by their titles where there are ``labels``, else by their ids.
    """
    before, after = _by_name(pair, pair.old), _by_name(pair, pair.new)
    for name in dict.fromkeys((*after, *before)):
        nothing: RuleTexts = {}
        was, was_said = before.get(name, (False, nothing))
        now, now_said = after.get(name, (False, nothing))
        rule = name if labels is None else labels.rule(name)
        changed = _changed(rule, was_said, now_said) if was is not False and now is not False else ()
        if changed:
            yield TextChange(changed, and_((was, now)), _scores(was_said, now_said))
        for here, there, said, how in ((now, was, now_said, "now"), (was, now, was_said, "no longer")):
            only = _only(here, there)
            following = tuple(
                f"{how}: {_heading(rule, kind)} {said[kind][1]}" for kind in FOLLOWING if kind in said
            )
            if following and only is not False:
                yield TextChange(following, only, _scores(nothing, said))
    yield from _common(pair)
    yield from _labels(pair)


def _changed(rule: str, was: RuleTexts, now: RuleTexts) -> tuple[str, ...]:
    """What a rule says otherwise that fires in both."""
    nothing = (None, "nothing")
    return tuple(
        f"{_heading(rule, kind)} {was.get(kind, nothing)[1]} -> {now.get(kind, nothing)[1]}"
        for kind in (*FOLLOWING, *WORDING)
        if not same(was.get(kind, nothing)[0], now.get(kind, nothing)[0])
        and (kind not in GATES or (kind in was and kind in now))
    )


def _scores(was: RuleTexts, now: RuleTexts) -> frozenset[str]:
    """The scores to which a rule is told to give other points."""
    before, after = (
        {one: points for key in SUMS for one, points in _points(told, key)} for told in (was, now)
    )
    return frozenset(one for one in {**before, **after} if before.get(one) != after.get(one))


def _points(told: RuleTexts, key: str) -> Iterable[tuple[str, object]]:
    return cast(Mapping[str, object], told[key][0]).items() if key in told else ()


def _heading(rule: str, kind: str) -> str:
    return f"{kind} of {rule}:"


def _common(pair: VersionPair) -> Iterator[TextChange]:
    """Texts that are not those of one rule: of benefits, to those who get them."""
    old, new = pair.old.ruleset, pair.new.ruleset
    for name in sorted(old.benefit_texts.keys() & new.benefit_texts.keys()):
        if old.benefit_texts[name] != new.benefit_texts[name]:
            gets = or_(fires for fires, rule in pair.new.rules() if name in _ids(rule))
            yield TextChange(
                (f"benefit {name}: {old.benefit_texts[name]} -> {new.benefit_texts[name]}",), gets
            )


def _labels(pair: VersionPair) -> Iterator[TextChange]:
    """Labels of questions, to those who are told that they were not answered."""
    old, new = pair.old.ruleset.inputs, pair.new.ruleset.inputs
    for name in sorted(old.keys() & new.keys()):
        if old[name].label != new[name].label:
            told = and_(_asked_to_answer(side, name) for side in pair.sides)
            yield TextChange((f"label of {name}: {old[name].label} -> {new[name].label}",), told)


_MAY_BE_MISSING = ("improvement", "sessions")
"""What was done and seen so far: without it nothing is worked out from it, and nobody is told so."""


def _asked_to_answer(side: World, name: str) -> Formula:
    """It was not answered, and must be, or a rule that fires reckons with what is not known of the answer."""
    reasons: list[Formula] = []
    if side.ruleset.inputs[name].must_ask:
        reasons.append(and_((not_(side.applies[name][1]), not_(side.answers[name].given))))
    for fires, rule in side.rules():
        for effect, _ in rule.then.present():
            for path, fact in rule.then.references(effect.category):
                needed = fact.input if isinstance(fact, AttributeRef) else fact
                if path[0] != effect.key or needed != name or path[-1] in _MAY_BE_MISSING:
                    continue
                counts = _gives_a_base(side, f"scores.{path[1]}") if effect.category == "fact" else True
                known = side.known(fact) if isinstance(fact, AttributeRef) else side.given(name)
                reasons.append(and_((fires, not_(known), counts)))
    return or_(reasons)


def _gives_a_base(side: World, score: str) -> Formula:
    return or_(fires for fires, rule in side.rules() if score in {fact for _, fact in rule.then.references()})


def _ids(rule: Rule) -> set[str]:
    """The texts of ruleset.yaml that the rule names."""
    return {name for effect, value in rule.then.present() if effect.value == "ids" for name in value}


SUPPORT_OF_NUMBERS = "support of the numbers"


def support_changes(pair: VersionPair) -> Iterator[TextChange]:
    """Where the numbers may rest on something else, for a rule that came, went or gives another number.

    Where a rule's own support is another one, its text says so. Which base is beaten by one that comes from a
    score is not known here: whether an answer's support differs is still to be asked of both versions.
    """
    before, after = (_numbers_given(pair, side) for side in pair.sides)
    numbers = dict.fromkeys((*after, *before))
    differs = or_(xor(before.get(one, False), after.get(one, False)) for one in numbers)
    if differs is False:
        return
    given = and_(profile(side).gives_numbers for side in pair.sides)
    was_weakest, now_weakest = (_may_be_weakest(pair, side) for side in pair.sides)
    other = or_(and_((was_weakest[was], now_weakest[now])) for was, now in permutations(SUPPORTS, 2))
    yield TextChange((SUPPORT_OF_NUMBERS,), and_((given, differs, other)))


def score_changes(pair: VersionPair, old: PlanParts, new: PlanParts) -> Iterator[TextChange]:
    """Where a score may come to another sum; whether it does is still to be asked of both versions."""
    by_score: dict[str, list[Formula]] = {}
    for facet, differs in differing(old.scores, new.scores).items():
        by_score.setdefault(str(facet[1]), []).append(differs)
    for score, held in by_score.items():
        if all(score in side.ruleset.scores for side in pair.sides):
            said = (f"score {score} comes to something else",)
            yield TextChange(said, or_(held), frozenset((score,)))


def _supporting(pair: VersionPair, side: World) -> Iterator[tuple[Formula, Rule, Support]]:
    """The rules that give numbers, each with its support: its new one, where both versions have the rule."""
    renewed = {pair.name_of(pair.new, rule): rule.support for _, rule in pair.new.rules()}
    for fires, rule in side.rules():
        support = renewed.get(pair.name_of(side, rule), rule.support)
        if fires is not False and support is not None:
            yield fires, rule, support


def _numbers_given(pair: VersionPair, side: World) -> dict[tuple[object, ...], Formula]:
    """Where each number that needs support is given: all that decides on which support an answer rests.

    Of bases that need the same the first by id wins, so that of bases ids matter.
    """
    found: dict[tuple[object, ...], Formula] = {}
    for fires, rule, support in _supporting(pair, side):
        for effect, value in rule.then.present():
            if effect.needs_support:
                ranked = rule.id if effect.category == "base" else ""
                key = (effect.name, pair.name_of(side, rule), ranked, value, support)
                found[key] = or_((found.get(key, False), fires))
    return found


def _may_be_weakest(pair: VersionPair, side: World) -> dict[Support, Formula]:
    """Where each support may be the weakest among the rules whose numbers count."""
    surely: dict[Support, list[Formula]] = {support: [] for support in SUPPORTS}
    maybe: dict[Support, list[Formula]] = {support: [] for support in SUPPORTS}
    for fires, rule, support in _supporting(pair, side):
        for effect, value in rule.then.present():
            if effect.needs_support:
                unbeaten, unrivalled = _counting(side, rule, effect, value)
                maybe[support].append(and_((fires, unbeaten)))
                surely[support].append(and_((fires, unrivalled)))
    weakest: dict[Support, Formula] = {}
    weaker: Formula = False
    for support in reversed(SUPPORTS):
        weakest[support] = and_((or_(maybe[support]), not_(weaker)))
        weaker = or_((weaker, *surely[support]))
    return weakest


def _counting(side: World, rule: Rule, effect: Effect, value: object) -> tuple[Formula, Formula]:
    """Where no other base surely beats this number, and where no other may beat it."""
    if effect.category != "base":
        return True, True
    beaten: list[Formula] = []
    rivalled: list[Formula] = []
    for fires, other in side.rules():
        for rival, theirs in other.then.present("base"):
            if other is rule or rival.quantity != effect.quantity:
                continue
            if not isinstance(value, Triple) or not isinstance(theirs, Triple):
                rivalled.append(fires)
            elif theirs.need() > value.need() or (theirs == value and other.id < rule.id):
                beaten.append(fires)
    return not_(or_(beaten)), not_(or_((*beaten, *rivalled)))


def verdict_texts(old: Ruleset, new: Ruleset) -> tuple[str, ...]:
    """The verdicts that are told in other words."""
    return tuple(
        f"text of {verdict}: {old.verdicts[verdict]} -> {text}"
        for verdict, text in new.verdicts.items()
        if old.verdicts[verdict] != text
    )


def translated_texts(old: Ruleset, new: Ruleset, labels: Labels | None = None) -> Iterator[str]:
    """What is told otherwise in other languages: to whoever reads them, with the same plan.

    Where the text itself was changed and neither version has it in a language, that is told elsewhere.
    """
    own = [{text.path: text.text for text in texts_of(one)} for one in (old, new)]
    for language in dict.fromkeys((*old.languages, *new.languages)):
        if (language in old.languages) != (language in new.languages):
            yield f"answers in {language}: " + ("now" if language in new.languages else "no longer")
        elif language not in (old.language, new.language):
            was, now = (texts_in_language(one, language)[0] for one in (old, new))
            for path, text in now.items():
                if path in was and was[path] != text and (was[path], text) != tuple(one[path] for one in own):
                    yield f"in {language}, {_named(path, labels)}: {was[path]} -> {text}"


def _named(path: TextPath, labels: Labels | None) -> str:
    """Which text it is, by the rule's title or the question's label where there are ``labels``."""
    if labels is None or len(path) < 3 or path[0] not in (RULES, INPUTS):
        return in_words(path)
    name = labels.rule(path[1]) if path[0] == RULES else f"“{labels.question(path[1])}”"
    return f"{', '.join(path[2:])} of {name}"


def _only(here: Formula, there: Formula) -> Formula:
    """It fires here and not there."""
    return False if here is there else and_((here, not_(there)))


def _by_name(pair: VersionPair, side: World) -> dict[str, tuple[Formula, RuleTexts]]:
    return {
        pair.name_of(side, rule): (fires, _texts_of_rule(rule))
        for fires, rule in side.rules()
        if fires is not False
    }


def _texts_of_rule(rule: Rule) -> RuleTexts:
    words = spelled_effects(rule.then)
    said: RuleTexts = {key: (value, words[key]) for key, value in values_of_effects(rule.then).items()}
    for name in OF_THE_RULE:
        value = getattr(rule, name)
        if value:
            said[name] = value, value if isinstance(value, str) else ", ".join(value)
    return {kind: said[kind] for kind in (*FOLLOWING, *WORDING) if kind in said}
