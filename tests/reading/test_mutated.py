"""Whatever happens to a good file, reading it finds problems, in places that exist, and never falls over."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from service.reading.ruleset import Read
from service.reading.yaml_reader import compose
from service.reading.yaml_text import decoded, lines_of
from tests.properties.profile import examples
from tests.reading.reading import COMMON, beside, copied, read

FILES = sorted(str(path.relative_to(COMMON)) for path in COMMON.rglob("*.yaml"))
SHIPPED = COMMON.parent.parent.parent / "rulesets"
_TOKENS = """
: , [ ] { } - # " ' & * ! | > % @ ` ? ~ null yes no not given unknown any all to at least at most above
below includes 0 1 -1 100 1e3 012 5,5 50% 4-6 4–6 “ ” --- ... << <<:
&a *a !!int !x ]]] }}} when: then: conclude:
points: sessions: min: typical: max: extends: replaces: allow: factor: rules:
inputs: conclusions.risk scores.depth goal.times concern.waves severity acne_scar moderate pih
"""
TOKENS = [*_TOKENS.split(" "), "\t", "\x07", "\x85", "\u2028", "\ufeff"]

often = examples(200)


def flipped(data: st.DataObject, raw: bytes) -> bytes:
    at = data.draw(st.integers(0, max(len(raw) - 1, 0)))
    return raw[:at] + bytes([data.draw(st.integers(0, 255))]) + raw[at + 1 :]


def cut(data: st.DataObject, raw: bytes) -> bytes:
    start = data.draw(st.integers(0, len(raw)))
    return raw[:start] + raw[data.draw(st.integers(start, min(start + 60, len(raw)))) :]


def on_lines(
    change: Callable[[st.DataObject, list[bytes], int], None],
) -> Callable[[st.DataObject, bytes], bytes]:
    def mutate(data: st.DataObject, raw: bytes) -> bytes:
        lines = raw.split(b"\n")
        change(data, lines, data.draw(st.integers(0, len(lines) - 1)))
        return b"\n".join(lines)

    return mutate


def delete(data: st.DataObject, lines: list[bytes], at: int) -> None:
    del lines[at]


def double(data: st.DataObject, lines: list[bytes], at: int) -> None:
    lines.insert(data.draw(st.integers(0, len(lines))), lines[at])


def indent(data: st.DataObject, lines: list[bytes], at: int) -> None:
    lines[at] = data.draw(st.sampled_from([b" ", b"  ", b"\t", b"- "])) + lines[at]


def outdent(data: st.DataObject, lines: list[bytes], at: int) -> None:
    lines[at] = lines[at][data.draw(st.integers(1, 3)) :]


def swapped(data: st.DataObject, raw: bytes) -> bytes:
    words = raw.split(b" ")
    first, second = (data.draw(st.integers(0, len(words) - 1)) for _ in range(2))
    words[first], words[second] = words[second], words[first]
    return b" ".join(words)


def put_in(data: st.DataObject, raw: bytes) -> bytes:
    at = data.draw(st.integers(0, len(raw)))
    token = data.draw(st.sampled_from(TOKENS)).encode()
    return raw[:at] + token * data.draw(st.integers(1, 3)) + raw[at:]


MUTATIONS = [flipped, cut, swapped, put_in, *map(on_lines, (delete, double, indent, outdent))]


def check_places(found: Read, folder: Path) -> None:
    for problem in found.problems:
        place = problem.place
        path = folder / place.file
        text = decoded(place.file, path.read_bytes()) if path.is_file() else ""
        lines = lines_of(text) if isinstance(text, str) else None
        assert place.column >= 1
        assert place.line >= 1
        if lines is not None:
            assert place.line <= len(lines), problem
            assert place.column <= len(lines[place.line - 1]) + 1, problem
        assert problem.message.strip() == problem.message
        assert "\n" not in str(problem)
    errors = [problem for problem in found.problems if problem.severity == "error"]
    assert (found.ruleset is None) == bool(errors)
    assert list(found.problems) == sorted(set(found.problems))


@often
@given(st.data(), st.sampled_from(FILES))
def test_a_mutated_file_gives_problems_and_never_an_exception(data: st.DataObject, name: str) -> None:
    with tempfile.TemporaryDirectory() as where:
        folder = copied(Path(where))
        raw = (folder / name).read_bytes()
        for _ in range(data.draw(st.integers(1, 4))):
            raw = data.draw(st.sampled_from(MUTATIONS))(data, raw)
        (folder / name).write_bytes(raw)
        for ruleset in ("clinic", "branch"):
            check_places(read(folder, ruleset), folder)


@often
@given(st.data(), st.sampled_from(sorted(SHIPPED.rglob("*.yaml"))))
def test_a_mutated_shipped_file_composes_or_says_why_not(data: st.DataObject, path: Path) -> None:
    raw = path.read_bytes()
    for _ in range(data.draw(st.integers(1, 4))):
        raw = data.draw(st.sampled_from(MUTATIONS))(data, raw)
    tree = compose("f.yaml", raw)
    assert tree.problems or not tree.broken


@often
@given(st.binary(max_size=200))
def test_any_bytes_at_all_are_answered(raw: bytes) -> None:
    tree = compose("f.yaml", raw)
    assert tree.problems or not tree.broken


@often
@given(st.lists(st.sampled_from([*TOKENS, "\n", "\n  ", " ", "a: ", "- "]), max_size=40))
def test_any_tokens_at_all_are_a_factor_file_or_say_why_not(tokens: list[str]) -> None:
    with tempfile.TemporaryDirectory() as where:
        folder = copied(Path(where))
        text = "factor: concern\nrules:\n  - id: extra\n    when: " + "".join(tokens)
        (folder / "clinic/factors/3-extra.yaml").write_bytes(text.encode())
        check_places(read(folder), folder)


def test_the_common_rulesets_are_good(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    assert beside(folder)("branch") is not None
    assert read(folder).problems == read(folder, "branch").problems == ()
