"""The names that a ruleset's files may use, as far as its files can be read now."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from schemas.language import effects
from service.model.condition import MONTH, MONTH_SUBJECT, Subject
from service.model.ruleset import Input, Paper
from service.reading.conditions import Subjects
from service.reading.extending import Finder, in_force, merged, read_layers, without_doubles
from service.reading.facts import facts_of
from service.reading.folder import Layer, is_ruleset
from service.reading.header import Header, read_header, read_papers
from service.reading.inputs import Questions, read_inputs
from service.reading.node import Node
from service.reading.problem_collector import ProblemCollector
from service.reading.rules import DraftRule, FactorText, read_drafts
from service.reading.vocabulary import Vocabulary
from service.store.folders import shipped


@dataclass(frozen=True, slots=True)
class Names:
    """What is known by name in one ruleset, taken-over parts included; texts by id.

    ``ids``: for each effect that names texts by id, these texts. ``inherited``, ``inherited_rules`` and
    ``inherited_tables`` are those of the ruleset that it extends alone. ``open`` names what could not be
    read to its end, so that other names may be right too: ``inputs``, ``facts``, ``factors``,
    ``conclusions``, ``papers``, ``rules``, and the keys of ``ids``; ``unread`` are keys of single inputs,
    attributes and facts of which the same holds.
    """

    id: str
    extends: str | None
    inputs: Mapping[str, Input]
    inherited: Mapping[str, Input]
    subjects: Mapping[str, Subject]
    factors: Mapping[str, str]
    ids: Mapping[str, Mapping[str, str]]
    conclusion_levels: Mapping[str, tuple[str, ...]]
    papers: Mapping[str, Paper]
    rules: Mapping[str, str]
    inherited_rules: Mapping[str, str]
    inherited_tables: Mapping[str, str]
    neighbours: tuple[str, ...] = ()
    open: frozenset[str] = frozenset()
    unread: frozenset[str] = frozenset()

    def knows_all(self, what: str) -> bool:
        """Whether no other names than those listed can be right."""
        return what not in self.open

    @property
    def testable(self) -> Subjects:
        """What ``when`` can look at."""
        return Subjects(self.subjects, self.unread)


def names_in(files: Mapping[str, bytes], ruleset: str) -> Names:
    """The names of a ruleset whose files, and those of what it extends, have these contents by path."""
    with tempfile.TemporaryDirectory(prefix="picoplan-") as folder:
        (Path(folder) / ruleset).mkdir()
        for name, content in files.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return read_names(Path(folder) / ruleset)


_HEADED = ("factors", *(effect.key for effect in effects(where=lambda effect: effect.value == "ids")))
_OPENED = {
    "ruleset.yaml": (*_HEADED, "conclusions", "facts", "rules"),
    "assessment.yaml": ("inputs",),
    "factors": ("facts", "rules"),
    "evidence.yaml": ("papers",),
    "extends": (*_HEADED, "conclusions", "facts", "rules", "inputs", "papers"),
}
"""What is not known to its end where a file can't be read."""


def read_names(folder: Path) -> Names:
    """The names of the ruleset in the folder; whatever is wrong with it, what can be read is there."""
    problems = ProblemCollector()
    folder = folder.resolve()
    layers = read_layers(problems, folder, folder.name, beside(folder.parent))
    header, inherited_header = Header(), Header()
    for layer in layers:
        _add_header(problems, header, layer)
        if layer is not layers[-1]:
            _add_header(problems, inherited_header, layer)
    inherited = _questions(problems, layers[:-1])
    questions = _questions(problems, layers)
    above = _drafts(problems, layers[:-1], header, inherited, layers)
    drafts = _drafts(problems, layers, header, questions, layers)
    facts = facts_of(header.conclusion_levels, drafts, questions.subjects)
    opened = {what for layer in layers for file in layer.unread for what in _OPENED.get(file, ())}
    unread = questions.unread | header.unread | {key for draft in drafts for key in draft.unread}
    node = layers[-1].node("ruleset.yaml")
    extends = node.child("extends").data if node is not None else None
    return Names(
        id=folder.name,
        extends=extends.strip() if isinstance(extends, str) else None,
        inputs=questions.inputs,
        inherited=inherited.inputs,
        subjects={**questions.subjects, MONTH: MONTH_SUBJECT, **facts},
        factors=header.factors,
        ids=header.ids,
        conclusion_levels=header.conclusion_levels,
        papers=header.papers,
        rules=_titles(drafts),
        inherited_rules=_titles(above),
        inherited_tables={draft.table: "All rows of the table." for draft in above if draft.table},
        neighbours=_neighbours(folder),
        open=frozenset(opened | {key for key in unread if key in _HEADED}),
        unread=frozenset(unread - facts.keys()),
    )


def beside(folder: Path) -> Finder:
    """Finds an extended ruleset in the folder, or else among the shipped ones."""

    def find(ruleset_id: str) -> tuple[Path, str] | None:
        if "/" in ruleset_id or ruleset_id in ("", ".", ".."):
            return None
        places = (folder / ruleset_id, shipped() / ruleset_id)
        return next(((place, ruleset_id) for place in places if (place / "ruleset.yaml").is_file()), None)

    return find


def _add_header(problems: ProblemCollector, header: Header, layer: Layer) -> None:
    node = layer.node("ruleset.yaml")
    if node is not None:
        read_header(problems, header, node, layer.id)
    papers = layer.node("evidence.yaml")
    read = read_papers(problems, papers) if papers is not None else {}
    if read is None:
        layer.unread.add("evidence.yaml")
    header.papers |= read or {}


def _questions(problems: ProblemCollector, layers: list[Layer]) -> Questions:
    trees = [layer.trees["assessment.yaml"] for layer in layers if layer.node("assessment.yaml")]
    if not trees:
        return Questions()
    tree = merged(trees)
    read = read_inputs(problems, Node(tree, (), tree.data))
    if read is None:
        layers[-1].unread.add("assessment.yaml")
    return read or Questions()


def _drafts(
    problems: ProblemCollector,
    layers: list[Layer],
    header: Header,
    questions: Questions,
    everything: list[Layer],
) -> list[DraftRule]:
    unread = frozenset(questions.unread | header.unread)
    words = Vocabulary(questions.inputs, header.ids, header.conclusion_levels, None, None, unread)
    drafts: list[DraftRule] = []
    for number, layer in enumerate(layers):
        own: list[DraftRule] = []
        for name, node in layer.below("factors"):
            file = FactorText(node, number, name, "", layer is everything[-1])
            read = read_drafts(problems, words, file, header.factors, header.papers)
            if read is None or any(not draft.rule_id for draft in read):
                layer.unread.add("factors")
            own += read or ()
        above = layer.node("ruleset.yaml")
        disable = above.child("disable") if above else None
        drafts, _ = in_force(problems, drafts, without_doubles(problems, own), disable)
    return drafts


def _titles(drafts: list[DraftRule]) -> dict[str, str]:
    return {draft.rule_id: draft.title for draft in drafts if draft.rule_id}


def _neighbours(folder: Path) -> tuple[str, ...]:
    """The rulesets that this one could extend: those beside it, and the shipped ones."""
    names: set[str] = set()
    for place in (folder.parent, shipped()):
        try:
            names |= {below.name for below in place.iterdir() if below.is_dir() and is_ruleset(below)}
        except OSError:
            continue
    return tuple(sorted(name for name in names - {folder.name} if not name.startswith(".")))
