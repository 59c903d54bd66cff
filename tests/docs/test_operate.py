"""docs/operate.md: it lists every metric, event and attribute there is; its samples for Prometheus hold."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.web.live import Live
from service.web.measuring import States
from service.web.metrics import Metrics
from service.web.spans import ATTRIBUTES
from tests.docs.answers import answering
from tests.docs.pages import ROOT, Page

PAGE = Page("operate.md")
LEVELS = ("info", "warning", "error")


def table(name: str) -> list[list[str]]:
    (found,) = [block for block in PAGE.blocks if block.marks.get("table") == name]
    return found.rows


def sample(name: str) -> Any:
    (found,) = [block for block in PAGE.blocks if block.marks.get("file") == name]
    return yaml.safe_load(found.text)


def in_code(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def metrics() -> dict[str, tuple[str, frozenset[str]]]:
    """The kind and the labels of every metric that the service has, by its name."""
    made = Metrics()
    found = {}
    for one in made.__dict__.values():
        metric = getattr(one, "_metric", one)
        if hasattr(metric, "_labelnames"):
            [family] = metric.describe()
            name = f"{family.name}_total" if family.type == "counter" else family.name
            found[name] = family.type, frozenset(metric._labelnames)
    for family in States(Live(None, answering())).collect():  # type: ignore[arg-type]
        names = frozenset(name for sample in family.samples for name in sample.labels)
        found[family.name] = family.type, names or frozenset(family._labelnames)
    return found


def events() -> set[str]:
    """What the code gives as the first argument to a logger's methods."""
    found = set()
    for path in sorted((ROOT / "service").rglob("*.py")):
        found |= events_in(path)
    return found


def events_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = [
        one for one in ast.walk(tree) if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute)
    ]
    said = [one.args[0] for one in calls if one.func.attr in LEVELS and one.args]
    return {text for one in said if (text := text_of(one)) is not None}


def text_of(one: ast.expr) -> str | None:
    if isinstance(one, ast.Constant) and isinstance(one.value, str):
        return one.value
    if isinstance(one, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "..." for part in one.values)
    return None


def test_every_metric_is_in_the_table_with_its_kind_and_labels_and_no_other() -> None:
    said = {in_code(row[0])[0]: (row[1], frozenset(in_code(row[2]))) for row in table("metrics")}
    assert said == metrics()
    assert len(said) > 20


def test_metrics_are_named_by_prometheus_conventions_and_have_help() -> None:
    for name, (kind, _) in metrics().items():
        assert name.startswith("picoplan_")
        assert name.endswith("_total") == (kind == "counter"), name
        assert kind != "histogram" or name.endswith("_seconds"), name
    families = list(Metrics().registry().collect())
    assert all(family.documentation.endswith(".") for family in families)


def test_every_event_of_the_log_is_in_the_table_and_no_other() -> None:
    said = [in_code(row[0])[0] for row in table("events")]
    assert len(said) == len(set(said))
    assert set(said) == events()


def test_every_attribute_of_a_span_is_in_the_table_and_no_other() -> None:
    assert {name for row in table("attributes") for name in in_code(row[0])} == set(ATTRIBUTES)


def test_the_alerts_are_about_metrics_and_labels_that_there_are() -> None:
    known = metrics()
    rules = [rule for group in sample("alerts")["groups"] for rule in group["rules"]]
    assert len(rules) > 3
    for rule in rules:
        assert rule.keys() == {"alert", "expr", "for", "labels", "annotations"}
        asked = re.findall(r"(picoplan_\w+)(?:\{(\w+)=~?\"[^\"]*\"\})?", rule["expr"])
        assert asked
        for name, label in asked:
            assert name in known, rule["alert"]
            assert not label or label in known[name][1], rule["alert"]
    assert re.findall(r"labels\.(\w+)", rules[1]["annotations"]["summary"]) == ["ruleset"]


def test_the_scrape_asks_the_endpoint_with_a_token() -> None:
    (job,) = sample("scrape")["scrape_configs"]
    assert job["metrics_path"] == "/metrics"
    assert job["authorization"]["type"] == "Bearer"
    assert job["static_configs"][0]["targets"] == ["127.0.0.1:8000"]


@pytest.mark.parametrize("state", ["stale", "broken"])
def test_the_alert_of_stale_rulesets_names_states_that_there_are(state: str) -> None:
    states = {row[3] for row in table("metrics") if in_code(row[0]) == ["picoplan_ruleset_state"]}
    assert state in str(states)
    assert state in sample("alerts")["groups"][0]["rules"][1]["expr"]
