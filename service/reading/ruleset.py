"""One ruleset from its folder and those it extends: everything read, everything held together."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from schemas.language import NEWEST_LANGUAGE
from schemas.ruleset_files import CLIENT_PAGE, SignOffEntry
from service.model.client_page import ClientPage
from service.model.condition import MONTH, MONTH_SUBJECT
from service.model.problem import Place, Problem, shown
from service.model.ruleset import Contradiction, Guarantee, Limits, Rule, Ruleset, Scenario
from service.reading.allowing import Allow, allowed, read_allows, without_consequences
from service.reading.amounts import warn_of_narrower
from service.reading.blanks import blanks_of, tell_blanks
from service.reading.client_page import read_client_page
from service.reading.conditions import Subjects, size
from service.reading.extending import (
    Finder,
    LayerReader,
    ids_promised,
    in_force,
    merged,
    read_layers,
    say_once_that_there_are_no_papers,
    warn_of_weakened,
    without_doubles,
)
from service.reading.facts import Stages, facts_of, flags_of, staged, tested_facts, warn_of_open_flags
from service.reading.folder import MOST_RULES, SIGN_OFF, Layer, digest_of_all, digests_as_saved, read_folder
from service.reading.guarantees import read_contradictions, read_guarantees
from service.reading.header import Header, read_header, read_papers
from service.reading.inputs import Questions, put_questions_right, read_inputs
from service.reading.node import Node, Places
from service.reading.options import warn_of_sorted_levels
from service.reading.problem_collector import ProblemCollector
from service.reading.rules import DraftRule, FactorText, finished, read_drafts
from service.reading.scenarios import read_scenarios
from service.reading.texts import LayerTexts, layer_texts, with_languages
from service.reading.vocabulary import Vocabulary

MOST_ALTERNATIVES_TOGETHER = 12_000

__all__ = ["Finder", "Read", "pack_places", "read_ruleset"]


@dataclass(frozen=True, slots=True)
class Read:
    """What came of reading one ruleset: its problems, and the ruleset where there is no error.

    ``allows``: what its authors let stand of the warnings that are looked for later, for whoever finds them:
    ``allowed(warnings, read.allows, known=codes)`` of :mod:`service.reading.allowing`. ``files``: the very
    bytes on which the digest rests, as ``pico-laser/ruleset.yaml``, the furthest extended ruleset's first.
    ``let_stand``: all that its authors let stand, looked for later or not. ``texts``: what its own folder
    says in other languages.
    """

    id: str
    problems: tuple[Problem, ...]
    ruleset: Ruleset | None
    allows: tuple[Allow, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    let_stand: tuple[Allow, ...] = ()
    texts: LayerTexts | None = None


def read_ruleset(
    path: Path,
    shown_as: str,
    find: Finder,
    later: Collection[str] = (),
    read: LayerReader = read_folder,
    *,
    language_version: int = NEWEST_LANGUAGE,
) -> Read:
    """Read the ruleset in the folder ``path``, and those it extends (``find`` looks them up).

    Under an earlier ``language_version`` it is read as it was then, without the mistakes that are new.

    ``later`` are the codes of warnings that checks will look for afterwards: the reader leaves it to them to
    say whether an ``allow`` of one is of use.
    """
    problems = ProblemCollector(language_version)
    layers = read_layers(problems, path, shown_as, find, read)
    reading = _Reading(problems, layers)
    ruleset = reading.ruleset()
    problems.tell_caused()
    left = without_consequences(problems.noted, layers)
    reported = allowed(left, reading.allows, later, complete=ruleset is not None)
    broken = any(problem.severity == "error" for problem in reported)
    open_ = tuple(allow for allow in reading.allows if allow.code in later)
    return Read(
        path.name,
        reported,
        None if broken else ruleset,
        open_,
        _files(layers),
        tuple(reading.allows),
        reading.texts[-1],
    )


def pack_places(ruleset: Ruleset) -> None:
    """Let go of the trees of its files, which are larger than the ruleset: places are kept in few bytes."""
    inputs = ruleset.inputs.values()
    options = (option for one in inputs for option in one.options)
    places = [one.places for parts in (ruleset.rules, ruleset.scenarios, inputs, options) for one in parts]
    for one in places:
        if isinstance(one, Places):
            one.pack()


def _files(layers: list[Layer]) -> dict[str, bytes]:
    return {
        f"{layer.id}/{name}": layer.contents[name]
        for layer in layers
        for name in sorted(layer.contents)
        if name != SIGN_OFF
    }


@dataclass(slots=True)
class _Reading:
    """The layers of one ruleset being read into one."""

    problems: ProblemCollector
    layers: list[Layer]
    header: Header = field(default_factory=Header)
    limits: list[Limits | None] = field(default_factory=list)
    allows: list[Allow] = field(default_factory=list)
    aside: list[tuple[DraftRule, Place]] = field(default_factory=list)
    texts: list[LayerTexts] = field(default_factory=list)

    @property
    def own(self) -> Layer:
        return self.layers[-1]

    def ruleset(self) -> Ruleset | None:
        """The ruleset, or None where something is missing without which there is none."""
        blanks = [blank for layer in self.layers for blank in blanks_of(layer)]
        self._headers()
        questions = self._questions()
        drafts = self._drafts(questions)
        subjects = self._subjects(questions, drafts)
        rules = self._rules(drafts, subjects)
        self._some_rules(drafts)
        stages = staged(self.problems, rules)
        warn_of_open_flags(self.problems, questions.inputs, subjects.known, rules)
        contradictions = self._contradictions(questions)
        guarantees = self._guarantees(questions, subjects)
        scenarios = self._scenarios(questions, drafts)
        client_page = self._client_page(questions)
        self.allows += [allow for draft in drafts for allow in draft.allows]
        tell_blanks(self.problems, blanks)
        whole = not any(layer.unread for layer in self.layers)
        if stages is None or self.header.limits is None or not whole:
            return None
        made = self._whole(self.header.limits, questions, subjects, rules, stages, guarantees, scenarios)
        if made is None:
            return None
        aside = self._set_aside(subjects)
        made = replace(
            made,
            contradictions=contradictions,
            removed=questions.removed,
            set_aside=aside,
            client_page=client_page,
        )
        return with_languages(self.problems, made, self.texts)

    def _headers(self) -> None:
        for index, layer in enumerate(self.layers):
            node = layer.node("ruleset.yaml")
            if node is not None:
                read_header(self.problems, self.header, node, layer.id, alone="extends" not in layer.unread)
                own = layer is self.own
                folders = () if own else tuple(below.shown_as for below in self.layers[: index + 1])
                self.allows += read_allows(self.problems, node.child("allow"), own=own, folders=folders)
            papers = layer.node("evidence.yaml")
            read = read_papers(self.problems, papers) if papers is not None else {}
            if read is None:
                layer.unread.add("evidence.yaml")
            self.header.papers |= read or {}
            self.limits.append(self.header.limits)
            self.texts.append(layer_texts(self.problems, layer, self.header.language))

    def _questions(self) -> Questions:
        files = [node for layer in self.layers if (node := layer.node("assessment.yaml")) is not None]
        trees = [node.tree for node in files]
        read = None
        if trees:
            if files[-1].tree is self.own.trees.get("assessment.yaml"):
                warn_of_sorted_levels(self.problems, files[-1])
            for node in files:
                put_questions_right(self.problems, node)
            warn_of_weakened(self.problems, trees)
            tree = merged(trees)
            for mark, name in tree.repeated:
                message = f'Option "{shown(name)}" stands here twice. Keep one.'
                self.problems.error(tree.place(mark), "duplicate-key", message)
            for mark, message in tree.misplaced:
                self.problems.error(tree.place(mark), "level-order", message)
            read = read_inputs(self.problems, Node(tree, (), tree.data))
        if read is None:
            self.own.unread.add("assessment.yaml")
        return read or Questions()

    def _drafts(self, questions: Questions) -> list[DraftRule]:
        header, unread = self.header, frozenset(questions.unread | self.header.unread)
        questions_unread = any({"assessment.yaml", "extends"} & layer.unread for layer in self.layers)
        drafts: list[DraftRule] = []
        for number, layer in enumerate(self.layers):
            words = Vocabulary(
                questions.inputs,
                header.ids,
                header.conclusion_levels,
                self.limits[number],
                header.limits,
                unread,
                questions_unread,
            )
            own: list[DraftRule] = []
            for name, node in layer.below("factors"):
                prefix = "" if layer is self.own else f"{layer.id}/"
                file = FactorText(node, number, name, prefix, layer is self.own)
                read = read_drafts(self.problems, words, file, header.factors, header.papers)
                if read is None or any(not draft.rule_id for draft in read):
                    layer.unread.add("factors")
                own += read or ()
                if len(own) > MOST_RULES:
                    break
            spot_of_header = layer.node("ruleset.yaml")
            disable = spot_of_header.child("disable") if spot_of_header else None
            own = without_doubles(self.problems, own)
            promised = ids_promised(self.layers[:number])
            drafts, aside = in_force(self.problems, drafts, own, disable, promised)
            self.aside += aside
            self._held_in(layer, self.limits[number], drafts)
        if not header.papers:
            say_once_that_there_are_no_papers(self.problems, self.layers)
        return self._not_too_many(drafts)

    def _held_in(self, layer: Layer, limits: Limits | None, drafts: list[DraftRule]) -> None:
        """Hold the rules that the layer takes over against its limits."""
        header, own = layer.node("ruleset.yaml"), f"{layer.shown_as}/"
        if header is not None and limits is not None:
            taken = [
                (draft.rule_id, draft.then) for draft in drafts if not draft.node.tree.file.startswith(own)
            ]
            warn_of_narrower(self.problems, header.child("limits"), limits, taken)

    def _not_too_many(self, drafts: list[DraftRule]) -> list[DraftRule]:
        if len(drafts) > MOST_RULES:
            message = f"More than {MOST_RULES:,} rules in one ruleset. Split it."
            self.problems.error(drafts[MOST_RULES].node.at(), "too-many-rules", message)
            self.own.unread.add("factors")
        return drafts[:MOST_RULES]

    def _subjects(self, questions: Questions, drafts: list[DraftRule]) -> Subjects:
        facts = facts_of(self.header.conclusion_levels, drafts, questions.subjects)
        unread = questions.unread | self.header.unread | {key for draft in drafts for key in draft.unread}
        promised = [node for layer in self.layers if (node := layer.node("guarantees.yaml"))]
        tested = tested_facts([*(draft.node.child("when") for draft in drafts), *promised])
        known = {**questions.subjects, MONTH: MONTH_SUBJECT, **facts}
        taken = {key: place for draft, place in self.aside for key in draft.then.feeds()}
        return Subjects(known, frozenset(unread - facts.keys()), tested=tested, taken=taken)

    def _rules(self, drafts: list[DraftRule], subjects: Subjects) -> tuple[Rule, ...]:
        order = {factor: index for index, factor in enumerate(self.header.factors)}
        drafts = sorted(drafts, key=lambda draft: (order.get(draft.factor, -1), draft.standing))
        read = [finished(self.problems, subjects, draft) for draft in drafts]
        rules = tuple(rule for rule in read if rule is not None)
        sizes = {rule.id: size(rule.when)[0] for rule in rules}
        if sum(sizes.values()) > MOST_ALTERNATIVES_TOGETHER:
            largest = max(rules, key=lambda rule: sizes[rule.id])
            message = (
                f"The rules together unfold into more than {MOST_ALTERNATIVES_TOGETHER:,} alternatives. "
                "Split the largest, this one."
            )
            self.problems.error(largest.place, "rule-too-large", message)
        return rules

    def _set_aside(self, subjects: Subjects) -> tuple[tuple[Rule, Place], ...]:
        """The rules that are not in force; those that can't be read here any more are left out."""
        quiet = ProblemCollector(self.problems.language_version)
        read = [(finished(quiet, subjects, draft), place) for draft, place in self.aside]
        return tuple((rule, place) for rule, place in read if rule is not None)

    def _some_rules(self, drafts: list[DraftRule]) -> None:
        if not drafts:
            place = Place(f"{self.own.shown_as}/ruleset.yaml")
            message = (
                "The ruleset has no rules. Write some in a file in factors/, such as factors/1-concern.yaml."
            )
            self.problems.error(place, "no-rules", message)

    def _guarantees(self, questions: Questions, subjects: Subjects) -> list[Guarantee]:
        taken: dict[str, Place] = {}
        guarantees: list[Guarantee] = []
        for layer in self.layers:
            node = layer.node("guarantees.yaml")
            if node is not None and (node.data is not None or node.tree.blank):
                guarantees += read_guarantees(self.problems, questions.inputs, subjects, node, taken)
        return guarantees

    def _contradictions(self, questions: Questions) -> tuple[Contradiction, ...]:
        """Those of every layer: a clinic adds its own, and takes none away."""
        taken: dict[str, Place] = {}
        return tuple(
            one
            for layer in self.layers
            if (node := layer.node("assessment.yaml")) is not None
            for one in read_contradictions(
                self.problems, questions.contradicting(), node.child("contradictions"), taken
            )
        )

    def _scenarios(self, questions: Questions, drafts: list[DraftRule]) -> list[Scenario]:
        taken: dict[str, Place] = {}
        rules = {draft.rule_id for draft in drafts}
        aside = {draft.rule_id: place for draft, place in self.aside}
        return [
            scenario
            for _, node in self.own.below("scenarios")
            for scenario in read_scenarios(self.problems, questions.inputs, rules, aside, node, taken)
        ]

    def _client_page(self, questions: Questions) -> ClientPage:
        """That of every layer, each over the one below it."""
        page = ClientPage()
        for layer in self.layers:
            node = layer.node(CLIENT_PAGE)
            if node is not None:
                page = read_client_page(self.problems, questions, node, page)
        return page

    def _signed(self, digest: str) -> bool:
        node = self.own.node(SIGN_OFF)
        if node is None or node.data is None:
            return False
        if not isinstance(node.data, list):
            message = "sign-off.yaml is a list, written by picoplan sign-off."
            self.problems.error(node.at(), "wrong-type", message)
            return False
        entries = [self.problems.load(SignOffEntry, below) for below in node.items()]
        signed = {entry.get("digest") for entry in entries}
        return digest in signed or not signed.isdisjoint(
            digests_as_saved(layer.contents for layer in self.layers)
        )

    def _whole(
        self,
        limits: Limits,
        questions: Questions,
        subjects: Subjects,
        rules: tuple[Rule, ...],
        stages: Stages,
        guarantees: list[Guarantee],
        scenarios: list[Scenario],
    ) -> Ruleset | None:
        header, digest = self.header, digest_of_all(layer.digest for layer in self.layers)
        node = self.own.node("ruleset.yaml")
        if node is None:
            return None
        extends = node.child("extends").data
        return Ruleset(
            id=header.id,
            title=header.title,
            version=header.version,
            digest=digest,
            limits=limits,
            factors=header.factors,
            inputs=questions.inputs,
            rules=rules,
            subjects=subjects.known,
            conclusion_levels=header.conclusion_levels,
            flags=tuple(sorted(one.name for one in flags_of(subjects.known))),
            scores=tuple(sorted(one.name for one in subjects.known.values() if one.kind == "score")),
            stages=stages,
            verdicts=header.verdicts,
            benefit_texts=header.ids["benefits"],
            evidence=header.papers,
            guarantees=tuple(guarantees),
            scenarios=tuple(scenarios),
            place=node.child("id").at(),
            effective=header.effective,
            owner=header.owner,
            extends=extends if isinstance(extends, str) else None,
            signed_off=self._signed(digest),
            time_zone=header.time_zone,
            language=header.language,
            languages=(header.language,),
            places=header.places,
            language_version=self.problems.language_version,
        )
