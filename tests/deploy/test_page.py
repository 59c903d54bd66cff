"""docs/deploy.md: its commands are commands, and its files are there."""

from __future__ import annotations

import json
import re
import shlex

import pytest
import rich_click as click

from service.commandline.main import picoplan
from tests.deploy.parts import DEPLOY, ROOT
from tests.docs.pages import Page

PAGE = Page("deploy.md")
(OVERRIDES,) = re.findall(r"--overrides='(.*?)'\n", PAGE.text, re.S)
LINES = [
    shlex.split(line)
    for block in PAGE.blocks
    if block.language == "sh"
    for line in block.text.replace("\\\n", " ").replace(OVERRIDES, "").splitlines()
]
NAMES = picoplan.list_commands(click.Context(picoplan))
(KEYS,) = json.loads(OVERRIDES)["spec"]["containers"]


def commands() -> list[list[str]]:
    """What the page runs of picoplan, without its name."""
    found = [KEYS["command"][1:]]
    for words in LINES:
        starts = [at for at, word in enumerate(words) if word.rpartition("/")[2] == "picoplan"]
        starts = [at for at in starts if words[at + 1 : at + 2] and words[at + 1] in NAMES]
        found += [words[at + 1 :] for at in starts]
    return found


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_each_command_of_picoplan_on_the_page_is_one_that_it_takes(words: list[str]) -> None:
    name, command = "picoplan", picoplan
    while isinstance(command, click.Group):
        name, command, words = command.resolve_command(click.Context(command), words)
    command.make_context(name, words)


def test_the_page_runs_commands_of_picoplan() -> None:
    assert len(commands()) == 4


def test_the_page_names_each_file_of_its_folder_and_each_file_that_it_names_is_there() -> None:
    named = set(re.findall(r"\]\(deploy/([^)]+)\)", PAGE.text))
    assert named == {path.name for path in DEPLOY.iterdir() if path.is_file()}
    paths = set(re.findall(r"(?:docs|scripts|tests)/[\w./-]*\w", PAGE.text))
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []


def test_the_limits_of_which_the_page_speaks_are_those_of_the_files() -> None:
    nginx = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    haproxy = (DEPLOY / "haproxy.cfg").read_text(encoding="utf-8")
    assert "15 seconds for headers, 30 seconds without a byte, 9 MB for an array" in PAGE.text
    assert "client_header_timeout 15s" in nginx
    assert "proxy_read_timeout 30s" in nginx
    assert "client_max_body_size 9m" in nginx
    assert "timeout http-request 15s" in haproxy
    assert "timeout server 30s" in haproxy
