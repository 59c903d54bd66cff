"""Publishing a draft by pages and by programs, with a real service that may write its folder."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.commandline.console import COMMAND
from tests.waiting import until
from tests.web.pages import Visit
from tests.web.publishing import HEADER, RULES, Clinic, as_text, digest_of, line, publishing_clinic, stands
from tests.web.small import write_small


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """A clinic without keys."""
    with publishing_clinic(tmp_path_factory.mktemp("clinic")) as opened:
        yield opened


def test_a_draft_is_signed_saved_live_and_gone_back_from(clinic: Clinic) -> None:
    before, served = clinic.files(), clinic.newest()
    draft = clinic.edited()
    page = clinic.until_checked(draft)
    assert line(page, "changes").startswith("Look Changes read : Not as it stands.")
    assert stands(page).startswith("Not saved to the folder.")
    read = clinic.visit.post(f"{draft}/publish/read", {".token": page.token, "digest": digest_of(page)})
    assert read.where == f"{draft}/publish"
    assert line(clinic.visit.get(read.where), "changes").startswith("Good Changes read : As it stands.")

    assert clinic.sign(draft).status == 303
    page = clinic.visit.get(f"{draft}/publish")
    assert line(page, "signatures") == "Good Signatures : Medical director on 2026-01-02."
    assert clinic.files() == before
    assert clinic.save(draft).where == f"{draft}/publish"
    assert b"Medical director" in clinic.files()["sign-off.yaml"]
    page = clinic.until_it_stands(draft, "Live since")
    assert "version" in line(page, "base") or "Yes" in line(page, "base")
    assert clinic.newest() != served

    history = clinic.visit.get("/workbench/small/history")
    assert "Medical director on 2026-01-02" in history.text
    address = history.text.partition('href="/workbench/small/history/')[2].partition('"')[0]
    shown = clinic.visit.get(f"/workbench/small/history/{address}")
    assert "un spots" in shown.text
    moved = clinic.go_back(f"/workbench/small/history/{address}", newest="sha256:0")
    assert "was published meanwhile" in moved.text
    went = clinic.go_back(f"/workbench/small/history/{address}")
    assert (went.status, "is in the folder again" in went.text) == (200, True), went.text
    assert {**clinic.files(), "sign-off.yaml": b""} == {**before, "sign-off.yaml": b""}
    until(lambda: clinic.newest() == served)
    assert clinic.visit.get(f"/workbench/small/history/{address}").status == 200


def test_what_is_asked_for_wrongly_changes_nothing_and_says_so(clinic: Clinic) -> None:
    draft, before = clinic.edited(), clinic.files()
    page = clinic.visit.get(f"{draft}/publish")
    fields = {".token": page.token, "role": "Nurse", "date": "2026-01-02", "digest": digest_of(page)}
    for changes, status, says in (
        ({}, 422, "Tick that you have read it."),
        ({"agree": "yes", "role": " "}, 422, "The role is empty."),
        ({"agree": "yes", "date": "2999-01-01"}, 422, "has not come yet"),
        ({"agree": "yes", "date": "0001-01-01"}, 422, "0001-01-01 is too long ago: is the year right?"),
        ({"agree": "yes", "date": "31.12.2026"}, 422, "“31.12.2026” is no day. Write it as 2026-12-31."),
        ({"agree": "yes", "digest": "sha256:0"}, 412, "is not what it was"),
        ({"agree": "yes", ".token": "x"}, 403, "too old, or not of this site"),
    ):
        said = clinic.visit.post(f"{draft}/publish/sign", {**fields, **changes})
        assert (said.status, says in said.text) == (status, True), said.text
    assert clinic.save(draft, digest="sha256:0").status == 412
    assert clinic.save(draft, **{".token": ""}).status == 403
    assert clinic.files() == before
    assert line(clinic.visit.get(f"{draft}/publish"), "signatures").startswith("Look")
    assert clinic.visit.get(f"{draft}/publish/other.zip").status == 404
    assert clinic.visit.get("/workbench/small/history/000000000000").status == 404
    assert clinic.visit.get("/workbench/nothing/history").status == 404


def test_a_draft_with_errors_says_what_keeps_it_back(clinic: Clinic) -> None:
    draft, before = clinic.begin(), clinic.files()
    clinic.edit(draft, RULES, ("concern: scar\n", "concern: scarr\n"))
    page = clinic.until_checked(draft)
    assert line(page, "errors") == "Keeps it back Errors : 1 error. Edit : Errors"
    assert "Save to the folder</button>" not in page.text
    said = clinic.save(draft)
    assert (said.status, "The draft has 1 error." in said.text) == (422, True)
    assert clinic.sign(draft).status == 422
    assert clinic.files() == before


def test_the_worked_clients_of_a_draft_are_counted(clinic: Clinic) -> None:
    draft = clinic.begin()
    clients = """\
- name: Sun spots
  assessment: {concern: sun_spots, gold: no}
  expect: {verdict: %s}
- name: Sun spots, with sensitive skin
  assessment: {concern: sun_spots, gold: no, sensitive: yes}
  expect: {verdict: several_sessions}
"""
    path = f"/v1/drafts/{draft.rpartition('/')[2]}/files/scenarios/1-ours.yaml"
    for verdict, matching, told in (
        ("several_sessions", {"If-None-Match": "*"}, "Good Clients as expected : 2 of 2."),
        ("defer", {}, "Keeps it back Clients as expected : 1 of 2 not as expected."),
    ):
        if not matching:
            matching = {"If-Match": clinic.server.ask("GET", path)[1]["etag"]}
        sent = {**matching, "Content-Type": "application/yaml"}
        status, _, said = clinic.server.ask("PUT", path, (clients % verdict).encode(), sent)
        assert status in (200, 201), said
        assert line(clinic.until_checked(draft), "clients").startswith(told)


def test_somebody_who_saves_in_the_folder_meanwhile_loses_nothing(clinic: Clinic) -> None:
    draft = clinic.edited()
    file = clinic.rulesets / "small" / RULES
    before = file.read_text()
    try:
        file.write_text(before + "theirs: [\n")
        said = clinic.save(draft)
        assert (said.status, "somebody has saved there" in said.text) == (412, True), said.text
        assert file.read_text() == before + "theirs: [\n"
        assert line(said, "folder").startswith("Keeps it back")
    finally:
        file.write_text(before)


def saved_at_once(clinic: Clinic, *drafts: str) -> list[int]:
    """What comes of saving these at the same moment, each in a tab of its own."""
    with ThreadPoolExecutor(len(drafts)) as pool:
        return sorted(pool.map(lambda draft: clinic.save(draft, Visit(clinic.server)).status, drafts))


def test_of_two_who_publish_at_once_one_wins_and_what_is_left_behind_twice_is_brought_in(
    clinic: Clinic,
) -> None:
    behind = clinic.begin()
    clinic.edit(behind, "factors/2-safety.yaml", ("title: High risk\n", "title: Higher risk\n"))
    one, other = clinic.edited(), clinic.edited()
    assert saved_at_once(clinic, one, other) == [303, 412]
    won = next(
        draft for draft in (one, other) if "Keeps" not in line(clinic.visit.get(f"{draft}/publish"), "folder")
    )
    clinic.until_it_stands(won, "Live since")
    again = clinic.edited()
    assert saved_at_once(clinic, again, again) == [303, 303]
    clinic.until_it_stands(again, "Live since")
    told = [one["draft"] for one in clinic.server.events() if one["event"] == "draft saved into the folder"]
    assert [told.count(draft.rpartition("/")[2]) for draft in (won, again)] == [1, 1]

    assert "Live has moved" in line(clinic.until_checked(behind), "base")
    assert clinic.save(behind).status == 412
    status, _, said = clinic.server.ask("POST", f"/v1/drafts/{behind.rpartition('/')[2]}/rebase", {})
    assert status == 200, said
    assert line(clinic.until_checked(behind), "base") == "Good Begun from what is live : Yes."
    assert clinic.save(behind).status == 303
    clinic.until_it_stands(behind, "Live since")
    assert b"Higher risk" in clinic.files()["factors/2-safety.yaml"]


def test_a_page_that_has_nothing_new_to_say_is_not_sent_again(clinic: Clinic) -> None:
    draft = clinic.begin()
    page = clinic.until_checked(draft)
    assert "hx-trigger" not in page.text.partition('id="watch"')[2].partition(">")[0], "it is settled"
    clinic.edit(draft, RULES, ("title: .*\n", "title: Other\n"))
    page = clinic.visit.get(f"{draft}/publish")
    asks = page.text.partition('id="watch"')[2].partition('hx-get="')[2].partition('"')[0]
    again = clinic.visit.get(asks, HX_Request="true")
    assert again.status in (200, 204)
    if again.status == 200:
        mark = again.text.partition("?was=")[2].partition('"')[0]
        assert mark not in asks


def test_programs_sign_and_save_too(clinic: Clinic) -> None:
    draft = clinic.edited()
    address = f"/v1/drafts/{draft.rpartition('/')[2]}"
    digest = digest_of(clinic.visit.get(f"{draft}/publish"))
    status, _, said = clinic.server.ask("POST", f"{address}/sign", {"digest": digest, "role": "Nurse"})
    assert (status, json.loads(said)["signed"][0]["role"]) == (200, "Nurse"), said
    status, _, said = clinic.server.ask("POST", f"{address}/save", {"digest": "sha256:0"})
    assert (status, json.loads(said)["errors"][0]["code"]) == (412, "changed-meanwhile")
    status, _, said = clinic.server.ask("POST", f"{address}/save", {"digest": digest})
    assert (status, json.loads(said).get("folder")) == (200, "rulesets/small"), said
    status, _, said = clinic.server.ask("POST", f"{address}/save", {"digest": digest})
    assert (status, json.loads(said)["is_new"]) == (200, False)
    clinic.until_it_stands(draft, "Live since")
    status, _, said = clinic.server.ask("POST", f"{address}/save", {})
    assert (status, json.loads(said)["errors"][0]["code"]) == (422, "missing")


def test_an_edition_for_a_later_day_waits_for_it(tmp_path: Path) -> None:
    with publishing_clinic(tmp_path) as clinic:
        draft = clinic.begin()
        later = ("effective: .*", "effective: 2999-01-01")
        clinic.edit(draft, HEADER, ("version: .*\n", "version: 1.3.0\n"), later)
        page = clinic.until_checked(draft)
        assert line(page, "day").startswith("Good Goes live : On 2999-01-01; what is live goes on")
        assert clinic.save(draft).status == 303
        clinic.until_it_stands(draft, "Waits for 2999-01-01.")
        assert "waits for 2999-01-01" in as_text(clinic.visit.get("/workbench/small/history").text)


@pytest.mark.parametrize("way", ["patch", "zip"])
def test_without_the_right_to_write_two_lines_in_a_terminal_do_it(tmp_path: Path, way: str) -> None:
    with publishing_clinic(tmp_path, allow_edits=False) as clinic:
        draft, before = clinic.edited(), clinic.files()
        assert clinic.sign(draft).status == 303
        page = clinic.visit.get(f"{draft}/publish")
        assert "Save to the folder" not in page.text
        refused = clinic.save(draft)
        assert (refused.status, clinic.files()) == (403, before)
        _, _, content = clinic.server.ask("GET", f"{draft}/publish/small.{way}")
        (tmp_path / f"small.{way}").write_bytes(content)
        first, second = page.text.partition("<code>patch")[2].partition("</code>")[0].split("\n")
        commands = [as_text("patch" + first), second.replace("picoplan", " ".join(COMMAND), 1)]
        if way == "zip":
            commands[0] = "python3 -m zipfile -e small.zip rulesets"
        for command in commands:
            done = subprocess.run(
                command, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done
        clinic.until_it_stands(draft, "Live since")
        assert b"Medical director" in clinic.files()["sign-off.yaml"]


def test_where_only_signed_editions_go_live_nothing_unsigned_is_saved(tmp_path: Path) -> None:
    with publishing_clinic(tmp_path) as clinic:
        clinic.server.stop()
    with publishing_clinic(tmp_path, only_signed=True) as clinic:
        draft, before = clinic.edited(), clinic.files()
        page = clinic.visit.get(f"{draft}/publish")
        assert line(page, "signatures").startswith("Keeps it back")
        assert clinic.save(draft).status == 422
        assert clinic.files() == before
        assert clinic.sign(draft).status == 303
        assert clinic.save(draft).status == 303
        clinic.until_it_stands(draft, "Live since")


def test_an_edit_by_hand_that_waits_to_be_signed_is_told_on_the_page(tmp_path: Path) -> None:
    """Somebody puts an unsigned draft into the folder himself; signing it on the page makes it go live."""
    with publishing_clinic(tmp_path) as clinic:
        clinic.server.stop()
    with publishing_clinic(tmp_path, only_signed=True) as clinic:
        draft = clinic.edited()
        for file in (HEADER, RULES):
            address = f"/v1/drafts/{draft.rpartition('/')[2]}/files/{file}"
            (clinic.rulesets / "small" / file).write_bytes(clinic.server.ask("GET", address)[2])
        clinic.until_it_stands(draft, "Saved, and waits to be signed.")
        assert clinic.sign(draft).status == 303
        assert clinic.save(draft).status == 303
        clinic.until_it_stands(draft, "Live since")


UPON = """\
id: upon
title: Upon another
version: 1.0.0
owner: Clinic lead
extends: ground
"""


def test_what_goes_live_upon_an_edit_of_what_it_extends_is_not_waited_for_any_more(clinic: Clinic) -> None:
    header = write_small(clinic.rulesets, "ground") / HEADER
    (clinic.rulesets / "upon").mkdir()
    (clinic.rulesets / "upon" / HEADER).write_text(UPON)
    until(lambda: clinic.server.ask("GET", "/v1/rulesets/upon/history")[0] == 200)
    later = header.read_text().replace("1.2.0", "1.3.0").replace("2026-01-01", "2100-01-01")
    header.write_text(later)
    editions = "/v1/rulesets/upon/history"
    until(lambda: len(json.loads(clinic.server.ask("GET", editions)[2])["editions"]) == 2)
    draft = clinic.begin("upon")
    clinic.edit(draft, HEADER, ("1.0.0", "1.1.0"))
    clinic.until_checked(draft)
    assert clinic.save(draft).where == f"{draft}/publish"
    page = clinic.until_it_stands(draft, "Live since")
    assert "not that of this draft: what it extends lies otherwise in the folder than it serves" in page.text
    assert line(page, "base") == "Good Begun from what is live : Yes."
    assert "Live has moved" not in page.text
