"""Every method of the Python client, as a program that is checked uses it, and uses that must not pass."""

from collections.abc import Iterator
from decimal import Decimal

from picoplan_client import PicoplanClient, PicoplanError
from picoplan_client.types import Answer, AssessmentPicoLaser, EvaluateRequest

client: AssessmentPicoLaser = {
    "concern": "solar_lentigo",
    "severity": "mild",
    "phototype": "III",
    "goal": "clear",
    "device": "picosure",
    "improvement_pct": Decimal("62.5"),
}


def requests() -> Iterator[EvaluateRequest]:
    for age in range(18, 100):
        yield {"ruleset": "pico-laser", "assessment": {**client, "age": age}, "explain": True}


def typical(answer: Answer) -> int | None:
    return None if answer["sessions"] is None else answer["sessions"]["typical"]


def least(answer: Answer) -> list[int | Decimal]:
    return [step["min"] for step in answer["steps"]]


def right(url: str) -> None:
    with PicoplanClient(
        url, "key", timeout=5, retries=2, on_headers=lambda headers: print(len(headers))
    ) as pico:
        answer = pico.evaluate(
            ruleset="pico-laser", assessment=client, ref="record-1", idempotency_key="mine"
        )
        print(typical(answer), least(answer), answer["fired"][0]["because"])
        for told in pico.evaluate_many(requests(), idempotency_key="list"):
            print(told.codes if isinstance(told, PicoplanError) else told["verdict"])
        for change in pico.what_if(ruleset="pico-laser", assessment=client)["changes"]:
            print(change["changed"][0]["instead_label"])
        print(pico.try_assessment(ruleset="pico-laser", assessment=client)["verdict_text"])
        table = pico.table(ruleset="pico-laser", rows="severity", columns=["goal"], assessment=client)
        print(table["cells"][0]["at"]["severity"])
        print([one["id"] for one in pico.rulesets()["rulesets"]])
        print(pico.ruleset("pico-laser", language="es")["digest"])
        print(pico.assessment_schema("pico-laser")["properties"])
        print(pico.rule("pico-laser", "lentigo-mild")["papers"])
        print(pico.ruleset_history("pico-laser")["editions"][0]["version"])
        print(pico.decision(answer["decision_id"])["answer"]["verdict"])
        print(pico.verify(answer["decision_id"])["same"])
        print(pico.find_decisions(ref="record-1")["more"], pico.erase_decisions(ref="record-1")["erased"])


def wrong(pico: PicoplanClient, answer: Answer) -> None:
    option: AssessmentPicoLaser = {**client, "concern": "solar-lentigo"}  # type: ignore[typeddict-item]
    question: AssessmentPicoLaser = {**client, "agee": 41}  # type: ignore[typeddict-unknown-key]
    pico.evaluate(ruleset="pico-laser", assessment=client, as_of=20261201)  # type: ignore[arg-type]
    pico.evaluate(assessment=client)  # type: ignore[call-arg]
    pico.what_if(ruleset="pico-laser", assessment=client, explain=True)  # type: ignore[call-arg]
    pico.evaluate_many([{"ruleset": "pico-laser"}])  # type: ignore[typeddict-item]
    pico.find_decisions(ref="record-1", kinds=["tests"])  # type: ignore[list-item]
    print(answer["session"])  # type: ignore[typeddict-item]
    print(answer["sessions"]["min"])  # type: ignore[index]
    print(answer["verdict"] == "one_session")  # type: ignore[comparison-overlap]
    print([told["verdict"] for told in pico.evaluate_many([])])  # type: ignore[index]
    print(option, question)
