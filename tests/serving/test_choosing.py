"""A request gets exactly one edition, the one that it is for, or is told why there is none."""

from datetime import UTC, date, datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.serving.choosing import NoneServes, WantedEdition, choose
from service.store.editions import ALWAYS, Edition, Published
from tests.serving.timelines import DAYS, in_service, publish, served_on, timelines

TODAY = date(2026, 6, 20)
LATER = "It serves from 2026-07-01 on."

NAMES = st.none() | st.sampled_from(["1.0.0", "2.0.0", "3.0.0", "9.9.9"])
DIGESTS = st.none() | st.sampled_from([f"sha256:{number}" for number in range(8)])


def when(text: str) -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def timeline(*published: tuple[str, str, str | None, str]) -> tuple[Published, ...]:
    """The timeline of versions with their digest, effective day and moment of publishing."""
    found: tuple[Published, ...] = ()
    for version, digest, effective, at in published:
        day = effective and date.fromisoformat(effective)
        found = publish(found, Edition("r", version, digest, day or None, "", {}), when(at))
    return found


TWO = timeline(
    ("1.0.0", "a", None, "2026-06-01 09:00"),
    ("1.0.0", "b", None, "2026-06-10 09:00"),
    ("2.0.0", "c", "2026-07-01", "2026-06-12 09:00"),
)


@pytest.mark.parametrize(
    ("as_of", "version", "digest", "found"),
    [
        (None, None, None, "b"),
        ("2026-06-30", None, None, "b"),
        ("2026-07-01", None, None, "c"),
        ("2026-06-10", None, None, "b"),
        ("2026-06-09", None, None, "a"),
        ("2020-01-01", None, None, "a"),
        (None, "1.0.0", None, "b"),
        (None, None, "a", "a"),
        (None, "1.0.0", "a", "a"),
        ("2026-06-09", "1.0.0", None, "a"),
        ("2026-06-09", "1.0.0", "a", "a"),
        ("2026-06-10", None, "a", "a"),
        ("2026-07-05", "2.0.0", None, "c"),
    ],
)
def test_day_version_and_digest_choose_one(
    as_of: str | None, version: str | None, digest: str | None, found: str
) -> None:
    chosen = choose(
        "r", TWO, WantedEdition(date.fromisoformat(as_of) if as_of else None, version, digest), TODAY
    )
    assert isinstance(chosen, Published)
    assert chosen.digest == found


@pytest.mark.parametrize(
    ("as_of", "version", "digest", "code", "pointer", "hint"),
    [
        (None, "3.0.0", None, "unknown-version", "/version", "1.0.0 serves."),
        (None, None, "d", "unknown-digest", "/digest", "b serves."),
        (None, "2.0.0", None, "not-effective", "/as_of", f"{LATER} Version 1.0.0 did, with the digest b."),
        (
            "2026-06-30",
            None,
            "c",
            "not-effective",
            "/as_of",
            f"{LATER} Version 1.0.0 did, with the digest b.",
        ),
        (None, "2.0.0", "a", "not-together", "/version", "That digest is of version 1.0.0."),
        ("2026-07-01", "1.0.0", None, "not-together", "/version", "Version 2.0.0 did, with the digest c."),
        ("2026-06-20", None, "a", "not-together", "/digest", "Version 1.0.0 did, with the digest b."),
    ],
)
def test_what_never_served_or_contradicts_itself_is_told_what_does(
    as_of: str | None, version: str | None, digest: str | None, code: str, pointer: str, hint: str
) -> None:
    chosen = choose(
        "r", TWO, WantedEdition(date.fromisoformat(as_of) if as_of else None, version, digest), TODAY
    )
    assert isinstance(chosen, NoneServes)
    assert (chosen.error.code, chosen.error.pointer, chosen.error.hint) == (code, pointer, hint)


def test_before_the_first_edition_is_effective_none_serves() -> None:
    chosen = choose("r", timeline(("1.0.0", "a", "2026-07-01", "2026-06-01")), WantedEdition(), TODAY)
    assert isinstance(chosen, NoneServes)
    assert chosen.error.message == "No version of r served on 2026-06-20."
    assert chosen.error.hint == "It serves from 2026-07-01 on."


def test_a_version_that_was_rolled_back_before_its_day_never_served() -> None:
    back = publish(TWO, Edition("r", "1.0.0", "b", None, "", {}), when("2026-06-15 09:00"))
    chosen = choose("r", back, WantedEdition(version="2.0.0"), date(2026, 8, 1))
    assert isinstance(chosen, NoneServes)
    assert (chosen.error.code, chosen.error.hint) == ("unknown-version", "1.0.0 serves.")


def test_the_first_edition_without_a_day_serves_for_every_day() -> None:
    assert timeline(("1.0.0", "a", None, "2026-06-01"))[0].starts == ALWAYS


@given(timelines(), st.sampled_from(DAYS), st.sampled_from(DAYS))
def test_a_day_alone_gets_what_serves_at_its_end(line: tuple[Published, ...], day: date, today: date) -> None:
    served = served_on(line, day)
    chosen = choose("r", line, WantedEdition(as_of=day), today)
    assert (None if isinstance(chosen, NoneServes) else chosen) == (served[-1] if served else None)


@given(timelines(), st.none() | st.sampled_from(DAYS), NAMES, DIGESTS, st.sampled_from(DAYS))
def test_a_pinned_edition_has_what_was_asked_for_and_served_then(
    line: tuple[Published, ...], day: date | None, version: str | None, digest: str | None, today: date
) -> None:
    wanted = WantedEdition(day, version, digest)
    if day is not None:
        served = served_on(line, day)
    else:
        served = [one for past in sorted(DAYS) if past <= today for one in served_on(line, past)]
        served += [one for one in line if one.starts < DAYS[0]]
    fits = [one for one in served if wanted.names(one)]
    chosen = choose("r", line, wanted, today)
    if isinstance(chosen, NoneServes):
        assert fits == []
    else:
        assert chosen.sequence == max(one.sequence for one in fits)


def test_of_two_versions_to_come_for_one_day_the_later_takes_the_place_of_the_earlier() -> None:
    line = timeline(
        ("1.0.0", "a", None, "2026-06-01"),
        ("2.0.0", "b", "2026-07-01", "2026-06-02"),
        ("2.0.0", "c", "2026-07-01", "2026-06-03"),
    )
    chosen = choose("r", line, WantedEdition(digest="b"), date(2026, 8, 1))
    assert isinstance(chosen, NoneServes)
    assert (chosen.error.code, chosen.error.hint) == ("unknown-digest", "c serves.")


def test_of_two_that_went_live_at_one_moment_each_can_be_asked_for() -> None:
    line = timeline(("1.0.0", "a", None, "2026-06-01"), *[("1.0.0", one, None, "2026-06-02") for one in "bc"])
    for digest in "bc":
        chosen = choose("r", line, WantedEdition(date(2026, 6, 2), digest=digest), TODAY)
        assert isinstance(chosen, Published)
        assert chosen.digest == digest


@given(timelines(), st.none() | st.sampled_from(DAYS), NAMES, DIGESTS, st.randoms())
def test_the_order_of_the_timeline_changes_nothing(
    line: tuple[Published, ...], day: date | None, version: str | None, digest: str | None, random: Random
) -> None:
    shuffled = list(line)
    random.shuffle(shuffled)
    wanted = WantedEdition(day, version, digest)
    assert choose("r", shuffled, wanted, TODAY) == choose("r", line, wanted, TODAY)


@given(timelines(), st.sampled_from(DAYS))
def test_what_serves_can_be_asked_for_again_by_what_its_answer_says(
    line: tuple[Published, ...], today: date
) -> None:
    chosen = choose("r", line, WantedEdition(), today)
    if isinstance(chosen, Published):
        again = WantedEdition(as_of=today, version=chosen.version, digest=chosen.digest)
        found = choose("r", line, again, today)
        assert isinstance(found, Published)
        assert found.digest == chosen.digest


@given(timelines(), st.sampled_from(DAYS), st.integers(0, 23))
def test_what_served_at_any_moment_can_be_asked_for_by_its_digest_and_day(
    line: tuple[Published, ...], day: date, hour: int
) -> None:
    served = in_service(line, datetime(day.year, day.month, day.day, hour, tzinfo=UTC))
    if served is not None:
        found = choose("r", line, WantedEdition(as_of=day, digest=served.digest), TODAY)
        assert isinstance(found, Published)
        assert found.digest == served.digest
