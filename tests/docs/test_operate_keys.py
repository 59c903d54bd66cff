"""docs/operate.md: it names the commands and options that it is about, and what holds without them."""

from __future__ import annotations

import re

import pytest
from click import Command, Context, Option

from service.commandline import keys, serve
from service.model.limit import UNITS, USUAL
from service.web.rate_limiter import PATIENCE_S
from tests.docs.pages import Page, in_code

PAGE = Page("operate.md")


def options(command: Command) -> set[str]:
    return {one.opts[0] for one in command.params if isinstance(one, Option)}


def test_every_command_of_keys_is_described() -> None:
    said = " ".join(in_code(PAGE.section("Keys")))
    names = keys.command.list_commands(Context(keys.command))
    assert [name for name in names if f"picoplan keys {name}" not in said] == []


def test_every_option_of_keys_add_is_in_the_table_and_no_other() -> None:
    (table,) = [block for block in PAGE.blocks if block.language == "table" and block.heading == "Keys"]
    said = {word for row in table.rows for word in re.findall(r"`(--[a-z]+)", row[0])}
    assert said == options(keys.add)


@pytest.mark.parametrize("name", ["limit", "allow_origins", "without_keys"])
def test_the_options_of_serve_are_described_with_their_variables(name: str) -> None:
    (option,) = [one for one in serve.command.params if one.name == name]
    assert option.opts[0] in PAGE.text
    assert not option.envvar or str(option.envvar) in in_code(PAGE.text)


def test_the_usual_limit_the_units_and_the_patience_are_those_of_the_code() -> None:
    said = PAGE.section("Limits")
    assert f"--limit {USUAL}`" in said
    assert all(unit in said for unit in UNITS)
    assert PATIENCE_S == 0.25
    assert "a quarter of a second at most" in said
