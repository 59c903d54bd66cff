"""What picoplan takes no editor flags, and what is wrong in a usual way every editor does."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from service.authoring.names import read_names
from service.store.folders import shipped
from tests.authoring.as_editors_see import as_an_editor_sees
from tests.authoring.checking import files, kept, refused, refused_in, validators
from tests.generated import dump, ruleset_from, rulesets, seeded
from tests.properties.profile import examples
from tests.reading.reading import HERE, load_case, prepare, read

SHIPPED = sorted(folder for folder in shipped().iterdir() if folder.is_dir())
GOOD = sorted((HERE / "good").glob("*.yaml"))
SLIPS = sorted((Path(__file__).parent / "slips").glob("*.yaml"))
BROKEN = sorted((HERE / "broken").glob("*.yaml"))


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_nothing_in_a_shipped_ruleset_is_refused(folder: Path) -> None:
    assert refused(folder) == []


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_nothing_that_the_reader_takes_is_refused(path: Path, tmp_path: Path) -> None:
    name = prepare(tmp_path, load_case(path))
    assert refused(tmp_path / name) == []


@examples(60)
@given(raw=rulesets(), flow=st.booleans())
def test_nothing_in_a_generated_ruleset_is_refused(
    raw: dict[str, object], flow: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("rulesets") / "generated"
    _write(folder, dump(raw, flow=flow))
    assert refused(folder) == []


def test_nothing_in_a_large_generated_ruleset_is_refused(tmp_path: Path) -> None:
    _write(tmp_path / "generated", dump(ruleset_from(seeded(7), rules=300)))
    assert refused(tmp_path / "generated") == []


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_a_mistake_in_one_file_never_flags_another(path: Path, tmp_path: Path) -> None:
    """Also: whatever is wrong with a ruleset, its schemas can be made, and are valid schemas."""
    name = prepare(tmp_path, load_case(path))
    named = {problem.place.file for problem in read(tmp_path, name).problems}
    made = validators(read_names(tmp_path / name))
    flagged = [
        line
        for kind, file in files(tmp_path / name)
        if file.relative_to(tmp_path).as_posix() not in named and file.is_file()
        for line in refused_in(made[kind], file)
    ]
    assert flagged == []


def test_every_schema_is_one_of_the_2020_dialect() -> None:
    for validator in kept(shipped() / "example-clinic").values():
        Draft202012Validator.check_schema(validator.schema)
        assert validator.schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("path", SLIPS, ids=lambda path: path.stem)
def test_a_usual_slip_is_flagged_where_it_stands(path: Path) -> None:
    """Each sample is a file of pico-laser, or of the ruleset that it names; fine but for the slip."""
    case = load_case(path)
    validator = kept(shipped() / case.get("ruleset", "pico-laser"))[case["kind"]]
    good, bad = case["good"], case["bad"]
    assert refused_in(validator, path, good) == []
    found = [error.json_path for error in validator.iter_errors(as_an_editor_sees(bad))]
    assert found == [case["at"]]


def _write(folder: Path, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
