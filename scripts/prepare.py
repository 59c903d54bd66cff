"""The half of set-up that needs a fit Python: check the machine, then make or renew ``.venv``.

Run by ``scripts/setup``, with the standard library alone. Nothing is written before every check
has passed. A stamp in ``.venv``, removed before a change and written after it, says what the
environment was made from, so that a second run has nothing to do and a broken one starts afresh.
"""

import argparse
import fcntl
import hashlib
import importlib.util
import json
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
import tomllib
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "picoplan-setup.json"
LOCKS = ("requirements.txt", "requirements-postgresql.txt", "requirements-dev.txt", "requirements-setup.txt")

Stamp = dict[str, str | bool]


def main() -> None:
    """Bring ``.venv`` up to date with the locks, or say what the machine lacks and exit with 2."""
    arguments = parse()
    with_one_at_a_time()
    before = read_stamp()
    wanted = stamp(
        dev=arguments.dev or before.get("dev") is True,
        postgresql=arguments.postgresql or before.get("postgresql") is True,
    )
    if before == wanted:
        if not arguments.quiet:
            say(f"nothing to do, .venv is up to date (Python {version()})")
        return
    lacks = what_is_missing()
    for lack in lacks:
        print(f"setup: {lack}", file=sys.stderr)
    if lacks:
        sys.exit(2)
    start = time.monotonic()
    STAMP.unlink(missing_ok=True)
    if before.get("python") != wanted["python"] or before.get("place") != wanted["place"]:
        make_environment()
    install(lock_of(wanted))
    STAMP.write_text(json.dumps(wanted, indent=2) + "\n", encoding="utf-8")
    say(f"ready in {time.monotonic() - start:.0f} s")


def parse() -> argparse.Namespace:
    """Read the command line: ``--dev`` for the tools of ``scripts/test`` too, ``--postgresql``, ``--quiet``.

    Once made with one of the first two, an environment is renewed with it.
    """
    parser = argparse.ArgumentParser(
        prog="scripts/setup",
        description="Make .venv, or renew it where the locks have changed.",
        epilog="PYTHON=python3.12 scripts/setup chooses the Python: 3.11, 3.12 or 3.13.",
    )
    parser.add_argument("--dev", action="store_true", help="with the tools that scripts/test uses")
    parser.add_argument("--postgresql", action="store_true", help="with psycopg, for a PostgreSQL database")
    parser.add_argument("--quiet", action="store_true", help="say nothing when there is nothing to do")
    return parser.parse_args()


def with_one_at_a_time() -> None:
    """Wait until no other set-up works on this checkout; the lock ends with the process."""
    fcntl.flock(os.open(ROOT, os.O_RDONLY), fcntl.LOCK_EX)


def stamp(*, dev: bool, postgresql: bool = False) -> Stamp:
    """Say what an environment made now would be made from."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    tools = {name: project["tool"][name] for name in ("hatch", "uv")}
    contents = hashlib.sha256(repr((project["build-system"], project["project"], tools)).encode())
    for name in LOCKS:
        contents.update((ROOT / name).read_bytes())
    return {
        "made_from": contents.hexdigest(),
        "dev": dev,
        "postgresql": postgresql,
        "python": f"{sys.version} {sys.base_prefix}",
        "place": str(ROOT),
    }


def read_stamp() -> Stamp:
    """Read what the present environment was made from; empty where there is no finished one."""
    try:
        found = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def what_is_missing() -> list[str]:
    """List what this machine lacks, a line each with its mend; empty where all is there."""
    lacks = []
    name = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    if any(importlib.util.find_spec(module) is None for module in ("venv", "ensurepip")):
        lacks.append(
            f"Python {version()} can't make environments: its venv or ensurepip is missing. "
            f"Debian: apt-get install python3-venv (or {name}-venv, for just this version)"
        )
    compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")
    there = shutil.which(compiler[0]) is not None
    headers = any((folder / "Python.h").exists() for folder in header_folders())
    error = compile_error(compiler) if there else ""
    if not there:
        lacks.append(
            f'the C compiler "{compiler[0]}" is missing, and durable-rules has to be compiled. '
            "Debian: apt-get install gcc libc6-dev"
        )
    elif error and headers:
        lacks.append(f"the C compiler does not work ({error}). Debian: apt-get install gcc libc6-dev")
    if not headers and (error or not there):
        lacks.append(
            f"Python.h of Python {version()} is missing, and durable-rules has to be compiled. "
            f"Debian: apt-get install {name}-dev"
        )
    return lacks


def header_folders() -> list[Path]:
    """List the folders where this Python keeps its C headers."""
    return [Path(sysconfig.get_path("include")), Path(sysconfig.get_path("platinclude"))]


def compile_error(compiler: list[str]) -> str:
    """Compile one line that includes ``Python.h``; return the first error, or an empty text."""
    flags = shlex.split(os.environ.get("CPPFLAGS", ""))
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "trial.c"
        source.write_text("#include <Python.h>\n", encoding="ascii")
        includes = [f"-I{path}" for path in header_folders()]
        trial = subprocess.run(
            [*compiler, *flags, *includes, "-c", str(source), "-o", str(source.with_suffix(".o"))],
            capture_output=True,
            text=True,
            check=False,
        )
    if trial.returncode == 0:
        return ""
    lines = [line.strip() for line in trial.stderr.splitlines() if "error" in line]
    return lines[0] if lines else f"it exits with {trial.returncode}"


def make_environment() -> None:
    """Make an empty ``.venv``, in the place of any that is there."""
    say(f"making .venv with Python {version()}")
    # Inside .venv the Python that made it is asked, for the running one is about to be deleted.
    base = getattr(sys, "_base_executable", None) or sys.executable
    run([base, "-m", "venv", "--clear", str(VENV)])


def lock_of(wanted: Stamp) -> str:
    """Name the lock of the packages that are wanted; that of the tools has psycopg, too."""
    if wanted["dev"]:
        return "requirements-dev.txt"
    return "requirements-postgresql.txt" if wanted["postgresql"] else "requirements.txt"


def install(lock: str) -> None:
    """Install the locked packages, each checked by its hash, and then this checkout."""
    python = str(VENV / "bin" / "python")
    say("installing the installer (requirements-setup.txt)")
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--no-input", "-qq"]
    run([*pip, "install", "--require-hashes", "-r", "requirements-setup.txt"])
    say(f"installing the locked packages ({lock}); durable-rules is compiled here")
    uv = [str(VENV / "bin" / "uv"), "--quiet", "pip"]
    # What is built here is built with the locked tools, not with ones fetched at that moment.
    here = ["--python", python, "--no-build-isolation"]
    run([*uv, "sync", *here, "--require-hashes", lock, "requirements-setup.txt"])
    say("installing picoplan from this checkout")
    run([*uv, "install", *here, "--no-deps", "--editable", "."])
    run([python, "-c", "import durable_rules_engine"])


def run(command: list[str]) -> None:
    """Run one step at the top of the checkout; where it fails, its own words say why.

    uv reads its settings, with what durable-rules needs to build, from the checkout's pyproject.toml.
    """
    ours = {key: value for key, value in os.environ.items() if key not in ("UV_SYSTEM_PYTHON", "PYTHONHOME")}
    code = subprocess.run(command, cwd=ROOT, env=ours, check=False).returncode
    if code:
        fail(f"this step failed (exit code {code}): {shlex.join(command)}")


def version() -> str:
    """Name the running Python's version, as in 3.11.7."""
    return ".".join(str(part) for part in sys.version_info[:3])


def say(text: str) -> None:
    """Tell the person what happens, at once also in a pipe."""
    print(f"setup: {text}", flush=True)


def fail(text: str) -> NoReturn:
    """End the set-up with one line and exit code 1."""
    print(f"setup: {text}", file=sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    main()
