"""Every metric, and the text format in which Prometheus reads them.

Metrics are global to the process, as prometheus_client keeps them. Each of several workers writes
its own to files in PROMETHEUS_MULTIPROC_DIR, and the worker that is scraped returns the sums.
"""

import os
from collections.abc import Iterable
from functools import cache, partial
from pathlib import Path
from typing import Any

from cachetools import LRUCache
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

# Clients choose the names of operations, and each name adds some twenty series.
MAX_OPERATIONS = 100
MAX_NAME = 100
OTHER = "other"

DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
_SUM: Any = {"multiprocess_mode": "livesum"}

if directory := os.environ.get(DIRECTORY):  # The first metric fails without the directory.
    Path(directory).mkdir(parents=True, exist_ok=True)
disable_created_metrics()  # type: ignore[no-untyped-call]

requests = Counter(
    "gateway_requests",
    "Requests answered, and operations over WebSocket that ended.",
    ["api", "operation", "status", "code"],
)
request_seconds = Histogram(
    "gateway_request_duration_seconds",
    "Time from the arrival of a request to the start of its response.",
    ["api", "operation"],
    buckets=_SECONDS,
)
cost = Counter(
    "gateway_cost_units",
    "Requests that clients were charged for; an expensive operation counts for several.",
    ["api", "operation"],
)
actual_cost = Counter(
    "gateway_actual_cost_units",
    "The work that requests took, in cost units: 20 ms of the gateway and its database each.",
    ["api", "operation"],
)
cost_ratio = Histogram(
    "gateway_cost_ratio",
    "The work that a request took over what it was charged for before.",
    ["api"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10),
)
requests_in_progress = Gauge(
    "gateway_requests_in_progress", "Requests whose response has not started.", **_SUM
)
requests_limit = Gauge(
    "gateway_requests_limit", "Limit of requests in progress, MAX_CONCURRENT_REQUESTS.", **_SUM
)
rejected_requests = Counter(
    "gateway_requests_rejected", "Requests rejected because of overload.", ["reason"]
)
rejected_connections = Counter(
    "gateway_connections_rejected",
    "Connections closed because of what the client sent, or did not send or read.",
    ["reason"],
)
websocket_connections = Gauge(
    "gateway_websocket_connections", "Open WebSocket connections.", **_SUM
)
closed_websocket_connections = Counter(
    "gateway_websocket_connections_closed",
    "Closed WebSocket connections, by the code of the error that rejected them.",
    ["code"],
)
streams = Gauge(
    "gateway_streams", "Operations that stream their results, such as subscriptions.", **_SUM
)
rate_limit_fallback_active = Gauge(
    "gateway_rate_limit_fallback_active",
    "Processes that count rate limits in memory because Redis is unavailable.",
    **_SUM,
)
statement_seconds = Histogram(
    "gateway_statement_duration_seconds",
    "Time of an SQL statement, including the wait for a connection, by the loader that ran it.",
    ["loader"],
    buckets=_SECONDS,
)
batch_keys = Histogram(
    "gateway_loader_batch_keys",
    "Keys that a loader reads in one batch.",
    ["loader"],
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096),
)
coalesced_requests = Histogram(
    "gateway_coalesced_requests",
    "Requests that shared one snapshot of the database and its statements.",
    buckets=(1, 2, 4, 8, 16, 32),
)
database_connections = Gauge(
    "gateway_database_connections", "Connections to the database.", ["state"], **_SUM
)
database_connections_limit = Gauge(
    "gateway_database_connections_limit",
    "Limit of connections to the database, DATABASE_POOL_SIZE.",
    **_SUM,
)
cache_lookups = Counter(
    "gateway_cache_lookups", "Cache lookups, by cache and result.", ["cache", "result"]
)
file_seconds = Histogram(
    "gateway_file_duration_seconds",
    "Time that the store of the platform's files took to answer.",
    ["operation", "result"],
    buckets=_SECONDS,
)
diff_seconds = Histogram(
    "gateway_diff_duration_seconds",
    "Time that it took to compare two files line by line.",
    ["status"],
    buckets=_SECONDS,
)

# The library takes longer to find a child by its labels than to count.
requests_of = cache(requests.labels)
request_seconds_of = cache(request_seconds.labels)
cost_of = cache(cost.labels)
actual_cost_of = cache(actual_cost.labels)
cost_ratio_of = cache(cost_ratio.labels)
statement_seconds_of = cache(statement_seconds.labels)
batch_keys_of = cache(batch_keys.labels)
file_seconds_of = cache(file_seconds.labels)


class OperationLabels:
    """The names of operations that have series of their own: trusted ones, and the most frequent.

    Clients can invent names. Of those that are not trusted, the MAX_OPERATIONS most frequent ones
    have a label; where a name becomes more frequent than the rarest of these, it takes its place.
    """

    def __init__(self) -> None:
        self._trusted = {""}
        self._labelled: dict[str, int] = {}
        self._others: LRUCache[str, int] = LRUCache(10 * MAX_OPERATIONS)

    def trust(self, names: Iterable[str]) -> None:
        """Let these names always have a label."""
        self._trusted.update(names)

    def of(self, name: str) -> str:
        """The label of an operation: its name, or OTHER."""
        if name in self._trusted:
            return name
        if name in self._labelled:
            self._labelled[name] += 1
            return name
        if len(name) > MAX_NAME:
            return OTHER
        number = self._others.pop(name, 0) + 1
        if len(self._labelled) >= MAX_OPERATIONS and not self._replace_rarest(number):
            self._others[name] = number
            return OTHER
        self._labelled[name] = number
        return name

    def _replace_rarest(self, number: int) -> bool:
        rarest = min(self._labelled, key=self._labelled.__getitem__)
        # The library cannot remove series from the files of several workers.
        if os.environ.get(DIRECTORY) or number <= self._labelled[rarest]:
            return False
        self._others[rarest] = self._labelled.pop(rarest)
        for metric in (requests, request_seconds, cost, actual_cost):
            metric.remove_by_labels({"operation": rarest})
        for children in (requests_of, request_seconds_of, cost_of, actual_cost_of):
            children.cache_clear()
        return True


_labels = OperationLabels()
operation_label = _labels.of
trust_operations = _labels.trust


class CacheLookups:
    """Counts the hits and misses of one cache."""

    def __init__(self, cache: str) -> None:
        self.hit = cache_lookups.labels(cache, "hit").inc
        self.miss = cache_lookups.labels(cache, "miss").inc


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
    except OSError:  # It ended, or its PID was reused by another user's process.
        return False
    return True


class _Processes(Collector):
    """The library's metrics of a process, for each worker."""

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
