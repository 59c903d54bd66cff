"""``picoplan watch`` shows what became of each save, whatever is saved, and ends when it is told to."""

import errno
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from service.authoring.editor import write_schemas
from tests.commandline.console import COMMAND, environment, picoplan
from tests.commandline.samples import edit, write_small
from tests.vetting.bursts import Saves
from tests.waiting import PATIENCE_S, until

ANEW = "\x1b[H\x1b[2J"
"""To a terminal: go to the top and clear the screen."""
GOOD = "OK   1 ruleset, no problems. 2 scenarios, all as expected."


class Watching:
    """The command as a process of its own, in a pipe or on a terminal."""

    def __init__(self, folder: Path, *arguments: str, terminal: bool = False, **environ: str) -> None:
        self.ours, theirs = pty.openpty() if terminal else os.pipe()
        if terminal:
            fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 20, 100, 0, 0))
        self.process = subprocess.Popen(
            [*COMMAND, "watch", *arguments],
            cwd=folder,
            stdin=theirs if terminal else subprocess.DEVNULL,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=_take_terminal if terminal else None,
            env=environment(environ),
        )
        os.close(theirs)
        self.folder = folder
        self.said = ""

    def until(self, *words: str, after: int = 0) -> str:
        """What was said behind ``after``, once all the words are in whole lines of it."""
        self._read_until(words, lambda: self.said[after : self.said.rfind("\n") + 1])
        return self.said[after:]

    def until_drawn(self, *words: str) -> str:
        """What is on the screen, once all the words are in whole lines of it, one of them in the last."""
        return self._read_until(words, lambda: self.said.rpartition(ANEW)[2].rpartition("\n")[0])

    def _read_until(self, words: Sequence[str], seen: Callable[[], str]) -> str:
        deadline = time.monotonic() + PATIENCE_S
        while not all(word in seen() for word in words):
            assert time.monotonic() < deadline, f"{words} not in\n{seen()}"
            assert self.read(0.2) or self.process.poll() is None, self.said
        return seen()

    def read(self, seconds: float) -> bool:
        """Take what is said within some seconds."""
        if not select.select([self.ours], [], [], seconds)[0]:
            return False
        try:
            piece = os.read(self.ours, 65_536)
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            return False
        self.said += piece.decode().replace("\r\n", "\n")
        return bool(piece)

    def end(self, how: int = signal.SIGINT) -> int:
        """Tell it to end; its exit code, once all that it said is taken."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, how)
        return self.ended()

    def ended(self) -> int:
        """Its exit code, once it has ended by itself and all that it said is taken."""
        while self.read(PATIENCE_S):  # to the end, which is there once nobody can write any more
            pass
        return self.process.wait(PATIENCE_S)

    def close(self) -> None:
        """Leave nothing behind."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.ours)


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@pytest.fixture
def rulesets(tmp_path: Path) -> Path:
    return write_small(tmp_path)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watching]:
    """The small ruleset, watched in a pipe."""
    folder = tmp_path_factory.mktemp("watched")
    write_small(folder)
    one = Watching(folder)
    try:
        one.until("Proofs:")
        yield one
    finally:
        one.close()


@pytest.fixture
def watching(begun: Watching) -> Iterator[Watching]:
    """The same, every file as it was at first."""
    yield begun
    after = len(begun.said)
    write_small(begun.folder)
    begun.until(GOOD, "OK   Proofs:", after=after)


@pytest.fixture
def watched(watching: Watching) -> Path:
    """The folder of rulesets that is watched."""
    return watching.folder / "rulesets"


def test_what_is_there_is_checked_tested_and_proven_first(watching: Watching) -> None:
    first, second, *_ = watching.said.splitlines()
    assert first[9:].startswith(GOOD)
    assert second[9:].startswith("OK   Proofs: 0 guarantees proven, no problems.")


def test_what_proofs_find_is_shown(watching: Watching, watched: Path) -> None:
    after = len(watching.said)
    edit(watched / "small" / "ruleset.yaml", "allow: {gap: Sun spots are left open here.}", "")
    said = watching.until("Proofs:", "    for example:", after=after)
    assert "OK   Proofs: 0 guarantees proven, 1 warning." in said
    assert "warning gap " in said


def test_a_bad_save_in_place_is_shown_and_so_is_its_mend(watching: Watching, watched: Path) -> None:
    file = watched / "small" / "factors" / "1-concern.yaml"
    before, after = file.read_text(encoding="utf-8"), len(watching.said)
    edit(file, "{concern: scars}", "{concern: scar}")
    said = watching.until('Did you mean "scars"?\n', after=after)
    assert said[9:].startswith("FAIL 1 error in 1 ruleset. 1 ruleset not tested. ")
    assert "s, after small/factors/1-concern.yaml\n" in said
    assert 'rulesets/small/factors/1-concern.yaml:5:21: error unknown-option "scar" is not' in said
    after = len(watching.said)
    file.write_text(before, encoding="utf-8")
    assert watching.until(GOOD, after=after)


def test_a_save_by_atomic_rename_is_seen_and_failed_scenarios_are_shown(
    watching: Watching, watched: Path
) -> None:
    file, after = watched / "small" / "factors" / "1-concern.yaml", len(watching.said)
    fresh = file.with_name(".1-concern.yaml.swp")
    fresh.write_text(file.read_text(encoding="utf-8").replace("4 to 6, interval", "5 to 7, interval"))
    fresh.replace(file)
    said = watching.until("scenario-failed", "Proofs:", after=after)
    assert " FAIL 1 ruleset, no problems. 1 of 2 scenarios failed. " in said
    assert 'error scenario-failed "Scars in light skin": sessions.' in said


def test_many_saves_come_to_one_result_at_the_end(watching: Watching, watched: Path) -> None:
    file = watched / "small" / "ruleset.yaml"
    text, after, saves = file.read_text(encoding="utf-8"), len(watching.said), Saves()
    for number in range(40):
        saves.save(file, text.replace("Small plan", f"Plan {number}" if number % 2 else ""))
        time.sleep(0.02)
    watching.until(GOOD, "Proofs:", after=after)
    assert watching.said[after:].count("ruleset, no problems.") <= saves.most_bursts


def test_whatever_a_file_holds_the_watch_goes_on(watching: Watching, watched: Path) -> None:
    file = watched / "small" / "factors" / "1-concern.yaml"
    before = file.read_bytes()
    for raw in (b"", b"\xff\xfe", b"[" * 51, b"rules: [", before[:200]):
        after = len(watching.said)
        file.write_bytes(raw)
        watching.until("FAIL", " error ", "Proofs:", after=after)
    after = len(watching.said)
    file.write_bytes(before)
    watching.until(GOOD, "Proofs:", after=after)
    file.unlink()
    watching.until("FAIL", after=len(watching.said))


def test_schemas_for_editors_are_kept_up_to_date_where_there_are_some(
    watching: Watching, watched: Path
) -> None:
    schema = watched / "small" / ".schemas" / "factors.json"
    after = len(watching.said)
    edit(watched / "small" / "factors" / "2-response.yaml", "We begin gently.", "We begin slowly.")
    watching.until("Proofs:", after=after)
    assert not schema.exists()
    write_schemas(watched / "small")
    after = len(watching.said)
    edit(watched / "small" / "assessment.yaml", "{spots:", "{burns: {label: Burns, most: 2}, spots:")
    watching.until("Proofs:", after=after)
    assert '"burns"' in schema.read_text(encoding="utf-8")


def test_a_folder_that_goes_away_is_said_to_and_may_come_back(watching: Watching, watched: Path) -> None:
    after = len(watching.said)
    away = watched.with_name("away")
    watched.rename(away)
    watching.until("FAIL rulesets is not a folder", after=after)
    after = len(watching.said)
    away.rename(watched)
    watching.until(GOOD, after=after)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_with_a_clean_line_and_exit_code_0(how: int, rulesets: Path) -> None:
    watching = Watching(rulesets.parent)
    try:
        watching.until(GOOD)
        assert watching.end(how) == 0
        assert watching.said.endswith("\nrulesets is not watched any more.\n")
        assert "Traceback" not in watching.said
    finally:
        watching.close()


def test_it_ends_also_while_a_round_runs(rulesets: Path) -> None:
    watching = Watching(rulesets.parent)
    try:
        children = until(lambda: _children_begun(watching.process.pid))
        for child in children:
            os.kill(child, signal.SIGSTOP)  # so that the round is not over first
        assert watching.end() == 0
        assert watching.said == "rulesets is not watched any more.\n"
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGCONT)
        until(lambda: not any(Path(f"/proc/{child}").exists() for child in children))
    finally:
        watching.close()


def test_on_a_terminal_one_block_is_drawn_again(rulesets: Path) -> None:
    watching = Watching(rulesets.parent, terminal=True)
    try:
        watching.until_drawn("\x1b[42m", "Proofs:", "Ctrl-C ends it.")
        edit(rulesets / "small" / "factors" / "1-concern.yaml", "{concern: scars}", "{concern: scar}")
        block = watching.until_drawn("\x1b[41m", "Proofs:", "Watching rulesets;", 'Did you mean "scars"?')
        assert block.startswith("\x1b[37m\x1b[41m\x1b[1m FAIL \x1b[0m 1 error in 1 ruleset.")
        assert "after small/factors/1-concern.yaml. Watching rulesets; Ctrl-C ends it." in block
        os.write(watching.ours, b"\x03")
        assert watching.ended() == 0
        assert watching.said.endswith("rulesets is not watched any more.\n")
    finally:
        watching.close()


def test_without_colour_nothing_is_coloured(rulesets: Path) -> None:
    watching = Watching(rulesets.parent, terminal=True, NO_COLOR="1")
    try:
        said = watching.until_drawn("Proofs:", "Ctrl-C ends it.")
        assert "  OK   1 ruleset, no problems." in said
        assert "\x1b[4" not in said
    finally:
        watching.close()


def test_an_extended_ruleset_outside_is_watched_too(rulesets: Path) -> None:
    clinic = rulesets / "clinic"
    clinic.mkdir()
    (clinic / "ruleset.yaml").write_text("id: clinic\ntitle: C\nversion: 1.0.0\nextends: small\n")
    watching = Watching(rulesets.parent, "rulesets/clinic", "--no-proofs")
    try:
        watching.until("OK   1 ruleset, no problems.")
        after = len(watching.said)
        edit(rulesets / "small" / "factors" / "1-concern.yaml", "{concern: scars}", "{concern: scar}")
        assert "after ../small/factors/1-concern.yaml" in watching.until("unknown-option", after=after)
    finally:
        watching.close()


def test_what_is_no_folder_of_rulesets_is_refused(tmp_path: Path) -> None:
    said = picoplan("watch", "nowhere", folder=tmp_path)
    assert (said.out, said.err, said.code) == ("", "picoplan: nowhere is not a folder\n", 2)
    said = picoplan("watch", folder=tmp_path)
    assert said.err.startswith('picoplan: there is no folder "rulesets" here')
    assert said.code == 2


def _children(process: int) -> list[int]:
    try:
        text = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii")
    except OSError:
        return []
    return [int(word) for word in text.split()]


def _children_begun(process: int) -> list[int]:
    """The children, once each runs a program of its own; until then the one that forked it waits for it."""
    children = _children(process)
    return [] if any(_program(child) in (_program(process), b"") for child in children) else children


def _program(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""
