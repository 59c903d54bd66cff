"""docs/operate.md: Prometheus itself takes the alerts, and they fire when they should and no sooner."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.docs.pages import Page

CASES = Path(__file__).with_name("alerts.yaml")


def _rules(folder: Path) -> Path:
    (block,) = [one for one in Page("operate.md").blocks if one.marks.get("file") == "alerts"]
    file = folder / "rules.yaml"
    file.write_text(block.text, encoding="utf-8")
    return file


def test_every_alert_is_tried_where_all_is_well_and_where_it_is_wrong(tmp_path: Path) -> None:
    rules = yaml.safe_load(_rules(tmp_path).read_text(encoding="utf-8"))
    named = {rule["alert"] for group in rules["groups"] for rule in group["rules"]}
    well, wrong = yaml.safe_load(CASES.read_text(encoding="utf-8"))["tests"]
    assert {one["alertname"] for one in well["alert_rule_test"]} == named
    assert {one["alertname"] for one in wrong["alert_rule_test"] if one.get("exp_alerts")} == named


def test_prometheus_fires_the_alerts_when_they_should(tmp_path: Path) -> None:
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("no promtool: install prometheus")
    _rules(tmp_path)
    shutil.copy(CASES, tmp_path / "alerts.yaml")
    for asked in (["check", "rules", "rules.yaml"], ["test", "rules", "alerts.yaml"]):
        said = subprocess.run([program, *asked], cwd=tmp_path, capture_output=True, text=True, timeout=120)
        assert said.returncode == 0, said.stdout + said.stderr
