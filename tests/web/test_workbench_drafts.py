"""Drafts on pages: the list, beginning, discarding, three sides, and live that moves under a draft."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest

from service.model.draft import DraftState, file_tag
from service.store.database import Database
from service.store.drafts import DraftStore
from service.web.endpoints import PAGES, Endpoint
from tests.waiting import until
from tests.web.clinics import Clinics, clinics, url_in
from tests.web.pages import Shown, Visit
from tests.web.serving import Served

CONCERN = "factors/1-concern.yaml"


class Desk:
    """A server with two clinics, whose leads look at it with browsers, and its drafts."""

    def __init__(self, server: Clinics) -> None:
        self.server = server
        self.store = DraftStore(Database(url_in(server.folder)))

    def visit(self, name: str, **wanted: Any) -> Visit:
        """A browser that is signed in with a new key."""
        key = self.server.add(name, **wanted)
        until(lambda: self.server.ask(key, "GET", "/v1/rulesets")[0] != 401)
        visit = Visit(self.server.server)
        assert visit.signed_in(key.text).status == 303
        return visit

    def state(self, at: str) -> DraftState:
        """What the draft with pages at this address holds."""
        state = self.store.state(at.rpartition("/")[2])
        assert state is not None
        return state

    def text(self, at: str, file: str = CONCERN) -> str:
        """What a file of it holds."""
        return self.state(at).files[file].decode()

    def saved(self, at: str, old: str, new: str, file: str = CONCERN) -> None:
        """Replace a text in a file of it, as another one does in the meantime."""
        state = self.state(at)
        was = state.files[file]
        assert old.encode() in was
        changes = {file: was.replace(old.encode(), new.encode())}
        saved = self.store.save(state.draft.id, changes, {file: file_tag(was)}, None, datetime.now(UTC))
        assert isinstance(saved, DraftState)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with clinics(tmp_path_factory.mktemp("desk"), workers=1) as server:
        server.add("first")
        until(lambda: server.ask(None, "GET", "/v1/rulesets")[0] == 401)
        server.server.until_ready()
        found = Desk(server)
        yield found
        found.store.close()


@pytest.fixture(scope="module")
def lead(desk: Desk) -> Visit:
    """A lead of the clinic zeta."""
    return desk.visit("lead of zeta", clinic="zeta")


@pytest.fixture(scope="module")
def house(desk: Desk) -> Visit:
    """Somebody of the house."""
    return desk.visit("the house itself")


def begun(visit: Visit, ruleset: str = "zeta") -> str:
    """Where the pages of a new draft are, begun from what is live."""
    home = visit.get("/workbench")
    sent = visit.post(f"/workbench/{ruleset}/drafts", {".token": home.token})
    assert sent.status == 303, sent.text
    return sent.where.removesuffix("/edit")


def fields_of(page: Shown, action: str) -> dict[str, list[str]]:
    """The fields of a form that are filled in, as a browser sends them."""
    form = page.text.partition(f'action="{action}"')[2].partition("</form>")[0]
    assert form, page.text
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input [^>]*>", form):
        told = {name: unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', tag)}
        if told.get("type") != "radio" or " checked" in tag:
            found.setdefault(told["name"], []).append(told.get("value", "on"))
    return found


def typed(page: Shown, at: str, text: str, tag: str, file: str = CONCERN) -> dict[str, str]:
    """The form of an editor, in which a text was typed over the content that has this tag."""
    return {".token": page.token, ".file": file, ".yours.0": text, ".base.0": tag, ".then": f"{at}/try"}


# -- the list ----------------------------------------------------------------------------------------


def test_a_draft_is_listed_with_its_base_who_changed_it_and_until_when_it_is_kept(
    desk: Desk, lead: Visit, house: Visit
) -> None:
    at = begun(lead)
    gone = desk.state(at).draft.gone.isoformat()
    for visit in (lead, house):
        page = visit.get("/workbench").text
        card = page.partition(f'<h3><a href="{at}/edit">')[2].partition("</li>")[0]
        assert re.search(r"begun from version 1\.2\.0, [0-9a-f]{12}", card)
        assert "by <bdi>lead of zeta</bdi>" in card
        assert f"Gone on {gone}" in card
    assert "by the clinic zeta" in card
    lead.post(f"{at}/discard", {".token": lead.get(f"{at}/discard").token})


def test_another_clinics_draft_is_not_there(desk: Desk, lead: Visit, house: Visit) -> None:
    at, of_the_house = begun(lead), begun(house)
    other = desk.visit("lead of alpha", clinic="alpha")
    assert at not in other.get("/workbench").text
    assert of_the_house not in lead.get("/workbench").text
    token = other.get("/workbench").token
    for visit, where in ((other, at), (lead, of_the_house)):
        for page in ("try", "rebase", "discard", "state"):
            assert visit.get(f"{where}/{page}").status == 404, page
        fields = {".token": token if visit is other else lead.get("/workbench").token}
        for page in ("discard", "rebase", f"sides/{CONCERN}"):
            assert visit.post(f"{where}/{page}", fields).status == 404, page
    assert desk.state(at)


def test_whoever_only_signs_reads_drafts_and_changes_none(desk: Desk, lead: Visit) -> None:
    at = begun(lead)
    director = desk.visit("director", clinic="zeta", scopes=("read",), role="Medical director")
    home = director.get("/workbench").text
    assert f'<h3><a href="{at}/rules">' in home
    assert f"{at}/discard" not in home
    assert "Editing needs a key with the scope edit, for zeta." in home
    rules = director.get(f"{at}/rules")
    assert rules.status == 200
    assert ">Files</a>" in rules.text
    for page in ("discard", "rebase"):
        assert director.get(f"{at}/{page}").status == 403


NEEDS: dict[str, tuple[str, str]] = {
    "page_begins": ("/workbench/zeta/drafts", "edit"),
    "page_build": ("/workbench/zeta/build", "edit"),
    "page_builds": ("/workbench/zeta/build", "edit"),
    "page_uploads": ("/workbench/drafts", "edit"),
    "page_discard": ("{}/discard", "edit"),
    "page_discards": ("{}/discard", "edit"),
    "page_sides": (f"{{}}/sides/{CONCERN}", "edit"),
    "page_rebase": ("{}/rebase", "edit"),
    "page_rebases": ("{}/rebase", "edit"),
}


@pytest.fixture(scope="module")
def reader(desk: Desk) -> Visit:
    """A key of a clinic that may do all but edit and publish."""
    return desk.visit("reader", clinic="zeta", scopes=("evaluate", "read", "operate", "erase"))


@pytest.mark.parametrize(
    "endpoint", [one for one in PAGES if one.name in NEEDS], ids=lambda one: str(one.name)
)
def test_a_key_without_the_scope_is_told_which_it_lacks(
    lead: Visit, reader: Visit, endpoint: Endpoint, a_draft: str
) -> None:
    path, scope = NEEDS[endpoint.name]
    path = path.format(a_draft)
    token = reader.get("/workbench").token
    page = reader.get(path) if endpoint.method == "GET" else reader.post(path, {".token": token})
    assert page.status == 403
    assert f"This needs a key with the scope &#34;{scope}&#34;" in page.text


@pytest.fixture(scope="module")
def a_draft(lead: Visit) -> str:
    """Where the pages of a draft are."""
    return begun(lead)


@pytest.mark.parametrize("page", ["discard", "rebase", f"sides/{CONCERN}"])
def test_a_form_of_another_page_changes_nothing(lead: Visit, desk: Desk, a_draft: str, page: str) -> None:
    before = desk.state(a_draft)
    assert lead.post(f"{a_draft}/{page}", {".token": "x", ".file": CONCERN, ".yours.0": ""}).status == 403
    assert desk.state(a_draft) == before


# -- beginning, and discarding -----------------------------------------------------------------------


def test_a_ruleset_of_ones_own_is_built_on_another_under_an_id_that_the_key_may_begin(desk: Desk) -> None:
    visit = desk.visit("builds", clinic="zeta", scopes=("edit",), edits=("zeta-own", "zeta"))
    assert 'href="/workbench/zeta/build"' in visit.get("/workbench").text
    page = visit.get("/workbench/zeta/build")
    assert re.findall(r'name="\.name" value="([^"]*)"', page.text) == ["zeta-own"], "zeta is there already"
    wrong = visit.post("/workbench/zeta/build", {".token": page.token, ".name": "alpha-own"})
    assert wrong.status == 422
    assert "The key may not edit alpha-own." in wrong.text
    sent = visit.post("/workbench/zeta/build", {".token": page.token, ".name": "zeta-own"})
    at = sent.where.removesuffix("/edit")
    assert "extends: zeta" in desk.text(at, "ruleset.yaml")
    assert "a new ruleset" in visit.get(f"{at}/try").text


def test_a_ruleset_of_ones_own_has_its_title_and_owner_and_an_id_made_of_the_title(house: Visit) -> None:
    page = house.get("/workbench/pico-laser/build")
    said = {".token": page.token, ".title": "Laser: our <clinic>", ".owner": "Dr Who"}
    wrong = house.post("/workbench/pico-laser/build", {**said, ".name": "No"})
    assert wrong.status == 422
    assert 'value="Laser: our &lt;clinic&gt;"' in wrong.text
    sent = house.post("/workbench/pico-laser/build", said)
    assert sent.status == 303
    assert sent.where.startswith("/workbench/laser-our-clinic/d-")
    edit = house.get(f"{sent.where}/ruleset.yaml")
    assert "title: &#34;Laser: our &lt;clinic&gt;&#34;" in edit.text
    assert "owner: Dr Who" in edit.text


def test_what_was_typed_for_an_id_is_kept_beside_what_is_wrong_with_it(house: Visit) -> None:
    page = house.get("/workbench/pico-laser/build")
    sent = house.post("/workbench/pico-laser/build", {".token": page.token, ".name": 'My "own"'})
    assert sent.status == 422
    assert 'value="My &#34;own&#34;"' in sent.text
    assert "only lower-case letters" in sent.text
    for taken in ("zeta", "pico-laser"):
        assert house.post("/workbench/pico-laser/build", {".token": page.token, ".name": taken}).status == 422
    assert house.get("/workbench/nothing/build").status == 404


def test_where_nothing_serves_one_builds_on_what_comes_with_picoplan(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder, home = tmp_path_factory.mktemp("empty"), tmp_path_factory.mktemp("nothing")
    with Served(home, rulesets=str(folder), allow_edits=True, workers=1) as server:
        visit = Visit(server)
        page = visit.get("/workbench")
        assert "Nothing is live yet. Build your own on what comes with picoplan" in page.text
        assert 'href="/workbench/pico-laser/build"' in page.text
        sent = visit.post("/workbench/pico-laser/build", {".token": page.token, ".name": "own-laser"})
        assert re.fullmatch(r"/workbench/own-laser/d-[a-z2-7]{12}/edit", sent.where)
        assert visit.get(sent.where).status == 200
        listed = visit.get("/workbench").text
        assert "Draft of <code>own-laser</code>" in listed
        assert "by <bdi>somebody without a key</bdi>" in listed


def test_a_zip_begins_a_draft_and_what_is_no_zip_is_told(desk: Desk, lead: Visit) -> None:
    files = desk.state(begun(lead)).files
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"zeta/{name}", content)
    sent = uploaded(lead, stream.getvalue())
    assert sent.status == 303
    assert desk.state(sent.where.removesuffix("/edit")).files == files
    for content, says in ((b"PK", "no zip that can be read"), (b"", "No zip was chosen")):
        refused = uploaded(lead, content)
        assert refused.status == 422
        assert says in refused.text
    noise = b"".join(i.to_bytes(4, "big") for i in range(1_500_000))
    assert uploaded(lead, noise).status == 422, "it is larger than other forms may be, and read"


def uploaded(visit: Visit, content: bytes) -> Shown:
    """What comes of a zip that is chosen."""
    token = visit.get("/workbench").token
    body = (
        (
            f'--edge\r\nContent-Disposition: form-data; name=".token"\r\n\r\n{token}\r\n'
            '--edge\r\nContent-Disposition: form-data; name=".zip"; filename="a.zip"\r\n'
            "Content-Type: application/zip\r\n\r\n"
        ).encode()
        + content
        + b"\r\n--edge--\r\n"
    )
    return visit.sent("/workbench/drafts", body, "multipart/form-data; boundary=edge")


def test_a_draft_is_discarded_once_it_was_asked(desk: Desk, lead: Visit) -> None:
    at = begun(lead)
    asks = lead.get(f"{at}/discard")
    assert "Discard this draft?" in asks.text
    assert desk.state(at)
    assert lead.post(f"{at}/discard", {".token": asks.token}).where == "/workbench"
    assert desk.store.state(at.rpartition("/")[2]) is None
    assert lead.get(f"{at}/discard").status == 404


# -- the bar -----------------------------------------------------------------------------------------


def test_every_page_of_a_draft_says_how_it_stands(desk: Desk, lead: Visit) -> None:
    at = begun(lead)
    until(lambda: "proven" in lead.get(f"{at}/state").text or "proofs done" in lead.get(f"{at}/state").text)
    for page in ("try", "rules", "table", "discard"):
        text = lead.get(f"{at}/{page}").text
        assert '<section class="draft-bar"' in text, page
        assert "begun from version 1.2.0" in text
        assert "hx-get" not in text.partition('id="draft-state"')[2].partition("</p>")[0], "it is settled"
    desk.saved(at, "title: Sun spots", "titel: Sun spots")
    until(lambda: "1 error" in lead.get(f"{at}/state").text)
    text = lead.get(f"{at}/try").text
    assert re.search(r"1 error\.\s*<a href=\"[^\"]*/edit\">Mend it</a>", text)


# -- three sides -------------------------------------------------------------------------------------


def test_a_save_over_what_nobody_changed_is_saved(desk: Desk, lead: Visit) -> None:
    at = begun(lead)
    text = desk.text(at)
    sent = lead.post(
        f"{at}/sides/{CONCERN}",
        typed(lead.get("/workbench"), at, text.replace("Sun spots", "Spots"), file_tag(text.encode())),
    )
    assert (sent.status, sent.where) == (303, f"{at}/try")
    assert "title: Spots" in desk.text(at)


def test_a_save_under_an_old_tag_is_refused_with_three_sides(desk: Desk, lead: Visit) -> None:
    at = begun(lead)
    text = desk.text(at)
    desk.saved(at, "title: Sun spots", "title: Theirs")
    mine = text.replace("title: Sun spots", "title: Mine").replace("Scars are deep.", "Scars lie deep.")
    page = lead.post(
        f"{at}/sides/{CONCERN}", typed(lead.get("/workbench"), at, mine, file_tag(text.encode()))
    )
    assert page.status == 409
    assert "title: Theirs" in desk.text(at)
    action = f"{at}/sides/{CONCERN}"
    fields = fields_of(page, action)
    assert [name for name in fields if name.startswith(".pick")] == [], "nothing is chosen beforehand"
    assert fields[".yours.0"] == [mine], "what was typed is kept"
    for shown in ("title: Sun spots", "title: Theirs", "title: Mine", "Scars lie deep."):
        assert shown in page.text
    again = lead.post(action, fields)
    assert "Still to choose: 1." in again.text
    assert fields_of(again, action)[".yours.0"] == [mine]
    done = lead.post(action, {**fields_of(again, action), ".pick.0.0": "theirs_then_yours"})
    assert (done.status, done.where) == (303, f"{at}/try")
    assert "title: Theirs\n    title: Mine\n" in desk.text(at)
    assert "Scars lie deep." in desk.text(at), "what one side alone has changed comes by itself"


@pytest.mark.parametrize(("pick", "left"), [("theirs", "title: Theirs"), ("yours", "title: Mine")])
def test_the_side_that_is_chosen_is_saved(desk: Desk, lead: Visit, pick: str, left: str) -> None:
    at = begun(lead)
    text, action = desk.text(at), f"{at}/sides/{CONCERN}"
    desk.saved(at, "title: Sun spots", "title: Theirs")
    mine = text.replace("title: Sun spots", "title: Mine")
    page = lead.post(action, typed(lead.get("/workbench"), at, mine, file_tag(text.encode())))
    assert lead.post(action, {**fields_of(page, action), ".pick.0.0": pick}).status == 303
    assert desk.text(at) == text.replace("title: Sun spots", left)


def test_a_file_that_is_changed_once_more_is_chosen_anew(desk: Desk, lead: Visit) -> None:
    at = begun(lead)
    text, action = desk.text(at), f"{at}/sides/{CONCERN}"
    desk.saved(at, "title: Sun spots", "title: Theirs")
    mine = text.replace("title: Sun spots", "title: Mine")
    page = lead.post(action, typed(lead.get("/workbench"), at, mine, file_tag(text.encode())))
    desk.saved(at, "title: Theirs", "title: Theirs too")
    again = lead.post(action, {**fields_of(page, action), ".pick.0.0": "yours"})
    assert again.status == 409
    assert "It was changed once more meanwhile." in again.text
    assert "title: Theirs too" in again.text
    assert ".pick.0.0" not in fields_of(again, action)
    assert lead.post(action, {**fields_of(again, action), ".pick.0.0": "yours"}).status == 303
    assert desk.text(at) == mine


def test_a_file_that_was_taken_away_meanwhile_is_kept_or_goes(desk: Desk, lead: Visit) -> None:
    at = begun(lead)
    text, action = desk.text(at), f"{at}/sides/{CONCERN}"
    tag = file_tag(text.encode())
    desk.store.save(desk.state(at).draft.id, {CONCERN: None}, {CONCERN: tag}, None, datetime.now(UTC))
    page = lead.post(action, typed(lead.get("/workbench"), at, text + "# mine\n", tag))
    assert "It was taken away on the other side" in page.text
    assert lead.post(action, {**fields_of(page, action), ".pick.0.0": "yours"}).status == 303
    assert desk.text(at) == text + "# mine\n"


def test_a_large_text_is_taken_and_one_that_no_file_may_hold_is_refused(desk: Desk, lead: Visit) -> None:
    at = begun(lead)
    text, action = desk.text(at), f"{at}/sides/{CONCERN}"
    for size, status in ((900_000, 303), (1_100_000, 422)):
        tag, page = file_tag(desk.text(at).encode()), lead.get("/workbench")
        sent = lead.post(action, typed(page, at, text + "#" * (size - len(text)), tag))
        assert sent.status == status, sent.text[:2_000]


def test_a_name_that_leads_elsewhere_is_no_file_of_a_draft(desk: Desk, lead: Visit, a_draft: str) -> None:
    for name in ("../zeta/ruleset.yaml", "/etc/passwd", "factors/../x.yaml", "sign-off.yaml", "x\x00.yaml"):
        fields = typed(lead.get("/workbench"), a_draft, "x", "", name)
        assert lead.post(f"{a_draft}/sides/{CONCERN}", fields).status == 422, name


def test_of_several_files_all_are_saved_or_none(desk: Desk, lead: Visit) -> None:
    at, other = begun(lead), "factors/2-safety.yaml"
    texts = {file: desk.text(at, file) for file in (CONCERN, other)}
    desk.saved(at, "title: Sun spots", "title: Theirs")
    fields = {".token": lead.get("/workbench").token, ".file": [CONCERN, other], ".then": f"{at}/rules"}
    for index, (file, text) in enumerate(texts.items()):
        fields |= {f".yours.{index}": f"# mine\n{text.replace('Sun spots', 'Mine')}"}
        fields |= {f".base.{index}": file_tag(texts[file].encode())}
    action = f"{at}/sides/{CONCERN}"
    page = lead.post(action, fields)
    assert page.status == 409
    assert "# mine" not in desk.text(at, other), "the file that nobody else has changed waits for the other"
    done = lead.post(action, {**fields_of(page, action), ".pick.0.0": "yours"})
    assert (done.status, done.where) == (303, f"{at}/rules")
    assert all("# mine" in desk.text(at, file) for file in texts)


HOSTILE = (
    '# "><script>alert(1)</script><img src=x onerror=alert(1)>\n# \u202eevil\u2066 \'"&amp;\n\n\n\ttab\n',
    "\n\n  first lines are empty\n",
    "# without an end",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_was_typed_comes_back_to_the_byte_and_is_no_markup(desk: Desk, lead: Visit, text: str) -> None:
    at = begun(lead)
    before, action = desk.text(at), f"{at}/sides/{CONCERN}"
    desk.saved(at, "title: Sun spots", "title: Theirs <b>&lt;")
    page = lead.post(action, typed(lead.get("/workbench"), at, text, file_tag(before.encode())))
    assert page.status == 409
    assert "<script>alert" not in page.text
    assert "<img src=x" not in page.text
    assert "title: Theirs <b>" not in page.text
    fields = fields_of(page, action)
    assert fields[".yours.0"] == [text]
    picks = {f".pick.0.{number}": "yours" for number in range(9)}
    assert lead.post(action, {**fields, **picks}).status == 303
    assert desk.text(at) == text


def test_a_text_that_was_typed_by_who_is_signed_out_is_kept_until_he_is_signed_in(desk: Desk) -> None:
    key = desk.server.add("signs in again", clinic="zeta")
    until(lambda: desk.server.ask(key, "GET", "/v1/rulesets")[0] != 401)
    visit = Visit(desk.server.server)
    visit.signed_in(key.text)
    at = begun(visit)
    text = desk.text(at)
    large = text + "#" * 700_000
    fields, action = (
        typed(visit.get("/workbench"), at, large, file_tag(text.encode())),
        f"{at}/sides/{CONCERN}",
    )
    visit.cookie = ""
    page = visit.post(action, fields)
    assert page.status == 401
    again = {**fields_of(page, "/workbench/sign-in"), ".key": key.text}
    goes_on = visit.post("/workbench/sign-in", again)
    assert visit.post(action, fields_of(goes_on, action)).status == 303
    assert desk.text(at) == large


# -- live moves under a draft ------------------------------------------------------------------------


def test_a_draft_under_which_live_has_moved_goes_on_from_there(desk: Desk, house: Visit) -> None:
    at = begun(house, "alpha")
    desk.saved(at, "title: Sun spots", "title: Mine")
    desk.saved(at, "because: One trial saw it.", "because: Two trials saw it.")
    assert "Live has moved" not in house.get(f"{at}/state").text
    assert house.get(f"{at}/rebase").where == f"{at}/edit", "there is nothing to bring in"
    folder = desk.server.folder / "rulesets" / "alpha"
    for file, old, new in (
        (CONCERN, "title: Sun spots", "title: Theirs"),
        ("ruleset.yaml", "title: A small clinic", "title: A smaller clinic"),
    ):
        path = folder / file
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    until(lambda: house.get("/workbench").text.count("A smaller clinic</bdi>"))
    assert re.search(
        r"Live has moved: it is version 1\.2\.0, [0-9a-f]{12} now\.", house.get(f"{at}/discard").text
    )
    home = house.get("/workbench").text
    assert re.search(r'Live has moved: it is version [^<]* now\.\s*<a href="[^"]*/rebase">', home)
    assert '<bdi dir="auto">A small clinic</bdi>, version 1.2.0</a></h3>' in home
    first = re.search(r"begun from version 1\.2\.0, ([0-9a-f]{12})", house.get(f"{at}/discard").text)
    token = house.get("/workbench").token
    assert first is not None
    earlier = house.post("/workbench/alpha/drafts", {".token": token, "digest": first[1]})
    bar = house.get(f"{earlier.where.removesuffix('/compare')}/discard").text
    assert "It was begun from an earlier edition: live is version 1.2.0" in bar
    assert "Live has moved" not in bar
    page, action = house.get(f"{at}/rebase"), f"{at}/rebase"
    assert "ruleset.yaml</code>, changed" in page.text
    fields = fields_of(page, action)
    assert [name for name in fields if name.startswith(".pick")] == []
    assert "Still to choose: 1." in house.post(action, fields).text
    before = desk.state(at)
    stale = house.post(action, {**fields, ".digest": "sha256:0", ".pick.0.0": "yours"})
    assert "It was changed once more meanwhile." in stale.text
    assert desk.state(at) == before
    done = house.post(action, {**fields_of(stale, action), ".pick.0.0": "yours"})
    assert (done.status, done.where) == (303, f"{at}/edit")
    assert "A smaller clinic" in desk.text(at, "ruleset.yaml")
    assert "title: Mine" in desk.text(at)
    assert "because: Two trials saw it." in desk.text(at)
    assert desk.state(at).draft.base != before.draft.base
    assert "Live has moved" not in house.get(f"{at}/discard").text
