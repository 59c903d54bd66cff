"""Whatever happens, a person gets one line and an exit code, and never a traceback."""

import os
import shlex
import signal
import subprocess
from pathlib import Path

import pytest

from service.commandline import check
from service.commandline.console import with_progress
from service.commandline.main import main
from tests.commandline.console import COMMAND, ROOT, environment, in_a_pipe, on_a_terminal, picoplan
from tests.waiting import PATIENCE_S

COMMANDS = ["check", "test", "evaluate", "explain", "serve"]


def test_version_is_one_line() -> None:
    said = in_a_pipe("--version")
    assert (said.err, said.code) == ("", 0)
    assert said.out.startswith("picoplan 0.")


def test_help_names_every_command() -> None:
    said = in_a_pipe("--help")
    assert said.code == 0
    assert "\x1b" not in said.out
    for command in COMMANDS:
        assert f"│ {command} " in said.out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str) -> None:
    for option in ("--help", "-h"):
        said = picoplan(command, option)
        assert (said.err, said.code) == ("", 0)
        assert f"Usage: picoplan {command}" in said.out


def test_without_a_command_help_is_shown_as_wrong_usage() -> None:
    said = picoplan()
    assert (said.out, said.code) == ("", 2)
    assert "Usage: picoplan" in said.err


def test_an_unknown_command_names_the_nearest() -> None:
    said = in_a_pipe("chekc")
    assert said.err == 'picoplan: There is no command "chekc". Did you mean "check"? See "picoplan --help".\n'
    assert (said.out, said.code) == ("", 2)


@pytest.mark.parametrize("arguments", [["check", "--strickt"], ["evaluate"], ["check", "a", "b"]])
def test_wrong_usage_is_one_line(arguments: list[str]) -> None:
    said = picoplan(*arguments)
    assert (said.out, said.err.count("\n"), said.code) == ("", 1, 2)
    assert said.err.endswith(f'See "picoplan {arguments[0]} --help".\n')


def test_a_fault_of_ours_is_one_line_with_an_id_and_a_file_without_the_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_folder: str | None) -> None:
        raise ZeroDivisionError("the assessment was: secret")

    monkeypatch.setattr(check, "open_shelf", fail)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert main(["check"]) == 70
    said = capsys.readouterr()
    [report] = tmp_path.iterdir()
    name = report.stem.removeprefix("picoplan-fault-")
    assert report.stat().st_mode & 0o077 == 0, "nobody else reads it"
    assert said.out == ""
    assert said.err == (
        f"picoplan: This is a fault of picoplan, not of your files. Its id is {name}. "
        f"Please report it with the file {report}\n"
    )
    text = report.read_text(encoding="utf-8")
    assert "builtins.ZeroDivisionError" in text
    assert "test_main.py" in text
    assert "secret" not in text


def test_ctrl_c_is_quiet(tmp_path: Path) -> None:
    slow = tmp_path / "slow.yaml"
    os.mkfifo(slow)
    process = subprocess.Popen(
        [*COMMAND, "evaluate", "pico-laser", slow],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a job in the background ignores it
    )
    with process, slow.open("wb"):  # opens once picoplan waits for the assessment
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE_S)
    assert (out, err, process.returncode) == (b"", b"", 130)


def test_a_reader_who_leaves_is_met_with_silence() -> None:
    read, write = os.pipe()
    os.close(read)
    ran = subprocess.run(
        [*COMMAND, "check", "--no-proofs"],
        cwd=ROOT,
        stdout=write,
        stderr=subprocess.PIPE,
        env=environment(),
        timeout=60,
    )
    os.close(write)
    assert (ran.stderr, ran.returncode) == (b"", 141)


@pytest.mark.parametrize("arguments", ["--help", "help gap", "evaluate pico-laser -"])
def test_streams_that_are_closed_are_written_to_by_nobody_and_read_as_empty(arguments: str) -> None:
    line = f"{shlex.join(COMMAND)} {arguments} <&- >&-"
    ran = subprocess.run(["sh", "-c", line], cwd=ROOT, capture_output=True, env=environment(), timeout=60)
    assert "fault" not in ran.stderr.decode()
    assert ran.returncode == (1 if arguments.startswith("evaluate") else 0)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here to stand for a full disk")
def test_a_full_disk_is_one_line() -> None:
    with Path("/dev/full").open("wb") as full:
        ran = subprocess.run(
            [*COMMAND, "check", "--no-proofs"],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            env=environment(),
            timeout=60,
        )
    assert ran.stderr.decode() == "picoplan: No space left on device\n"
    assert ran.returncode == 2


def test_a_terminal_without_the_characters_shows_others() -> None:
    said = in_a_pipe("--help", environ={"PYTHONIOENCODING": "ascii"})
    assert said.code == 0


def test_the_items_of_long_work_all_arrive_without_a_bar_in_a_pipe(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert list(with_progress(range(3), 3, "Scenarios")) == [0, 1, 2]
    assert capsys.readouterr() == ("", "")


def test_long_work_shows_a_bar_on_a_terminal_and_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("service.commandline.console.is_terminal", lambda _stream: True)
    monkeypatch.setattr("service.commandline.console._PATIENCE", -1.0)
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert list(with_progress(range(3), 3, "Scenarios")) == [0, 1, 2]
    assert "Scenarios" in capsys.readouterr().err


def test_help_is_coloured_on_a_terminal_only() -> None:
    assert "\x1b[" in on_a_terminal("--help").out
    assert "\x1b[3" not in on_a_terminal("--help", environ={"NO_COLOR": "1"}).out
