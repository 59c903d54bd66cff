"""The language of rules in one table: effects, tests, kinds of question, and what an answer holds.

Whatever lists these is derived from here: the shape of files, the editor's schema, the page that a clinician
signs, explanations, the comparison of two versions, replay, proofs, the key under which plans are kept, the
OpenAPI document. To add a row is to be asked, at import or by a test, for what can't be derived.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar, get_args

Row = TypeVar("Row")

# -- how the language has grown ---------------------------------------------------------------------------

NEWEST_LANGUAGE = 2
"""The newest version of the language. Rulesets that serve are read under it; editions and decisions are kept
with the version under which they were made, and made again under that one: with its arithmetic, its mistakes
and its members of an answer."""

LANGUAGE_VERSIONS = tuple(range(1, NEWEST_LANGUAGE + 1))
"""Every version, the oldest first. 2: the plan made again after the first session, and what came with it."""

SINCE: Mapping[str, int] = {
    "boundary-overlap": 2,
    "constant-above-limits": 2,
    "expected-does-not-fit": 2,
    "contradiction-never": 2,
    "fraction-of-percent": 2,
    "gate-skipped": 2,
    "level-order": 2,
    "levels-sorted": 2,
    "lone-value": 2,
    "option-true-or-false": 2,
    "replaced-rule-moved": 2,
    "row-repeats": 2,
    "text-missing": 2,
    "text-stale": 2,
    "language-looks-wrong": 2,
    "unknown-language": 2,
}
"""Codes of problems that the first version did not have, each with the version that has it. What was
published before is read without them."""


def is_reported(code: str, language_version: int) -> bool:
    """Whether a version of the language has problems of this code."""
    return SINCE.get(code, 1) <= language_version


# -- what a rule can do ---------------------------------------------------------------------------------

Category = Literal[
    "gate", "conditional gate", "base", "factor", "addition", "cap", "review", "vouch", "fact", "text"
]  # fmt: skip
"""``gate``: keeps the client from a plan, or from one without a clinician. ``conditional gate``: does so only
where the numbers of the plan show something. ``base``: numbers to start from.
``factor``, ``addition``, ``cap``: what moves them. ``review``: when to come again. ``vouch``: whether one
session may do. ``fact``: something for other rules to test. ``text``: something to tell, of which no number
and no verdict depends.
"""

Value = Literal[
    "text", "range", "bounded range", "amount", "factor", "cap", "score", "progress", "slow", "level", "sums",
    "ids", "choice", "weeks", "moments",
]  # fmt: skip
"""How an effect's value is written. ``bounded range``: within the ruleset's limits. ``amount``: a number or a
range, also below 0. ``score``, ``progress``: mappings from which a base is worked out. ``slow``: a mapping
that says when sessions gave too little, and the text then. ``sums``: what is added to each score.
``weeks``: a whole number of them. ``moments``: a text, or one for each moment of a session.
"""

Gains = Literal["shrinking", "even"]
"""How the gains of sessions add up: each clears the same share of what is left, or adds the same."""

Moment = Literal["before", "same_day", "after"]
MOMENTS: tuple[Moment, ...] = ("before", "same_day", "after")
"""The moments of a session at which something may be told, in their order."""

Quantity = Literal["sessions", "interval_weeks", "remaining", "review_weeks", "maintenance_weeks"]
"""The numbers of a plan, by their members in the answer."""

Part = Literal["gates", "course", "interval", "review", "maintenance", "progress"]
"""The parts of a plan that are compared apart. ``course``: the sessions, and whether one may be enough."""

Tone = Literal["stop", "wait", "refer", "number", "note"]
"""How an effect is set off where people read it."""

Verdict = Literal[
    "do_not_treat",
    "defer",
    "clinician_review",
    "goal_reached",
    "one_session_may_suffice",
    "several_sessions",
]
VERDICTS: tuple[Verdict, ...] = (
    "do_not_treat",
    "defer",
    "clinician_review",
    "goal_reached",
    "one_session_may_suffice",
    "several_sessions",
)
"""In the order in which they apply."""

Support = Literal["published", "derived", "interpolated", "judgement"]
SUPPORTS: tuple[Support, ...] = ("published", "derived", "interpolated", "judgement")
"""From strong to weak."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One key of a rule's ``then``.

    ``name`` in JSON and in code; in files it has spaces (``key``). ``label``: what it is called where people
    read it. ``help`` is for authors, ``says`` for integrators. ``quantity``: the number that it gives or
    moves. ``member``: the member of the answer that lists its texts. ``verdict``: what a gate leads to at
    best. ``withholds``: no numbers beside it. ``attribute``: an option's attribute can give the number.
    ``needs_support``: the rule must say what its number rests on. ``goes_with``: the effect without which it
    says nothing. ``choices``: the words that it takes.

    Raises:
        TypeError: what is said of it does not go with its category.
    """

    name: str
    category: Category
    value: Value
    label: str
    tone: Tone
    help: str
    says: str
    quantity: Quantity | None = None
    member: str | None = None
    verdict: Verdict | None = None
    withholds: bool = False
    attribute: bool = False
    needs_support: bool = False
    goes_with: str | None = None
    choices: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        of_category = {
            "value": self.value in _VALUES_OF[self.category],
            "quantity": (self.quantity is not None) == (self.category in _NUMBERS),
            "verdict": (self.verdict is not None) == self.category.endswith("gate"),
            "member": (self.member is not None) == (self.category in _LISTED and self.goes_with is None),
        }
        wrong = [what for what, goes in of_category.items() if not goes]
        if wrong:
            raise TypeError(f"{self.name}: no {self.category} has such a {' and '.join(wrong)}")

    @property
    def key(self) -> str:
        """Its name in files: ``interval weeks``."""
        return self.name.replace("_", " ")

    @property
    def part(self) -> Part | None:
        """The part of the plan that it changes, None where it changes none."""
        return _PARTS[self.category] if self.quantity is None else _PART_OF[self.quantity]

    @property
    def adds_up(self) -> bool:
        """Whether two rules that say the same do more than one."""
        return self.category in ("factor", "addition") or self.value == "sums"


_VALUES_OF: Mapping[Category, tuple[Value, ...]] = {
    "gate": ("text",),
    "conditional gate": ("slow",),
    "base": ("bounded range", "score", "progress"),
    "factor": ("factor",),
    "addition": ("amount",),
    "cap": ("cap",),
    "review": ("range",),
    "vouch": ("choice",),
    "fact": ("level", "sums"),
    "text": ("text", "ids", "weeks", "moments"),
}
_NUMBERS = ("base", "factor", "addition", "cap", "review")
_LISTED = ("gate", "conditional gate", "fact", "text")
_PARTS: Mapping[Category, Part | None] = {
    "gate": "gates",
    "conditional gate": "progress",
    "vouch": "course",
    "fact": None,
    "text": None,
}
_PART_OF: Mapping[Quantity, Part] = {
    "sessions": "course",
    "interval_weeks": "interval",
    "remaining": "progress",
    "review_weeks": "review",
    "maintenance_weeks": "maintenance",
}
"""The part of the plan that each number is."""


_EFFECTS = (
    Effect(
        "sessions", "base", "bounded range", "Sessions", "number",
        help="A base: 4 to 6, {min, typical, max}, or one number. Of several the largest is taken.",
        says="A base: how many sessions in all.",
        quantity="sessions", needs_support=True,
    ),
    Effect(
        "sessions_from_score", "base", "score", "Sessions", "number",
        help="A base from a score: typical is the score times `times`, the rest `spread` off.",
        says="A base worked out from a score.",
        quantity="sessions", needs_support=True,
    ),
    Effect(
        "sessions_times", "factor", "factor", "Sessions", "number",
        help="Multiplies the sessions: a number above 0, a range, or a number attribute.",
        says="Multiplies the base.",
        quantity="sessions", attribute=True, needs_support=True,
    ),
    Effect(
        "add_sessions", "addition", "amount", "Sessions", "number",
        help="Adds sessions after all multiplying: a number or a range; may be below 0.",
        says="Adds to the base.",
        quantity="sessions", needs_support=True,
    ),
    Effect(
        "most_sessions", "cap", "cap", "Sessions", "number",
        help="A published maximum. The lowest counts. A whole number or a number attribute.",
        says="No plan has more sessions than this.",
        quantity="sessions", attribute=True, needs_support=True,
    ),
    Effect(
        "interval_weeks", "base", "bounded range", "Between sessions", "number",
        help="Weeks between sessions. The longest is taken.",
        says="Weeks between sessions.",
        quantity="interval_weeks", needs_support=True,
    ),
    Effect(
        "add_interval_weeks", "addition", "amount", "Between sessions", "number",
        help="Adds weeks between sessions: a number, a range, or a number attribute.",
        says="Adds to the weeks between sessions.",
        quantity="interval_weeks", attribute=True,
    ),
    Effect(
        "review_weeks", "review", "range", "Look again", "note",
        help="When to look again. The earliest counts.",
        says="In how many weeks to look at the result.",
        quantity="review_weeks",
    ),
    Effect(
        "maintenance_weeks", "review", "range", "To keep the result", "note",
        help="Weeks between visits that keep the result, after the course. The shortest counts.",
        says="Weeks between visits that keep the result, after the course.",
        quantity="maintenance_weeks",
    ),
    Effect(
        "expect", "text", "text", "Expect", "note",
        help="What the sessions can be expected to bring.",
        says="What the sessions can be expected to bring.",
        member="expected",
    ),
    Effect(
        "conclude", "fact", "level", "Conclusion", "note",
        help="A new fact for other rules to test: a flag (yes), or a level that ruleset.yaml declares.",
        says="New facts for other rules: flags as `true`, and levels.",
        member="conclusions",
    ),
    Effect(
        "points", "fact", "sums", "Points", "note",
        help="Adds to a score: a number, an attribute, or a list of these.",
        says="Points that it adds to scores.",
        member="scores", attribute=True,
    ),
    Effect(
        "remaining_from_progress", "base", "progress", "Still needed", "number",
        help="Makes the plan again from what was seen: how many sessions are still needed.",
        says="The plan made again, by the improvement seen.",
        quantity="remaining", attribute=True, needs_support=True,
    ),
    Effect(
        "refer", "gate", "text", "Refer", "refer",
        help="A clinician must look. The numbers are still given.",
        says="Why a clinician must look.",
        member="referrals", verdict="clinician_review",
    ),
    Effect(
        "refer_when_slow", "conditional gate", "slow", "Refer when slow", "refer",
        help="A clinician must look where the last sessions gave less than a share of what was expected.",
        says="When a clinician must look because sessions gave too little, and why.",
        member="referrals", verdict="clinician_review",
    ),
    Effect(
        "no_numbers", "gate", "text", "Refer, without a number", "refer",
        help="A clinician must look, and there are no numbers.",
        says="Why there are no numbers, and a clinician must look.",
        member="referrals", verdict="clinician_review", withholds=True,
    ),
    Effect(
        "defer", "gate", "text", "Not now", "wait",
        help="Not now. The numbers are still given.",
        says="Why not now.",
        member="deferrals", verdict="defer",
    ),
    Effect(
        "until", "text", "text", "Until", "wait",
        help="Until when it is deferred.",
        says="Until when not.",
        goes_with="defer",
    ),
    Effect(
        "defer_weeks", "text", "weeks", "Wait", "wait",
        help="For how many weeks it is deferred: a whole number that a booking system can use.",
        says="For how many weeks not.",
        goes_with="defer",
    ),
    Effect(
        "stop", "gate", "text", "Do not treat", "stop",
        help="No sessions and no numbers.",
        says="Why there are no sessions.",
        member="stops", verdict="do_not_treat", withholds=True,
    ),
    Effect(
        "advise", "text", "moments", "Advice", "note",
        help="What to tell the client: a text, or one for each of before, same day and after.",
        says="What to tell the client: a text, or one for each moment of a session.",
        member="advice",
    ),
    Effect(
        "benefits", "text", "ids", "Further sessions", "note",
        help="What further sessions bring, by the ids of ruleset.yaml.",
        says="What further sessions bring, by their ids.",
        member="benefits",
    ),
    Effect(
        "one_session", "vouch", "choice", "One session", "number",
        help="Whether a single session may do. Will not suffice beats may suffice.",
        says="May one session be enough?",
        choices=("may suffice", "will not suffice"),
    ),
)  # fmt: skip


def _by_name(rows: Iterable[Row], name: Callable[[Row], str]) -> Mapping[str, Row]:
    return {name(row): row for row in rows}


EFFECTS: Mapping[str, Effect] = _by_name(_EFFECTS, lambda effect: effect.name)
"""Every effect, by its name in JSON, in the order in which answers spell them."""


def effects(
    *categories: Category, quantity: Quantity | None = None, where: Callable[[Effect], bool] | None = None
) -> tuple[Effect, ...]:
    """The effects of these categories (none named: of all), on one quantity, of which ``where`` holds."""
    return tuple(
        effect
        for effect in EFFECTS.values()
        if (not categories or effect.category in categories)
        and (quantity is None or effect.quantity == quantity)
        and (where is None or where(effect))
    )


# -- how a question is answered -------------------------------------------------------------------------

Shape = Literal["choice", "yes_no", "number", "set"]
"""What an answer is: one of several names, yes or no, a number, or any of several names."""


@dataclass(frozen=True, slots=True)
class InputKind:
    """One kind of question.

    ``name`` in the language; ``key``: the key of assessment.yaml that chooses it, ``kind`` where nothing but
    the name need be said. ``how`` it is answered, as people read it; ``such_as``: what may stand at its key.
    ``ordered``: its options are levels. ``whole``: numbers without a fraction. ``attributes``: its options
    may carry attributes.
    """

    name: str
    key: str
    shape: Shape
    help: str
    how: str
    such_as: str
    ordered: bool = False
    whole: bool = False
    attributes: bool = False

    @property
    def options(self) -> bool:
        """Whether its answers are options, listed below its key; else they are not listed."""
        return self.shape in ("choice", "set")


_KINDS = (
    InputKind(
        "one of", "one of", "choice",
        "One answer: a list of ids, or ids with labels and attributes.", "one of these", "[a, b]",
        attributes=True,
    ),
    InputKind(
        "levels", "levels", "choice",
        "One answer, from low to high: a list of ids, or ids with labels and attributes.",
        "one of these, from low to high", "[a, b]",
        ordered=True, attributes=True,
    ),
    InputKind(
        "any of", "any of", "set",
        "Several answers, or none of them: a list of ids, or ids with labels.",
        "any of these, or none", "[a, b]",
    ),
    InputKind(
        "yes or no", "kind", "yes_no", "A question that is answered by yes or no.", "yes or no", "yes or no"
    ),
    InputKind(
        "number", "number", "number", "A number within bounds, such as 0 to 100.", "a number", "0 to 100"
    ),
    InputKind(
        "whole number", "whole number", "number",
        "A number without a fraction within bounds, such as 0 to 40.", "a whole number", "0 to 40",
        whole=True,
    ),
)  # fmt: skip

KINDS: Mapping[str, InputKind] = _by_name(_KINDS, lambda kind: kind.name)
"""Every kind of question, by its name in the language."""


# -- how a rule can test --------------------------------------------------------------------------------

Takes = Literal["nothing", "one value", "values", "ends"]
"""What stands after a verb: nothing; one value; one value or a list; or, around ``to``, the two ends."""


@dataclass(frozen=True, slots=True)
class TestForm:
    """One way to test. ``verb``: the word (``is`` is not written); ``shapes``: what it can be said of.

    ``ordered``: of choices only where they are levels. ``opposite``: the verb that holds where it does not.
    ``several``: the verb that takes a list, where this one takes one value. ``attribute``: of numbers it can
    be said with the number attribute of an option, too: ``at least goal.clearance_pct``.
    """

    __test__ = False

    verb: str
    takes: Takes
    shapes: tuple[Shape, ...]
    help: str
    ordered: bool = False
    opposite: str | None = None
    several: str | None = None
    attribute: bool = False

    def fits(self, shape: Shape, *, ordered: bool) -> bool:
        """Whether it can be said of such a thing; ``ordered``: its options are levels."""
        return shape in self.shapes and (ordered or not self.ordered or shape != "choice")


_ONE_VALUE: tuple[Shape, ...] = ("choice", "yes_no", "number")
_ALL: tuple[Shape, ...] = ("choice", "yes_no", "number", "set")
_FORMS = (
    TestForm("is", "values", _ONE_VALUE, "This value, or one of these.", opposite="not", attribute=True),
    TestForm(
        "includes any of", "values", ("set",), "At least one of these is in it.", opposite="includes none of"
    ),
    TestForm("includes none of", "values", ("set",), "None of these is in it.", opposite="includes any of"),
    TestForm(
        "includes", "one value", ("set",), "This is in it.",
        opposite="includes none of", several="includes any of",
    ),
    TestForm(
        "at least", "one value", ("choice", "number"), "This or more.",
        ordered=True, opposite="below", attribute=True,
    ),
    TestForm(
        "at most", "one value", ("choice", "number"), "This or less.",
        ordered=True, opposite="above", attribute=True,
    ),
    TestForm(
        "above", "one value", ("choice", "number"), "More than this.",
        ordered=True, opposite="at most", attribute=True,
    ),
    TestForm(
        "below", "one value", ("choice", "number"), "Less than this.",
        ordered=True, opposite="at least", attribute=True,
    ),
    TestForm("not", "values", _ONE_VALUE, "Not this value, or none of these.", opposite="is", attribute=True),
    TestForm("to", "ends", ("choice", "number"), "From one to the other, both ends in.", ordered=True),
    TestForm("given", "nothing", _ALL, "It was answered, or has a default.", opposite="unknown"),
    TestForm("unknown", "nothing", _ALL, "It was not answered.", opposite="given"),
)  # fmt: skip

TEST_FORMS: Mapping[str, TestForm] = _by_name(_FORMS, lambda form: form.verb)
"""Every form of test, by its verb."""


def verbs(*takes: Takes, shape: Shape | None = None, attribute: bool = False) -> tuple[str, ...]:
    """The verbs behind which such things stand (none named: any), and that can be said of the shape.

    ``attribute``: only those that can be said of a number with an attribute.
    """
    return tuple(
        form.verb
        for form in TEST_FORMS.values()
        if (not takes or form.takes in takes)
        and (shape is None or shape in form.shapes)
        and (form.attribute or not attribute)
    )


Operation = Literal[
    "among", "not_among", "within", "compared", "includes_any", "includes_none", "given", "unknown"
]


@dataclass(frozen=True, slots=True)
class OperationWords:
    """What an operation ``says``; of sets, how one member and several are named: ``no {}``."""

    says: str
    one: str = ""
    several: str = ""


OPERATIONS: Mapping[Operation, OperationWords] = {
    "among": OperationWords("The value is one of these."),
    "not_among": OperationWords("A number that is none of these."),
    "within": OperationWords("A number in an interval."),
    "compared": OperationWords("A number beside another, an attribute of the option that was chosen."),
    "includes_any": OperationWords("A set that holds at least one of these.", "{}", "at least one of {}"),
    "includes_none": OperationWords("A set that holds none of these.", "no {}", "none of {}"),
    "given": OperationWords("There is a value."),
    "unknown": OperationWords("There is none."),
}
"""What tests come to, each with what it says: few, so that evaluation, engine and proofs know all of them."""

OF_SETS = tuple(operation for operation, words in OPERATIONS.items() if words.several)
"""Those of which a set alone is tested."""


# -- how the numbers of a plan come about -----------------------------------------------------------------

Move = Literal[
    "base",
    "base_not_used",
    "times",
    "add",
    "round",
    "will_not_suffice",
    "unvouched",
    "widen",
    "most",
    "limit",
    "replan",
]
"""What a step of the arithmetic does."""

Moved = Literal["sessions", "interval_weeks", "remaining"]
"""What it moves."""


# -- what an answer holds -------------------------------------------------------------------------------

Holds = Literal[
    "id", "moment", "day", "edition", "word", "text", "range", "support", "hits", "steps", "levels", "scores",
    "notes", "deferrals", "moments", "named texts", "names", "warnings", "misses", "ref", "flag",
]  # fmt: skip
"""What kind of thing a member holds. ``notes``: texts with their rules; ``deferrals``: until when and
for how many weeks, too; ``moments``: of a session, too.
``levels`` and ``scores``: names with values. ``ref``: a key of the sender's own, or nothing.
"""

Matters = Literal["identity", "plan", "words", "reasons"]
"""What it means where a member differs between two answers: nothing; another plan; the same plan in other
words; only another why."""


@dataclass(frozen=True, slots=True)
class AnswerMember:
    """One member of an answer.

    ``label``: its name where people read it. ``help``: what a scenario's author reads of it; ``says``: what
    an integrator reads. ``matters``: what a difference in it means. ``planned``: the plan alone decides it.
    ``treated``: there is none under "do not treat". ``optional``: only on request. ``words``: those that it
    can be. ``since``: the version of the language whose answers have it first.
    """

    name: str
    holds: Holds
    matters: Matters
    label: str
    says: str
    help: str = ""
    planned: bool = False
    treated: bool = False
    optional: bool = False
    words: tuple[str, ...] = ()
    since: int = 1

    @property
    def expected(self) -> bool:
        """Whether a scenario may expect it."""
        return bool(self.help)


ONE_SESSION = ("may_suffice", "will_not_suffice", "undecided")
"""The answers to the client's own question, whether one session may be enough."""

_MEMBERS = (
    AnswerMember(
        "decision_id", "id", "identity", "Decision", "A new id for each answer, a UUID of version 7."
    ),
    AnswerMember("evaluated_at", "moment", "identity", "Evaluated at", "When, in UTC."),
    AnswerMember(
        "as_of", "day", "identity", "As of", "The day for which was decided.", "The day for which was asked."
    ),
    AnswerMember(
        "ruleset", "edition", "identity", "Ruleset",
        "The rules that decided; keep the digest with the answer.", "Which ruleset answered.",
    ),
    AnswerMember(
        "language", "text", "identity", "Language",
        "The language of its texts (BCP 47); what is not there in it yet stands under `warnings`.",
        since=2,
    ),
    AnswerMember(
        "ref", "ref", "identity", "Reference", "The `ref` of the request; null where it had none.", since=2
    ),
    AnswerMember("test", "flag", "identity", "Test", "Whether the request said that it is a test.", since=2),
    AnswerMember(
        "verdict", "word", "plan", "Verdict",
        "The first of the six that applies, in this order.", "The verdict.",
        planned=True, words=VERDICTS,
    ),
    AnswerMember(
        "verdict_text", "text", "words", "Verdict",
        "The verdict for a client, in the clinic's words.", "What the client reads.",
        planned=True,
    ),
    AnswerMember(
        "one_session", "word", "plan", "One session",
        "May one session be enough? Whatever the verdict.", "May one session be enough?",
        planned=True, words=ONE_SESSION,
    ),
    AnswerMember(
        "sessions", "range", "plan", "Sessions",
        "How many sessions in all; null where no number is given.",
        "How many sessions; null where there are no numbers.",
        planned=True,
    ),
    AnswerMember(
        "interval_weeks", "range", "plan", "Between sessions",
        "Weeks between sessions; null where none is given.",
        "Weeks between sessions; null where there are no numbers.",
        planned=True,
    ),
    AnswerMember(
        "remaining", "range", "plan", "Still needed",
        "How many sessions are still to come; null where no number is given.",
        "Sessions that remain; null where there are no numbers.",
        planned=True,
    ),
    AnswerMember(
        "review_weeks", "range", "plan", "Look again after",
        "In how many weeks to look at the result; null where no rule says.", "When to look again.",
        planned=True, treated=True,
    ),
    AnswerMember(
        "maintenance_weeks", "range", "plan", "To keep the result",
        "Weeks between visits that keep the result, after the course; null where no rule says.",
        "Weeks between visits that keep the result.",
        planned=True, treated=True, since=2,
    ),
    AnswerMember(
        "support", "support", "words", "Support",
        "The weakest support among the rules that gave the numbers; null without numbers.",
        "The weakest support among the rules that gave the numbers.",
        planned=True, words=SUPPORTS,
    ),
    AnswerMember(
        "fired", "hits", "reasons", "Rules that fired",
        "The rules that fired, by factor, file and line.", "Rules that must fire. Others may fire besides.",
    ),
    AnswerMember(
        "steps", "steps", "reasons", "Steps",
        "Every move of the arithmetic, in order.", "How the numbers were worked out.",
        planned=True, treated=True,
    ),
    AnswerMember(
        "conclusions", "levels", "reasons", "Conclusions",
        "What rules concluded: flags that are yes as `true`, and levels.",
        "Flags and levels that rules concluded.",
    ),
    AnswerMember(
        "scores", "scores", "reasons", "Scores",
        "Every score of the ruleset; null where it is unknown.", "The scores.",
    ),
    AnswerMember(
        "expected", "notes", "words", "What the sessions can be expected to bring",
        "What the sessions can be expected to bring.", "What the sessions can be expected to bring.",
        planned=True, treated=True,
    ),
    AnswerMember(
        "stops", "notes", "words", "No treatment",
        "Why there are no sessions.", "The reasons for no sessions.",
        planned=True,
    ),
    AnswerMember(
        "deferrals", "deferrals", "words", "Not now", "Why not now.", "The reasons for not now.", planned=True
    ),
    AnswerMember(
        "referrals", "notes", "words", "A clinician looks first",
        "Why a clinician must look.", "What a clinician must look at.",
        planned=True,
    ),
    AnswerMember(
        "advice", "moments", "words", "Advice", "What to tell the client.", "What to tell the client.",
        planned=True,
    ),
    AnswerMember(
        "benefits", "named texts", "words", "What further sessions bring",
        "What further sessions bring.", "What further sessions bring, such as [{id: collagen}].",
        planned=True, treated=True,
    ),
    AnswerMember(
        "unanswered", "names", "plan", "Not asked yet",
        "Questions that must be asked and were not.", "Questions that must be asked and were not.",
    ),
    AnswerMember(
        "warnings", "warnings", "reasons", "Warnings",
        "Notes for the integrator.", "Warnings of the answer.",
        planned=True,
    ),
    AnswerMember(
        "not_fired", "misses", "reasons", "Rules that did not fire",
        "Only with `explain`: the other rules.",
        optional=True,
    ),
)  # fmt: skip

ANSWER: Mapping[str, AnswerMember] = _by_name(_MEMBERS, lambda member: member.name)
"""Every member of an answer, in its order."""


def members(*holds: Holds, matters: Matters | None = None) -> tuple[str, ...]:
    """The names of the members that hold such things (none named: any), and matter so."""
    return tuple(
        one.name
        for one in ANSWER.values()
        if (not holds or one.holds in holds) and (matters is None or one.matters == matters)
    )


PROMISES: tuple[str, ...] = tuple(
    one.name for one in ANSWER.values() if one.treated and one.holds in ("notes", "named texts")
)
"""The members that list what sessions bring."""

GATE_MEMBERS = tuple(name for name in ANSWER if any(gate.member == name for gate in effects("gate")))
"""The members that list the texts of gates."""

ADVICE: tuple[str, ...] = tuple(
    name
    for name in dict.fromkeys(effect.member for effect in effects("text"))
    if name is not None and name not in PROMISES
)
"""The members that list what else a client is told, whether or not it is about sessions."""


def covers(named: Iterable[str], rows: Iterable[str], what: str) -> None:
    """Hold a list that can't be derived against the table.

    Raises:
        TypeError: it lacks a row, or names one that is not there.
    """
    have, want = set(named), set(rows)
    if have != want:
        raise TypeError(f"{what}: without {sorted(want - have)}, needless {sorted(have - want)}")


covers(OPERATIONS, get_args(Operation), "what operations say")
covers(_VALUES_OF, get_args(Category), "values of effects by category")
covers(
    (*_NUMBERS, *_PARTS), get_args(Category), "categories of effects that change a part of the plan, or none"
)
covers(_PART_OF, get_args(Quantity), "parts of a plan by number")
covers(members("range", matters="plan"), get_args(Quantity), "members of answers that are numbers of plans")
