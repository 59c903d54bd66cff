"""A clinic's ruleset over the one that it extends: what is taken over, replaced, and signed."""

from __future__ import annotations

from pathlib import Path

from service.model.ruleset import Limits, Ruleset
from tests.reading.reading import HERE, copied, load_case, prepare, read


def ruleset(tmp_path: Path, case: str) -> Ruleset:
    found = read(tmp_path, prepare(tmp_path, load_case(HERE / "good" / f"{case}.yaml")))
    assert found.ruleset is not None, found.problems
    return found.ruleset


def test_a_clinic_takes_everything_over_and_lays_its_own_over_it(tmp_path: Path) -> None:
    taken = ruleset(tmp_path, "extending-everything")
    assert (taken.id, taken.extends, taken.owner) == ("branch", "clinic", "Clinic lead")
    assert taken.limits == Limits((1, 12), (2, 26))
    assert list(taken.factors) == ["concern", "safety", "own"]
    assert taken.conclusion_levels == {"risk": ("low", "middle", "high")}
    assert taken.verdicts["several_sessions"] == "Plan for several sessions."
    assert taken.verdicts["defer"] == "Not now"
    assert list(taken.benefit_texts) == ["cumulative", "collagen", "own"]
    assert list(taken.evidence) == ["EV-ACN-01", "EV-MEL-01", "EV-OWN-01"]
    assert [one.id for one in taken.guarantees] == ["worse-is-never-fewer", "gold-always-stops", "own"]
    assert [option.id for option in taken.inputs["concern"].options] == [
        "acne_scar",
        "melasma",
        "tattoo",
        "freckles",
    ]
    assert taken.inputs["concern"].label == "What should be treated?"


def test_a_replacing_rule_stands_at_the_place_of_the_one_it_replaces(tmp_path: Path) -> None:
    found = read(copied(tmp_path), "branch").ruleset
    assert found is not None
    assert [(rule.id, rule.defined_at) for rule in found.rules] == [
        ("scars", "factors/1-concern.yaml:3"),
        ("depth", "clinic/factors/1-concern.yaml:32"),
        ("freckles", "factors/1-concern.yaml:14"),
        ("gold", "clinic/factors/2-safety.yaml:3"),
        ("marks", "clinic/factors/2-safety.yaml:11"),
        ("risky", "clinic/factors/2-safety.yaml:21"),
    ]
    assert found.rules[0].title == "Acne scars, our way"


def test_a_replacing_rule_of_another_factor_moves_there(tmp_path: Path) -> None:
    rules = ruleset(tmp_path, "rule-moved-to-another-factor").rules
    assert [rule.id for rule in rules if rule.factor == "safety"] == ["depth", "gold", "marks", "risky"]


def test_the_digest_is_of_every_file_but_the_sign_off(tmp_path: Path) -> None:
    folder = copied(tmp_path)

    def digests() -> list[str]:
        read_ones = [read(folder, name).ruleset for name in ("clinic", "branch")]
        return [one.digest for one in read_ones if one is not None]

    before = digests()
    assert len(set(before)) == 2
    (folder / "clinic/sign-off.yaml").write_text(
        f"- {{digest: '{before[0]}', role: Lead, date: 2026-12-01}}\n"
    )
    assert digests() == before
    signed = read(folder).ruleset
    assert signed is not None
    assert signed.signed_off
    with (folder / "clinic/factors/1-concern.yaml").open("a") as file:
        file.write("# more\n")
    after = digests()
    assert after[0] != before[0]
    assert after[1] != before[1]


def test_the_shipped_rulesets_are_read_without_errors() -> None:
    root = HERE.parent.parent / "rulesets"
    for folder in sorted(root.iterdir()):
        found = read(root, folder.name)
        errors = [str(problem) for problem in found.problems if problem.severity == "error"]
        assert errors == []
        assert found.ruleset is not None


def test_a_table_is_disabled_whole_or_row_by_row_and_replaced_by_row(tmp_path: Path) -> None:
    rules = ruleset(tmp_path, "rows-disabled-and-replaced").rules
    rows = [rule for rule in rules if rule.id.startswith(("ink", "spots"))]
    assert [(rule.id, rule.title, rule.defined_at) for rule in rows] == [
        ("ink-severe", "Severe, as we do it", "factors/3-tables.yaml:3"),
        ("ink-none", "Tattoos, mild", "clinic/factors/3-tables.yaml:10"),
    ]


def test_a_digest_names_the_rule_that_is_replaced_however_that_is_written(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    parent, own = folder / "clinic/factors/1-concern.yaml", folder / "branch/factors/1-concern.yaml"
    found = read(folder, "clinic").ruleset
    assert found is not None
    digest = next(rule.digest for rule in found.rules if rule.id == "scars")
    own.write_text(own.read_text().replace("replaces: yes", f"replaces: {digest[:8]}"))
    assert read(folder, "branch").problems == ()
    text = parent.read_text()
    other = text.replace("interval weeks: 4 to 6", "interval weeks: 4-6").replace("[cumulative, c", "[c")
    other = other.replace("[collagen]", "[collagen, cumulative]").replace("{min: 4, t", "{min: 4.0, t")
    assert other != text
    parent.write_text(other)
    assert read(folder, "branch").problems == ()
    parent.write_text(text.replace("max: 6}", "max: 7}"))
    assert [problem.code for problem in read(folder, "branch").problems] == ["replaced-rule-moved"]
