"""``picoplan help``: all codes at a glance, and the page of each."""

import pytest

from service.analysis.checks.pages import GROUPS, every_page
from tests.commandline.console import on_a_terminal, picoplan

PAGES = every_page()


def test_all_codes_are_listed_by_group_with_what_they_are() -> None:
    said = picoplan("help")
    assert (said.code, said.err) == (0, "")
    lines = said.out.splitlines()
    assert [line for line in lines if line in GROUPS.values()] == list(GROUPS.values())
    listed = [line.split()[0] for line in lines if line.startswith("  ") and line[2] != " "]
    assert sorted(listed) == list(PAGES)
    assert max(map(len, lines)) <= 100


@pytest.mark.parametrize("code", PAGES)
def test_every_code_has_a_page_that_says_why_and_fits_a_terminal(code: str) -> None:
    said = picoplan("help", code)
    assert (said.code, said.err) == (0, "")
    lines = said.out.splitlines()
    assert lines[0].startswith(f"{code}: ")
    assert lines[2].startswith(("Error. ", "Warning. "))
    assert "Why:" in lines
    assert "`" not in said.out.replace("a backtick", "")
    samples = {line for page in PAGES[code] for line in (page.avoid.text + page.prefer.text).splitlines()}
    assert [line for line in lines if len(line) > 100 and line.strip() not in map(str.strip, samples)] == []


def test_a_page_shows_the_sample_as_it_is_and_mended() -> None:
    assert picoplan("help", "unknown-option").out == (
        "unknown-option: an option that the question does not have\n\n"
        "Error. The question has no such option, or a yes or no is needed.\n\n"
        "Not so:\n\n    when:\n      concern: acne_scars\n\n"
        "But so:\n\n    when:\n      concern: acne_scar\n\n"
        "Why:\nThe rule would never fire for the client that you have in mind.\n"
    )


def test_a_code_that_is_found_in_two_ways_has_both_on_its_page() -> None:
    assert picoplan("help", "cap-below-base").out.count("Not so:") == 2


def test_a_slip_of_the_pen_is_asked_back() -> None:
    said = picoplan("help", "unknwn-option")
    assert (said.out, said.code) == ("", 2)
    assert said.err == 'picoplan: there is no code "unknwn-option". Did you mean "unknown-option"?\n'
    assert picoplan("help", "zzz").err == (
        'picoplan: there is no code "zzz". "picoplan help" lists them all.\n'
    )


def test_the_name_of_a_command_shows_its_help() -> None:
    assert picoplan("help", "check") == picoplan("check", "--help")


def test_headings_are_bold_on_a_terminal_only() -> None:
    assert "\x1b[1mWhy:\x1b[0m" in on_a_terminal("help", "gap").out
    assert "\x1b" not in picoplan("help", "gap").out
