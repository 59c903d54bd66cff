"""What is to be looked at before a draft is published: a line each, how it stands, and the way there.

Then how what a draft holds stands in the service: saved, being checked, live, or why it waits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from service.drafting.draft_report import DraftReport
from service.drafting.drafts import beside_live
from service.drafting.publishing import Destination, day_is_taken, signatures
from service.model.draft import DraftState
from service.store.editions import Published
from service.store.replacing import same_texts
from service.vetting.publish_action import UNSIGNED
from service.wording.phrases import capitalized, counted, joined_by_and

Looks = Literal["good", "open", "wrong", "working"]
"""``good``: nothing is to be done. ``open``: somebody should look. ``wrong``: it keeps the draft back.
``working``: it is not known yet."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: what it is about, how it stands and in which words.

    ``way``: the page of the draft where it can be changed, as ``edit/ruleset.yaml``, and what the link says;
    None: there is nothing to change. ``each``: what is to be looked at, a sentence each.
    """

    name: str
    title: str
    looks: Looks
    says: str
    way: tuple[str, str] | None = None
    each: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a draft: its newest state, how far it is checked, and what surrounds it.

    ``timeline``: what was published of its ruleset, the newest first. ``coverage``: what no client has tried,
    as JSON data; None: it is being looked for, or could not be found for the ``trouble`` that there was.
    ``published_as``: the digest under which what it holds was published last; None: it was not.
    """

    state: DraftState
    report: DraftReport
    destination: Destination
    timeline: Sequence[Published]
    coverage: Mapping[str, Any] | None
    today: date
    trouble: str = ""
    published_as: str | None = None

    @property
    def newest(self) -> Published | None:
        """What was published last."""
        return self.timeline[0] if self.timeline else None

    @property
    def is_checked(self) -> bool:
        """Whether it was read, checked and tried."""
        return self.report.stage not in ("checking", "failed")

    @property
    def is_live(self) -> bool:
        """Whether it is what was published last."""
        return self.newest is not None and self.newest.digest in (self.report.digest, self.published_as)


def checklist(known: Known) -> tuple[Line, ...]:
    """Every line, in the order in which they are gone through."""
    return tuple(_lines(known))


def _lines(known: Known) -> Iterator[Line]:
    yield _errors(known)
    yield _clients(known)
    yield _guarantees(known)
    yield _warnings(known)
    yield _never_tried(known)
    yield _changes(known)
    yield _to_be_read(known)
    if known.newest is None and known.report.of_example:
        yield _example(known)
    yield _version(known)
    yield _day(known)
    yield _base(known)
    if known.destination.may_write:
        yield _folder(known)
    yield _signatures(known)


_EDIT = ("edit", "Edit")
_HEADER = ("edit/ruleset.yaml", "Edit ruleset.yaml")
_CLIENTS = ("clients", "Clients")
_COMPARE = ("compare", "Compare")


def _unknown(known: Known, name: str, title: str) -> Line:
    """What is not known yet, or not as long as there are errors."""
    if known.report.is_final:
        return Line(name, title, "open", "Known once there are no errors.")
    return Line(name, title, "working", "Being checked.")


def _errors(known: Known) -> Line:
    report, count = known.report, known.report.own_errors
    if count:
        return Line("errors", "Errors", "wrong", f"{counted(count, 'error')}.", _EDIT)
    if report.stage == "failed":
        return Line("errors", "Errors", "wrong", report.message or "The check came to no end.", _EDIT)
    if not known.is_checked:
        return _unknown(known, "errors", "Errors")
    return Line("errors", "Errors", "good", "None.")


def _clients(known: Known) -> Line:
    count, of = known.report.unexpected, len(known.report.scenarios)
    if count:
        says = f"{count} of {max(of, count)} not as expected."
        return Line("clients", "Clients as expected", "wrong", says, _CLIENTS)
    if not known.is_checked:
        return _unknown(known, "clients", "Clients as expected")
    if not of:
        return Line(
            "clients", "Clients as expected", "open", "There are no clients to try it with.", _CLIENTS
        )
    return Line("clients", "Clients as expected", "good", f"{of} of {of}.", _CLIENTS)


def _guarantees(known: Known) -> Line:
    report, title = known.report, "Guarantees"
    states = [one["state"] for one in report.guarantees]
    if not report.is_final:
        return Line("guarantees", title, "working", "Being proven.")
    if report.digest is None:
        return _unknown(known, "guarantees", title)
    if report.stage != "proved":
        return Line("guarantees", title, "wrong", report.message or "They could not be proven.", _EDIT)
    if not states:
        return Line("guarantees", title, "good", "None is promised.")
    proven = states.count("proven")
    if proven == len(states):
        return Line("guarantees", title, "good", f"{proven} of {proven} proven.", ("rules", "Rules"))
    broken = len(states) - proven - states.count("not decided")
    says = [f"{proven} of {len(states)} proven"]
    says += [f"{states.count('not decided')} not decided"] if "not decided" in states else []
    says += [f"{broken} broken"] if broken else []
    return Line("guarantees", title, "wrong" if broken else "open", f"{joined_by_and(says)}.", _EDIT)


def _warnings(known: Known) -> Line:
    count = known.report.warnings
    if count:
        return Line("warnings", "Warnings", "open", f"{counted(count, 'warning')}.", _EDIT)
    if not known.report.is_final:
        return _unknown(known, "warnings", "Warnings")
    return Line("warnings", "Warnings", "good", "None.")


def _never_tried(known: Known) -> Line:
    title, found = "Never tried", known.coverage
    if known.report.digest is None:
        return _unknown(known, "never-tried", title)
    if found is None and known.trouble:
        return Line("never-tried", title, "open", f"Not known. {known.trouble}", _CLIENTS)
    if found is None:
        return Line("never-tried", title, "working", "Being looked for.", _CLIENTS)
    gaps = found["gaps"]
    if not gaps:
        return Line("never-tried", title, "good", "Every rule and condition is tried.", _CLIENTS)
    rules = len({one["rule"] for one in gaps})
    says = f"Conditions of {counted(rules, 'rule')}."
    return Line("never-tried", title, "open", says, _CLIENTS)


def _changes(known: Known) -> Line:
    title = "Changes read"
    if known.is_live:
        return Line("changes", title, "good", "It is what is live.")
    if known.report.digest is None:
        return _unknown(known, "changes", title)
    beside = known.report.extends if known.newest is None else "live"
    if beside is None:
        return Line("changes", title, "good", "Nothing is live, and it extends nothing, to compare it with.")
    way = ("compare", f"Compare with {beside}")
    if known.state.changes_read == known.report.digest:
        return Line("changes", title, "good", "As it stands.", way)
    return Line("changes", title, "open", "Not as it stands.", way)


def _to_be_read(known: Known) -> Line:
    name, title, found = "support", "Numbers and papers", known.report.to_be_read
    if known.report.digest is None:
        return _unknown(known, name, title)
    if found is None and known.report.is_final:
        return Line(name, title, "open", "Not known: the check came to no end.", _COMPARE)
    if found is None:
        return Line(name, title, "working", "Being looked at.")
    if not found:
        return Line(name, title, "good", "No rule says something else over the support that it had.")
    says = f"{counted(len(found), 'rule')} to be read beside the papers, or the reason."
    return Line(name, title, "open", says, _COMPARE, tuple(one["says"] for one in found))


def _example(known: Known) -> Line:
    says = (
        "It still has what it began with. Take out what you do not mean: with it, clients are asked and told."
    )
    found = tuple(f"{capitalized(one)}." for one in known.report.of_example)
    return Line("example", "The example", "open", says, _EDIT, found)


def _version(known: Known) -> Line:
    version, newest = known.report.version, known.newest
    if version is None:
        return _unknown(known, "version", "Version")
    if newest is not None and newest.version == version and not known.is_live:
        says = f"{version}, as live: give it a higher number, so that people can tell them apart."
        return Line("version", "Version", "open", says, _HEADER)
    before = "" if newest is None or known.is_live else f"; live is {newest.version}"
    return Line("version", "Version", "good", f"{version}{before}.", _HEADER)


def _day(known: Known) -> Line:
    effective = known.report.effective
    if known.report.version is None:
        return _unknown(known, "day", "Goes live")
    taken = day_is_taken(known.state, known.report, known.timeline)
    if taken is not None and not known.is_live:
        return Line("day", "Goes live", "wrong", taken, _HEADER)
    if effective is None or date.fromisoformat(effective) <= known.today:
        return Line("day", "Goes live", "good", "As soon as it is checked.", _HEADER)
    return Line("day", "Goes live", "good", f"On {effective}; what is live goes on until then.", _HEADER)


def _base(known: Known) -> Line:
    title, base, newest = "Begun from what is live", known.state.draft.base, known.newest
    if newest is None:
        return Line("base", title, "good", "It is a new ruleset.")
    if known.is_live or newest.digest == base:
        return Line("base", title, "good", "Yes.")
    says = beside_live(known.state.draft, newest, f"version {newest.version}")
    return Line("base", title, "wrong", says, ("rebase", "See both sides"))


def _folder(known: Known) -> Line:
    title, held = "The folder", known.destination.held(known.state.draft.ruleset)
    if same_texts(held, known.state.files):
        return Line("folder", title, "good", "It holds this draft.")
    if same_texts(held, known.state.base_files):
        says = "It holds what the draft was begun from." if held else "It will be made."
        return Line("folder", title, "good", says)
    if not held:
        return Line("folder", title, "wrong", "It is gone. Going back puts what is live there again.")
    says = "It holds neither this draft nor what the draft was begun from."
    return Line("folder", title, "wrong", says)


def _signatures(known: Known) -> Line:
    title, needed = "Signatures", known.destination.only_signed
    if known.report.digest is None:
        return _unknown(known, "signatures", title)
    signed = signatures(known.state, known.report, known.destination)
    if signed:
        says = f"{joined_by_and([f'{one.role} on {one.date}' for one in signed])}."
        return Line("signatures", title, "good", says)
    if needed:
        return Line("signatures", title, "wrong", "None, and only what is signed goes live here.")
    return Line("signatures", title, "open", "None.")


Stands = Literal[
    "not saved", "saved", "not begun", "checking", "live", "waits for its day", "waits to be signed", "waits"
]
"""``saved``: it is in the folder, and its check is to begin; ``not begun``: it should have begun long since.
``waits``: it has problems."""

BEGINS_WITHIN = timedelta(minutes=1)
"""So soon the check of what was saved begins, where nothing keeps the service from it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a digest stands. ``since``: when that began (UTC); ``day``: the day for which it waits.

    ``problems``: why it waits, as lines with file, line and column.
    """

    is_now: Stands
    since: datetime | None = None
    day: date | None = None
    problems: tuple[str, ...] = ()

    @property
    def is_settled(self) -> bool:
        """Whether nothing more comes of it by itself today."""
        return self.is_now in ("not saved", "live", "waits for its day")


def standing(
    digest: str | None,
    timeline: Sequence[Published],
    *,
    saved: datetime | None,
    checking_since: datetime | None,
    waits_since: datetime | None,
    problems: tuple[str, ...],
    now: datetime,
) -> Standing:
    """How a digest stands whose ruleset has that timeline, the newest first.

    ``saved``: since when the folder holds it; None: it does not. ``problems``: why the newest edit of the
    folder waits, if it does.
    """
    newest = timeline[0] if timeline else None
    if newest is not None and newest.digest == digest:
        if newest.starts > now.date():
            return Standing("waits for its day", newest.at, newest.starts)
        return Standing("live", newest.goes_live)
    if saved is None:
        return Standing("not saved")
    if checking_since is not None:
        return Standing("checking", checking_since)
    if not problems:
        return Standing("saved" if now - saved < BEGINS_WITHIN else "not begun", saved)
    unsigned = all(f" {UNSIGNED} " in one for one in problems)
    return Standing("waits to be signed" if unsigned else "waits", waits_since, None, problems)
