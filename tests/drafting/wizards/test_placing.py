"""Lines are put where a person would put them, and nothing else in a file moves."""

from __future__ import annotations

import pytest

from service.drafting.wizards.placing import CantPlace, with_entry, with_item
from service.reading.yaml_reader import compose

PATH = ("inputs", "device", "one of")
RULE = ("- id: ours", "  title: Ours")

ENTRIES = {
    "in a new file": (None, "inputs:\n  device:\n    one of:\n      new: {label: New}\n"),
    "behind the last one, before a remark on what follows": (
        "inputs:\n  device:\n    one of:\n      a: A\n      b:\n        label: B\n        # deep\n"
        "\n  # next\n  age: {label: Age}\n",
        "inputs:\n  device:\n    one of:\n      a: A\n      b:\n        label: B\n        # deep\n"
        "      new: {label: New}\n"
        "\n  # next\n  age: {label: Age}\n",
    ),
    "behind a flow mapping that goes on further left": (
        "inputs:\n  device:\n    one of:\n      a: {label: A,\n   pulse: x\n   }\n",
        "inputs:\n  device:\n    one of:\n      a: {label: A,\n   pulse: x\n   }\n      new: {label: New}\n",
    ),
    "apart where the others stand apart": (
        "inputs:\n  device:\n    one of:\n      a: A\n\n      b: B\n",
        "inputs:\n  device:\n    one of:\n      a: A\n\n      b: B\n\n      new: {label: New}\n",
    ),
    "under a question that is not there yet": (
        "# ours\ninputs:\n\n  age: {label: Age}\n",
        "# ours\ninputs:\n\n  age: {label: Age}\n\n  device:\n    one of:\n      new: {label: New}\n",
    ),
    "in braces": (
        "inputs: {device: {one of: {a: A}}}  # all\n",
        "inputs: {device: {one of: {new: {label: New}, a: A}}}  # all\n",
    ),
    "in braces that lack the question": (
        "inputs: {}\n",
        "inputs: {device: {one of: {new: {label: New}}}}\n",
    ),
    "below a key without a value": (
        "inputs:\n  device:\n    one of:\n",
        "inputs:\n  device:\n    one of:\n      new: {label: New}\n",
    ),
    "with options in brackets": (
        "inputs:\n  device:\n    one of: [a, b]\n    required: true\n",
        "inputs:\n  device:\n    one of:\n      a: a\n      b: b\n      new: {label: New}\n"
        "    required: true\n",
    ),
    "with options in brackets, in braces": (
        "inputs: {device: {one of: [a, b]}}\n",
        "inputs: {device: {one of: {a: a, b: b, new: {label: New}}}}\n",
    ),
    "with Windows line ends and a byte-order mark": (
        "\ufeffinputs:\r\n  device:\r\n    one of:\r\n      a: A",
        "\ufeffinputs:\r\n  device:\r\n    one of:\r\n      a: A\r\n      new: {label: New}\r\n",
    ),
}


@pytest.mark.parametrize("case", ENTRIES)
def test_an_option_stands_behind_the_others(case: str) -> None:
    before, after = ENTRIES[case]
    placed = with_entry("assessment.yaml", before, PATH, lambda _: "new: {label: New}")
    assert placed.text == after
    assert placed.text.splitlines()[placed.first - 1].strip() == placed.lines[0].strip()
    tree = compose("assessment.yaml", after.encode())
    assert not tree.problems
    assert tree.data["inputs"]["device"]["one of"]["new"] == {"label": "New"}  # type: ignore[index, call-overload]


ITEMS = {
    "in a new file": (None, "factor: goal\nrules:\n\n  - id: ours\n    title: Ours\n"),
    "behind the last one": (
        "factor: goal\nrules:\n- id: a\n  because: >-\n    Long\n\n    text.\n\n- id: b\n"
        "  title: B\n# the end\n",
        "factor: goal\nrules:\n- id: a\n  because: >-\n    Long\n\n    text.\n\n- id: b\n"
        "  title: B\n\n- id: ours\n  title: Ours\n"
        "# the end\n",
    ),
    "before the tables": (
        "factor: goal\nrules:\n\n  - id: a\n    title: A\n\ntables:\n\n  - id: t\n",
        "factor: goal\nrules:\n\n  - id: a\n    title: A\n\n  - id: ours\n    title: Ours\n\n"
        "tables:\n\n  - id: t\n",
    ),
    "behind tables alone": (
        "factor: goal\ntables:\n  - id: t\n",
        "factor: goal\ntables:\n  - id: t\n\nrules:\n\n  - id: ours\n    title: Ours\n",
    ),
    "in an empty list": (
        "factor: goal\nrules: []\n",
        "factor: goal\nrules:\n\n  - id: ours\n    title: Ours\n",
    ),
    "below a key without a value": (
        "factor: goal\nrules:\n",
        "factor: goal\nrules:\n\n  - id: ours\n    title: Ours\n",
    ),
    "in brackets": (
        "factor: goal\nrules: [{id: a, title: A}]\n",
        "factor: goal\nrules: [{id: ours, title: Ours}, {id: a, title: A}]\n",
    ),
}


@pytest.mark.parametrize("case", ITEMS)
def test_a_rule_stands_behind_the_others(case: str) -> None:
    before, after = ITEMS[case]
    placed = with_item("factors/x.yaml", before, "factor: goal", "rules", RULE, "{id: ours, title: Ours}")
    assert placed.text == after
    tree = compose("factors/x.yaml", after.encode())
    assert not tree.problems
    assert {"id": "ours", "title": "Ours"} in tree.data["rules"]  # type: ignore[index, call-overload, operator]


@pytest.mark.parametrize(
    "text",
    ["inputs: [a]\n", "inputs:\n  device: x\n", "inputs:\n  device:\n    one of:\n      - a\n", "a: [\n"],
)
def test_what_cant_be_added_to_says_so(text: str) -> None:
    with pytest.raises(CantPlace):
        with_entry("assessment.yaml", text, PATH, lambda _: "new: {label: New}")
