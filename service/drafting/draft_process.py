"""The process of one state of a draft: checks it, and where it compiles holds it and answers for it.

Whatever an edit does in it costs this process alone. It tells the bench what it finds, and then answers
requests one at a time, each within seconds. Proofs and long jobs are made by processes forked off from it,
which answer by themselves.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from service.analysis.compare.carried_over import to_be_read
from service.analysis.compare.meaning import carried_over_data
from service.authoring.examples_left import examples_left
from service.drafting.draft_limits import DraftLimits
from service.drafting.draft_report import problems_data, scenario_data
from service.drafting.file_names import name_mistake
from service.drafting.held_draft import Answers, HeldDraft, MakeAnswers
from service.drafting.jobs import CannotDo, guarantees_data, run_job
from service.drafting.messages import Message, packed, receive
from service.model.draft import DraftState
from service.model.ruleset import Ruleset
from service.store.editions import read_edition
from service.store.folders import read_shelf
from service.store.mending import with_mends
from service.vetting.check import CheckedShelf, limit_process, prove_shelf, try_shelf
from service.vetting.process import FAULTY, OUT_OF_MEMORY, die_with_parent, is_orphan
from service.vetting.report import Served

PROCEEDS_WITHIN_S = 5.0
"""Seconds within which whoever asks has to send his request, and to take the answer."""

_LOOKS_EVERY_S = 1.0
_FIRST_TO_GO = b"800"  # where memory runs out the system ends drafts before anything that serves


@dataclass(frozen=True, slots=True)
class DraftWork:
    """What a process is for: a state, its folder, the folders it may extend, by id, and where it listens.

    ``tells``: the bench reads there what it finds. ``rulesets``: the folder that is served.
    """

    state: DraftState
    folder: Path
    extended: Mapping[str, Path]
    served: Served
    rulesets: Path
    limits: DraftLimits
    tells: socket.socket
    listener: socket.socket
    make_answers: MakeAnswers


def work_on(work: DraftWork, parent: int) -> NoReturn:
    """In a process that was just forked: check the state, and hold it. It never comes back."""
    code = 0
    try:
        be_apart(parent, (work.tells, work.listener))
        os.setpgid(0, 0)
        limit_process(work.limits.check)
        _DraftProcess(work).run()
    except MemoryError:
        code = OUT_OF_MEMORY
    except SystemExit:
        code = 0
    except BaseException:  # noqa: BLE001 - whatever it is, it must not go on as the bench
        code = FAULTY
    finally:
        os._exit(code)


def be_apart(parent: int, keeps: tuple[socket.socket, ...]) -> None:
    """Have nothing in common with the process that this one was forked from, but what it keeps."""
    gc.freeze()  # nothing of the parent's is collected here, and so closed a second time
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system takes away what ends
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    begins = 3
    for kept in sorted(one.fileno() for one in keeps):
        os.closerange(begins, kept)
        begins = kept + 1
    os.closerange(begins, os.sysconf("SC_OPEN_MAX"))
    die_with_parent(parent)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_bytes(_FIRST_TO_GO)


class _DraftProcess:
    """A state of a draft in its own process."""

    def __init__(self, work: DraftWork) -> None:
        self._work = work
        self._name = work.state.draft.ruleset
        self._parent = os.getppid()

    def run(self) -> None:
        """Check it, tell, and hold it until the bench is gone."""
        checked = self._checked()
        problems = checked.problems_of(self._name)
        compiles = self._name in checked.snapshot.served
        self._tell(
            **_edition_data(checked.shelf.read[self._name].ruleset, self._work.state.files),
            problems=problems_data(problems),
            scenarios=[scenario_data(one) for one in checked.tried.get(self._name, ())],
            compiles=compiles,
        )
        held = HeldDraft(self._work.state, checked, self._work.served, self._work.rulesets)
        if not compiles:
            knows = "some names" if held.names.open else "all names"
            self._tell(
                problems=problems_data(with_mends(checked.shelf, problems)), knows=knows, is_final=True
            )
        self._hold(held)

    def _checked(self) -> CheckedShelf:
        for name, content in self._work.state.files.items():
            if name_mistake(name) is not None:  # it was looked at when it was saved
                raise ValueError("a file of a draft has an odd name")
            path = self._work.folder / self._name / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        (self._work.folder / self._name).mkdir(exist_ok=True)
        shelf = read_shelf(self._work.folder, ".", only=self._name, instead=self._work.extended)
        return try_shelf(shelf, served={self._name: self._work.served})

    def _tell(self, **head: Any) -> None:
        self._work.tells.sendall(packed(head))

    def _hold(self, held: HeldDraft) -> None:
        answers = self._work.make_answers(held)
        listener = self._work.listener
        listener.settimeout(_LOOKS_EVERY_S)
        while not is_orphan(self._parent):
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            with connection, suppress(OSError):
                connection.settimeout(PROCEEDS_WITHIN_S)
                message = receive(connection)
                if message is not None:
                    self._proceed(held, answers, connection, message)

    def _proceed(
        self, held: HeldDraft, answers: Answers, connection: socket.socket, message: Message
    ) -> None:
        does, limits = message.head.get("does"), self._work.limits
        if does == "prove":
            self._apart(connection, limits.prove_s * 3, lambda: self._proved(held))
        elif does == "job":
            kind, given = message.head["kind"], message.head["given"]
            self._apart(connection, limits.job_s, lambda: [run_job(kind, held, given, limits.job_s)])
        else:
            signal.setitimer(signal.ITIMER_REAL, limits.answer_s)  # what takes longer ends this process
            answer = answers(message.head, message.body)
            signal.setitimer(signal.ITIMER_REAL, 0)
            connection.sendall(packed(*answer))

    def _apart(
        self, connection: socket.socket, seconds: float, does: Callable[[], Iterable[Mapping[str, Any]]]
    ) -> None:
        """Have another process do it, which answers by itself: who it is, and then what it comes to."""
        parent = os.getpid()
        if os.fork():
            return
        code = 0
        try:
            be_apart(parent, (connection,))
            signal.setitimer(signal.ITIMER_REAL, seconds)
            _give_way()
            connection.settimeout(PROCEEDS_WITHIN_S)
            connection.sendall(packed({"process": os.getpid()}))
            try:
                for told in does():
                    connection.sendall(packed(told))
            except CannotDo as why:
                connection.sendall(packed({"cannot": str(why)}))
        except MemoryError:
            code = OUT_OF_MEMORY
        except BaseException:  # noqa: BLE001 - whatever it is, it must not go on as the process that holds
            code = FAULTY
        finally:
            os._exit(code)

    def _proved(self, held: HeldDraft) -> Iterator[Mapping[str, Any]]:
        name, work = self._name, self._work
        yield {"to_be_read": _to_be_read(held)}
        before = held.checked.problems_of(name)
        if any(problem.suggestion is not None for problem in before):
            yield {"problems": problems_data(with_mends(held.checked.shelf, before))}
        proved = prove_shelf(held.checked, prove_seconds=work.limits.prove_s, served={name: work.served})
        yield {
            "problems": problems_data(with_mends(proved.shelf, proved.problems_of(name))),
            "guarantees": guarantees_data(proved.proofs[name]),
            "stage": "proved",
            "is_final": True,
        }


def _edition_data(ruleset: Ruleset | None, files: Mapping[str, bytes]) -> dict[str, Any]:
    """Which edition a ruleset would be, as far as a report tells that."""
    if ruleset is None:
        return {}
    effective = None if ruleset.effective is None else ruleset.effective.isoformat()
    named = {"version": ruleset.version, "title": ruleset.title, "effective": effective}
    named["extends"] = ruleset.extends
    of_example = [*examples_left(files, extends=ruleset.extends is not None)]
    return {"digest": ruleset.digest, "of_example": of_example, **named}


def _to_be_read(held: HeldDraft) -> list[dict[str, Any]]:
    """Rules that say something else than what it is held against, over the support that they had."""
    beside = held.beside()
    old = None if beside is None else read_edition(beside).ruleset
    return [] if old is None else [carried_over_data(one) for one in to_be_read(old, held.ruleset)]


def _give_way() -> None:
    """Work only while nobody else wants the processor, where the system knows such a thing."""
    if hasattr(os, "SCHED_IDLE"):
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
            return
    os.nice(19)
