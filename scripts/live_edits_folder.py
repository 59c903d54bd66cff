"""The folder that the live-edits script edits: copies of the shipped rulesets, saved in every way there is.

Every edit writes its number into the verdict texts and the reasons of all rules, so that an answer shows
which edit it comes from, and one made from two edits shows two numbers.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

MARK = re.compile(rb"\(edit (\d+)\)")
WAYS = ("in place", "atomic rename", "symlink swap", "git checkout")
MISTAKES = ("syntax", "unknown option", "failing scenario", "required question", "missing file")

_REASON = re.compile(r"^( +because: .*)$", re.MULTILINE)
_VERDICTS = "do_not_treat|defer|clinician_review|goal_reached|one_session_may_suffice|several_sessions"
_VERDICT = re.compile(rf"^(  (?:{_VERDICTS}): .*)$", re.MULTILINE)
_GIT = {
    "GIT_AUTHOR_NAME": "lead",
    "GIT_AUTHOR_EMAIL": "lead@example.org",
    "GIT_COMMITTER_NAME": "lead",
    "GIT_COMMITTER_EMAIL": "lead@example.org",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}

Files = dict[str, str]


class Folder:
    """A folder of rulesets reached through a symbolic link, with a history in git beside it."""

    def __init__(self, base: Path, shipped: Path) -> None:
        self.link = base / "rulesets"
        self._base = base
        self._releases = 1
        self._original = {
            str(path.relative_to(shipped)): path.read_text(encoding="utf-8")
            for path in sorted(shipped.rglob("*.yaml"))
        }
        self._now = dict(self._original)
        self._release = self._written(base / "release-1", self._now)
        self.link.symlink_to(self._release.name)
        self._stage = self._written(base / "stage", self._now)
        self._git("init", "-q")
        self._git("config", "core.fsyncMethod", "batch")
        self._commit()

    def edit(self, ruleset: str, number: int, way: str, mistake: str | None = None) -> None:
        """Save an edit of one ruleset; the others keep what they have."""
        self._save(self._edited(ruleset, number, mistake), way)

    def half_written(self, ruleset: str, number: int, pause: Callable[[], None]) -> None:
        """Save an edit in place, one file of it cut in its midst at first."""
        files = self._edited(ruleset, number, None)
        name = max((name for name in files if name.startswith(f"{ruleset}/factors/")), key=len)
        (self.link / name).write_text(files[name][: len(files[name]) // 2], encoding="utf-8")
        pause()
        self._save(files, "in place")

    def _edited(self, ruleset: str, number: int, mistake: str | None) -> Files:
        files = {name: text for name, text in self._now.items() if not name.startswith(f"{ruleset}/")}
        for name, text in self._original.items():
            if name.startswith(f"{ruleset}/"):
                files[name] = _marked(name, text, number)
        if mistake is not None:
            _spoil(files, ruleset, mistake)
        return files

    def _save(self, files: Files, way: str) -> None:
        changed = {name: text for name, text in files.items() if self._now.get(name) != text}
        gone = [name for name in self._now if name not in files]
        if way == "symlink swap":
            self._swap(files)
        elif way == "git checkout":
            self._check_out(files)
        else:
            for name, text in changed.items():
                _write(self.link / name, text, atomically=way == "atomic rename")
            for name in gone:
                (self.link / name).unlink(missing_ok=True)
        self._now = files

    def _swap(self, files: Files) -> None:
        self._releases += 1
        new = self._written(self._base / f"release-{self._releases}", files)
        link = self._base / ".rulesets-new"
        link.symlink_to(new.name)
        link.replace(self.link)
        shutil.rmtree(self._release)
        self._release = new

    def _check_out(self, files: Files) -> None:
        shutil.rmtree(self._stage)
        self._written(self._stage, files)
        self._commit()
        for name in set(self._now) - set(files):
            (self.link / name).unlink(missing_ok=True)
        self._git("checkout", "-q", "-f", "HEAD", "--", ".", tree=self._release)

    def _commit(self) -> None:
        self._git("add", "-A")
        self._git("commit", "-q", "--allow-empty", "-m", "edit")

    def _git(self, *arguments: str, tree: Path | None = None) -> None:
        command = ["git", f"--git-dir={self._base / 'history'}", f"--work-tree={tree or self._stage}"]
        subprocess.run(
            [*command, *arguments],
            check=True,
            cwd=tree or self._stage,
            env={**os.environ, **_GIT},
            stdout=subprocess.DEVNULL,
        )

    def _written(self, folder: Path, files: Files) -> Path:
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return folder


def _marked(name: str, text: str, number: int) -> str:
    pattern = _VERDICT if name.endswith("/ruleset.yaml") else _REASON
    return pattern.sub(rf"\1 (edit {number})", text) if "/scenarios/" not in name else text


def _spoil(files: Files, ruleset: str, mistake: str) -> None:
    factors = sorted(name for name in files if name.startswith(f"{ruleset}/factors/"))
    if mistake == "syntax":
        files[factors[0]] += "  - [\n"
    elif mistake == "unknown option":
        name = next(name for name in factors if "phototype: at least V" in files[name])
        files[name] = files[name].replace("phototype: at least V", "phototype: at least X")
    elif mistake == "failing scenario":
        name = f"{ruleset}/ruleset.yaml"
        files[name] = re.sub(r"sessions: (\d) to \d+", r"sessions: \1 to 3", files[name], count=1)
    elif mistake == "required question":
        name, more = (
            f"{ruleset}/assessment.yaml",
            "  asked_now: {label: New?, kind: yes or no, required: yes}\n",
        )
        files[name] = files[name].replace("inputs:\n", f"inputs:\n{more}", 1)
    else:
        del files[factors[-1]]


def _write(path: Path, text: str, *, atomically: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not atomically:
        path.write_text(text, encoding="utf-8")
        return
    new = path.with_name(f".{path.name}.swp")
    new.write_text(text, encoding="utf-8")
    new.replace(path)
