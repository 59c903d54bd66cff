"""What others make of our resources: forms that show them, validators, and libraries that read them."""

from __future__ import annotations

import json
import os
import random
import subprocess
import warnings
from typing import Any

import pytest

from service.clinical.capability import capability_statement, operation_definition, searchset
from service.clinical.guidance import guidance_response
from service.clinical.outcome import operation_outcome
from service.evaluation.truth import truth_of
from service.model.problem import Refusal
from service.model.ruleset import Input, Ruleset
from service.serving.refused import Refused
from tests.authoring.node_packages import missing, missing_tools, node_modules, tools
from tests.clinical.forms import filled_in, initial
from tests.clinical.questionnaires import CANONICALS, SHIPPED, shipped_answering, shipped_form
from tests.clinical.test_response import read

Json = dict[str, Any]

HERE = "clinical/node_tools"
REASON = missing_tools(HERE) or missing("lforms")
FEW, MANY = 40, 1_000

needs_node = pytest.mark.skipif(REASON is not None, reason=str(REASON))
each = pytest.mark.parametrize("name", SHIPPED)


def node(script: str, sent: object, *more: str) -> Any:
    """What a script of node_tools says."""
    environ = {**os.environ, "NODE_PATH": str(tools(HERE))}
    command = ["node", f"tests/{HERE}/{script}", *more]
    done = subprocess.run(
        command,
        input=json.dumps(sent, default=float),
        capture_output=True,
        text=True,
        env=environ,
        check=False,
    )
    assert done.returncode == 0, done.stderr[:2_000]
    return json.loads(done.stdout)


def ruleset(name: str) -> Ruleset:
    return shipped_answering().snapshot.served[name].ruleset


def drawn(chance: random.Random, one: Input) -> Any:
    """An answer to a question, or none."""
    if chance.random() < 0.1 and not one.required:
        return None
    ids = [option.id for option in one.options]
    match one.domain.shape:
        case "choice":
            return chance.choice(ids)
        case "set":
            return chance.sample(ids, chance.randint(0, min(2, len(ids))))
        case "yes_no":
            return chance.random() < 0.5
        case _:
            low, high = int(one.domain.low or 0), int(one.domain.high or 9)
            return chance.choice((low, min(low + 1, high), min(low + 3, high), high))


def clients(name: str, number: int) -> list[tuple[Json, set[str]]]:
    """Clients, each with the questions that are asked of him: those whose ``only if`` is true."""
    chance, found = random.Random(name), []
    for _ in range(number):
        facts: Json = {}
        assessment: Json = {}
        asked = set()
        for one in ruleset(name).inputs.values():
            if one.only_if is not None and truth_of(one.only_if)(facts) is not True:
                continue
            asked.add(one.id)
            answer = drawn(chance, one)
            answer = one.default if answer is None else answer
            if answer is None:
                continue
            assessment[one.id] = answer
            facts[one.id] = frozenset(answer) if isinstance(answer, list) else answer
            for option in one.options if one.domain.shape == "choice" else ():
                if option.id == answer:
                    facts.update({f"{one.id}.{key}": value for key, value in option.attributes.items()})
        found.append((assessment, asked))
    return found


@needs_node
@each
@pytest.mark.parametrize("number", [FEW, pytest.param(MANY, marks=pytest.mark.long)])
def test_lforms_shows_what_is_asked_and_gives_back_what_was_filled_in(name: str, number: int) -> None:
    """A form that was just opened, too: nothing is shown early, and defaults are there."""
    form, people = shipped_form(name), clients(name, number)
    filled = [filled_in(form, assessment) for assessment, _ in people]
    folder = str(node_modules("lforms") / "lforms")
    fresh, *told = node("forms.cjs", {"form": form, "responses": [None, *filled]}, folder)
    begun = {one["linkId"] for one in fresh["response"].get("item", [])}
    assert begun <= set(initial(form))
    assert [set(one["shown"]) for one in told] == [asked for _, asked in people]
    for (assessment, _), one in zip(people, told, strict=True):
        found = read(shipped_answering(), one["response"])
        assert not isinstance(found, Refused | Refusal)
        assert found.body["assessment"] == assessment


def every_resource() -> list[Json]:
    """One of each kind that the service gives, and the response that it was given for."""
    forms = [shipped_form(name) for name in SHIPPED]
    found = [*forms, capability_statement(CANONICALS, "1.0"), operation_definition(CANONICALS)]
    found.append(searchset(CANONICALS, forms[:1], [("url", forms[0]["url"])]))
    found.append(searchset(CANONICALS, (), ()))
    for number, (assessment, _) in enumerate(clients("pico-laser", 12)):
        response = filled_in(forms[0], assessment, authored="2026-12-01T09:00:00Z")
        answer = shipped_answering().evaluate({"ruleset": "pico-laser", "assessment": assessment})
        found += [response] if number < 2 else []
        if not isinstance(answer, Refused):
            found.append(guidance_response(answer, CANONICALS, [("no-version", "None is said.")]))
    mistakes = (Refusal("/QuestionnaireResponse/item/2", "missing", "It is missing.", "Send it."),)
    found.append(operation_outcome(CANONICALS, 422, "Mistakes.", mistakes, "urn:uuid:1"))
    found.append(operation_outcome(CANONICALS, 404, "Nothing.", (), "urn:uuid:1"))
    plain: list[Json] = json.loads(json.dumps(found, default=float))
    return plain


@needs_node
def test_two_validators_of_r4_find_nothing_wrong() -> None:
    """But for what one takes to be missing (a value that is false, or 0), and a version that one has not."""
    odd = {"resourceType": "Questionnaire", "status": "alive"}
    resources = every_resource()
    for one in resources:
        one |= {"fhirVersion": "4.0.0"} if "fhirVersion" in one else {}
    *said, of_the_odd = node("validate.cjs", [*resources, odd])
    known = "value[x] Missing property"
    assert [[one for one in found if not one.endswith(known)] for found in said] == [[] for _ in said]
    assert len(of_the_odd) > 1


def test_fhir_resources_reads_what_we_write_and_writes_it_again() -> None:
    from fhir.resources.R4B import get_fhir_model_class

    for resource in every_resource():
        model = get_fhir_model_class(resource["resourceType"])
        again = json.loads(model.model_validate(resource).model_dump_json())
        assert again == resource


def test_fhirclient_reads_what_we_write() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from fhirclient.models import fhirelementfactory
    for resource in every_resource():
        kind = resource["resourceType"]
        if kind != "Parameters":
            read_in = fhirelementfactory.FHIRElementFactory.instantiate(kind, resource)
            assert read_in.as_json() == without_extensions_of_texts(resource)


def without_extensions_of_texts(held: Any) -> Any:
    """The same without what stands beside texts, which fhirclient does not keep."""
    if isinstance(held, list):
        return [without_extensions_of_texts(one) for one in held]
    if isinstance(held, dict):
        return {name: without_extensions_of_texts(one) for name, one in held.items() if name[0] != "_"}
    return held


def test_fhirpath_finds_the_parts_of_a_plan() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from fhirpathpy import evaluate
        from fhirpathpy.models import models
    assessment = next(one for one, _ in clients("pico-laser", 50) if decided(one)["sessions"] is not None)
    answer = decided(assessment)
    guidance = guidance_response(answer, CANONICALS)
    plan = "GuidanceResponse.contained.ofType(Parameters).parameter"
    found = {
        "verdict": evaluate(guidance, f"{plan}.where(name='verdict').value", {}, models["r4"]),
        "typical": evaluate(
            guidance, f"{plan}.where(name='sessions').part.where(name='typical').value", {}, models["r4"]
        ),
        "rules": evaluate(
            guidance, f"{plan}.where(name='fired').part.where(name='rule').value", {}, models["r4"]
        ),
    }
    assert found == {
        "verdict": [answer["verdict"]],
        "typical": [answer["sessions"]["typical"]],
        "rules": [hit["rule"] for hit in answer["fired"]],
    }


def decided(assessment: Json) -> Json:
    answer = shipped_answering().evaluate({"ruleset": "pico-laser", "assessment": assessment})
    return {"sessions": None} if isinstance(answer, Refused) else answer
