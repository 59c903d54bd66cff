"""Timelines of a ruleset, as an archive comes to hold them; and what they mean, worked out the slow way."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import strategies as st

from service.store.editions import Edition, Published, start_of

FIRST = datetime(2026, 6, 1, 6, tzinfo=UTC)
DAYS = [date(2026, 5, 28) + timedelta(days=number) for number in range(14)]


def publish(earlier: tuple[Published, ...], edition: Edition, at: datetime) -> tuple[Published, ...]:
    """The timeline, the newest first, after one more edition; the newest is not published again."""
    if earlier and earlier[0].digest == edition.digest:
        return earlier
    starts = start_of(edition, earlier, at.date())
    number = len(earlier) + 1
    one = Published("r", edition.version, edition.digest, starts, at, number, edition.effective)
    return (one, *earlier)


@st.composite
def timelines(draw: st.DrawFn) -> tuple[Published, ...]:
    """A timeline with edits, new versions, versions to come and rollbacks, some on one day."""
    editions: list[Edition] = []
    timeline: tuple[Published, ...] = ()
    at = FIRST
    for number in range(draw(st.integers(1, 7))):
        at += timedelta(hours=draw(st.sampled_from([1, 5, 24, 60])))
        if editions and draw(st.booleans()) and draw(st.booleans()):
            edition = draw(st.sampled_from(editions))
        else:
            effective = draw(st.none() | st.sampled_from(DAYS))
            version = f"{draw(st.integers(1, 3))}.0.0"
            edition = Edition("r", version, f"sha256:{number}", effective, "", {})
            editions.append(edition)
        timeline = publish(timeline, edition, at)
    return timeline


def in_service(timeline: tuple[Published, ...], moment: datetime) -> Published | None:
    """What served, or will, at a moment: the newest that had gone live by then."""
    live = [one for one in timeline if _from(one, timeline) <= moment]
    return max(live, key=lambda one: one.sequence, default=None)


def served_on(timeline: tuple[Published, ...], day: date) -> list[Published]:
    """All that served on a day, at its beginning or from some moment of it on; the last of the day last."""
    begins = datetime.combine(day, time(), UTC)
    ends = begins + timedelta(days=1)
    moments = sorted({begins, *(live for one in timeline if begins <= (live := _from(one, timeline)) < ends)})
    found = [in_service(timeline, moment) for moment in moments]
    return [one for one in found if one is not None]


def _from(one: Published, timeline: tuple[Published, ...]) -> datetime:
    """When it goes live; the first of all covers the days before it was published, too."""
    start = datetime.combine(one.starts, time(), UTC)
    return start if one.sequence == 1 else max(start, one.at)
