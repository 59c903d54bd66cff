"""Drafts by ``/v1/drafts``: begun, read and saved by ETag, taken out, and not seen by others."""

from __future__ import annotations

import io
import json
import subprocess
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from service.drafting.packing import unzipped, zipped
from service.model.draft import file_tag
from service.model.ruleset import SignOff
from service.reading.yaml_text import MOST_BYTES
from service.store.api_keys import Token
from service.store.database import Database
from service.store.drafts import DraftStore
from tests.waiting import until, until_all
from tests.web.clinics import Clinics, clinics, url_in
from tests.web.described import Described
from tests.web.serving import Served
from tests.web.small import CONCERN, write_small

ZIP = {"Content_Type": "application/zip"}
TEXT = {"Content_Type": "application/yaml"}
NEW = {"If_None_Match": "*"}
RULES = "factors/1-concern.yaml"
EDITED = CONCERN.replace("Sun spots", "Spots")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinics]:
    """A server with the rulesets of two clinics."""
    with clinics(tmp_path_factory.mktemp("drafts"), limit=None) as server:
        server.server.until_ready()
        server.add("first")
        until_all(lambda: server.ask(None, "GET", "/v1/rulesets")[0] == 401)
        yield server


def known(served: Clinics, token: Token) -> Token:
    """The token, once every worker knows it."""
    until_all(lambda: served.ask(token, "GET", "/v1/drafts")[0] == 200)
    return token


@pytest.fixture(scope="module")
def lead(served: Clinics) -> Token:
    """The key of the clinic zeta's lead."""
    return known(served, served.add("lead", clinic="zeta", scopes=("edit", "read")))


@pytest.fixture(scope="module")
def other(served: Clinics) -> Token:
    """The key of another clinic's lead, who edits the same ruleset."""
    token = served.add("other", clinic="alpha", rulesets=("zeta", "alpha"), edits=("zeta",))
    return known(served, token)


@pytest.fixture
def draft(served: Clinics, lead: Token) -> Iterator[dict[str, Any]]:
    """A draft of zeta's lead, as it was begun."""
    found = asked(served, lead, "POST", "/v1/drafts", {"ruleset": "zeta"}, status=201)
    yield found
    served.ask(lead, "DELETE", f"/v1/drafts/{found['id']}")


def answered(
    served: Clinics, token: Token, *told: Any, status: int = 200, **headers: str
) -> tuple[dict[str, str], bytes]:
    """The headers and content of an answer that has this status, and is as the OpenAPI document says."""
    found, given, content = served.ask(token, *told, **headers)
    assert found == status, content
    is_json = "json" in given.get("content-type", "")
    data = json.loads(content) if is_json else content.decode("latin-1")
    said = described(served)
    name = operation(said, told[0], told[1])
    assert said.mistakes_in_answer(name, status, given, data) == []
    return given, content


def asked(served: Clinics, token: Token, *told: Any, status: int = 200, **headers: str) -> dict[str, Any]:
    """The JSON of such an answer."""
    data: dict[str, Any] = json.loads(answered(served, token, *told, status=status, **headers)[1])
    return data


@cache
def described(served: Clinics) -> Described:
    """The server's OpenAPI document."""
    return Described(json.loads(served.ask(None, "GET", "/openapi.json")[2]))


def operation(said: Described, method: str, path: str) -> str:
    """The id of the operation that is asked for."""
    steps = path.partition("?")[0].split("/")
    names = [step if at not in (3, 5) or len(steps) <= at else "{}" for at, step in enumerate(steps)]
    if "files" in names:
        names = [*names[:5], "{}"]
    for name, (known_method, known_path, _) in said.operations().items():
        shown = ["{}" if step.startswith("{") else step for step in known_path.split("/")]
        if (known_method, shown) == (method, names):
            return name
    raise AssertionError(f"{method} {path} is not in the document")


def tag_of(draft: dict[str, Any], name: str) -> str:
    """The ETag of a file, as the draft tells it."""
    return str(next(one["etag"] for one in draft["files"] if one["name"] == name))


def codes(problem: dict[str, Any]) -> list[str]:
    """The codes of a problem."""
    return [error["code"] for error in problem["errors"]]


def test_a_draft_is_begun_listed_read_and_discarded(served: Clinics, lead: Token) -> None:
    status, headers, content = served.ask(lead, "POST", "/v1/drafts", {"ruleset": "zeta"})
    draft = json.loads(content)
    path = f"/v1/drafts/{draft['id']}"
    assert (status, headers["location"]) == (201, path)
    assert (draft["clinic"], draft["state"], draft["by"]) == ("zeta", 1, lead.id)
    assert draft["base"] == draft["live"]
    assert {one["name"] for one in draft["files"]} >= {"ruleset.yaml", RULES}
    assert all(one["edited"] is None for one in draft["files"])
    assert asked(served, lead, "GET", path) == draft
    (line,) = asked(served, lead, "GET", "/v1/drafts")["drafts"]
    assert line == {name: draft[name] for name in line}
    assert answered(served, lead, "DELETE", path, status=204)[1] == b""
    assert codes(asked(served, lead, "GET", path, status=404)) == ["unknown-draft"]
    assert codes(asked(served, lead, "DELETE", path, status=404)) == ["unknown-draft"]


def test_a_file_is_read_saved_under_its_tag_added_and_taken_away(
    served: Clinics, lead: Token, draft: dict[str, Any]
) -> None:
    path = f"/v1/drafts/{draft['id']}"
    at = f"{path}/files/{RULES}"
    headers, content = answered(served, lead, "GET", at)
    assert (content.decode(), headers["etag"]) == (CONCERN, tag_of(draft, RULES))
    assert headers["content-type"] == "application/yaml; charset=utf-8"
    answered(served, lead, "GET", at, status=304, If_None_Match=headers["etag"])
    assert served.ask(lead, "GET", f"{path}/files/factors%2F1-concern.yaml")[2] == content

    saved = asked(served, lead, "PUT", at, EDITED, If_Match=headers["etag"])
    assert saved == {"name": RULES, "etag": file_tag(EDITED.encode()), "state": 2}
    new = f"{path}/files/scenarios/1-new.yaml"
    assert asked(served, lead, "PUT", new, "[]\n", status=201, **NEW)["state"] == 3
    answered(served, lead, "DELETE", f"{path}/files/evidence.yaml", status=204, If_Match="*")
    after = asked(served, lead, "GET", path)
    edited = {one["name"]: one["edited"] for one in after["files"] if one["edited"]}
    assert edited == {RULES: "changed", "scenarios/1-new.yaml": "added"}
    assert (after["removed"], after["state"]) == (["evidence.yaml"], 4)
    assert served.ask(lead, "GET", f"{path}/files/evidence.yaml")[0] == 404


def test_a_save_that_does_not_say_what_it_changes_is_refused(
    served: Clinics, lead: Token, draft: dict[str, Any]
) -> None:
    at = f"/v1/drafts/{draft['id']}/files/{RULES}"
    for method in ("PUT", "DELETE"):
        assert codes(asked(served, lead, method, at, EDITED, status=428)) == ["if-match-needed"]
    assert asked(served, lead, "GET", f"/v1/drafts/{draft['id']}")["state"] == 1


def test_a_save_under_an_old_tag_is_refused_with_three_sides(
    served: Clinics, lead: Token, draft: dict[str, Any]
) -> None:
    at = f"/v1/drafts/{draft['id']}/files/{RULES}"
    first = tag_of(draft, RULES)
    asked(served, lead, "PUT", at, EDITED, If_Match=first)
    sides = {"name": RULES, "base": CONCERN, "theirs": EDITED, "etag": file_tag(EDITED.encode())}
    refused = asked(served, lead, "PUT", at, "mine: yes\n", status=412, If_Match=first)
    assert (codes(refused), refused["sides"]) == (["changed-meanwhile"], [{**sides, "yours": "mine: yes\n"}])
    refused = asked(served, lead, "DELETE", at, status=412, If_Match=first)
    assert refused["sides"] == [{**sides, "yours": None}]
    refused = asked(served, lead, "PUT", at, "mine: yes\n", status=412, **NEW)
    assert refused["sides"] == [{**sides, "base": None, "yours": "mine: yes\n"}]
    several = f'"{"0" * 32}", {refused["sides"][0]["etag"]}'
    assert asked(served, lead, "PUT", at, "mine: yes\n", If_Match=several)["state"] == 3
    for odd in ("W/" + first, '"%"', "nonsense", '""', "*, *"):
        assert served.ask(lead, "PUT", at, "x: y\n", If_Match=odd)[0] in (412, 428, 200), odd


@pytest.mark.parametrize(
    "name",
    [
        "..%2Fruleset.yaml",
        "%2Fetc%2Fpasswd",
        "notes.txt",
        "sign-off.yaml",
        "factors/%00.yaml",
        "factors/a/b.yaml",
        f"factors/{'%F0%9F%98%80' * 80}.yaml",
    ],
)
def test_a_name_that_is_not_of_the_plan_is_refused(
    served: Clinics, lead: Token, draft: dict[str, Any], name: str
) -> None:
    at = f"/v1/drafts/{draft['id']}/files/{name}"
    refused = asked(served, lead, "PUT", at, "x: y\n", status=422, **NEW)
    assert codes(refused) == ["bad-file-name"]
    assert served.ask(lead, "GET", at)[0] == 404


def test_what_is_no_text_or_too_large_is_refused(served: Clinics, lead: Token, draft: dict[str, Any]) -> None:
    at = f"/v1/drafts/{draft['id']}/files/factors/9.yaml"
    assert codes(asked(served, lead, "PUT", at, b"a: \xff\n", status=422, **NEW)) == ["not-text"]
    large = b"x" * (MOST_BYTES + 1)
    assert codes(asked(served, lead, "PUT", at, large, status=422, **NEW)) == ["file-too-large"]
    wrong = {"Content_Type": "application/json"} | NEW
    assert codes(asked(served, lead, "PUT", at, "{}", status=415, **wrong)) == ["unsupported-media-type"]
    packed = {"Content_Encoding": "gzip"} | NEW
    assert served.ask(lead, "PUT", at, "x", **packed)[0] == 415


def test_another_clinics_draft_is_not_there(
    served: Clinics, lead: Token, other: Token, draft: dict[str, Any]
) -> None:
    path = f"/v1/drafts/{draft['id']}"
    at = f"{path}/files/{RULES}"
    tag = {"If_Match": tag_of(draft, RULES)}
    assert asked(served, other, "GET", "/v1/drafts")["drafts"] == []
    for answer in (
        served.ask(other, "GET", path),
        served.ask(other, "DELETE", path),
        served.ask(other, "GET", at),
        served.ask(other, "PUT", at, EDITED, **tag),
        served.ask(other, "DELETE", at, **tag),
        served.ask(other, "GET", f"{path}/export.zip"),
        served.ask(other, "GET", f"{path}/export.patch"),
        served.ask(other, "POST", f"{path}/rebase", {}),
    ):
        assert (answer[0], codes(json.loads(answer[2]))) == (404, ["unknown-draft"])
    assert asked(served, lead, "GET", path) == draft


def test_without_the_scope_or_for_another_ruleset_nothing_is_begun(served: Clinics, other: Token) -> None:
    reader = served.add("reader", clinic="zeta", scopes=("read",))
    until_all(lambda: served.ask(reader, "GET", "/v1/rulesets")[0] == 200)
    for method, path in (("GET", "/v1/drafts"), ("POST", "/v1/drafts")):
        status, _, content = served.ask(reader, method, path, {"ruleset": "zeta"})
        assert (status, codes(json.loads(content))) == (403, ["scope-needed"])
    assert served.ask(None, "POST", "/v1/drafts", {"ruleset": "zeta"})[0] == 401
    refused = asked(served, other, "POST", "/v1/drafts", {"ruleset": "alpha"}, status=403)
    assert codes(refused) == ["edit-not-allowed"]


def test_a_clinics_draft_builds_on_nothing_that_none_of_its_keys_sees(served: Clinics) -> None:
    token = known(served, served.add("gamma", clinic="gamma", rulesets=("zeta",), edits=("zeta",)))
    begun = asked(served, token, "POST", "/v1/drafts", {"ruleset": "zeta"}, status=201)
    path = f"/v1/drafts/{begun['id']}"

    def errors(extended: str) -> list[tuple[str, str]]:
        report = json.loads(served.ask(token, "GET", f"{path}/problems?wait=25")[2])
        return [(one["code"], one["message"].replace(extended, "X")) for one in report["problems"]]

    def errors_upon(extended: str) -> list[tuple[str, str]]:
        header = f"id: zeta\ntitle: Zeta\nversion: 2.0.0\nowner: Lead\nextends: {extended}\n"
        tag = tag_of(asked(served, token, "GET", path), "ruleset.yaml")
        file = f"{path}/files/ruleset.yaml"
        assert served.ask(token, "PUT", file, header.encode(), If_Match=tag, **TEXT)[0] == 200
        return errors(extended)

    unseen = errors_upon("alpha")
    assert [code for code, _ in unseen] == ["unknown-ruleset"]
    assert unseen == errors_upon("alphx")
    other = served.add("gamma too", clinic="gamma", rulesets=("zeta", "alpha"), edits=("zeta",))
    assert "unknown-ruleset" not in [code for code, _ in errors_upon("alpha")]
    served.revoke(other)
    assert errors("alpha") == unseen, "at once, without a save"


def test_the_mistakes_of_a_beginning_are_told(served: Clinics, lead: Token) -> None:
    house = known(served, served.add("house of mistakes"))

    def refused(status: int, body: Any) -> list[str]:
        return codes(asked(served, house, "POST", "/v1/drafts", body, status=status))

    assert refused(403, {"ruleset": "pico-laser"}) == ["shipped-ruleset"]
    assert refused(404, {"ruleset": "unheard"}) == ["unknown-ruleset"]
    assert refused(404, {"ruleset": "zeta", "digest": "sha256:00"}) == ["unknown-digest"]
    assert refused(422, {"ruleset": "No Id"}) == ["bad-id"]
    assert refused(422, {"ruleset": "zeta", "new": True}) == ["cant-begin"]
    assert refused(404, {"ruleset": "mine", "extends": "unheard"}) == ["unknown-ruleset"]
    assert refused(422, {"rulesets": "zeta"}) == ["missing", "unknown-member"]
    assert refused(415, "ruleset=zeta") == ["unsupported-media-type"]


def test_a_new_ruleset_is_begun_upon_another(served: Clinics) -> None:
    house = known(served, served.add("house"))
    draft = asked(served, house, "POST", "/v1/drafts", {"ruleset": "mine", "extends": "zeta"}, status=201)
    assert (draft["base"], draft["live"], draft["clinic"]) == (None, None, None)
    assert {one["edited"] for one in draft["files"]} == {"added"}
    assert served.ask(house, "DELETE", f"/v1/drafts/{draft['id']}")[0] == 204


def test_a_draft_goes_out_as_a_zip_and_begins_another(
    served: Clinics, lead: Token, draft: dict[str, Any]
) -> None:
    asked(
        served,
        *(lead, "PUT", f"/v1/drafts/{draft['id']}/files/{RULES}", EDITED),
        If_Match=tag_of(draft, RULES),
    )
    headers, content = answered(served, lead, "GET", f"/v1/drafts/{draft['id']}/export.zip")
    assert headers["content-type"] == "application/zip"
    assert headers["content-disposition"] == 'attachment; filename="zeta.zip"'
    folder, files = unzipped(content)
    assert (folder, files[RULES].decode()) == ("zeta", EDITED)
    other = asked(served, lead, "POST", "/v1/drafts", content, status=201, **ZIP)
    assert [one["name"] for one in other["files"] if one["edited"]] == [RULES]
    assert served.ask(lead, "DELETE", f"/v1/drafts/{other['id']}")[0] == 204
    bad = zipped("zeta", {"notes.txt": b"x"})
    refused = asked(served, lead, "POST", "/v1/drafts?ruleset=zeta", bad, status=422, **ZIP)
    assert codes(refused) == ["bad-zip"]


def test_git_applies_the_patch_of_a_draft_to_the_folder_that_serves(
    served: Clinics, lead: Token, draft: dict[str, Any], tmp_path: Path
) -> None:
    at = f"/v1/drafts/{draft['id']}"
    asked(served, lead, "PUT", f"{at}/files/{RULES}", EDITED, If_Match=tag_of(draft, RULES))
    headers, content = answered(served, lead, "GET", f"{at}/export.patch")
    assert headers["content-disposition"] == 'attachment; filename="zeta.patch"'
    write_small(tmp_path, "zeta")
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=content, check=True, timeout=60)
    assert (tmp_path / "zeta" / RULES).read_text(encoding="utf-8") == EDITED


def test_what_is_taken_out_has_who_has_signed_it(served: Clinics, lead: Token, draft: dict[str, Any]) -> None:
    store = DraftStore(Database(url_in(served.folder)))
    store.sign(draft["id"], 1, SignOff(draft["base"], "Medical director", "2026-12-01"))
    store.close()
    at = f"/v1/drafts/{draft['id']}"
    assert [one["role"] for one in asked(served, lead, "GET", at)["signed"]] == ["Medical director"]
    with zipfile.ZipFile(io.BytesIO(answered(served, lead, "GET", f"{at}/export.zip")[1])) as archive:
        assert "Medical director" in archive.read("zeta/sign-off.yaml").decode()
    assert b"+++ b/zeta/sign-off.yaml" in answered(served, lead, "GET", f"{at}/export.patch")[1]


def test_what_was_published_of_a_ruleset_is_told_to_who_sees_it(served: Clinics, lead: Token) -> None:
    told = asked(served, lead, "GET", "/v1/rulesets/zeta/history")
    (edition,) = told["editions"]
    assert (told["ruleset"], edition["version"], edition["serves"]) == ("zeta", "1.2.0", True)
    assert edition["starts"] == edition["effective"] == "2026-01-01"
    assert codes(asked(served, lead, "GET", "/v1/rulesets/alpha/history", status=404)) == ["unknown-ruleset"]


def test_live_that_has_moved_comes_into_a_draft_and_what_both_changed_is_chosen(
    served: Clinics, lead: Token, draft: dict[str, Any]
) -> None:
    at = f"/v1/drafts/{draft['id']}"
    asked(served, lead, "PUT", f"{at}/files/{RULES}", EDITED, If_Match=tag_of(draft, RULES))
    file = served.folder / "rulesets" / "zeta" / RULES
    theirs = CONCERN.replace("Sun spots", "Freckles")
    try:
        file.write_text(theirs, encoding="utf-8")
        until_all(lambda: asked(served, lead, "GET", at)["live"] != draft["base"])
        refused = asked(served, lead, "POST", f"{at}/rebase", {}, status=412)
        assert refused["sides"] == [
            {
                "name": RULES,
                "base": CONCERN,
                "theirs": theirs,
                "yours": EDITED,
                "etag": file_tag(theirs.encode()),
            }
        ]
        chosen = {"state": 2, "files": {RULES: EDITED}}
        assert codes(asked(served, lead, "POST", f"{at}/rebase", {**chosen, "state": 1}, status=412)) == [
            "changed-meanwhile"
        ]
        after = asked(served, lead, "POST", f"{at}/rebase", chosen)
        assert (after["base"], after["state"]) == (after["live"], 3)
        assert asked(served, lead, "POST", f"{at}/rebase", {}) == after
        history = "/v1/rulesets/zeta/history"
        until_all(lambda: len(asked(served, lead, "GET", history)["editions"]) == 2)
    finally:
        file.write_text(CONCERN, encoding="utf-8")


def test_a_service_forgets_the_drafts_that_nobody_has_changed_for_ninety_days(tmp_path: Path) -> None:
    write_small(tmp_path / "rulesets")
    environ = {"PICOPLAN_DATABASE_URL": f"sqlite:///{tmp_path / 'drafts.sqlite3'}"}
    store = DraftStore(Database(environ["PICOPLAN_DATABASE_URL"]))
    now = datetime.now(UTC)
    old, recent = (
        store.begin("small", None, None, None, {"ruleset.yaml": b"id: small\n"}, at)
        for at in (now - timedelta(days=91), now - timedelta(days=89))
    )
    with Served(tmp_path, environ, rulesets=str(tmp_path / "rulesets"), workers=1) as server:
        until(lambda: store.state(old.id) is None)
        listed = json.loads(server.ask("GET", "/v1/drafts")[2])["drafts"]
        assert [(one["id"], one["live"] is None) for one in listed] == [(recent.id, False)]
    store.close()
