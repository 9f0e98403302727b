"""docs/monitoring.md lists every metric and alert."""

import re

import pytest
from prometheus_client.metrics import MetricWrapperBase

from gql.telemetry import metrics
from tests.docs.documents import DOCS, names, rows

pytestmark = pytest.mark.quick

MONITORING = DOCS / "monitoring.md"
RULES = DOCS / "deploy/prometheus-rules.yml"


def test_every_metric_is_listed_with_its_labels() -> None:
    listed = [(name, tuple(names(labels))) for name, labels, _ in rows(MONITORING, "Metrics")]

    assert sorted(listed) == sorted(
        (
            family.name + ("_total" if family.type == "counter" else ""),
            metric._labelnames,  # noqa: SLF001
        )
        for metric in vars(metrics).values()
        if isinstance(metric, MetricWrapperBase)
        for family in metric.describe()
    )


def test_every_alert_is_listed_with_a_remedy() -> None:
    listed = rows(MONITORING, "Alerts")

    assert [alert for alert, _ in listed] == re.findall(r"- alert: (\w+)", RULES.read_text())
    assert all(remedy for _, remedy in listed)
