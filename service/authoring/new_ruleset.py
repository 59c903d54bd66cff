"""The beginning of a new ruleset: a folder that checks clean, and whose files teach by example."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

from schemas.language import ADVICE
from schemas.ruleset_fields import FEWEST_DIGITS, id_mistake, text_mistake
from service.authoring.names import beside
from service.evaluation.compiled import CompiledRuleset
from service.model.decision import Decision
from service.model.flow import flow, text
from service.model.problem import did_you_mean
from service.model.ruleset import Rule, Ruleset
from service.reading.extending import Finder
from service.reading.folder import is_ruleset
from service.reading.ruleset import read_ruleset
from service.serving.sampling import first_answer
from service.store.folders import shipped

_TRIES = 20
Answers = Mapping[str, object]


_MONTH = 12
"""The month in which worked clients come."""


@dataclass(frozen=True, slots=True)
class WorkedClient:
    """A client: who it is, the answers as JSON data, and what came of them."""

    name: str
    answers: Answers
    decision: Decision


def sample_of(compiled: CompiledRuleset, extended: Ruleset) -> WorkedClient | None:
    """A client whom the ruleset plans; rather one of the extended ruleset's, and one with a plan in numbers.

    None where neither those fit nor one could be made up.

    Raises:
        DoubleEntryError: engine and evaluator differ.
        EngineFault: the engine refused.
    """
    kept: WorkedClient | None = None
    for scenario in extended.scenarios:
        decision = compiled.decide(scenario.assessment, _MONTH)
        if isinstance(decision, Decision):
            sample = WorkedClient(scenario.name, scenario.assessment, decision)
            if decision.plan.verdict == "several_sessions" and decision.plan.sessions is not None:
                return sample
            kept = kept or sample
    return kept or _made_up(compiled)


def _made_up(compiled: CompiledRuleset) -> WorkedClient | None:
    """The first answer to every question that wants one; those that don't apply are left out again."""
    inputs = compiled.ruleset.inputs
    answers = {one.id: first_answer(one) for one in inputs.values() if one.required or one.must_ask}
    for _ in range(_TRIES):
        decision = compiled.decide(answers, _MONTH)
        if isinstance(decision, Decision):
            return WorkedClient("A client", answers, decision)
        for refusal in decision:
            name = refusal.pointer.removeprefix("/assessment/").partition("/")[0]
            if name in answers:
                del answers[name]
            elif name in inputs:
                answers[name] = first_answer(inputs[name])
    return None


STARTS = Path(__file__).parent / "starts"
"""The files of new rulesets, a folder each: ``alone``, and ``extending`` another."""
_WIDTH = 110


class CannotStart(Exception):
    """Why the ruleset can't be made, with the mend."""


def start(name: str, folder: Path, extends: str | None = None, *, title: str = "", owner: str = "") -> Path:
    """Make the ruleset ``name`` in the folder; where it lies comes back. It is there whole or not at all.

    ``title``: what people call it; empty: made of its name. ``owner``: who answers for it.

    Raises:
        CannotStart: the name or the extended ruleset won't do, or something of that name is there already.
        OSError: the folder can't be written.
    """
    _refuse(name, folder, extends)
    words = _words(name, title, owner)
    base = None if extends is None else _extended(folder, extends)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=folder) as working:
        made = Path(working) / name
        if base is None:
            _fill(made, "alone", words)
        else:
            _fill_extending(made, folder, base, words)
        _read(made, folder)
        made.rename(folder / name)
    return folder / name


def _refuse(name: str, folder: Path, extends: str | None) -> None:
    mistake = id_mistake(name)
    if mistake:
        raise CannotStart(f'"{name}" {mistake}')
    if os.path.lexists(folder / name):
        raise CannotStart(f"{folder / name} is there already. Choose another name, or move it away.")
    if name == extends:
        raise CannotStart(f'"{name}" can\'t extend itself. Choose another name, such as {name}-clinic.')
    if (shipped() / name).is_dir():
        raise CannotStart(
            f'"{name}" is the name of a shipped ruleset. Choose another, such as {name}-clinic.'
        )


def _extended(folder: Path, extends: str) -> Ruleset:
    """The ruleset that is extended, without errors."""
    where = beside(folder.resolve())(extends)
    if where is None:
        known = {
            below.name for place in (folder, shipped()) for below in place.iterdir() if is_ruleset(below)
        }
        mend = did_you_mean(extends, known) or f" There are {', '.join(sorted(known))}."
        raise CannotStart(f'There is no ruleset "{extends}" to extend.{mend}')
    read = read_ruleset(where[0], where[1], beside(where[0].parent))
    if read.ruleset is None:
        raise CannotStart(f'"{extends}" has errors. Mend them first: picoplan check {where[0]}')
    return read.ruleset


def _read(made: Path, folder: Path) -> Ruleset:
    """The new ruleset as read where it will lie; no problem is in its own files."""
    read = read_ruleset(made, made.name, beside(folder.resolve()))
    own = [
        one for one in read.problems if one.severity == "error" or one.place.file.startswith(f"{made.name}/")
    ]
    if read.ruleset is None or own:
        raise CannotStart(f"The new ruleset would have a problem: {own[0].message}")
    return read.ruleset


def _words(name: str, title: str, owner: str) -> dict[str, str]:
    title, owner = " ".join(title.split()), " ".join(owner.split())
    for what, words in (("title", title), ("owner", owner)):
        mistake = text_mistake(words) if words else None
        if mistake:
            raise CannotStart(f"The {what} {mistake}")
    made = name.replace("-", " ").replace("_", " ").strip()
    made = made[:1].upper() + made[1:]
    made = made if re.search("[a-z]", made) else f'"{made}"'
    return {"id": name, "title": text(title) if title else made, "owner": text(owner or "Clinic lead")}


def _fill(made: Path, kind: str, words: Mapping[str, str]) -> None:
    for path in sorted((STARTS / kind).rglob("*.yaml")):
        target = made / path.relative_to(STARTS / kind)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(Template(path.read_text(encoding="utf-8")).substitute(words), encoding="utf-8")


def _fill_extending(made: Path, folder: Path, base: Ruleset, who: Mapping[str, str]) -> None:
    find = beside(folder.resolve())
    sources = {rule.id: text for rule in base.rules if (text := _source(rule, find))}
    example = _example(base, sources)
    question, rule = _free("works_outdoors", base.inputs), _free("outdoor-work", [r.id for r in base.rules])
    words = {
        **who,
        "base": base.id,
        "question": question,
        "rule": rule,
        "hours": _free("hours_outdoors", base.inputs),
        "table": _free("seasons", [one.id for one in base.rules]),
        "factor": example.factor,
        "disable": f"# disable: [{_dispensable(base).id}]",
        "replacing": "\n".join(_replacing(example, base.id, sources.get(example.id, []))),
    }
    _fill(made, "extending", words)
    compiled = CompiledRuleset(_read(made, folder))
    try:
        sample = sample_of(compiled, base)
        outdoors = None if sample is None else compiled.decide({**sample.answers, question: True}, _MONTH)
    finally:
        compiled.close()
    scenarios = made / "scenarios" / "1-ours.yaml"
    if sample is None or isinstance(outdoors, tuple):
        shutil.rmtree(scenarios.parent)  # no client could be made up: nothing to show
        return
    lines = [*_scenario(sample, rule), "", *_scenario_of_our_rule(sample, question, rule)]
    with scenarios.open("a", encoding="utf-8") as stream:
        stream.write("\n" + "\n".join(lines) + "\n")


def _free(wanted: str, taken: Mapping[str, object] | Sequence[str]) -> str:
    names = [wanted, *(f"{wanted}_{number}" for number in range(2, 1_000))]
    return next(name for name in names if name not in taken)


def _example(base: Ruleset, sources: Mapping[str, list[str]]) -> Rule:
    """The rule that shows how one is replaced: an ordinary one with a number, its text at hand."""

    def fitness(rule: Rule) -> tuple[bool, bool, bool]:
        return (rule.id in sources, rule.factor == "response", rule.then.gives_a_number)

    return max(base.rules, key=fitness)


def _dispensable(base: Ruleset) -> Rule:
    """A rule that a clinic may well do without: it gates nothing, and rather only advises."""

    def fitness(rule: Rule) -> tuple[bool, bool, bool]:
        matters = any(True for _ in rule.then.present("gate", "fact"))
        advises = any(effect.member in ADVICE for effect, _ in rule.then.present("text"))
        return (not matters, advises, not rule.then.gives_a_number)

    return max(base.rules, key=fitness)


def _source(rule: Rule, find: Finder) -> list[str]:
    """The rule's lines in its file, set to the left; none where it does not begin a line with a dash."""
    ruleset, _, name = rule.place.file.partition("/")
    where = find(ruleset)
    if where is None:
        return []
    lines = (where[0] / name).read_text(encoding="utf-8-sig").splitlines()
    begin = int(rule.defined_at.rpartition(":")[2]) - 1
    dash = re.match(r"( *)- (?=id:)", lines[begin]) if begin < len(lines) else None
    if dash is None:
        return []
    indent = len(dash.group(1))
    end = begin + 1
    while end < len(lines) and (not lines[end].strip() or lines[end].startswith(" " * (indent + 1))):
        end += 1
    own = [line[indent:].rstrip() for line in lines[begin:end]]
    while not own[-1] or own[-1].lstrip().startswith("#"):
        own.pop()
    return own


def _replacing(rule: Rule, base: str, source: Sequence[str]) -> Iterator[str]:
    if not source:
        return
    yield ""
    yield f"  # A rule of {base} is replaced whole: copy it, say so, and change what you like."
    yield "  # With its digest you are told when it changes there; else write replaces: yes."
    for number, line in enumerate(source):
        yield f"  # {line}".rstrip()
        if number == 0:
            yield f"  #   replaces: {rule.digest[:FEWEST_DIGITS]}"
    yield ""


def _scenario(sample: WorkedClient, rule: str) -> Iterator[str]:
    yield f"- name: {json.dumps(sample.name, ensure_ascii=False)}"
    yield from _assessment(sample.answers)
    yield "  expect:"
    plan = sample.decision.plan
    yield f"    verdict: {plan.verdict}"
    if plan.sessions is None:
        yield "    sessions: null"
    else:
        three = plan.sessions.as_json()
        yield f"    sessions: {{min: {three['min']}, typical: {three['typical']}, max: {three['max']}}}"
    yield f"    not fired: [{rule}]"


def _scenario_of_our_rule(sample: WorkedClient, question: str, rule: str) -> Iterator[str]:
    yield "- name: The same client works outdoors"
    yield from _assessment({**sample.answers, question: True})
    yield "  expect:"
    yield f"    fired: [{rule}]"


def _assessment(answers: Mapping[str, object]) -> Iterator[str]:
    """The answers in braces, on lines of readable width."""
    line = "  assessment: {"
    pieces = [f"{name}: {flow(value)}" for name, value in answers.items()]
    for index, piece in enumerate(pieces):
        piece += "}" if index == len(pieces) - 1 else ","
        if len(line) + len(piece) > _WIDTH:
            yield line.rstrip()
            line = " " * 15
        line += piece + " "
    yield line.rstrip() if pieces else "  assessment: {}"
