"""What Prometheus is told: every metric, and the text in which it reads them.

They are the process's, as prometheus_client has it. Of several workers each writes its own to
files in PROMETHEUS_MULTIPROC_DIR, and whichever is asked gives the sum.
"""

import os
from collections.abc import Iterable
from functools import cache, partial
from pathlib import Path
from typing import Any

from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

# Clients name operations. Each name makes some twenty series, so there is an end to them.
MAX_OPERATIONS = 100
MAX_NAME = 100
OTHER = "other"

DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
_SUM: Any = {"multiprocess_mode": "livesum"}

if directory := os.environ.get(DIRECTORY):  # The first metric fails where there is none.
    Path(directory).mkdir(parents=True, exist_ok=True)
disable_created_metrics()  # type: ignore[no-untyped-call]

requests = Counter(
    "gateway_requests",
    "Requests that were answered, and operations over WebSocket that have ended.",
    ["face", "operation", "status", "code"],
)
request_seconds = Histogram(
    "gateway_request_duration_seconds",
    "Time from a request to the beginning of its answer.",
    ["face", "operation"],
    buckets=_SECONDS,
)
cost = Counter(
    "gateway_cost",
    "Requests that clients were charged for, by what operations cost.",
    ["face", "operation"],
)
requests_in_progress = Gauge(
    "gateway_requests_in_progress", "Requests whose answers have not begun.", **_SUM
)
requests_limit = Gauge(
    "gateway_requests_limit", "Requests that are answered at the same time at most.", **_SUM
)
overloads = Counter(
    "gateway_overloads", "Requests refused because too many others were under way.", ["where"]
)
websockets = Gauge("gateway_websockets", "WebSockets that are open.", **_SUM)
closed_websockets = Counter(
    "gateway_closed_websockets",
    "WebSockets that were closed, by the error of refused ones.",
    ["code"],
)
streams = Gauge(
    "gateway_streams", "Operations whose results are streamed, subscriptions among them.", **_SUM
)
rate_limits_alone = Gauge(
    "gateway_rate_limits_alone",
    "Processes that count rate limits in their own memory because Redis cannot be reached.",
    **_SUM,
)
statement_seconds = Histogram(
    "gateway_statement_duration_seconds",
    "Time of a statement, with the wait for a connection, by the loader that it is of.",
    ["loader"],
    buckets=_SECONDS,
)
batch_keys = Histogram(
    "gateway_loader_batch_keys",
    "Keys that a loader reads at a time.",
    ["loader"],
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096),
)
cohort_members = Histogram(
    "gateway_cohort_members",
    "Requests that shared a view of the database and its statements.",
    buckets=(1, 2, 4, 8, 16, 32),
)
database_sessions = Gauge(
    "gateway_database_sessions", "Connections to the database.", ["state"], **_SUM
)
database_sessions_limit = Gauge(
    "gateway_database_sessions_limit", "Connections to the database at most.", **_SUM
)
cache_lookups = Counter(
    "gateway_cache_lookups", "Lookups in a cache, by what came of them.", ["cache", "result"]
)

_operations = {""}


def operation_label(name: str) -> str:
    """The name of an operation for as long as few are known, and OTHER for further ones."""
    if name not in _operations:
        if len(_operations) > MAX_OPERATIONS or len(name) > MAX_NAME:
            return OTHER
        _operations.add(name)
    return name


# To look a child up by its labels takes the library longer than to count.
requests_of = cache(requests.labels)
request_seconds_of = cache(request_seconds.labels)
cost_of = cache(cost.labels)
statement_seconds_of = cache(statement_seconds.labels)
batch_keys_of = cache(batch_keys.labels)


class Lookups:
    """Counts what comes of lookups in a cache."""

    def __init__(self, of: str) -> None:
        self.hit = cache_lookups.labels(of, "hit").inc
        self.miss = cache_lookups.labels(of, "miss").inc


def exposition(accept: str) -> tuple[bytes, str]:
    """The metrics of all workers, and their content type, for an Accept header."""
    encode, content_type = choose_encoder(accept)
    directory = os.environ.get(DIRECTORY)
    return encode(_of_workers(directory) if directory else REGISTRY), content_type


def _of_workers(directory: str) -> CollectorRegistry:
    workers = {int(file.stem.rpartition("_")[2]) for file in Path(directory).glob("*.db")}
    alive = set(filter(_is_alive, workers))
    for worker in workers - alive:
        mark_process_dead(worker, directory)  # type: ignore[no-untyped-call]
    registry = CollectorRegistry()
    MultiProcessCollector(registry, directory)  # type: ignore[no-untyped-call]
    registry.register(_Processes(alive))
    return registry


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except OSError:  # It is gone, or its number is another user's process now.
        return False
    return True


class _Processes(Collector):
    """What the library tells of its own process, of each worker."""

    def __init__(self, workers: Iterable[int]) -> None:
        self._workers = workers

    def collect(self) -> Iterable[Metric]:
        families: dict[str, Metric] = {}
        for worker in self._workers:
            for metric in ProcessCollector(pid=partial(int, worker), registry=None).collect():
                family = families.setdefault(
                    metric.name, Metric(metric.name, metric.documentation, metric.type)
                )
                for sample in metric.samples:
                    family.add_sample(sample.name, {"pid": str(worker)}, sample.value)
        return families.values()
