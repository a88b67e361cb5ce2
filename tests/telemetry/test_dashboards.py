"""The dashboard and the alerts name what /metrics shows, and leave nothing out that matters."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from bot.health import PROBLEMS
from bot.telemetry.prometheus import Prices, PrometheusTelemetry, Queue

ROOT = Path(__file__).parent.parent.parent
DASHBOARD: dict[str, Any] = json.loads((ROOT / "deploy/grafana/reframe.json").read_text("utf-8"))
RULES: dict[str, Any] = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text("utf-8"))
ALERTS: list[dict[str, Any]] = [rule for group in RULES["groups"] for rule in group["rules"]]
PANELS: list[dict[str, Any]] = [p for p in DASHBOARD["panels"] if p["type"] != "row"]
SHOWN = [target["expr"] for panel in PANELS for target in panel["targets"]]
ALERTED = [rule["expr"] for rule in ALERTS]
NOT_OURS = {"up"}  # Prometheus makes it
SERIES = re.compile(r"\b((?:reframe|process)_\w+|up)\b(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)(=~|=)"([^"]*)"')
WORTH_AN_ALERT = {
    "reframe_problem",
    "reframe_queue_late_seconds",
    "reframe_ack_seconds_bucket",
    'reframe_payloads_total{result="refused"}',
    'reframe_posts_total{result="failed"}',
    'reframe_decisions_total{outcome="failed"}',
    "reframe_model_fallbacks_total",
    "reframe_model_cost_total",
}


def all_series() -> list[tuple[str, dict[str, str]]]:
    """Return every series that a bot can show, with its labels."""
    telemetry = PrometheusTelemetry("1.2.3", Prices(1.0, 1.0))
    queues = {name: Queue(0, 0.0) for name in ("decisions", "answers", "posts")}
    text = telemetry.render(queues, [], PROBLEMS).decode()
    families = text_string_to_metric_families(text)
    return [(s.name, s.labels) for family in families for s in family.samples]


ALL_SERIES = all_series()
NAMES = {name for name, _ in ALL_SERIES}
BY_PROMETHEUS = {"job", "instance"}


@pytest.mark.parametrize("expression", [*SHOWN, *ALERTED])
def test_what_is_asked_for_exists(expression: str) -> None:
    """Each name is one of ours, and each label has each value that is asked for."""
    found = SERIES.findall(expression)
    assert found

    for name, labels in found:
        assert name in NAMES | NOT_OURS, name
        for label, operator, value in MATCHER.findall(labels):
            if label in BY_PROMETHEUS:
                continue
            known = {has[label] for each, has in ALL_SERIES if each == name and label in has}
            assert {*value.split("|")} <= known if operator == "=~" else value in known


@pytest.mark.parametrize("expression", [*SHOWN, *ALERTED])
def test_what_is_grouped_by_exists(expression: str) -> None:
    """A misspelled label in ``by`` would silently group everything into one."""
    names = {name for name, _ in SERIES.findall(expression)}
    has = {label for name, labels in ALL_SERIES if name in names for label in labels}
    by = {
        label.strip()
        for group in re.findall(r"by \(([^)]*)\)", expression)
        for label in group.split(",")
    }

    assert by <= has | BY_PROMETHEUS
    if any(name.endswith("_bucket") for name in names):
        assert "le" in by


def test_the_dashboard_leaves_nothing_out() -> None:
    """Each figure has its place; a histogram is there with any of its parts."""
    asked = {family(name) for expression in SHOWN for name, _ in SERIES.findall(expression)}
    ours = {family(name) for name in NAMES if name.startswith("reframe_")}

    assert ours - asked == set()


def family(name: str) -> str:
    """Return what a series belongs to."""
    return re.sub(r"_(bucket|count|sum|total|created)$", "", name)


def test_whatever_can_fail_has_an_alert() -> None:
    """Each way to fail that /metrics knows, the ways of a model call included."""
    asked = {
        f"{name}{{{labels}}}" if labels and name != "up" else name
        for expression in ALERTED
        for name, labels in SERIES.findall(expression)
    }
    results = {has["result"] for name, has in ALL_SERIES if name == "reframe_model_calls_total"}
    (calls,) = (each for each in asked if each.startswith("reframe_model_calls_total"))

    assert asked >= WORTH_AN_ALERT
    assert {*MATCHER.findall(calls)[0][2].split("|")} == results - {"answered"}


def test_each_alert_says_what_to_do() -> None:
    """A name of its own, how bad it is, and two sentences."""
    assert len({rule["alert"] for rule in ALERTS}) == len(ALERTS)
    for rule in ALERTS:
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert set(rule["annotations"]) == {"summary", "description"}
        assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}


def test_the_dashboard_can_be_imported() -> None:
    """Panels have ids of their own, lie on the grid, and take the data source that is chosen."""
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    assert [v["name"] for v in DASHBOARD["templating"]["list"]] == ["datasource"]
    for panel in PANELS:
        place = panel["gridPos"]
        assert place["x"] >= 0
        assert place["x"] + place["w"] <= 24
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        assert panel["description"]
