"""The problems found so far, the codes that they can have, and how a schema's mistakes become problems."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from marshmallow import Schema, ValidationError

from schemas.language import NEWEST_LANGUAGE, is_reported
from schemas.mistake import MISSING, NO_VALUE, NOT_A_LIST, UNKNOWN, Mistake, mistakes_in
from schemas.nearest import nearest, plainly, strange_letter
from schemas.ruleset_fields import Text, Word, text_mistake
from schemas.ruleset_files import (
    AssessmentFile,
    EffectsEntry,
    FactorFile,
    GuaranteesFile,
    InputEntry,
    RuleEntry,
    RulesetFile,
    TableEntry,
)
from service.model.problem import (
    Advice,
    Place,
    Problem,
    Severity,
    advice,
    in_order,
    in_quotes,
    meant,
    near_to,
    quoted,
    shown,
    suggested,
    to_write,
)
from service.reading.node import Node, Path
from service.reading.numbers_in_text import number_in_text

WARNINGS = frozenset(
    {
        "levels-sorted",
        "missing-attribute",
        "no-of-open-flag",
        "no-rules",
        "outside-limits",
        "question-weakened",
        "replaced-rule-moved",
        "said-twice",
        "test-always-holds",
        "test-never-holds",
        "text-cut",
        "text-missing",
        "text-stale",
        "unused-allow",
    }
)
"""Codes of what does not keep a ruleset from serving. ``text-cut`` is an error where a bracket is lost too,
``no-rules`` where there are none at all, ``question-weakened`` where a question must be asked,
``outside-limits`` where a rule stands beside its limits."""

ERRORS = frozenset(
    {
        # the folder and its files
        "file-too-large",
        "link-outside",
        "missing-file",
        "no-rules",
        "stray-file",
        "too-many-files",
        "unreadable",
        "wrong-encoding",
        # YAML
        "alias",
        "anchor",
        "bad-character",
        "bracket",
        "colon",
        "colon-in-text",
        "comma-in-text",
        "curly-quotes",
        "directive",
        "duplicate-key",
        "indentation",
        "lone-angle",
        "quote",
        "several-documents",
        "tab",
        "tag",
        "text-cut",
        "too-deep",
        "yaml",
        # any value
        "bad-id",
        "duplicate-id",
        "empty-list",
        "empty-mapping",
        "impossible-range",
        "missing-key",
        "missing-value",
        "not-a-number",
        "not-a-range",
        "not-whole",
        "out-of-bounds",
        "too-many-problems",
        "unknown-key",
        "wrong-type",
        # the header, and what is taken over
        "circle",
        "id-is-not-folder",
        "missing-replaces",
        "question-weakened",
        "replaces-nothing",
        "row-repeats",
        "title-needs-value",
        "too-many-extended",
        "unknown-language",
        "unknown-rule",
        "unknown-ruleset",
        "unknown-time-zone",
        "unknown-verdict",
        # questions
        "answered-for-all",
        "bad-answer",
        "bad-default",
        "default-and-must-ask",
        "default-and-required",
        "input-kind",
        "level-order",
        "mixed-attribute",
        "no-inputs",
        "not-left-out",
        "odd-attribute",
        "too-many-attributes",
        "too-many-inputs",
        "too-many-options",
        # conditions
        "empty-condition",
        "never-concluded",
        "rule-too-large",
        "test-does-not-fit",
        "unknown-attribute",
        "unknown-conclusion",
        "unknown-input",
        "unknown-level",
        "unknown-option",
        "unknown-score",
        "wrong-test",
        # effects
        "attribute-not-a-number",
        "conflicting-effects",
        "defer-weeks-without-defer",
        "empty-then",
        "flag-not-yes",
        "expected-does-not-fit",
        "impossible-target",
        "input-does-not-fit",
        "missing-evidence",
        "missing-support",
        "outside-limits",
        "too-many-rules",
        "unknown-benefit",
        "unknown-evidence",
        "unknown-factor",
        "until-without-defer",
        # guarantees and scenarios
        "guarantee-says",
        "unknown-member",
    }
)
"""Codes of what does."""


MOST_PROBLEMS = 2_000
MOST_MENDS = 300

CUT = 'The text ends before " #". Put the whole text in quotes if it goes on.'


class ProblemCollector:
    """The problems found so far, in what is read under one version of the language.

    A reader that has become stricter tells so with ``since``, the version that has the problem, and reads on
    as it did before: under an earlier version nothing is noted.
    """

    def __init__(self, language_version: int = NEWEST_LANGUAGE) -> None:
        self.language_version = language_version
        self.noted: list[Problem] = []
        self._mends = 0
        self.labels: dict[str, dict[str, str]] = {}
        """The labels of options that have one, by question: how its author may name an option."""
        self.removed: dict[str, str] = {}
        """What to give instead of questions, and of options as ``question.option``, that are no more."""
        self._said: set[tuple[str, str]] = set()
        self._known: set[Problem] = set()
        self.folders: list[str] = []
        """Those that are read, as shown: the furthest extended ruleset's first."""
        self._caused: dict[Place, list[Problem]] = {}
        self.homes: dict[str, Place] = {}
        """Where the options of each question stand."""
        self._gone: dict[tuple[str, str], list[Problem]] = {}

    @property
    def full(self) -> bool:
        """Whether so many problems were found that more are not listed."""
        return len(self.noted) > MOST_PROBLEMS

    def error(
        self,
        place: Place,
        code: str,
        message: str,
        mend: str = "",
        *,
        since: int = 1,
        of: Place | None = None,
    ) -> None:
        """Note an error, with its mend where the message does not hold it.

        ``of``: what else it is about. Where that stands in a ruleset that extends the one of ``place``, it is
        the cause, and told there.
        """
        self._note(place, code, message, mend, "error", since, of)

    def warning(
        self,
        place: Place,
        code: str,
        message: str,
        mend: str = "",
        *,
        since: int = 1,
        of: Place | None = None,
    ) -> None:
        """Note a warning, as an error is noted."""
        self._note(place, code, message, mend, "warning", since, of)

    def _note(
        self,
        place: Place,
        code: str,
        message: str,
        mend: str,
        severity: Severity,
        since: int,
        of: Place | None,
    ) -> None:
        """Note it once, however many rows a table has that share the words."""
        if since > self.language_version or not is_reported(code, self.language_version):
            return
        if of is not None and self.extends(of, place):
            self._caused.setdefault(of, []).append(Problem(place, code, message, severity))
            return
        suggestion = suggested(mend) or suggested(message)
        message = f"{message} {mend.strip()}".rstrip()
        problem = Problem(place, code, message, severity, suggestion=suggestion)
        if problem in self._known:
            return
        self._known.add(problem)
        if len(self.noted) < MOST_PROBLEMS:
            self.noted.append(problem)
        elif len(self.noted) == MOST_PROBLEMS:
            message = (
                f"There are more than {MOST_PROBLEMS:,} problems; the rest is not listed. Mend these first."
            )
            self.noted.append(Problem(place, "too-many-problems", message))

    def unknown_option(
        self, place: Place, word: str, code: str, subject: str, message: str, mend: str
    ) -> None:
        """Note that a test names an option that its question has not.

        Where several name one that is surely no slip, it was taken out: that is told once, at the options.
        """
        home = self.homes.get(subject)
        is_meant = suggested(mend) is not None or bool(self.instead(f"{subject}.{word}"))
        if is_meant or home is None or self._layer(home) != self._layer(place):
            self.error(place, code, message + mend)
        else:
            self._gone.setdefault((subject, word), []).append(Problem(place, code, f"{message}{mend}"))

    def _tell_gone(self) -> None:
        for (subject, word), found in self._gone.items():
            first, *others = in_order(found)
            if not others:
                self.error(first.place, first.code, first.message)
                continue
            what = f'"{shown(word)}" is not among the options of {subject}, and {len(found)} tests name it'
            message = f"{what}: {_listed(found)}. Bring it back, or mend these."
            self.error(self.homes[subject], first.code, message)

    def extends(self, one: Place, other: Place) -> bool:
        """Whether the first place is in a ruleset that extends that of the other."""
        return self._layer(one) > self._layer(other)

    def _layer(self, place: Place) -> int:
        """In which folder a place is, as its number."""
        within = [number for number, folder in enumerate(self.folders) if place.file.startswith(f"{folder}/")]
        return within[-1] if within else -1

    def tell_caused(self) -> None:
        """Note, at each place that makes parts of what is taken over mistakes, that it does.

        Nothing is told where only promises become empty, for nobody can take these back, or where tests hold
        always or never: who treats nobody under 18 means that.
        """
        self._tell_gone()
        for cause, found in self._caused.items():
            parts = [one for one in in_order(found) if not _is_of_no_use(one)]
            worst = min(parts, key=lambda one: one.severity, default=None)
            if worst is not None:
                more = f" and {len(parts) - 1} more" if len(parts) > 1 else ""
                mend = "Take this back, or disable or replace what stands there."
                self._note(
                    cause,
                    worst.code,
                    f"{worst.message} So says {worst.place}{more}, taken over.",
                    mend,
                    worst.severity,
                    1,
                    None,
                )

    def bad_id(self, place: Place, written: str, mistake: str) -> None:
        """Note that what is written is no id, for the mistake, which may say how to write it."""
        message = f'"{shown(written)}" {mistake}'
        mended = _WRITE.search(mistake)
        self.error(place, "bad-id", advice(message, written, mended[1]) if mended else message)

    def once(self, code: str, word: str) -> bool:
        """Whether nothing of this code has been said of the word: for what many places name."""
        new = (code, word) not in self._said
        self._said.add((code, word))
        return new

    def nearest(self, word: str, known: Iterable[str]) -> str | None:
        """The nearest of the known words; None where none is, and once very many have been looked up."""
        self._mends += 1
        return nearest(word, known) if self._mends <= MOST_MENDS else None

    def near(self, word: str, known: Iterable[str]) -> str:
        """The same as `` Did you mean "x"?``, an advice to write it instead; or nothing."""
        known = list(known)
        several = [piece.strip() for piece in _PARTED.split(word)]
        if len(several) > 1 and set(several) <= set(known):
            return f" Commas part values: write {', '.join(several)}."
        strange = strange_letter(word)
        parts = sorted(word.split())
        turned = next((one for one in known if len(parts) > 1 and sorted(one.split()) == parts), None)
        found = turned or self.nearest(plainly(word) if strange else word, known)
        if strange and found is not None:
            said = f' {strange[0].upper()}{strange[1:]}: write "{found}".'
            return Advice(said, to_write(word, found))
        return "" if found is None else near_to(word, found)

    def instead(self, name: str) -> str:
        """What to give instead of a question or ``question.option`` that is no more; nothing for others."""
        return f" {self.removed[name]}" if name in self.removed else ""

    def near_input(self, name: str, known: Iterable[str]) -> str:
        """What to give instead of a question that is no more, or the nearest that there is."""
        return self.instead(name) or self.near(name, known)

    def near_option(self, subject: str, word: str, known: Sequence[str]) -> str:
        """What to give instead of an option that is no more, or the nearest option's mend.

        The word may be like an option's label, too, and no id.
        """
        if instead := self.instead(f"{subject}.{word}") or _before_a_tool(word, known):
            return instead
        if sum(part in known for part in _SEPARATE.split(word)) > 1:
            return ""  # not one of them
        labels = {label.casefold(): option for option, label in self.labels.get(subject, {}).items()}
        mend = "" if word.casefold() in labels else self.near(word, known)
        if mend:
            return mend
        found = labels.get(word.casefold(), labels.get(self.nearest(word, labels) or "", ""))
        if found not in known:
            return ""
        said = f" Did you mean {found} ({self.labels[subject][found]})?"
        return Advice(said, to_write(word, found))

    def load(self, schema: type[Schema], node: Node) -> dict[str, Any]:
        """What the schema takes of the value; everything else becomes a problem at its own place."""
        whole = _instance(schema)
        if node.data is None:
            self.empty(node)
            return {}
        if not isinstance(node.data, dict):
            self.error(node.at(), "wrong-type", f"{node.name()} must be a mapping: keys with values.")
            return {}
        try:
            loaded = whole.load(node.data)
        except ValidationError as error:
            found = mistakes_in(error)
            absent = [
                key for (key, *_), mistakes in found.items() if MISSING in mistakes and key not in node.data
            ]
            names = [field.data_key or name for name, field in whole.fields.items()]
            needed = [field.data_key or name for name, field in whole.fields.items() if field.required]
            alone = needed[0] if len(needed) == 1 else None
            self.missing(node, absent, names, alone=alone)
            for path, mistakes in found.items():
                if self.full:
                    break
                for mistake in mistakes if path[0] not in absent else ():
                    self._mistake(names, node, path, mistake, alone)
            loaded = error.valid_data if isinstance(error.valid_data, dict) else {}
        if node.tree.cuts:
            for name, field in whole.fields.items():
                if isinstance(field, Text) and not isinstance(field, Word):
                    self.cut_text(node.child(field.data_key or name))
        return dict(loaded)

    def missing(
        self,
        node: Node,
        keys: Sequence[str | int],
        names: Collection[str],
        such_as: str = "",
        *,
        alone: str | None = None,
    ) -> None:
        """Note, in one, that keys are missing, but for those that unknown ones there are, misspelt.

        ``alone``: the one key that must be there, where there is only one.
        """
        unknown = [other for other in node.data if other not in names]
        said = {self._nearest(node, other, names, alone) for other in unknown}
        lacking = [str(key) for key in keys if f' Did you mean "{key}"?' not in said]
        if lacking:
            mend = f", such as {keys[0]}: {such_as}." if such_as else "."
            are, them = ("is", "it") if len(lacking) == 1 else ("are", "them")
            mend += " A rule is replaced whole." if node.has("replaces") else ""
            self.error(
                node.at(), "missing-key", f"{quoted(lacking, last='and')} {are} missing. Add {them}" + mend
            )

    def _nearest(self, node: Node, key: str, names: Collection[str], alone: str | None) -> str:
        """The nearest of the known keys that are not there; else the one that must be there and isn't."""
        also = ALSO_SAID.get(key.lower())
        if also in names and also is not None and not node.has(also):
            return Advice(f' Did you mean "{also}"?', to_write(key, also))
        if alone is None or node.has(alone):
            return self.near(key, [name for name in names if not node.has(name)])
        if self.nearest(key, [alone]) is not None:
            return meant(key, alone)  # it must be there, so even the shortest word is a slip
        lone = f' Did you mean "{alone}"?'
        return self.near(key, [name for name in names if not node.has(name)]) or lone

    def unknown_key(self, node: Node, key: str, names: Collection[str], alone: str | None = None) -> None:
        """Note a key that can't stand at the node, with what is meant, or where it belongs."""
        mend = _home_of(key) or _in_weeks(node, key, names) or self._nearest(node, key, names, alone)
        mend = mend or _longer(key, names)
        if key.lower() == "unless" and "when" in names:
            mend = ' Write "not:" below "when", and below it the tests that must not hold.'
        self.error(
            node.child(key).key(),
            "unknown-key",
            f'"{shown(key)}" is not known here.' + (mend or self._no_key(node, key, names)),
        )

    def _no_key(self, node: Node, key: str, names: Collection[str]) -> str:
        """What to say of a key that is near to none: it may be the rest of a text that has a colon."""
        if " " in key and self._mends <= MOST_MENDS:
            here = node.child(key).at()
            *_, before = ("", *(other for other in node.data if node.child(other).at() < here))
            if isinstance(node.data.get(before), str):
                return f' If it belongs to the text of "{shown(before)}", put the whole text in quotes.'
        return f" Here can stand {', '.join(names)}." if len(names) <= _FEW else " Remove it."

    def text(self, name: str, node: Node) -> str | None:
        """The text at the node; None with the mistake noted, which calls it by the name."""
        if node.data is None:
            self.error(node.key(), "missing-value", f'"{shown(name)}" has no value. Write one.')
            return None
        mistake = text_mistake(node.data)
        if mistake:
            self.error(node.at(), "wrong-type", f'"{shown(name)}" {mistake}')
            return None
        self.cut_text(node)
        return str(node.data).strip()

    def cut_text(self, node: Node) -> None:
        """Warn where `` #`` cut the text at the node short."""
        cut = node.tree.cut_text(node.path)
        if cut is None:
            return
        place, whole = cut
        goes_on = _GOES_ON.search(whole) is not None  # a remark has a space behind its sign
        told = advice(CUT, whole, in_quotes(whole), node.at()) if goes_on else CUT
        self.warning(place, "text-cut", told)

    def empty(self, node: Node) -> None:
        """Note that nothing is written at the node."""
        if not node.path:
            message = "The file is empty. Fill it, or remove it."
        elif isinstance(node.path[-1], int):
            message = "This item is empty. Write it, or remove the dash."
        else:
            message = f"{node.name()} has no value. Write one."
        self.error(node.key(), "missing-value", message)

    def _mistake(
        self, names: Collection[str], node: Node, path: Path, mistake: Mistake, alone: str | None
    ) -> None:
        key = str(path[0])
        below = node.child(key)
        if mistake is UNKNOWN:
            self.unknown_key(node, key, names, alone)
        elif mistake in (MISSING, NO_VALUE):
            self.error(below.key(), "missing-value", f'"{key}" has no value. Write one.')
        elif mistake.code == "bad-id":
            self.bad_id(below.at(), str(below.data), mistake.message)
        else:
            near = self.near(below.data, mistake.words) if isinstance(below.data, str) else ""
            said = f'"{key}" ' + _with_what_was_written(mistake, below.data)
            self.error(below.at(), mistake.code, said + near if near else said)


def _before_a_tool(word: str, known: Iterable[str]) -> str:
    """The mend where the word, or the option, is what a tool that writes YAML made of the other.

    ``no`` becomes ``false``, and ``755_532`` the number 755532.
    """
    for option in known:
        same_number = "_" in word + option and word.replace("_", "") == option.replace("_", "")
        if same_number and option.isdigit():
            return (
                f' A tool may have made a number of the option: write "{shown(word)}" there again, in quotes.'
            )
        if option.lower() in _REWRITTEN.get(word.lower(), ()) or (same_number and word.isdigit()):
            return advice(f' A tool may have rewritten "{option}": write it again, in quotes.', word, option)
    return ""


_REWRITTEN = {"true": ("yes", "on", "y"), "false": ("no", "off", "n")}
"""By what many tools write: the words that they read so."""

_HOMES: tuple[tuple[type[Schema], str], ...] = (
    (RulesetFile, "in ruleset.yaml"),
    (AssessmentFile, "in assessment.yaml, beside inputs"),
    (FactorFile, "in a file in factors/"),
    (GuaranteesFile, "in guarantees.yaml"),
    (InputEntry, "in a question in assessment.yaml"),
    (RuleEntry, "in a rule"),
    (TableEntry, "in a table, below tables"),
    (EffectsEntry, 'below "then"'),
)


@cache
def _homes() -> dict[str, str]:
    """By key, where it stands: keys that stand in one place alone."""
    homes: dict[str, list[str]] = {}
    for schema, home in _HOMES:
        for name, field in _instance(schema).fields.items():
            homes.setdefault(field.data_key or name, []).append(home)
    return {key: places[0] for key, places in homes.items() if len(places) == 1}


def _home_of(key: str) -> str:
    home = _homes().get(key)
    return f" It belongs {home}." if home else ""


def _longer(key: str, names: Iterable[str]) -> str:
    """The known keys of several words of which the key is one: ``weeks`` of ``interval weeks``."""
    longer = [name for name in names if key in name.split()]
    return f" Did you mean {quoted(longer)}?" if longer else ""


def _with_what_was_written(mistake: Mistake, data: object) -> str:
    """The message of a mistake in one value, with the value or how to write it as the list that is meant."""
    if mistake is NOT_A_LIST and data:
        if isinstance(data, dict) and "id" in data:
            return f'must be a list: put a dash before "{shown(next(iter(data)))}".'
        if isinstance(data, dict) and isinstance(next(iter(data.values())), dict):
            return (
                f"must be a list: write each after a dash, such as - {{id: {shown(next(iter(data)))}, ...}}."
            )
        words = data if isinstance(data, dict) else data.replace(" and ", ",").split(",")  # type: ignore[attr-defined]
        if isinstance(data, str) and any(" " in word.strip() for word in words):
            return f'must be a list of ids, such as [a, b]; "{shown(data)}" is a text. Write its id.'
        listed = ", ".join(word.strip() for word in words)
        told = f"must be a list. Write [{shown(listed)}]."
        return advice(told, data, f"[{listed}]") if isinstance(data, str) else told
    if isinstance(data, str) and mistake.message.startswith("must be ") and ". " not in mistake.message:
        return f'{mistake.message.removesuffix(".")}, not "{shown(data)}".'
    mended = _WRITE_NUMBERS.search(mistake.message)  # a version, a date
    if mended and isinstance(data, str):
        return advice(mistake.message, data.strip(), mended[1])
    return mistake.message


def _listed(found: Iterable[Problem]) -> str:
    """Where the first few stand: file and line."""
    places = [f"{one.place.file.rpartition('/')[2]}:{one.place.line}" for one in in_order(found)]
    more = f" and {len(places) - _NAMED} more" if len(places) > _NAMED else ""
    return ", ".join(places[:_NAMED]) + more


_NAMED = 4


def _is_of_no_use(problem: Problem) -> bool:
    settled = problem.code in ("test-always-holds", "test-never-holds")
    return settled or (problem.severity == "warning" and problem.place.file.endswith("/guarantees.yaml"))


_FEW = 6
_GOES_ON = re.compile(r" #\S")
_WRITE_NUMBERS = re.compile(r" Write ([0-9][0-9.-]*[0-9])\.\Z")
_SEPARATE = re.compile(r"[^\w-]+|\s-|-\s")
_WRITE = re.compile(r'Write "([^"]+)"\.\Z')
_PARTED = re.compile(r"[;|/\uff0c\u3001\uff1b]")
_OTHER_TIMES = re.compile(r"\b((?:day|month|year)s?)\b")

ALSO_SAID: Mapping[str, str] = {
    word: key
    for key, words in {
        "when": ("if", "wenn", "falls", "si", "cuando", "condition", "conditions"),
        "then": ("dann", "entonces", "do", "effect", "effects"),
        "because": ("reason", "reasons", "why", "grund", "weil", "porque", "motivo", "razon", "razón"),
        "title": ("titel", "titulo", "título", "heading"),
        "evidence": ("source", "sources", "paper", "papers", "reference", "references", "quelle", "quellen"),
        "rules": ("regeln", "reglas"),
        "inputs": ("questions", "fragen", "preguntas"),
        "label": ("beschriftung", "etiqueta", "question", "caption"),
        "any": ("or", "either", "oder"),
        "all": ("and", "und"),
    }.items()
    for word in words
}
"""Other words for keys, as people write them, those of two other languages among them."""


def _in_weeks(node: Node, key: str, names: Collection[str]) -> str:
    """How to write, in weeks, a key that counts these and was written for another time."""
    found = _OTHER_TIMES.search(key.lower())
    weeks = _OTHER_TIMES.sub("weeks", key.lower())
    data = node.child(key).data
    if found is None or weeks not in names:
        return ""
    said = number_in_text(f"{data} {found[1]}") if isinstance(data, str) else None
    number = said and said.in_weeks()
    return f" Weeks are counted here: write {weeks}: {number.text if number else 'and how many'}."


@cache
def _instance(schema: type[Schema]) -> Schema:
    """One instance of the schema for all, for making one takes longer than using it."""
    return schema()
