"""What an editor says about each key of a ruleset's files."""

from __future__ import annotations

from schemas.language import ANSWER, KINDS
from service.reading.scenarios import NOT_FIRED

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
    "language": "The language (BCP 47) of its own words, such as en. Others: texts.es.yaml and so on.",
    "time zone": "Where the clinic is, such as Europe/Madrid: it says which day it is. Else UTC.",
    "extends": "Another ruleset's id. Its questions, rules, guarantees, papers and texts are taken over.",
    "disable": "Ids of rules of the extended ruleset that are not used here.",
    "limits": "Bounds of every plan.",
    "factors": "The factors, in the order in which answers list them; each with its title.",
    "conclusions": "Levels that rules may conclude, from low to high. Flags need no line here.",
    "verdicts": "What the client reads for each verdict. What is left out has a text of its own.",
    "benefits": "What further sessions bring: an id and a text. Rules name them by id.",
    "allow": "Warnings that are let stand: the code, and the reason why.",
}
ASSESSMENT = {
    "inputs": "The questions, by id. Give them in the order in which they are asked.",
    "contradictions": "Answers that can't all be true: an assessment that has them is refused.",
    "removed": "What is asked no more: a question, or question.option, and what to give instead.",
}
CONTRADICTION = {
    "id": "The contradiction's name.",
    "when": "Where it holds: tests of questions and their attributes. All of these must hold.",
    "says": "What whoever sent the answers reads.",
}
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
    "tables": "Rules that share most of what they say: a table each, a rule each row.",
}
TABLE = {
    "id": "The table's name. Its rules are named after it and their row, such as sun-spots-few.",
    "title": "The title of each row's rule; {severity} stands for the label of the level that the row tests.",
    "when": "Tests that must hold in every row, beside the row's own.",
    "then": "Effects of every row, beside the row's own.",
    "because": "The reason, for rows that give none.",
    "support": "How sure the numbers are, for rows that don't say.",
    "evidence": "Ids of papers, for rows that cite none.",
    "allow": "Warnings about the table and its rows that are let stand: the code, and the reason why.",
    "rows": "A rule each: its id, its tests, its effects, and whatever else a rule has.",
}
RULE = {
    "id": "The rule's name; no other rule has it.",
    "title": "What the rule is about, in a few words.",
    "when": "For whom it fires. All of these must hold.",
    "then": "What it does.",
    "because": "The reason, as a client or a colleague may read it.",
    "support": "How sure the number is. Needed where the rule gives one.",
    "evidence": "Ids of papers in evidence.yaml. Needed unless the support is judgement.",
    "replaces": "yes, or that rule's digest: it takes the place of the extended ruleset's rule of this id.",
    "allow": "Warnings about this rule that are let stand: the code, and the reason why.",
}
MOMENTS = {
    "before": "What to tell the client before a session.",
    "same day": "What to tell the client on the day.",
    "after": "What to tell the client after a session.",
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
    "gains": "How sessions add up: shrinking, the same share of what is left each; or even, as much each.",
    "expected": "What sessions should bring: clears goes with shrinking, adds with even.",
    "weight": "The expectation counts as much as so many sessions that went so; 2 where nothing is written.",
}
EXPECTED = {
    "clears": "How many percent the whole planned course should clear.",
    "adds": "How many points of percent each session should add: a number or an attribute.",
}
WHEN_SLOW = {
    "gain": "The question that says how many points of percent the last sessions gave.",
    "over": "How many sessions these are; it applies after more than so many.",
    "share": "Less than so many percent of what they should have given is too slow.",
    "text": "Why a clinician must look.",
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
SCENARIO = {
    "name": "Who this client is, in a few words; no other scenario has the same.",
    "assessment": "The client's answers.",
    "expect": "What the client must get: any part of an answer. What is not named does not matter.",
    "as of": "The day for which to ask.",
}
EXPECT = {
    **{member.name: member.help for member in ANSWER.values() if member.expected},
    NOT_FIRED: "Rules that must not fire.",
}
CLIENT_PAGE = {
    "title": "What the client page is called.",
    "start": "Your own words before the first question; each line is a paragraph.",
    "minimum age": "For whom the page is, in years, such as 18.",
    "answers": "Answers that are the same for every client, so that nobody asks: {device: picosure}.",
    "leave out": "Questions that clients are not asked: optional ones, and such with a default.",
    "words": "How questions are put to clients, by the question's id.",
    "contact": "How to reach you. It stands at the end.",
}
CLIENT_WORDS = {
    "label": "The question as clients read it.",
    "help": "How to answer it.",
    "options": "Its answers as clients read them, by their ids.",
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
TRANSLATION = {
    "was": "The original, as it was when it was translated.",
    "text": "The translation; empty while there is none.",
    "before": "The translation of an earlier original. It is not told.",
}

SIGN_OFF = {
    "digest": "Which version was read. Written by picoplan sign-off.",
    "role": "Who read it.",
    "date": "When.",
}
