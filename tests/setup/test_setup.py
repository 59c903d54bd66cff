"""Set-up says what a machine lacks before it writes anything, and the locks and the wheel are whole."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = [
    "requirements.txt",
    "requirements-postgresql.txt",
    "requirements-dev.txt",
    "requirements-setup.txt",
]
BASE_PYTHON = Path(getattr(sys, "_base_executable", None) or sys.executable).resolve()

Machine = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A new checkout: what set-up reads, and nothing that it makes."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    shutil.copytree(ROOT / "scripts", folder / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ["pyproject.toml", *LOCKS]:
        shutil.copy(ROOT / name, folder)
    return folder


@pytest.fixture
def set_up(checkout: Path, tmp_path: Path) -> Machine:
    """Run the real scripts/setup on a machine with the given commands and the given Python start-up."""

    def run(
        *arguments: str, path: str, startup: str = "", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        (tmp_path / "startup").mkdir(exist_ok=True)
        (tmp_path / "startup" / "sitecustomize.py").write_text(startup)
        kept = {key: value for key, value in os.environ.items() if key not in ("PYTHON", "CC", "CPPFLAGS")}
        return subprocess.run(
            [str(checkout / "scripts" / "setup"), *arguments],
            env=kept | {"PATH": path, "PYTHONPATH": str(tmp_path / "startup")} | environment,
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def commands(folder: Path, **scripts: str) -> str:
    """Make a folder of commands for PATH: the real Python as python3, and the given shell scripts."""
    folder.mkdir()
    scripts = {"python3": f'exec "{BASE_PYTHON}" "$@"'} | scripts
    for name, body in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{body}\n")
        (folder / name).chmod(0o755)
    return str(folder)


def assert_refused(result: subprocess.CompletedProcess[str], checkout: Path, line: str) -> None:
    """Set-up ended with 2 and exactly this line, before it wrote anything."""
    assert (result.stderr, result.stdout, result.returncode) == (f"setup: {line}\n", "", 2)
    assert not (checkout / ".venv").exists()


def python_version() -> str:
    return ".".join(str(part) for part in sys.version_info[:3])


def python_name() -> str:
    return f"python{sys.version_info[0]}.{sys.version_info[1]}"


def test_a_machine_without_python_is_told_what_to_install(
    set_up: Machine, checkout: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    assert_refused(
        set_up(path=str(tmp_path / "empty")),
        checkout,
        '"python3" does not run. picoplan needs Python 3.11, 3.12 or 3.13: install one (Debian: apt-get '
        "install python3 python3-venv python3-dev), or name it: PYTHON=/path/to/python3.12 scripts/setup",
    )


@pytest.mark.parametrize("found", ["2.7.18", "3.8.18", "3.10.13", "3.14.0"])
def test_an_unfit_python_is_refused_by_its_version(
    set_up: Machine, checkout: Path, tmp_path: Path, found: str
) -> None:
    assert_refused(
        set_up(path=commands(tmp_path / "bin", python3=f"echo {found}")),
        checkout,
        f'"python3" is Python {found}. picoplan needs Python 3.11, 3.12 or 3.13. '
        "Name a fit one: PYTHON=python3.12 scripts/setup",
    )


def test_the_python_that_a_person_names_is_the_one_that_is_checked(
    set_up: Machine, checkout: Path, tmp_path: Path
) -> None:
    path = commands(tmp_path / "bin", old="echo 3.9.2")
    assert_refused(
        set_up(path=path, PYTHON="old"),
        checkout,
        '"old" is Python 3.9.2. picoplan needs Python 3.11, 3.12 or 3.13. '
        "Name a fit one: PYTHON=python3.12 scripts/setup",
    )


def test_a_missing_compiler_is_named_with_its_packages(
    set_up: Machine, checkout: Path, tmp_path: Path
) -> None:
    assert_refused(
        set_up(path=commands(tmp_path / "bin"), CC="gcc"),
        checkout,
        'the C compiler "gcc" is missing, and durable-rules has to be compiled. '
        "Debian: apt-get install gcc libc6-dev",
    )


def test_a_compiler_that_does_not_work_is_reported_with_its_own_error(
    set_up: Machine, checkout: Path, tmp_path: Path
) -> None:
    headers = tmp_path / "headers"
    headers.mkdir()
    (headers / "Python.h").touch()
    startup = f"import sysconfig\nsysconfig.get_path = lambda *_: {str(headers)!r}\n"
    path = commands(tmp_path / "bin", gcc="echo fatal error: stdio.h: No such file >&2; exit 1")
    assert_refused(
        set_up(path=path, startup=startup, CC="gcc"),
        checkout,
        "the C compiler does not work (fatal error: stdio.h: No such file). "
        "Debian: apt-get install gcc libc6-dev",
    )


def test_missing_headers_are_named_with_the_package_of_that_python(
    set_up: Machine, checkout: Path, tmp_path: Path
) -> None:
    startup = "import sysconfig\nsysconfig.get_path = lambda *_: '/nowhere'\n"
    path = f"{commands(tmp_path / 'bin')}{os.pathsep}{os.environ['PATH']}"
    assert_refused(
        set_up(path=path, startup=startup),
        checkout,
        f"Python.h of Python {python_version()} is missing, and durable-rules has to be compiled. "
        f"Debian: apt-get install {python_name()}-dev",
    )


def test_a_python_that_cannot_make_environments_is_named_with_its_package(
    set_up: Machine, checkout: Path, tmp_path: Path
) -> None:
    startup = "import sys\nsys.modules['ensurepip'] = None\n"
    path = f"{commands(tmp_path / 'bin')}{os.pathsep}{os.environ['PATH']}"
    assert_refused(
        set_up(path=path, startup=startup),
        checkout,
        f"Python {python_version()} can't make environments: its venv or ensurepip is missing. "
        f"Debian: apt-get install python3-venv (or {python_name()}-venv, for just this version)",
    )


@pytest.mark.parametrize("name", ["pyproject.toml", *LOCKS])
def test_a_finished_environment_is_renewed_only_when_what_it_was_made_from_changes(
    set_up: Machine, checkout: Path, tmp_path: Path, name: str
) -> None:
    finish = "import json, prepare as p; p.VENV.mkdir(); p.STAMP.write_text(json.dumps(p.stamp(dev=True)))"
    subprocess.run([BASE_PYTHON, "-B", "-c", finish], cwd=checkout / "scripts", check=True)
    path = commands(tmp_path / "bin")  # without a compiler, so that a renewal is refused
    edit(checkout / "pyproject.toml", "line-length = 110", "line-length = 100")
    there = f"setup: nothing to do, .venv is up to date (Python {python_version()})\n"
    for arguments in ([], ["--dev"]):
        kept = set_up(*arguments, path=path, CC="gcc")
        assert (kept.stdout, kept.stderr, kept.returncode) == (there, "", 0)
    edit(checkout / name, "flask" if name in LOCKS[:3] else "hatchling", "other")
    assert set_up(path=path, CC="gcc").returncode == 2


def edit(file: Path, old: str, new: str) -> None:
    """Replace a text in a file that has it."""
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_host_and_no_folder(name: str) -> None:
    lock = (ROOT / name).read_text()
    assert (
        re.findall(r"(?i)\S*(?:://|file:|--index|--find-links|(?<!\w)/\w+/|\.(?:org|com|net|io)\b)\S*", lock)
        == []
    )


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_a_version_and_a_hash(name: str) -> None:
    entries = re.split(r"\n(?=\S)", (ROOT / name).read_text().strip())
    assert [entry for entry in entries if not re.match(r"\S+==\S+.*\\\n +--hash=sha256:", entry)] == []


def test_the_locks_agree_and_hold_what_the_project_declares() -> None:
    runtime, postgresql, dev, setup = (locked(name) for name in LOCKS)
    assert runtime.items() | setup.items() <= dev.items()
    assert runtime.items() < postgresql.items() <= dev.items()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    declared = project["project"]["dependencies"]
    extras = project["project"]["optional-dependencies"]
    assert names(declared) <= runtime.keys()
    assert names(extras["postgresql"]) <= postgresql.keys() - runtime.keys(), "it does not come along"
    assert names(declared + extras["dev"]) <= dev.keys()
    assert names(project["dependency-groups"]["setup"]) <= setup.keys()


def locked(name: str) -> dict[str, str]:
    """Map each package of a lock to its version and the machines that it is for."""
    return dict(re.findall(r"(?m)^([\w.-]+)==(.+?) \\$", (ROOT / name).read_text()))


def names(requirements: list[str]) -> set[str]:
    """Name the packages that requirements ask for, as locks write them."""
    return {re.split(r"[^\w.-]", requirement)[0].lower().replace("_", "-") for requirement in requirements}


_SOURCE = "service/pages/source"
"""What the scripts of pages are built from, which a wheel needs no more."""


def test_the_wheel_holds_both_packages_and_every_ruleset(tmp_path: Path) -> None:
    for name in ["service", "schemas", "rulesets"]:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copy(ROOT / ".gitignore", tmp_path)
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    (wheel,) = (tmp_path / "dist").iterdir()
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
        (entry_points,) = (name for name in archive.namelist() if name.endswith("/entry_points.txt"))
        assert b"picoplan = service.commandline.main:main" in archive.read(entry_points)
    there = {file.relative_to(tmp_path) for file in tmp_path.glob("*/**/*") if file.is_file()}
    expected = {
        f"service/{file}" if file.parts[0] == "rulesets" else str(file)
        for file in there
        if file.parts[0] in ("service", "schemas", "rulesets") and not file.is_relative_to(_SOURCE)
    }
    assert held == expected
    assert any(name.startswith("service/rulesets/") for name in held)
