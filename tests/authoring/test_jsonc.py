"""An editor's settings keep every character that is not ours."""

from __future__ import annotations

import pytest

from service.authoring.editor import MOST_DEPTH, NotSettings, with_members

OURS = {"./a/.schemas/factors.json": ["/a/factors/*.yaml"]}
BLOCK = '"yaml.schemas": {\n    "./a/.schemas/factors.json": ["/a/factors/*.yaml"]\n  }'


def settled(text: str) -> str:
    """The text with our members, to which adding them again changes nothing."""
    once = with_members(text, "yaml.schemas", OURS)
    assert with_members(once, "yaml.schemas", OURS) == once
    return once


def nested(levels: int) -> str:
    """Settings of so many levels; the bracket in a text is none."""
    return '{"a[": ' + "[" * (levels - 1) + "]" * (levels - 1) + "}"


def test_settings_of_the_most_levels_get_ours() -> None:
    assert '"yaml.schemas"' in settled(nested(MOST_DEPTH))


@pytest.mark.parametrize("text", ["", "{}", "{\n}"])
def test_settings_that_say_nothing_yet_get_ours_alone(text: str) -> None:
    assert settled(text).strip() == f"{{\n  {BLOCK}\n}}"


def test_comments_and_trailing_commas_stay_where_they_are() -> None:
    before = '// mine\n{\n  "a": "//no, }comment", // why, }\n  "b": [1, 2,], /* not } this */\n}\n'
    assert settled(before) == (
        '// mine\n{\n  "a": "//no, }comment", // why, }\n  "b": [1, 2,],\n  '
        f"{BLOCK} /* not }} this */\n}}\n"
    )


def test_a_comment_at_the_end_of_the_last_line_stays_with_its_line() -> None:
    before = '{\n  "a": 1 // mine\n}\n'
    assert settled(before) == f'{{\n  "a": 1, // mine\n  {BLOCK}\n}}\n'


def test_other_schemas_stay_and_ours_is_added_to_them() -> None:
    before = '{\n  "yaml.schemas": {\n    "https://example.org/s.json": "*.yml", // theirs\n  },\n}\n'
    assert settled(before) == (
        '{\n  "yaml.schemas": {\n    "https://example.org/s.json": "*.yml", // theirs\n'
        '    "./a/.schemas/factors.json": ["/a/factors/*.yaml"]\n  },\n}\n'
    )


def test_files_that_a_person_gave_our_schema_stay_with_it() -> None:
    before = '{"yaml.schemas": {"./a/.schemas/factors.json": "drafts/*.yaml"}}'
    after = '{"yaml.schemas": {"./a/.schemas/factors.json": ["drafts/*.yaml", "/a/factors/*.yaml"]}}'
    assert settled(before) == after


def test_tabs_are_answered_with_tabs() -> None:
    block = BLOCK.replace("    ", "\t\t").replace("\n  ", "\n\t")
    assert settled('{\n\t"a": 1\n}\n') == f'{{\n\t"a": 1,\n\t{block}\n}}\n'


@pytest.mark.parametrize(
    "text", ["[1]", "{", "hello", '{"a":}', '{"a":1}{"b":2}', '{"yaml.schemas": 5}', nested(MOST_DEPTH + 1)]
)
def test_what_is_no_settings_is_refused(text: str) -> None:
    with pytest.raises(NotSettings):
        with_members(text, "yaml.schemas", OURS)
