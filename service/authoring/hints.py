"""What an editor says about each key of a ruleset's files."""

from __future__ import annotations

from schemas.language import KINDS

_KINDS = {
    key: " ".join(kind.help for kind in KINDS.values() if kind.key == key)
    for key in dict.fromkeys(kind.key for kind in KINDS.values())
}

RULESET = {
    "id": "The name of this folder.",
    "title": "What people call this ruleset.",
    "version": "Three numbers. Raise the first where requests that were fine would now be refused.",
    "effective": "The day from which it serves.",
    "owner": "Who answers for it.",
    "extends": "Another ruleset's id. Its questions, rules, guarantees, papers and texts are taken over.",
    "disable": "Ids of rules of the extended ruleset that are not used here.",
    "limits": "Bounds of every plan.",
    "factors": "The factors, in the order in which answers list them; each with its title.",
    "conclusions": "Levels that rules may conclude, from low to high. Flags need no line here.",
    "verdicts": "What the client reads for each verdict. What is left out has a text of its own.",
    "benefits": "What further sessions bring: an id and a text. Rules name them by id.",
    "allow": "Warnings that are let stand: the code, and the reason why.",
}
LIMITS = {
    "sessions": "No plan has fewer or more sessions, such as 1 to 20.",
    "interval weeks": "No plan has fewer or more weeks between sessions, such as 2 to 26.",
}
VERDICTS = {
    "do_not_treat": "A rule says stop.",
    "defer": "Not now.",
    "clinician_review": "A clinician looks at this first.",
    "goal_reached": "The improvement seen has met the goal.",
    "one_session_may_suffice": "One session may be enough.",
    "several_sessions": "Several sessions are planned.",
}
ASSESSMENT = {"inputs": "The questions, by id. Give them in the order in which they are asked."}
INPUT = {
    "label": "The question as people read it.",
    "help": "How to answer it.",
    **_KINDS,
    "unit": "The unit of the number.",
    "required": "yes: a request without an answer is refused.",
    "must ask": "yes: without an answer a clinician looks. Not asked is not no.",
    "default": "What counts where no answer is given.",
    "changeable": "yes: a person can choose otherwise, so what-if may change it.",
    "only if": "Where the question is asked at all. It looks at other questions.",
}
FACTOR = {
    "factor": "The factor that these rules are about, by its id in ruleset.yaml.",
    "rules": "The rules. Each begins with a dash.",
}
RULE = {
    "id": "The rule's name; no other rule has it.",
    "title": "What the rule is about, in a few words.",
    "when": "For whom it fires. All of these must hold.",
    "then": "What it does.",
    "because": "The reason, as a client or a colleague may read it.",
    "support": "How sure the number is. Needed where the rule gives one.",
    "evidence": "Ids of papers in evidence.yaml. Needed unless the support is judgement.",
    "replaces": "yes: it takes the place of the extended ruleset's rule of the same id.",
    "allow": "Warnings about this rule that are let stand: the code, and the reason why.",
}
SUPPORT = {
    "published": "The number stands in a paper.",
    "derived": "It was worked out from published figures.",
    "interpolated": "It lies between published figures.",
    "judgement": "It is your own judgement; it needs no paper.",
}
EFFECTS = {
    "sessions": "A base: 4 to 6, {min, typical, max}, or one number. Of several the largest is taken.",
    "sessions from score": "A base from a score: typical is the score times `times`, the rest `spread` off.",
    "sessions times": "Multiplies the sessions: a number above 0, a range, or a number attribute.",
    "add sessions": "Adds sessions after all multiplying: a number or a range; may be below 0.",
    "most sessions": "A published maximum. The lowest counts. A whole number or a number attribute.",
    "interval weeks": "Weeks between sessions. The longest is taken.",
    "add interval weeks": "Adds weeks between sessions: a number, a range, or a number attribute.",
    "review weeks": "When to look again. The earliest counts.",
    "expect": "What the sessions can be expected to bring.",
    "conclude": "A new fact for other rules to test: a flag (yes), or a level that ruleset.yaml declares.",
    "points": "Adds to a score: a number, an attribute, or a list of these.",
    "remaining from progress": "Works out from what was seen how many sessions are still needed.",
    "refer": "A clinician must look. The numbers are still given.",
    "no numbers": "A clinician must look, and there are no numbers.",
    "defer": "Not now. The numbers are still given.",
    "until": "Until when it is deferred.",
    "stop": "No sessions and no numbers.",
    "advise": "What to tell the client.",
    "benefits": "What further sessions bring, by the ids of ruleset.yaml.",
    "one session": "Whether a single session may do. Will not suffice beats may suffice.",
}
FROM_SCORE = {
    "score": "The score to work from.",
    "times": "Typical is the score times this.",
    "spread": "Min and max are so far below and above.",
    "at least": "None of the three is under this.",
}
FROM_PROGRESS = {
    "improvement": "The question that says how many percent better it is.",
    "sessions": "The question that says how many sessions were done.",
    "target": "The goal in percent: an attribute, a question or a number, below 100.",
    "margin": "Min and max allow for so many points of percent more or less improvement.",
}
TRIPLE = {"min": "At best.", "typical": "Usually.", "max": "At most."}
GUARANTEES = {"guarantees": "What must hold for every possible client."}
GUARANTEE = {
    "id": "The guarantee's name.",
    "title": "What is guaranteed, in a sentence.",
    "when": "For whom. Without it: for everybody.",
    "always": "What these clients always hear.",
    "never": "What these clients never hear.",
    "raising": "A question with levels or numbers. Two clients are compared who differ in it alone.",
    "never lowers": "What a higher answer must not lower.",
}
OUTCOMES = {
    "stop": "No sessions.",
    "defer": "Not now.",
    "refer": "A clinician looks.",
    "numbers": "The plan has numbers.",
    "one session": "One session may be enough.",
}
SCENARIO = {
    "name": "Who this client is, in a few words; no other scenario has the same.",
    "assessment": "The client's answers.",
    "expect": "What the client must get: any part of an answer. What is not named does not matter.",
    "as of": "The day for which to ask.",
}
EXPECT = {
    "as_of": "The day for which was asked.",
    "ruleset": "Which ruleset answered.",
    "verdict": "The verdict.",
    "verdict_text": "What the client reads.",
    "one_session": "May one session be enough?",
    "sessions": "How many sessions; null where there are no numbers.",
    "interval_weeks": "Weeks between sessions; null where there are no numbers.",
    "remaining": "Sessions that remain; null where there are no numbers.",
    "review_weeks": "When to look again.",
    "support": "The weakest support among the rules that gave the numbers.",
    "fired": "Rules that must fire. Others may fire besides.",
    "not fired": "Rules that must not fire.",
    "steps": "How the numbers were worked out.",
    "conclusions": "Flags and levels that rules concluded.",
    "scores": "The scores.",
    "expected": "What the sessions can be expected to bring.",
    "stops": "The reasons for no sessions.",
    "deferrals": "The reasons for not now.",
    "referrals": "What a clinician must look at.",
    "advice": "What to tell the client.",
    "benefits": "What further sessions bring, such as [{id: collagen}].",
    "unanswered": "Questions that must be asked and were not.",
    "warnings": "Warnings of the answer.",
}
PAPER = {
    "title": "The paper's title.",
    "authors": "Who wrote it.",
    "journal": "Where it stands.",
    "year": "When it came out.",
    "doi": "Its DOI, such as 10.1002/lsm.23795.",
    "url": "Where it is on the web.",
    "says": "What it found, in your own words.",
}
SIGN_OFF = {
    "digest": "Which version was read. Written by picoplan sign-off.",
    "role": "Who read it.",
    "date": "When.",
}
