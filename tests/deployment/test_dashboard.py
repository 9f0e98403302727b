"""Grafana knows every key of the dashboard, and Prometheus gives data for all that it shows.

Grafana itself is not run: its own models of a dashboard stand in for it.
"""

import itertools
import json
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard
from sqlalchemy import URL

from tests.support.databases import only_on
from tests.support.paths import DOCS
from tests.support.server import Server, free_port
from tests.telemetry.test_metrics import AS_CLIENT, METRICS_TOKEN, ask, serve

pytestmark = only_on("sqlite")

DEPLOY = DOCS / "deploy"
DASHBOARD = json.loads((DEPLOY / "grafana-dashboard.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
RULES = DEPLOY / "prometheus-rules.yml"
ALERTS = re.findall(r"- alert: (\w+)", RULES.read_text())
DEADLINE_SECONDS = 60
VARIABLES = {"$instance": ".*", "$__rate_interval": "1m"}
# Logs and differences that nobody asked for yet are in no cache.
DIFFERENCES = """query Differences($context: Int!) {
  run(id: 11) { log { totalCount } sample(regressionId: 118) {
    outputs { diff(contextLines: $context) { status } } } }
}"""
CONFIGURATION = """
global:
  scrape_interval: 1s
  evaluation_interval: 1s
rule_files: [{rules}]
scrape_configs:
  - job_name: sample-gateway
    authorization: {{credentials: {token}}}
    static_configs: [{{targets: ["{target}"]}}]
"""


@pytest.fixture(autouse=True)
def _on_one_engine(engine: str) -> None:
    """What is shown does not depend on the engine."""


def missing(shown: Any, known: Any, path: str = "") -> Iterator[str]:
    """Where something of what is shown is not known as it is."""
    if isinstance(shown, dict) and isinstance(known, dict):
        for key, value in shown.items():
            yield from missing(value, known.get(key), f"{path}.{key}")
    elif isinstance(shown, list) and isinstance(known, list) and len(shown) == len(known):
        for number, (value, its) in enumerate(zip(shown, known, strict=True)):
            yield from missing(value, its, f"{path}[{number}]")
    elif shown != known:
        yield path


def test_dashboard_has_only_keys_that_grafana_knows() -> None:
    register_default_plugins()  # type: ignore[no-untyped-call]
    known = json.loads(JSONEncoder().encode(Dashboard.from_json(DASHBOARD)))

    assert list(missing(DASHBOARD, known)) == []


def test_dashboard_panels_are_distinct_and_do_not_overlap() -> None:
    places = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        for x in range(at["x"], at["x"] + at["w"]):
            for y in range(at["y"], at["y"] + at["h"]):
                assert x < 24
                assert (x, y) not in places, panel["title"]
                places.add((x, y))
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    assert all(panel["description"] for panel in PANELS)
    assert all(panel["fieldConfig"]["defaults"]["unit"] for panel in PANELS)


@contextmanager
def prometheus(server: Server, directory: Path) -> Iterator[httpx.Client]:
    """A client of a Prometheus that scrapes a gateway each second."""
    configuration = directory / "prometheus.yml"
    target = server.origin.removeprefix("http://")
    text = CONFIGURATION.format(rules=RULES, token=METRICS_TOKEN, target=target)
    configuration.write_text(text)
    address = f"127.0.0.1:{free_port()}"
    process = subprocess.Popen(
        [
            "prometheus",
            f"--config.file={configuration}",
            f"--storage.tsdb.path={directory / 'data'}",
            f"--web.listen-address={address}",
            "--log.level=error",
        ]
    )
    try:
        with httpx.Client(base_url=f"http://{address}/api/v1", timeout=30) as client:
            yield client
    finally:
        process.terminate()
        process.wait()


def has_data(client: httpx.Client, expression: str) -> bool:
    """Whether an expression gives a number; false as well while Prometheus is not there."""
    try:
        answer = client.post("/query", data={"query": expression})
    except httpx.TransportError:
        return False
    if answer.status_code == 503:
        return False
    assert answer.status_code == 200, answer.text
    return any(sample["value"][1] != "NaN" for sample in answer.json()["data"]["result"])


def test_dashboard_panels_all_have_data_in_prometheus(
    demo_url: URL, demo_files: Path, tmp_path: Path
) -> None:
    wanted = {target["expr"]: panel["title"] for panel in PANELS for target in panel["targets"]}
    deadline = time.monotonic() + DEADLINE_SECONDS
    files = {"files_url": demo_files.as_uri()}
    with serve(demo_url, tmp_path, **files) as server, prometheus(server, tmp_path) as client:
        for context in itertools.cycle(range(100)):
            if not wanted:
                break
            assert time.monotonic() < deadline, wanted
            ask(
                server,
                "query Samples { run(id: 11) { samples { nodes { status outputs { status } } } } }",
            )
            ask(server, "query Runs { runs { nodes { id status } } }")
            ask(server, DIFFERENCES, variables={"context": context})
            ask(server, "{ nothing }")
            server.get("/api/v1/runs/11/samples/118", headers=AS_CLIENT)
            for expression in list(wanted):
                query = expression
                for variable, value in VARIABLES.items():
                    query = query.replace(variable, value)
                if has_data(client, query):
                    del wanted[expression]
        [group] = client.get("/rules").json()["data"]["groups"]

    assert {rule["health"] for rule in group["rules"]} == {"ok"}
    assert [rule["name"] for rule in group["rules"]] == ALERTS


@pytest.mark.parametrize(
    ("failures", "fires"),
    [
        pytest.param("_x10 1x5", True, id="the first"),
        pytest.param("0x10 1x5", True, id="the first of a series that is there"),
        pytest.param("3x10 4x5", True, id="another"),
        pytest.param("3x10 1x5", True, id="another after a restart"),
        pytest.param("0x15", False, id="none"),
        pytest.param("1x15", False, id="one of long ago"),
        pytest.param("1x5 stale _ _ 1x8", False, id="one of long ago, and a scrape that failed"),
    ],
)
def test_alert_fires_on_an_internal_error(tmp_path: Path, failures: str, fires: bool) -> None:
    series = 'gateway_requests_total{instance="one", operation="A", code="INTERNAL"}'
    alert = {
        "exp_labels": {"instance": "one", "severity": "warning"},
        "exp_annotations": {
            "summary": "one failed to answer. The traceback is in its log.",
        },
    }
    expected = {
        "eval_time": "12m",
        "alertname": "GatewayInternalErrors",
        "exp_alerts": [alert] if fires else [],
    }
    # JSON is YAML.
    test = tmp_path / "test.yml"
    test.write_text(
        json.dumps(
            {
                "rule_files": [str(RULES)],
                "tests": [
                    {
                        "interval": "1m",
                        "input_series": [{"series": series, "values": failures}],
                        "alert_rule_test": [expected],
                    }
                ],
            }
        )
    )
    tested = subprocess.run(
        ["promtool", "test", "rules", test], capture_output=True, text=True, check=False
    )

    assert tested.returncode == 0, tested.stdout + tested.stderr
