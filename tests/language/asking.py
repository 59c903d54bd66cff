"""What the product says of a sample: each place of it asked as its users ask, in this process."""

from __future__ import annotations

import json
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from schemas.language import ANSWER, EFFECTS
from service.analysis.proofs.case import opened
from service.analysis.proofs.guarantees import prove_guarantee
from service.analysis.proofs.logic import Deadline
from service.analysis.proofs.profile import progress_of
from service.model.decision import Decision
from service.model.problem import Place
from service.model.ruleset import Guarantee
from service.replaying.comparing import compared as compare_answers
from service.serving.evaluate import Answering
from service.serving.refused import Refused
from tests.analysis.proofs.brute import breaks, everything
from tests.authoring.as_editors_see import as_an_editor_sees
from tests.commandline.console import picoplan
from tests.documenting.markup import Markup, flat, parsed
from tests.generated import dump
from tests.language.samples import NUMBERS, Change, Files, WordChange, written
from tests.properties.serving import answer, open_folder

Json = dict[str, Any]

OUTCOMES = ("stop", "defer", "refer", "numbers", "one session", "sessions above 3")
"""What guarantees can promise."""


class Ruleset:
    """A sample in a folder of its own, read once."""

    def __init__(self, folder: Path, files: Files) -> None:
        self.files = files
        self.root = written(folder, files)
        self.folder = self.root / "generated"

    @cached_property
    def answering(self) -> Answering:
        """What answers; it is read and compiled at the first question."""
        return open_folder(self.root)

    def answer(self, client: Json) -> Json:
        """The answer to a valid assessment, with reasons."""
        return answer(self.answering, client, explain=True)

    @cached_property
    def decisions(self) -> list[Decision]:
        """The decision for every client who can be told apart."""
        compiled = self.answering.snapshot.served["generated"]
        return [decision for _, decision in everything(compiled, NUMBERS).decisions]

    def takes(self, client: Json) -> bool:
        """Whether the assessment is taken."""
        return not isinstance(
            self.answering.evaluate({"ruleset": "generated", "assessment": client}), Refused
        )

    def hit(self, name: str, client: Json) -> Json | None:
        """The rule among those that fired; None: it did not fire."""
        return next((hit for hit in self.answer(client)["fired"] if hit["rule"] == name), None)

    def console(self, command: str, client: Json) -> str:
        """What ``picoplan evaluate`` or ``explain`` says of a client."""
        said = picoplan(command, "generated", "-", "--rulesets", self.root, stdin=json.dumps(client))
        assert said.code == 0, said.err
        return said.out

    def check(self) -> list[Json]:
        """The problems that ``picoplan check`` finds, proofs included."""
        said = picoplan("check", self.folder, "--format", "json")
        problems: list[Json] = json.loads(said.out)["problems"]
        return problems

    def on_page(self, anchor: str, since: Ruleset | None = None) -> str:
        """The text of one part of the page, with what changed since an older ruleset."""
        return flat(_page(self.root, since.root if since else None).by_id(anchor).text)

    def schema(self, kind: str) -> Json:
        """The schema that an editor has of one kind of file."""
        said = picoplan("schema", self.folder, "--kind", kind)
        assert said.code == 0, said.err
        schema: Json = json.loads(said.out)
        return schema

    def marked(self, kind: str, files: Files | None = None) -> list[str]:
        """What an editor marks in the factors or the questions, of these or of other files."""
        path = {"factors": "factors/1-concern.yaml", "assessment": "assessment.yaml"}[kind]
        data = as_an_editor_sees(dump(files or self.files)[path])
        return [one.json_path for one in Draft202012Validator(self.schema(kind)).iter_errors(data)]


@cache
def _page(root: Path, since: Path | None) -> Markup:
    more = ("--since", since) if since else ()
    said = picoplan("docs", "generated", "--rulesets", root, "-o", "-", *more)
    assert said.code == 0, said.err
    return parsed(said.out)


def compared(old: Ruleset, new: Ruleset) -> Json:
    """What ``picoplan diff`` says of two versions."""
    said = picoplan("diff", "--json", old.folder, new.folder)
    assert said.code == 0, said.err
    (found,) = json.loads(said.out)["rulesets"]
    return dict(found)


diff = cache(compared)
"""The same, asked once."""


def meaning_is_told(change: Change | WordChange, said: Json) -> None:
    """A comparison says what a change means, and that it means something.

    Where an effect decides a part of the plan, another plan; else, and where a gate only gives another
    reason, another text, by its rule.
    """
    texts = " / ".join(line for one in said["texts"] for line in one["says"])
    if isinstance(change, WordChange):
        assert said["plans"] == []
        assert f"{change.part} of sample" in texts
        return
    effect = change.effect
    if effect.part is not None and not change.gives_another_reason:
        assert said["plans"] != []
        assert said["changes"]
        if change.was is None and effect.category in ("gate", "conditional gate"):
            assert f"{effect.key} of sample" not in texts
        return
    assert said["plans"] == []
    assert f"{effect.key} of sample" in texts
    for text in change.texts:
        assert text in texts


def guarantees_hold(ruleset: Ruleset) -> None:
    """A guarantee is proven where no possible client breaks it, and nowhere else; every client is tried.

    Where a plan is made again from progress, each number may come to another plan, more than are tried: there
    it may be left undecided, or broken by a client that was not tried.
    """
    compiled = ruleset.answering.snapshot.served["generated"]
    case = opened(compiled, Deadline(60))
    replans = any(True for rule in compiled.ruleset.rules for _ in progress_of(rule))
    for outcome in (*OUTCOMES, *_bounds(ruleset)):
        for says in ({"always": outcome}, {"never": outcome}):
            guarantee = Guarantee("one", "One", Place("guarantees.yaml"), None, **says)
            broken = any(breaks(guarantee, decision) for decision in ruleset.decisions)
            proof, problem = prove_guarantee(case, guarantee)
            if not replans:
                assert proof.state == ("broken" if broken else "proven"), says
            elif broken:
                assert proof.state != "proven", says
            elif proof.state == "broken":
                example = compiled.decide(json.loads(proof.examples[0]))
                assert not isinstance(example, tuple)
                assert breaks(guarantee, example), says
            if proof.state == "broken" and says == {"never": outcome}:
                by = _gates(ruleset, json.loads(proof.examples[0]), outcome)
                assert problem is not None
                assert [name for name in by if name not in problem.message] == []


def _gates(ruleset: Ruleset, client: Json, outcome: str) -> list[str]:
    """The rules that bring a gate about for this client."""
    decision = ruleset.answering.snapshot.served["generated"].decide(client)
    assert not isinstance(decision, tuple)
    verdict = EFFECTS[outcome].verdict if outcome in EFFECTS else None
    present = [(hit.rule.id, effect) for hit in decision.fired for effect, _ in hit.rule.then.present("gate")]
    return [name for name, effect in present if effect.verdict == verdict]


def _bounds(ruleset: Ruleset) -> list[str]:
    """Promises about numbers of sessions that just hold, or just do not."""
    plans = [decision.plan.sessions for decision in ruleset.decisions if decision.plan.sessions]
    ends = {end for plan in plans for end in (plan.min, plan.max)}
    return [f"sessions above {number}" for number in sorted({*ends, *(end - 1 for end in ends)})]


def member_is_compared(answered: Json, name: str) -> None:
    """Replay takes a difference in this member for what it means, and names it."""
    told = compare_answers(answered, {**answered, name: otherwise(answered[name])})
    assert told.kind == ANSWER[name].matters
    assert [change.member for change in told.changes] == [name]


def otherwise(value: Any, words: tuple[str, ...] = ()) -> Any:
    """Another value of the same kind, one of the words where there are some."""
    if isinstance(value, dict):
        return {key: otherwise(one) for key, one in value.items()} or {"other": 7}
    if isinstance(value, list):
        return [*value, {"rule": "other"}]
    return 99 if isinstance(value, int | float) else next((one for one in words if one != value), "other")


def replay_tells(was: Json, now: Json) -> None:
    """Replay calls another answer by the worst that differs, and names all that differs so."""
    differing = [(ANSWER[name].matters, name) for name in was if was[name] != now[name]]
    kind = next(kind for kind in ("plan", "words", "reasons") if kind in dict(differing))
    told = compare_answers(was, now)
    assert told.kind == kind
    worst = {change.member for change in told.changes if ANSWER[change.member].matters == kind}
    assert worst == {name for matters, name in differing if matters == kind}
