"""Languages over HTTP: in the body, in the query, in Accept-Language; told apart by caches and by retries."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from service.web.app import create_app
from service.web.call import accepted_languages
from service.web.log import open_log
from service.web.settings import Settings
from tests.serving.translated import translate
from tests.web.client import Client, client_of
from tests.web.small import write_small

BODY: dict[str, Any] = {"ruleset": "small", "assessment": {"concern": "sun_spots", "gold": False}}
SPANISH = {"Accept-Language": "es-MX, es;q=0.9, en;q=0.5"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Client:
    """A client of a small ruleset in English and Spanish."""
    root = tmp_path_factory.mktemp("rulesets")
    write_small(root)
    translate(root, "small", "es")
    return client_of(create_app(Settings(rulesets=root), open_log(io.BytesIO())))


def test_evaluate_answers_in_the_language_of_the_body_or_of_the_header(client: Client) -> None:
    own = client.post("/v1/evaluate", json=BODY)
    assert (own.json["language"], own.headers["Vary"]) == ("en", "Accept-Language")
    by_header = client.post("/v1/evaluate", json=BODY, headers=SPANISH)
    by_body = client.post("/v1/evaluate", json={**BODY, "language": "es"}, headers={"Accept-Language": "fr"})
    for one in (by_header, by_body):
        assert one.json["language"] == "es"
        assert one.json["fired"][0]["title"] == "es{Sun spots}"
        assert one.headers["Vary"] == "Accept-Language"


def test_an_accepted_language_that_is_lacking_is_no_matter_for_a_warning(client: Client) -> None:
    assert (
        client.post("/v1/evaluate", json=BODY, headers={"Accept-Language": "fr"}).json["warnings"]
        == (client.post("/v1/evaluate", json=BODY).json["warnings"])
    )


def test_what_is_no_language_is_a_422_with_its_pointer(client: Client) -> None:
    refused = client.post("/v1/evaluate", json={**BODY, "language": "es_ES"})
    assert refused.status_code == 422
    assert [(one["pointer"], one["code"]) for one in refused.json["errors"]] == [
        ("/language", "not-a-language")
    ]
    assert client.get("/v1/rulesets/small?language=es_ES").status_code == 422


def test_each_of_a_batch_has_a_language_of_its_own_or_that_of_the_header(client: Client) -> None:
    told = client.post("/v1/evaluate/batch", json=[BODY, {**BODY, "language": "en"}], headers=SPANISH)
    assert [one["language"] for one in told.json] == ["es", "en"]
    assert told.headers["Vary"] == "Accept-Language"


def test_what_if_and_the_schema_and_the_ruleset_speak_it(client: Client) -> None:
    told = client.post("/v1/what-if", json=BODY, headers=SPANISH)
    assert told.json["language"] == "es"
    for path, headers in (("?language=es", {}), ("", SPANISH)):
        schema = client.get(f"/v1/rulesets/small/assessment-schema{path}", headers=headers)
        assert schema.json["properties"]["concern"]["title"] == "es{What should be treated?}"
        assert schema.json["properties"]["concern"]["oneOf"][0]["title"] == "es{Sun spots}"
        assert schema.headers["Vary"] == "Accept-Language"
        whole = client.get(f"/v1/rulesets/small{path}", headers=headers)
        assert whole.json["factors"][0]["title"] == "es{Skin concern}"
        rule = client.get(f"/v1/rulesets/small/rules/gold{path}", headers=headers)
        assert rule.json["effects"]["stop"] == "es{Gold and these lasers do not go together.}"
    own, other = (client.get(f"/v1/rulesets/small?language={one}").headers["ETag"] for one in ("en", "es"))
    assert own != other


def test_the_list_of_rulesets_has_the_languages_of_each(client: Client) -> None:
    (line,) = client.get("/v1/rulesets").json["rulesets"]
    assert line["languages"] == ["en", "es"]


@pytest.mark.parametrize(
    ("header", "languages"),
    [
        ("es-MX, es;q=0.9, en;q=0.5", ("es-MX", "es", "en")),
        ("es;q=0.5, en", ("en", "es")),
        ("fr;q=0, de", ("de",)),
        ("*", ()),
        ("es_ES, \x00, , ;;, en;q=x", ()),
        (", ".join(["es"] * 1000), ("es",) * 20),
    ],
)
def test_accept_language_is_read_by_weight_and_what_is_none_is_passed_over(
    header: str, languages: tuple[str, ...]
) -> None:
    assert accepted_languages(header) == languages


def test_the_document_of_the_service_names_the_languages(client: Client) -> None:
    said = json.dumps(client.get("/openapi.json").json)
    assert '"Accept-Language"' in said
    assert '"language"' in said
