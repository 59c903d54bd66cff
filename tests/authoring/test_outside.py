"""ajv and check-jsonschema take the schemas that are printed, and see in files what an editor sees."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from service.authoring.file_schemas import PLACES, schema_of
from service.authoring.names import read_names
from service.model.ruleset import Ruleset
from service.serving.assessment_schema import assessment_body, assessment_json_schema
from service.store.folders import read_shelf, shipped
from tests.authoring.as_editors_see import as_an_editor_sees
from tests.authoring.checking import files, kept
from tests.authoring.outside import Json, by_ajv, needs_ajv, refused_by_check_jsonschema
from tests.authoring.test_schemas import BROKEN, GOOD, SHIPPED, SLIPS
from tests.reading.reading import load_case, prepare

pytestmark = pytest.mark.long

LEAST = {"ruleset.yaml": "id: least\n", "assessment.yaml": "inputs: {}\n"}
"""A ruleset that has hardly begun: it knows no question, no factor and no paper."""


def schemas_in(folder: Path) -> dict[str, Json]:
    return {kind: schema_of(kind, read_names(folder)) for kind in PLACES}


def pieces(node: Any) -> Iterator[Json]:
    """Every mapping below the node, itself too."""
    if isinstance(node, dict):
        yield node
    for below in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from pieces(below)


def write_least(folder: Path) -> Path:
    (folder / "least").mkdir()
    for name, text in LEAST.items():
        (folder / "least" / name).write_text(text, encoding="utf-8")
    return folder / "least"


@needs_ajv
@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_ajv_takes_the_schemas_of_a_shipped_ruleset_and_its_files(folder: Path) -> None:
    held: dict[str, list[Any]] = {kind: [] for kind in PLACES}
    for kind, path in files(folder):
        held[kind].append(as_an_editor_sees(path.read_text(encoding="utf-8")))
    said = by_ajv((schema, held[kind]) for kind, schema in schemas_in(folder).items())
    assert [(one.refused, all(one.valid), len(one.valid)) for one in said] == [
        (None, True, len(values)) for values in held.values()
    ]


@needs_ajv
@pytest.mark.parametrize("path", [None, *GOOD[::3]], ids=lambda path: path.stem if path else "least")
def test_ajv_takes_the_schemas_of_any_ruleset(path: Path | None, tmp_path: Path) -> None:
    folder = write_least(tmp_path) if path is None else tmp_path / prepare(tmp_path, load_case(path))
    made = schemas_in(folder)
    said = dict(zip(made, by_ajv((schema, []) for schema in made.values()), strict=True))
    assert {kind: one.refused for kind, one in said.items() if one.refused} == {}


@needs_ajv
def test_ajv_refuses_every_usual_slip_and_takes_the_same_without_it() -> None:
    held: dict[tuple[str, str], dict[str, Any]] = {}
    for path in SLIPS:
        case = load_case(path)
        kinds = held.setdefault((case.get("ruleset", "pico-laser"), case["kind"]), {})
        kinds |= {f"{path.stem}: {word}": as_an_editor_sees(case[word]) for word in ("good", "bad")}
    schemas = [kept(shipped() / ruleset)[kind].schema for ruleset, kind in held]
    said = by_ajv(zip(schemas, map(list, map(dict.values, held.values())), strict=True))
    taken = {
        name: valid
        for names, one in zip(held.values(), said, strict=True)
        for name, valid in zip(names, one.valid, strict=True)
    }
    assert taken == {name: name.endswith(": good") for name in taken}


@pytest.mark.parametrize("path", BROKEN[::20], ids=lambda path: path.stem)
def test_whatever_is_wrong_with_a_ruleset_no_list_is_empty_and_no_pattern_has_a_needless_escape(
    path: Path, tmp_path: Path
) -> None:
    """Both are what strict validators refuse; a pattern is read as ECMAScript does with its ``u`` flag."""
    found = [
        piece
        for made in schemas_in(tmp_path / prepare(tmp_path, load_case(path))).values()
        for piece in pieces(made)
    ]
    assert [piece for piece in found if piece.get("enum") == []] == []
    patterns = [piece["pattern"] for piece in found if isinstance(piece.get("pattern"), str)]
    patterns += [key for piece in found for key in piece.get("patternProperties", ())]
    needless = re.compile(r"\\[^\\^$.*+?()\[\]{}|/bdswu]")
    assert patterns
    assert [pattern for pattern in patterns if needless.search(pattern)] == []


def test_check_jsonschema_takes_the_schemas_of_a_ruleset_that_has_hardly_begun(tmp_path: Path) -> None:
    schemas = write_schemas_of(write_least(tmp_path), tmp_path)
    assert refused_by_check_jsonschema("--check-metaschema", *schemas.values()) == set()


@pytest.mark.parametrize(
    ("ruleset", "kinds"),
    [
        ("pico-laser", ["ruleset", "assessment", "factors", "guarantees", "scenarios", "evidence"]),
        ("example-clinic", ["ruleset", "factors", "guarantees"]),
    ],
)
def test_check_jsonschema_takes_the_schemas_and_their_files(
    ruleset: str, kinds: list[str], tmp_path: Path
) -> None:
    """It holds each schema against the schema of schemas, too."""
    schemas = write_schemas_of(shipped() / ruleset, tmp_path)
    for kind in kinds:
        paths = [path for one, path in files(shipped() / ruleset) if one == kind]
        assert paths
        assert refused_by_check_jsonschema("--schemafile", schemas[kind], *paths) == set(), kind


@pytest.mark.parametrize("kind", ["factors", "scenarios"])
def test_check_jsonschema_refuses_every_usual_slip_and_takes_the_same_without_it(
    kind: str, tmp_path: Path
) -> None:
    schema = write_schemas_of(shipped() / "pico-laser", tmp_path)[kind]
    slips = {
        path.stem: case
        for path in SLIPS
        if (case := load_case(path))["kind"] == kind and "ruleset" not in case
    }
    for name, case in slips.items():
        (tmp_path / f"{name}.good.yaml").write_text(case["good"], encoding="utf-8")
        (tmp_path / f"{name}.bad.yaml").write_text(case["bad"], encoding="utf-8")
    assert slips
    refused = refused_by_check_jsonschema("--schemafile", schema, *sorted(tmp_path.glob("*.yaml")))
    assert refused == {f"{name}.bad.yaml" for name in slips}


def write_schemas_of(folder: Path, into: Path) -> dict[str, Path]:
    """The schemas as files, by kind."""
    paths = {kind: into / f"{kind}.schema.json" for kind in PLACES}
    for kind, schema in schemas_in(folder).items():
        paths[kind].write_text(json.dumps(schema), encoding="utf-8")
    return paths


def assessments(ruleset: Ruleset) -> tuple[list[Json], list[Json]]:
    """Assessments that the ruleset takes, from its scenarios, and such with one thing wrong."""
    good = [dict(scenario.assessment) for scenario in ruleset.scenarios]
    bad: list[Json] = [good[0] | {"no_such_question": 1}, {}]
    for one in ruleset.inputs.values():
        if one.only_if is None and one.domain.high is not None:
            bad.append(good[0] | {one.id: int(one.domain.high) + 1})
        elif one.only_if is None:
            bad.append(good[0] | {one.id: "no-such-answer"})
    return good, bad


@pytest.fixture(scope="module")
def served() -> dict[str, Ruleset]:
    return {read.id: read.ruleset for read in read_shelf(shipped()).read.values() if read.ruleset is not None}


@needs_ajv
@pytest.mark.parametrize("made_by", [assessment_json_schema, assessment_body])
def test_ajv_takes_the_schema_of_an_assessment_and_sees_what_is_wrong_with_one(
    made_by: Callable[[Ruleset], Json], served: dict[str, Ruleset]
) -> None:
    assert len(served) == len(SHIPPED)
    for ruleset in served.values():
        good, bad = assessments(ruleset)
        [said] = by_ajv([(made_by(ruleset), [*good, *bad])])
        assert said.refused is None
        assert said.valid == (True,) * len(good) + (False,) * len(bad)


@pytest.mark.parametrize("made_by", [assessment_json_schema, assessment_body])
def test_check_jsonschema_takes_the_schema_of_an_assessment_and_sees_what_is_wrong_with_one(
    made_by: Callable[[Ruleset], Json], served: dict[str, Ruleset], tmp_path: Path
) -> None:
    ruleset = served["pico-laser"]
    schema = tmp_path / "assessment.schema.json"
    schema.write_text(json.dumps(made_by(ruleset)), encoding="utf-8")
    assert refused_by_check_jsonschema("--check-metaschema", schema) == set()
    for name, values in zip(("good", "bad"), assessments(ruleset), strict=True):
        for number, value in enumerate(values):
            (tmp_path / f"{name}-{number}.json").write_text(json.dumps(value), encoding="utf-8")
    written = {path.name for path in tmp_path.glob("bad-*.json")}
    refused = refused_by_check_jsonschema("--schemafile", schema, *sorted(tmp_path.glob("*-*.json")))
    assert refused == written
