"""``factors/*.yaml``: the rules, first their effects, then (once all facts are known) their conditions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import pairwise

from schemas.language import Support
from schemas.ruleset_fields import id_mistake, is_digest, mended_id, yes_or_no
from schemas.ruleset_files import FactorFile, RuleEntry
from service.model.condition import Condition
from service.model.number import parse_number, written
from service.model.problem import Place, advice, shown
from service.model.ruleset import AttributeRef, Effects, Paper, Rule
from service.reading.allowing import Allow, read_allows
from service.reading.conditions import Subjects, is_small_enough, read_condition
from service.reading.effects import gives_a_number, read_effects, withholding
from service.reading.guarantees import SAYS
from service.reading.node import Node, Places
from service.reading.problem_collector import ProblemCollector
from service.reading.ranges import split_range
from service.reading.tables import read_tables, set_rows_in, title_of_row
from service.reading.vocabulary import Vocabulary
from service.reading.yaml_text import EFFECT_KEYS

_BESIDE_THEN = ("title", "when", "because", "support", "evidence")
_OF_A_FILE = tuple(FactorFile().fields)
_OF_A_RULE = frozenset(field.data_key or name for name, field in RuleEntry().fields.items())


def put_right(problems: ProblemCollector, node: Node, words: Vocabulary) -> None:
    """Note what stands a level too deep or too high in the rule at the node, and move it to its place.

    So that nothing is said to be missing, or unknown, that is only not where it belongs.
    """
    then = node.child("then")
    for key in _BESIDE_THEN:
        if then.has(key) and not node.has(key):
            message = f"Set {key} out: it belongs beside then."
            problems.error(then.child(key).key(), "unknown-key", message)
            node.tree.move(then.path, node.path, key)
    when = node.child("when")
    if lost := [key for key, _ in when.entries() if key in EFFECT_KEYS and not words.can_test(key)]:
        what = (
            f"Set {lost[0]} in under then."
            if node.has("then")
            else 'A line with "then:" is missing above it.'
        )
        message = f'"{lost[0]}" is no test: it says what the rule does. {what}'
        problems.error(when.child(lost[0]).key(), "unknown-key", message)
        for key in lost if node.child("then").data is None or isinstance(then.data, dict) else ():
            node.tree.move(when.path, then.path, key)
    strays = [key for key, _ in node.entries() if key not in _OF_A_RULE]
    effects = [key for key in strays if key in EFFECT_KEYS]
    tests = [key for key in strays if key not in effects and words.can_test(key)]
    for home, keys in (("when", tests), ("then", effects)):
        below = node.child(home)
        if keys and (
            below.data is None or (isinstance(below.data, dict) and below.data.keys().isdisjoint(keys))
        ):
            names = " and ".join(map(shown, keys))
            problems.error(node.child(keys[0]).key(), "unknown-key", f"Set {names} in under {home}.")
            for key in keys:
                node.tree.move(node.path, below.path, key)


@dataclass(frozen=True, slots=True)
class FactorText:
    """One factor file, where it stands among the others, and whether it is the ruleset's own."""

    node: Node
    layer: int
    name: str
    prefix: str
    own: bool


@dataclass(frozen=True, slots=True)
class DraftRule:
    """A rule whose ``when`` is not read yet; ``standing`` orders rules as answers list them.

    ``unread``: keys of the conclusions and scores that it would add to, could they be read. ``replaces`` is
    None where that could not be read. ``table``: the id of the table of whose rows it is one (``is_row``), or
    takes the place of one.
    """

    node: Node
    rule_id: str
    factor: str
    title: str
    because: str
    support: Support | None
    evidence: tuple[str, ...]
    replaces: bool | str | None
    then: Effects
    unread: frozenset[str]
    allows: tuple[Allow, ...]
    standing: tuple[int, str, int, int]
    defined_at: str
    table: str = ""
    is_row: bool = False


def read_drafts(
    problems: ProblemCollector,
    words: Vocabulary,
    file: FactorText,
    factors: Mapping[str, str],
    evidence: Mapping[str, Paper],
) -> list[DraftRule] | None:
    """The rules of one factor file: all but their conditions. None where the file holds no list of rules."""
    if isinstance(file.node.data, list):
        message = 'A file of rules begins with "factor:" and "rules:". Write them above, and set the list in.'
        problems.error(file.node.at(), "wrong-type", message)
        return None
    _by_title(problems, file.node, factors)
    set_rows_in(problems, file.node)
    loaded = problems.load(FactorFile, file.node)
    factor = loaded.get("factor", "")
    if factor and factor not in factors and factors:
        mend = problems.near(factor, factors) or " Add it under factors in ruleset.yaml."
        place = file.node.child("factor").at()
        problems.error(place, "unknown-factor", f'"{shown(factor)}" is not a factor.' + mend)
    if not _has_rules(problems, file.node, loaded):
        return None
    nodes = list(file.node.child("rules").items())
    rows = read_tables(problems, words, file.node)
    heads = list(file.node.child("tables").items())
    ends = _ends([*nodes, *heads, *(row.node for row in rows)])
    drafts = []
    for index, node in enumerate(nodes):
        draft = _draft(problems, words, file, node, index, factor, evidence, ends.get(node.at()))
        if draft is not None:
            drafts.append(draft)
    for index, row in enumerate(rows, len(nodes)):
        draft = _draft(problems, words, file, row.node, index, factor, evidence, ends.get(row.node.at()))
        if draft is not None:
            drafts.append(replace(draft, table=row.table, is_row=True))
    if drafts:
        drafts[0] = replace(drafts[0], allows=(*drafts[0].allows, *_of_tables(problems, file, nodes, heads)))
    return drafts


def _of_tables(
    problems: ProblemCollector, file: FactorText, rules: list[Node], tables: list[Node]
) -> Iterator[Allow]:
    """What tables let stand, each for all that it holds."""
    ends = _ends([*rules, *tables])
    for table in tables:
        start = table.at()
        yield from read_allows(problems, table.child("allow"), own=file.own, start=start, end=ends.get(start))


def _ends(nodes: Iterable[Node]) -> dict[Place, Place]:
    """For the start of each of the nodes the start of the next."""
    starts = sorted({node.at() for node in nodes})
    return dict(pairwise(starts))


def _has_rules(problems: ProblemCollector, node: Node, loaded: Mapping[str, object]) -> bool:
    """Whether the file holds a list of rules, or of tables; a problem is noted where it holds none."""
    if not isinstance(node.data, dict):
        return False
    if not node.has("rules") and not node.has("tables"):
        strange = [key for key in node.data if key not in _OF_A_FILE]
        if not any(problems.nearest(key, _OF_A_FILE) == "tables" for key in strange):
            problems.missing(node, ["rules"], _OF_A_FILE)
        return False
    for key in ("rules", "tables"):
        if node.child(key).data == []:
            below = node.child(key)
            message = f'"{key}" is empty. Write a {key.removesuffix("s")}, or remove the file.'
            problems.warning(below.at(), "no-rules", message)
    return all(key in loaded for key in ("rules", "tables") if node.has(key))


def _by_title(problems: ProblemCollector, node: Node, factors: Mapping[str, str]) -> None:
    """Take a factor that is named by its title for the one that has it."""
    named = node.child("factor")
    title = named.data.strip().casefold() if isinstance(named.data, str) else ""
    factor = next((name for name, text in factors.items() if text.casefold() == title), None)
    if factor is not None and title not in factors:
        message = advice(f"The factor with that title is {factor}.", str(named.data).strip(), factor)
        problems.error(named.at(), "unknown-factor", message)
        node.data["factor"] = factor


def _is_no_rule(problems: ProblemCollector, node: Node) -> bool:
    """Whether what stands among the rules is something else; it is told what, and where it belongs."""
    if node.data is not None and not isinstance(node.data, dict):
        message = "A rule is a mapping with id, title, when, then, because and support."
        problems.error(node.at(), "wrong-type", message)
        return True
    if not node.has("then") and any(node.has(key) for key in SAYS):
        problems.error(node.at(), "unknown-key", "This is a guarantee: it belongs in guarantees.yaml.")
        return True
    if node.has("rows"):
        problems.error(node.child("rows").key(), "unknown-key", "This is a table: it belongs below tables.")
        return True
    if node.has("disable") and not node.has("then"):
        message = (
            f"A rule is disabled in ruleset.yaml: write disable: [{shown(str(node.child('id').data))}] there."
        )
        problems.error(node.child("disable").key(), "unknown-key", message)
        return True
    return False


def _draft(
    problems: ProblemCollector,
    words: Vocabulary,
    file: FactorText,
    node: Node,
    index: int,
    factor: str,
    evidence: Mapping[str, Paper],
    end: Place | None,
) -> DraftRule | None:
    if _is_no_rule(problems, node):
        return None
    put_right(problems, node, words)
    told = _can_be_told_if_it_replaces(problems, node)
    entry = problems.load(RuleEntry, node)
    if node.data is None:
        return None
    then, unread = (
        read_effects(problems, words, node.child("then")) if "then" in entry else (Effects(), frozenset())
    )
    cited = _evidence(problems, node.child("evidence"), evidence)
    support = entry.get("support")
    _support(problems, node, support)
    start = node.at()
    return DraftRule(
        node=node,
        rule_id=entry.get("id") or _mended(node.child("id").data),
        factor=factor,
        title=entry.get("title", ""),
        because=entry.get("because", ""),
        support=support,
        evidence=cited,
        replaces=(entry.get("replaces") or False) if told else None,
        then=then,
        unread=unread,
        allows=tuple(read_allows(problems, node.child("allow"), own=file.own, start=start, end=end)),
        standing=(file.layer, file.name, start.line, index),
        defined_at=f"{file.prefix}factors/{file.name}:{start.line}",
    )


def _can_be_told_if_it_replaces(problems: ProblemCollector, node: Node) -> bool:
    """Whether it can be read if the rule replaces one. Where it is named there, that is told."""
    below = node.child("replaces")
    if not node.has("replaces"):
        strange = [key for key, _ in node.entries() if key not in _OF_A_RULE]
        return not any(problems.nearest(key, _OF_A_RULE) == "replaces" for key in strange)
    if not isinstance(below.data, str) or yes_or_no(below.data) is not None or is_digest(below.data):
        return True
    if not id_mistake(below.data) and not _DIGITS.match(below.data):
        message = f"The rule to replace is named by the id: write id: {shown(below.data)} and replaces: yes."
        problems.error(below.at(), "wrong-type", message)
        node.data["replaces"] = None
    return False


_DIGITS = re.compile(r"[0-9a-f]+\Z")


def _mended(written: object) -> str:
    """What an id that can't be one was meant to be, so that what names it is no second problem."""
    return mended_id(written) if isinstance(written, str) and id_mistake(written) else ""


def _support(problems: ProblemCollector, node: Node, support: str | None) -> None:
    """A number needs support, and support needs evidence, unless it is judgement."""
    written = node.child("support").data
    then = node.child("then")
    if written is None and gives_a_number(then) and withholding(then) is None:
        message = (
            '"support" is missing, for the rule gives a number. '
            "Add published, derived, interpolated or judgement."
        )
        problems.error(
            node.key() if not node.has("support") else node.child("support").key(), "missing-support", message
        )
    if support not in (None, "judgement") and node.child("evidence").data in (None, []):
        message = f'Support "{support}" needs evidence. Cite a paper of evidence.yaml, or write judgement.'
        problems.error(node.child("support").at(), "missing-evidence", message)


def _evidence(problems: ProblemCollector, node: Node, known: Mapping[str, Paper]) -> tuple[str, ...]:
    cited: list[str] = []
    for item in node.items():
        word = item.data.strip() if isinstance(item.data, str) else None
        if word is None:
            problems.error(item.at(), "wrong-type", "A paper is cited by its id: [EV-ACN-01].")
        elif word in cited:
            problems.warning(item.at(), "said-twice", f'"{shown(word)}" stands here twice. Keep one.')
        elif word in known:
            cited.append(word)
        else:
            mend = problems.near(word, known) or " Add the paper to evidence.yaml."
            problems.error(item.at(), "unknown-evidence", f'"{shown(word)}" is not in evidence.yaml.' + mend)
    return tuple(cited)


def finished(problems: ProblemCollector, subjects: Subjects, draft: DraftRule) -> Rule | None:
    """The rule with its condition read, or None with its problems noted."""
    _scores_of(problems, subjects, draft)
    node = draft.node.child("when")
    if node.data is None:
        return None
    when = read_condition(problems, subjects, node)
    if when is None or not draft.rule_id or not is_small_enough(problems, node, when):
        return None
    return Rule(
        id=draft.rule_id,
        factor=draft.factor,
        title=_title(problems, subjects, draft, when),
        when=when,
        then=draft.then,
        because=draft.because,
        support=draft.support,
        evidence=draft.evidence,
        defined_at=draft.defined_at,
        digest=digest_of(draft),
        place=draft.node.child("id").at(),
        places=Places(draft.node),
    )


def digest_of(draft: DraftRule) -> str:
    """SHA-256, as hexadecimal digits, over all that the rule says, however it is written."""
    return sha256(json.dumps(canonical_parts(draft), sort_keys=True).encode()).hexdigest()


def canonical_parts(draft: DraftRule) -> dict[str, object]:
    """Each part of a rule as its canonical value: numbers, yes and no alike however written, lists sorted."""
    parts = {key: value for key, value in draft.node.data.items() if key not in ("replaces", "allow")}
    return {"factor": draft.factor} | {key: _canonical(value) for key, value in parts.items()}


def _canonical(value: object) -> object:
    if isinstance(value, dict):
        return {key: _canonical(below) for key, below in value.items()}
    if isinstance(value, list):
        return sorted(map(_canonical, value), key=lambda one: json.dumps(one, sort_keys=True))
    if not isinstance(value, str):
        return None
    text = " ".join(value.split())
    flag, number, ends = yes_or_no(text), parse_number(text), split_range(text)
    if flag is not None:
        return flag
    return written(number) if number is not None else " to ".join(ends) if ends else text


def _title(problems: ProblemCollector, subjects: Subjects, draft: DraftRule, when: Condition) -> str:
    if not draft.is_row or not draft.title:
        return draft.title
    return title_of_row(problems, subjects, draft.rule_id, draft.node.child("title"), when)


def _scores_of(problems: ProblemCollector, subjects: Subjects, draft: DraftRule) -> None:
    """Note the scores that the rule reckons with and to which no rule adds points."""
    for path, key in draft.then.references():
        head, _, score = str(key).partition(".")
        if (
            head != "scores"
            or isinstance(key, AttributeRef)
            or key in subjects.known
            or subjects.is_unread(key)
        ):
            continue
        known = [other.partition(".")[2] for other in subjects.below("scores")]
        mend = problems.near(score, known) or " Add a rule that gives points to it."
        node = draft.node.child("then")
        for step in path:
            node = node.child(step)
        message = f'No rule adds points to "{shown(score)}".'
        problems.error(node.at(), "unknown-score", message, mend, of=subjects.taken.get(key))
