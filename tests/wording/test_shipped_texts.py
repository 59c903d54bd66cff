"""What the shipped rulesets tell clients promises nothing and names no setting of a laser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from service.store.folders import shipped

PROMISE = re.compile(
    r"\bguarantee|\bwe promise|\bcur(?:e|es|ed|ing)\b|\balways\b(?! burns)|\bpermanent|\bfor good\b|\bperfect"
    r"|\b100 ?%|\b100 percent|\bcertain(?:ly)?\b|\bfor sure\b|\bwithout (?:any )?risk|\brisk-free|\bharmless"
    r"|\bwill (?:be gone|vanish|disappear|clear|fade|heal|go away|work)\b",
    re.IGNORECASE,
)
SETTING = re.compile(
    r"\bfluence|\bjoules?\b|\b[0-9.,]+ ?(?:m?J|W)\b|\bJ ?/|/ ?cm(?:2|²|\^2)|\benergy of\b|\bspot size",
    re.IGNORECASE,
)
FILES = sorted(
    path
    for pattern in (
        "*/ruleset.yaml",
        "*/assessment.yaml",
        "*/client-page.yaml",
        "*/texts.*.yaml",
        "*/factors/*.yaml",
    )
    for path in shipped().glob(pattern)
)


def texts(node: yaml.Node) -> Iterator[yaml.ScalarNode]:
    """Everything in a file that is more than one word; ids and numbers are none."""
    if isinstance(node, yaml.ScalarNode):
        if " " in node.value:
            yield node
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from texts(item)
    elif isinstance(node, yaml.MappingNode):
        for _, value in node.value:
            yield from texts(value)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.relative_to(shipped())}")
def test_no_text_promises_a_result_or_names_a_setting(path: Path) -> None:
    root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.CBaseLoader)
    assert root is not None
    found = [
        f"{text.start_mark.line + 1}: {text.value}"
        for text in texts(root)
        if PROMISE.search(text.value) or SETTING.search(text.value)
    ]
    assert found == []


@pytest.mark.parametrize("path", sorted(shipped().glob("*/evidence.yaml")), ids=lambda path: path.parent.name)
def test_no_paper_is_cited_for_a_setting(path: Path) -> None:
    papers = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    assert [name for name, paper in papers.items() if SETTING.search(paper.get("says", ""))] == []


@pytest.mark.parametrize(
    "text",
    [
        "We guarantee clear skin.",
        "Melasma can be cured.",
        "One session is always enough.",
        "The spots will disappear.",
        "The ink goes for good.",
        "All is 100 % clear.",
    ],
)
def test_promises_are_known(text: str) -> None:
    assert PROMISE.search(text)


@pytest.mark.parametrize("text", ["Start at 0.35 J/cm2.", "A fluence of three.", "Use 2 J.", "Two joules."])
def test_settings_are_known(text: str) -> None:
    assert SETTING.search(text)


@pytest.mark.parametrize(
    "text",
    [
        "Tattoos larger than 30 square centimetres cleared less often.",
        "A clinician will see you before another session.",
        "I always burns and never tans.",
        "About 26 of 100 had dark marks.",
    ],
)
def test_plain_words_are_no_promise(text: str) -> None:
    assert not PROMISE.search(text)
    assert not SETTING.search(text)
