"""Each command loads what it needs and no more: a clinic lead runs one after every edit."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from service.commandline.main import COMMANDS, command_named
from tests.commandline.console import COMMAND, environment
from tests.commandline.samples import write_small

DATABASES = {"sqlalchemy", "alembic", "sqlite3", "psycopg"}
SERVERS = {"flask", "werkzeug", "granian", "uvloop", "a2wsgi", "apispec", "limits", "redis"}
TELEMETRY = {"opentelemetry", "prometheus_client"}
RULES = {"yaml", "marshmallow", "durable_rules_engine"}
PROOFS = {"z3"}
PAGES = {"jinja2"}
BARS = {"rich.progress"}
PROCESSES = {"multiprocessing", "asyncio"}

ONLY_OTHERS_NEED = {"sqlalchemy.dialects.postgresql", "psycopg", "alembic", "jwt", "cryptography", "redis"}
"""PostgreSQL, an upgrade, clients of hooks, sealed addresses, limits in Redis."""

NEVER_BEFORE_IT_IS_NEEDED = DATABASES | SERVERS | TELEMETRY | BARS | PROCESSES


def _loaded_by(*arguments: str, folder: Path) -> set[str]:
    """The modules that are there once the command has run, in a process of its own."""
    code = (
        "import json, sys; from service.commandline.main import main; "
        f"code = main({list(arguments)!r}); print(); print(json.dumps([code, *sys.modules]))"
    )
    ran = subprocess.run(
        [COMMAND[0], "-c", code], cwd=folder, capture_output=True, text=True, env=environment(), timeout=60
    )
    assert ran.stderr == ""
    exit_code, *modules = json.loads(ran.stdout.splitlines()[-1])
    assert exit_code == 0
    return set(modules)


@pytest.mark.parametrize(
    ("arguments", "unneeded"),
    [
        (["--help"], NEVER_BEFORE_IT_IS_NEEDED | RULES | PROOFS | PAGES),
        (["--version"], NEVER_BEFORE_IT_IS_NEEDED | RULES | PROOFS | PAGES),
        (["help", "bad-id"], NEVER_BEFORE_IT_IS_NEEDED | RULES | PROOFS | PAGES),
        (["schema", "rulesets/small", "--kind", "ruleset"], NEVER_BEFORE_IT_IS_NEEDED | PROOFS | PAGES),
        (["check"], NEVER_BEFORE_IT_IS_NEEDED | PAGES),
        (["check", "--no-proofs"], NEVER_BEFORE_IT_IS_NEEDED | PROOFS | PAGES),
        (["test"], NEVER_BEFORE_IT_IS_NEEDED | PROOFS | PAGES),
        (["evaluate", "small", "client.yaml"], NEVER_BEFORE_IT_IS_NEEDED | PROOFS | PAGES),
        (["explain", "small", "client.yaml"], NEVER_BEFORE_IT_IS_NEEDED | PROOFS | PAGES),
        (["diff", "rulesets", "rulesets"], NEVER_BEFORE_IT_IS_NEEDED | PAGES),
        (["docs", "small"], NEVER_BEFORE_IT_IS_NEEDED),
    ],
    ids=lambda given: given[0] if isinstance(given, list) else "",
)
def test_a_command_loads_nothing_that_it_does_not_need(
    tmp_path: Path, arguments: list[str], unneeded: set[str]
) -> None:
    write_small(tmp_path)
    (tmp_path / "client.yaml").write_text("{concern: spots, phototype: I, gold: no}\n")
    assert _loaded_by(*arguments, folder=tmp_path) & unneeded == set()


def test_a_service_on_sqlite_loads_nothing_that_only_others_need(tmp_path: Path) -> None:
    """Each worker has in memory what the process that forks them has loaded."""
    write_small(tmp_path)
    code = (
        "import json, sys; from pathlib import Path; import service.web.starting; "
        "from service.web.app import create_app; from service.web.settings import Settings; "
        "create_app(Settings(rulesets=Path('rulesets'))); print(json.dumps([*sys.modules]))"
    )
    ran = subprocess.run(
        [COMMAND[0], "-c", code], cwd=tmp_path, capture_output=True, text=True, env=environment(), timeout=60
    )
    loaded = set(json.loads(ran.stdout.splitlines()[-1]))
    assert {"sqlalchemy", "sqlalchemy.dialects.sqlite", "flask", "granian", "yaml"} <= loaded
    assert loaded & (ONLY_OTHERS_NEED | PROOFS | BARS) == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_of_each_what_its_own_help_begins_with(name: str) -> None:
    command = command_named(name)
    assert command.name == name
    assert " ".join((command.help or "").partition("\n\n")[0].split()) == COMMANDS[name]
