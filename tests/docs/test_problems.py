"""The page of each code, as docs/problems.md and ``picoplan help`` show it: its samples do what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.analysis.checks.check import CHECKS
from service.analysis.checks.pages import GROUPS, NotAPage, Page, Sample, every_page, read_page
from service.analysis.proofs.results import PROOFS
from service.reading.problem_collector import ERRORS, WARNINGS
from service.store.folders import read_shelf
from service.vetting.check import check_shelf
from tests.docs.codes import codes_in
from tests.docs.folders import Folder, problems_in, write
from tests.docs.pages import DOCS
from tests.docs.pages import Page as DocsPage
from tests.docs.refresh import anew, main
from tests.docs.samples import BASE, WORLD, with_sample
from tests.docs.test_rulesets import PAGE as RULESETS

PAGES = every_page()
PROVEN = [page for every in PAGES.values() for page in every if page.group == "proofs"]
PLAIN = [page for every in PAGES.values() for page in every if page.group != "proofs"]


def named(page: Page) -> str:
    return page.code


def shown(pages: list[Page]) -> list[Page]:
    return [page for page in pages if page.avoid.text]


def found(folder: Folder, tmp_path: Path) -> set[tuple[str, str]]:
    """Code and severity of every problem that reading, checks and scenarios find."""
    write(tmp_path, {"base": folder})
    return {(problem.code, problem.severity) for problem in problems_in(tmp_path)}


def proven(sample: Sample, tmp_path: Path) -> set[tuple[str, str]]:
    """Code and severity of every problem that proofs find, in a ruleset that is otherwise in order."""
    write(tmp_path, {"world": with_sample(WORLD, sample)})
    shelf = read_shelf(tmp_path, "rulesets")
    errors = [problem for problem in shelf.all_problems if problem.severity == "error"]
    assert errors == []
    checked = check_shelf(shelf, scenarios=False)
    checked.close()
    return {(problem.code, problem.severity) for problem in checked.proof_problems}


def test_every_code_has_a_page_and_there_is_no_page_too_many() -> None:
    beside = [f"service/{layer}" for layer in ("serving", "analysis", "store", "vetting")]
    given = codes_in(*beside, calls=frozenset({"Problem"}))
    assert set(PAGES) == ERRORS | WARNINGS | set(CHECKS) | set(PROOFS) | given


def test_the_ruleset_of_the_samples_has_no_problem(tmp_path: Path) -> None:
    assert found(BASE, tmp_path) == set()


@pytest.mark.parametrize("page", shown(PLAIN), ids=named)
def test_a_bad_sample_has_its_problem_and_no_other(page: Page, tmp_path: Path) -> None:
    assert found(with_sample(BASE, page.avoid), tmp_path) == {(page.code, page.severity)}


@pytest.mark.parametrize("page", shown(PLAIN), ids=named)
def test_a_good_sample_has_no_problem(page: Page, tmp_path: Path) -> None:
    assert found(with_sample(BASE, page.prefer), tmp_path) == set()


@pytest.mark.parametrize("page", shown(PROVEN), ids=named)
def test_a_bad_sample_of_a_proof_has_its_problem(page: Page, tmp_path: Path) -> None:
    assert (page.code, page.severity) in proven(page.avoid, tmp_path)


@pytest.mark.parametrize("page", shown(PROVEN), ids=named)
def test_a_good_sample_of_a_proof_has_it_not(page: Page, tmp_path: Path) -> None:
    assert page.code not in {code for code, _ in proven(page.prefer, tmp_path)}


@pytest.mark.parametrize("page", [*PLAIN, *PROVEN], ids=named)
def test_a_page_shows_both_or_says_why_it_can_not(page: Page) -> None:
    assert page.group in GROUPS
    assert bool(page.avoid.text) == bool(page.prefer.text)
    assert page.avoid.text or page.avoid.words.startswith("No sample: ") or page.prefer.words
    assert page.summary[0].endswith((".", "`"))
    assert page.why[0].endswith(".")


def test_the_page_of_all_problems_is_made_from_the_pages_of_the_codes() -> None:
    assert anew("problems.md") == (DOCS / "problems.md").read_text(encoding="utf-8")


def test_every_yaml_block_of_the_page_is_a_sample_or_part_of_its_ruleset() -> None:
    page = DocsPage("problems.md")
    assert [str(block) for block in page.blocks if block.language == "yaml" and not block.marks] == []
    assert page.marks_without_block == []


def test_every_problem_shown_in_the_guide_has_a_page() -> None:
    assert {block.marks["problem"] for block in RULESETS.marked("problem")} <= set(PAGES)


@pytest.mark.parametrize(
    "text",
    ["", "Just a docstring.", "a-code: what it is.\n\nSummary\n    It is.\n", "a-code: x.\n\nWhy\n    So.\n"],
)
def test_a_text_without_the_form_of_a_page_is_refused(text: str) -> None:
    with pytest.raises(NotAPage):
        read_page(text, "values")


def test_a_page_is_read_with_its_samples_as_they_stand() -> None:
    text = (
        "a-code: what ``it`` is.\n\nSummary\n    Error. One\n    paragraph.\n\n    Two.\n\nAvoid\n"
        "    In ``scenarios/1.yaml``::\n\n        - name: A\n\n        \tname: B\n\n"
        "Prefer\n    ::\n\n        x\n\nWhy\n    So.\n"
    )
    assert read_page(text, "values") == Page(
        code="a-code",
        title="what `it` is",
        severity="error",
        summary=("One paragraph.", "Two."),
        why=("So.",),
        avoid=Sample("- name: A\n\n\tname: B\n", "", "scenarios/1.yaml"),
        prefer=Sample("x\n"),
        group="values",
    )


def test_a_check_of_the_pages_names_those_that_are_stale(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tests.docs.refresh.pages", lambda: ["problems.md"])
    assert main(["--check"]) == 0
    monkeypatch.setattr("tests.docs.refresh.anew", lambda _name: "Something else.\n")
    assert main(["--check"]) == 1
    assert capsys.readouterr().out == (
        "docs/problems.md is not as .venv/bin/python -m tests.docs.refresh makes it\n"
    )
