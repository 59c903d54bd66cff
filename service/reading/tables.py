"""``tables:`` in a factor file: each row becomes the rule that it stands for.

What a table says holds for each of its rows; the rest stands in the row: tests, effects and a rule's own
keys side by side. The rule is put together as if an author had written it out, and every part of it keeps the
place where it stands in the file, so that all that comes later sees an ordinary rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from schemas.ruleset_fields import RESERVED, id_mistake, mended_id
from schemas.ruleset_files import RuleEntry, TableEntry
from service.model.condition import AllOf, Condition, Scalar, Test, spelled_value
from service.model.problem import Place, meant, quoted, shown
from service.reading.conditions import Subjects
from service.reading.effects import gives_a_number
from service.reading.folder import MOST_RULES
from service.reading.node import Node, WrittenMapping
from service.reading.problem_collector import ProblemCollector
from service.reading.vocabulary import Vocabulary
from service.reading.yaml_text import EFFECT_KEYS

_OF_A_RULE = frozenset(field.data_key or name for name, field in RuleEntry().fields.items())
_OF_A_ROW = ("id", "replaces", "allow")
_SHARED = tuple(sorted(_OF_A_RULE - {*_OF_A_ROW, "when", "then"}))
"""The keys of effects, as files have them."""

MOST_VALUES_OF_ROWS = 50_000
"""To how many values in a file what tables say for all their rows may come, counted once for each row."""


@dataclass(frozen=True, slots=True)
class RowRule:
    """The rule that a row stands for, and the id of its table."""

    node: Node
    table: str


def set_rows_in(problems: ProblemCollector, file: Node) -> None:
    """Note rows that stand beside tables, and move them to the last one, where it has none."""
    tables = list(file.child("tables").items())
    if file.has("rows") and tables and isinstance(tables[-1].data, dict) and not tables[-1].has("rows"):
        problems.error(file.child("rows").key(), "unknown-key", "Set rows in: they belong in the table.")
        file.tree.move(file.path, tables[-1].path, "rows")


def read_tables(problems: ProblemCollector, words: Vocabulary, file: Node) -> list[RowRule]:
    """The rules that the rows of the factor file's tables stand for, in their order."""
    found: list[RowRule] = []
    ids: dict[str, Place] = {}
    values = 0
    for head in file.child("tables").items():
        if head.data is not None and not isinstance(head.data, dict):
            message = "A table is a mapping with id, rows, and what all its rows share."
            problems.error(head.at(), "wrong-type", message)
            continue
        if not head.has("rows") and "then" in (head.data or {}):
            message = "This is a rule: it belongs below rules, above tables."
            problems.error(head.at(), "unknown-key", message)
            continue
        problems.load(TableEntry, head)
        if head.data is None:
            continue
        name = _name(head.child("id").data)
        if name and name in ids:
            message = f'Table "{shown(name)}" stands already at {ids[name]}. Give this one its own id.'
            problems.error(head.child("id").at(), "duplicate-id", message)
        ids.setdefault(name, head.child("id").at())
        rows = list(head.child("rows").items())
        values += len(rows) * sum(_values(below.data) for key, below in head.entries() if key != "rows")
        if len(found) + len(rows) > MOST_RULES or values > MOST_VALUES_OF_ROWS:
            message = (
                f"The tables of a file have {MOST_RULES:,} rows at most, and what they say for all rows, "
                f"once for each, comes to {MOST_VALUES_OF_ROWS:,} values at most. Split this one."
            )
            problems.error(head.child("rows").key(), "too-many-rules", message)
            continue
        found += [RowRule(rule, name) for rule in _rows(problems, words, head, name)]
    return found


def _name(written: object) -> str:
    if not isinstance(written, str):
        return ""
    return mended_id(written) if id_mistake(written) else written


def _rows(problems: ProblemCollector, words: Vocabulary, head: Node, table: str) -> Iterator[Node]:
    rows = list(head.child("rows").items())
    if head.child("rows").data == []:
        message = '"rows" is empty. Write at least one row below it, after a dash.'
        problems.error(head.child("rows").at(), "empty-list", message)
    for key in ("when", "then"):
        if head.has(key) and head.child(key).data is None:
            problems.empty(head.child(key))
    lacking = _lacking(problems, head, rows)
    for row in rows:
        if row.data is None:
            problems.empty(row)
        elif not isinstance(row.data, dict):
            message = "A row is a mapping with id, tests and effects, such as {id: few, severity: mild}."
            problems.error(row.at(), "wrong-type", message)
        else:
            whole = WrittenMapping.at(row)
            _put_id(problems, whole, table, row)
            for key in _SHARED:
                whole.put(key, row.child(key) if row.has(key) else head.child(key))
            for key in lacking:
                whole.put_text(key, _UNSAID[key], head.child("rows"))
            for key in _OF_A_ROW[1:]:
                whole.put(key, row.child(key))
            _put_when_and_then(problems, words, whole, head, row)
            yield whole.in_tree_of(row)


_UNSAID = {"title": "-", "because": "-", "support": "judgement"}
"""What each rule needs, and what is taken for it where all rows lack it: that is told of the table, once."""


def _lacking(problems: ProblemCollector, head: Node, rows: list[Node]) -> list[str]:
    """Which of these neither the table has nor any row; a problem is noted of it."""
    shared = [key for key in _UNSAID if not any(node.has(key) for node in (head, *rows))]
    if not any(gives_a_number(node) for one in (head, *rows) for node in (one, one.child("then"))):
        shared = [key for key in shared if key != "support"]
    if shared and len(rows) > 1:
        message = (
            f"All rows lack {quoted(shared, last='and')}. Write that here for all of them, or in each row."
        )
        code = "missing-support" if shared == ["support"] else "missing-key"
        problems.error(head.at(), code, message)
        return shared
    return []


def _values(data: object) -> int:
    below = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    return 1 + sum(map(_values, below))


def _put_id(problems: ProblemCollector, whole: WrittenMapping, table: str, row: Node) -> None:
    """The rule's id is the table's and the row's; a row's own id may be a word of the language."""
    node = row.child("id")
    written = node.data
    if not isinstance(written, str):
        whole.put("id", node)
        return
    mistake = id_mistake(written) if written.lower() not in RESERVED else None
    name = f"{table}-{written}" if table else written
    if mistake:
        problems.bad_id(node.at(), written, mistake)
        name = f"{table}-{mended_id(written)}"
    elif id_mistake(name):
        problems.bad_id(node.at(), name, str(id_mistake(name)))
        name = ""
    whole.put_text("id", name, node)


def _put_when_and_then(
    problems: ProblemCollector, words: Vocabulary, whole: WrittenMapping, head: Node, row: Node
) -> None:
    """Share out the keys of a row that are not a rule's own among ``when`` and ``then``.

    What is no effect and near to none is a test: it is told there what can be tested.
    """
    tests: list[Node] = []
    effects: list[tuple[str, Node]] = []
    for key, below in row.entries():
        if key in _OF_A_RULE:
            continue
        known = [*_OF_A_RULE, *EFFECT_KEYS, *words.testable()]
        named = key if key in EFFECT_KEYS or words.can_test(key) else problems.nearest(key, known)
        if named and named != key and named in (*EFFECT_KEYS, *_OF_A_RULE):
            message = f'"{shown(key)}" is neither a test nor an effect.' + meant(key, named)
            problems.error(below.key(), "unknown-key", message)
        if named in EFFECT_KEYS:
            effects.append((str(named), below))
        elif named not in _OF_A_RULE:
            tests.append(below)
    _put_when(whole, [head.child("when"), row.child("when")], tests)
    _put_then(problems, whole, [head.child("then"), row.child("then")], effects)


def _put_when(whole: WrittenMapping, mappings: list[Node], tests: list[Node]) -> None:
    """All of them must hold; what is tested in two places stands under ``all`` the second time."""
    odd = next((one for one in mappings if one.data is not None and not isinstance(one.data, dict)), None)
    written = [one for one in mappings if one.data is not None]
    if odd is not None or (not tests and len(written) < 2):
        whole.put("when", odd if odd is not None else written[0] if written else mappings[0])
        return
    parts = [below for one in written for _, below in one.entries()] + tests
    when = WrittenMapping(tests[0].key_mark if tests else written[-1].key_mark)
    again: list[Node] = []
    for part in parts:
        if part.path[-1] in when.data:
            again.append(part)
        else:
            when.put(str(part.path[-1]), part)
    if again:
        when.add_to_list("all", again)
    whole.put_mapping("when", when)


def _put_then(
    problems: ProblemCollector, whole: WrittenMapping, mappings: list[Node], effects: list[tuple[str, Node]]
) -> None:
    odd = next((one for one in mappings if one.data is not None and not isinstance(one.data, dict)), None)
    written = [one for one in mappings if one.data is not None]
    if odd is not None or (not effects and len(written) < 2):
        whole.put("then", odd if odd is not None else written[0] if written else mappings[0])
        return
    then = WrittenMapping(effects[0][1].key_mark if effects else written[-1].key_mark)
    for key, part in [entry for one in written for entry in one.entries()] + effects:
        if key in then.data:
            message = f'"{key}" stands in the "then" of the table or the row, too. Keep one of them.'
            problems.error(part.key(), "row-repeats", message)
        else:
            then.put(key, part)
    whole.put_mapping("then", then)


_PLACEHOLDER = re.compile(r"\{([^{}\s]+)\}")


def title_of_row(
    problems: ProblemCollector, subjects: Subjects, rule_id: str, title: Node, when: Condition
) -> str:
    """The title of a row's rule, in which ``{severity}`` is the label of the one level that it tests."""
    text = str(title.data).strip()
    for name in dict.fromkeys(_PLACEHOLDER.findall(text)):
        mark = f"{{{name}}}"
        if name not in subjects.known:
            if not subjects.is_unread(name):
                mend = problems.near_input(name, subjects.known) or " Name one that the rows test."
                problems.error(title.word(mark), "unknown-input", f'"{shown(name)}" is not an input.' + mend)
            continue
        values = _values_of(when, name)
        if values is None or len(values) != 1:
            has = "none" if values is None else "several"
            message = (
                f'"{shown(mark)}" needs one value, and {rule_id} tests {has}. '
                "Give that row a title of its own, or test one value."
            )
            problems.error(title.word(mark), "title-needs-value", message)
            continue
        value = spelled_value(next(iter(values)))
        text = text.replace(mark, problems.labels.get(name, {}).get(value, value))
    return text


def _values_of(when: Condition, key: str) -> frozenset[Scalar] | None:
    """The values that pass all tests of the subject that must hold; None where there is no such test."""
    found: frozenset[Scalar] | None = None
    for test in _must_hold(when):
        if test.subject == key and test.op == "among":
            found = frozenset(test.values) if found is None else found & test.values
    return found


def _must_hold(when: Condition) -> Iterator[Test]:
    if isinstance(when, Test):
        yield when
    elif isinstance(when, AllOf):
        for part in when.parts:
            yield from _must_hold(part)
