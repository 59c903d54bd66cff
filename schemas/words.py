"""The words that answers, guarantees and limits are made of, with what they mean to authors and clients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, get_args

from schemas.language import (
    MOMENTS,
    ONE_SESSION,
    SUPPORTS,
    VERDICTS,
    Moment,
    Quantity,
    Support,
    Verdict,
    covers,
)
from schemas.page_words import PAGE_WORDS

VERDICT_TEXTS: Mapping[str, Mapping[Verdict, str]] = {
    "en": {
        "do_not_treat": "No laser sessions. Please talk to a clinician.",
        "defer": "Not now. We look again later.",
        "clinician_review": "A clinician looks at this first.",
        "goal_reached": "The result that was hoped for is reached.",
        "one_session_may_suffice": "One session may be enough. We look again afterwards.",
        "several_sessions": "Plan for several sessions.",
    },
    "es": {
        "do_not_treat": "No se harán sesiones de láser. Hable, por favor, con un profesional sanitario.",
        "defer": "Ahora no. Lo volveremos a valorar más adelante.",
        "clinician_review": "Primero lo valorará un profesional sanitario.",
        "goal_reached": "Se ha alcanzado el resultado deseado.",
        "one_session_may_suffice": "Puede que baste con una sesión. Después lo volveremos a valorar.",
        "several_sessions": "Cuente con varias sesiones.",
    },
    "zh-Hans": {
        "do_not_treat": "不做激光治疗。请先咨询临床医生。",
        "defer": "目前暂不治疗，之后再评估。",
        "clinician_review": "需先由临床医生评估。",
        "goal_reached": "已达到期望的效果。",
        "one_session_may_suffice": "一次治疗可能就够了，之后我们再评估。",
        "several_sessions": "请预计需要多次治疗。",
    },
}
"""What the answer says where a ruleset gives no text of its own, by language."""

_OF_ANSWERS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "unanswered": "Not asked yet, so a clinician looks first: {questions}",
        "no-base": "No rule of {ruleset} gives a number of sessions for this assessment.",
        "plan-finished": "The planned sessions are done and the goal is not reached.",
        "not-signed-off": "Nobody has signed off version {version} of {ruleset} as it stands.",
        "text-missing": "Not yet in this language: {texts}",
        "language-missing": "There are no texts in the language that was asked for.",
        "over-most": "This would need more than {most} sessions in all. "
        "A clinician decides whether it is worth it.",
        "still-over-most": "Sessions done and still needed come to more than {most}. "
        "A clinician decides how to go on.",
        "no-improvement": "No improvement so far, so no further sessions can be worked out. "
        "A clinician reviews.",
        "question-needed": 'No numbers without an answer to "{question}"',
        "attribute-needed": 'No numbers for this answer to "{question}": it lacks what they rest on',
        "yes": "yes",
        "no": "no",
        "none-of-them": "none of them",
    },
    "es": {
        "unanswered": "Aún sin preguntar, así que primero lo valora un profesional sanitario: {questions}",
        "no-base": "Ninguna regla de {ruleset} da un número de sesiones para estas respuestas.",
        "plan-finished": "Se han hecho las sesiones previstas y no se ha alcanzado el objetivo.",
        "not-signed-off": "Nadie ha dado el visto bueno a la versión {version} de {ruleset} tal como está.",
        "text-missing": "Aún no está en este idioma: {texts}",
        "language-missing": "No hay textos en el idioma solicitado.",
        "over-most": "Harían falta más de {most} sesiones en total. "
        "Un profesional sanitario decidirá si merece la pena.",
        "still-over-most": "Las sesiones hechas y las que faltan suman más de {most}. "
        "Un profesional sanitario decidirá cómo seguir.",
        "no-improvement": "Por ahora no hay mejoría, así que no se puede calcular cuántas sesiones faltan. "
        "Lo revisará un profesional sanitario.",
        "question-needed": "No hay cifras sin una respuesta a «{question}»",
        "attribute-needed": "No hay cifras para esta respuesta a «{question}»: falta en qué basarlas",
        "yes": "sí",
        "no": "no",
        "none-of-them": "ninguna de ellas",
    },
    "zh-Hans": {
        "unanswered": "尚未询问，需先由临床医生评估：{questions}",
        "no-base": "{ruleset} 中没有规则为这份评估给出治疗次数。",
        "plan-finished": "计划的治疗已做完，但尚未达到目标。",
        "not-signed-off": "{ruleset} 的 {version} 版目前尚无人签核。",
        "text-missing": "尚无此语言的文字：{texts}",
        "language-missing": "没有所请求语言的文字。",
        "over-most": "总共需要超过 {most} 次治疗。是否值得，由临床医生决定。",
        "still-over-most": "已做和仍需的治疗合计超过 {most} 次。如何继续，由临床医生决定。",
        "no-improvement": "目前尚无改善，因此无法推算还需多少次。需由临床医生评估。",
        "question-needed": "未回答“{question}”，无法给出次数",
        "attribute-needed": "无法按“{question}”的这个答案给出次数：缺少所依据的资料",
        "yes": "是",
        "no": "否",
        "none-of-them": "都没有",
    },
}
"""What answers say beside the words of their rulesets, by language; what stands in braces is filled in."""

BUILT_IN: Mapping[str, Mapping[str, str]] = {
    language: {**texts, **PAGE_WORDS[language]} for language, texts in _OF_ANSWERS.items()
}
"""The same, with what the client page says."""

for _language, _texts in BUILT_IN.items():
    covers(_texts, BUILT_IN["en"], f"built-in words in {_language}")
    covers(VERDICT_TEXTS[_language], VERDICTS, f"texts of verdicts in {_language}")

NONE_OF_THESE = "none-of-these"
"""The code by which forms say of a set that it was asked, and that nothing of it is so."""

ONE_SESSION_HELP: Mapping[str, str] = {
    "may_suffice": "A rule vouches for a single session.",
    "will_not_suffice": "More than one is needed.",
    "undecided": "No rule says so.",
}
covers(ONE_SESSION_HELP, ONE_SESSION, "help on whether one session may be enough")

SUPPORT_HELP: Mapping[Support, str] = {
    "published": "The number stands in a paper.",
    "derived": "It was worked out from published figures.",
    "interpolated": "It lies between published figures.",
    "judgement": "It is your own judgement; it needs no paper.",
}
covers(SUPPORT_HELP, SUPPORTS, "help on support")

MOMENT_WORDS: Mapping[Moment, str] = {
    "before": "Before the session",
    "same_day": "On the day",
    "after": "After the session",
}
covers(MOMENT_WORDS, MOMENTS, "words of moments")

OUTCOMES: Mapping[str, str] = {
    "stop": "No sessions.",
    "defer": "Not now.",
    "refer": "A clinician looks.",
    "numbers": "The plan has numbers.",
    "one session": "One session may be enough.",
}
"""What a guarantee can speak of, beside ``sessions above N``."""


class Limited(NamedTuple):
    """A number that rulesets limit: how high a limit may be, such as what, and help."""

    most: int
    such_as: str
    help: str


class Measured(NamedTuple):
    """A number of a plan in words: ``one`` and ``several`` of what it counts, ``named``: the number itself.

    ``limit``: what its limits may be, None where rulesets have none for it.
    """

    one: str
    several: str
    named: str
    limit: Limited | None = None


QUANTITIES: Mapping[Quantity, Measured] = {
    "sessions": Measured(
        "session",
        "sessions",
        "sessions",
        Limited(100, "1 to 20", "No plan has fewer or more sessions, such as 1 to 20."),
    ),
    "interval_weeks": Measured(
        "week",
        "weeks",
        "weeks between sessions",
        Limited(520, "2 to 26", "No plan has fewer or more weeks between sessions, such as 2 to 26."),
    ),
    "remaining": Measured("session", "sessions", "still needed"),
    "review_weeks": Measured("week", "weeks", "weeks until the review"),
    "maintenance_weeks": Measured("week", "weeks", "weeks between visits that keep the result"),
}
covers(QUANTITIES, get_args(Quantity), "words of quantities")

LIMITED: Mapping[Quantity, Limited] = {
    name: measured.limit for name, measured in QUANTITIES.items() if measured.limit is not None
}
"""The numbers of a plan that a ruleset limits."""
