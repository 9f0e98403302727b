"""The limit: the same answers from hand-written SQL, with the least that can run it.

A bare ASGI function, one or two statements a request through the driver alone, plain Python and
orjson. No framework, no token, no rate limit, no GraphQL: an operation is known by its name.

It takes for granted what the gateway does not: ids that exist, and reported outputs that are
outputs of their test.
"""

import os
import re
import sqlite3
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any
from urllib.parse import unquote, urlsplit

import asyncmy
import asyncpg
import orjson
import uvicorn

# Statements, in MariaDB's SQL

_VARIANT = """
EXISTS (SELECT 1 FROM regression_test_output_files v
        WHERE v.regression_test_output_id = f.regression_test_output_id AND v.file_hashes = f.got)
"""

_DIFFERS = f"f.got <> '' AND (f.expected IS NULL OR f.got <> f.expected) AND NOT {_VARIANT}"

_LATEST_PROGRESS = """
LEFT JOIN test_progress p ON p.id = (SELECT MAX(l.id) FROM test_progress l WHERE l.test_id = t.id)
"""

_IS_UNDER_WAY = "COALESCE(p.status, 'queued') NOT IN ('completed', 'canceled')"

# Scalar subqueries: for an EXISTS both servers may read the whole table at first.
_IN_RUN = f"""(
  r.test_id IS NOT NULL
  OR (SELECT MIN(c.id) FROM customized_test c
      WHERE c.test_id = t.id AND c.regression_id = s.id) IS NOT NULL
  OR (s.active IS TRUE AND {_IS_UNDER_WAY}
      AND (SELECT MIN(c.id) FROM customized_test c WHERE c.test_id = t.id) IS NULL))
"""

_TAGS = r"""
SELECT GROUP_CONCAT(g.name ORDER BY g.name SEPARATOR '\n')
FROM tag g JOIN sample_tag_association a ON a.tag_id = g.id WHERE a.sample_id = s.sample_id
"""

_TAGS_IN_SQLITE = """
SELECT group_concat(name, char(10)) FROM (
  SELECT g.name FROM tag g JOIN sample_tag_association a ON a.tag_id = g.id
  WHERE a.sample_id = s.sample_id ORDER BY g.name)
"""

_SAMPLES_OF_RUN = f"""
FROM test t CROSS JOIN regression_test s
{_LATEST_PROGRESS}
LEFT JOIN test_result r ON r.test_id = t.id AND r.regression_test_id = s.id
LEFT JOIN regression_test_output o ON o.regression_id = s.id
LEFT JOIN test_result_file f ON f.test_id = t.id AND f.regression_test_id = s.id
                            AND f.regression_test_output_id = o.id
WHERE t.id = ? AND {_IN_RUN}
"""

_SAMPLES = f"""
SELECT s.id, t.id, p.status, p.message, s.sample_id, s.command,
       r.test_id, r.runtime, r.exit_code, r.expected_rc,
       (SELECT c.name FROM regression_test_category rc JOIN category c ON c.id = rc.category_id
        WHERE rc.regression_id = s.id ORDER BY c.name, c.id LIMIT 1),
       ({_TAGS}),
       o.id, o.correct, o.ignore, f.test_id, f.expected, f.got, {_VARIANT}
{_SAMPLES_OF_RUN}
"""

SAMPLE = f"{_SAMPLES} AND s.id = ? ORDER BY o.id"

SAMPLES_OF_RUN = f"{_SAMPLES} ORDER BY s.id, o.id"

_RUN = """
t.id, t.platform, t.branch, t.commit, t.pr_nr,
(SELECT MIN(q.timestamp) FROM test_progress q WHERE q.test_id = t.id), p.status
"""

RUNS = f"SELECT {_RUN} FROM test t {_LATEST_PROGRESS} WHERE t.id < ? ORDER BY t.id DESC LIMIT ?"

_RUN_WITH_LISTS = f"""
SELECT {_RUN},
       (SELECT GROUP_CONCAT(r.regression_test_id) FROM test_result r WHERE r.test_id = t.id),
       (SELECT GROUP_CONCAT(r.regression_test_id) FROM test_result r WHERE r.test_id = t.id
        AND (r.exit_code <> r.expected_rc OR (r.exit_code IS NULL) <> (r.expected_rc IS NULL))),
       (SELECT GROUP_CONCAT(f.regression_test_id) FROM test_result_file f
        WHERE f.test_id = t.id AND {_DIFFERS}),
       (SELECT GROUP_CONCAT(f.regression_test_output_id) FROM test_result_file f
        WHERE f.test_id = t.id),
       (SELECT GROUP_CONCAT(c.regression_id) FROM customized_test c WHERE c.test_id = t.id),
       CASE WHEN {_IS_UNDER_WAY}
            THEN (SELECT GROUP_CONCAT(s.id) FROM regression_test s WHERE s.active IS TRUE) END
FROM test t
{_LATEST_PROGRESS}
"""

RUNS_WITH_COUNTS = f"{_RUN_WITH_LISTS} WHERE t.id < ? ORDER BY t.id DESC LIMIT ?"

NEWEST_RUNS = f"""
{_RUN_WITH_LISTS} WHERE p.status = 'completed' AND t.platform = ? ORDER BY t.id DESC LIMIT ?
"""

EXPECTED_OUTPUTS = (
    "SELECT id, regression_id FROM regression_test_output o WHERE o.ignore IS NOT TRUE"
)

RUN = "SELECT platform, branch FROM test WHERE id = ?"

LIGHT_SAMPLES = f"""
SELECT s.id, s.sample_id, s.command, r.runtime, r.exit_code, r.expected_rc,
       r.test_id, o.id, o.correct, o.ignore, f.test_id, f.expected, f.got
{_SAMPLES_OF_RUN}
ORDER BY s.id, o.id
"""

RESULTS_OF_RUNS = f"""
SELECT r.test_id, r.regression_test_id, r.exit_code, r.expected_rc,
       o.id, o.ignore, f.test_id, f.got, f.expected, {_VARIANT}
FROM test_result r
LEFT JOIN regression_test_output o ON o.regression_id = r.regression_test_id
LEFT JOIN test_result_file f ON f.test_id = r.test_id AND f.regression_test_output_id = o.id
                            AND f.regression_test_id = r.regression_test_id
WHERE r.test_id IN (?, ?) ORDER BY r.test_id, r.regression_test_id, o.id
"""

_HISTORY = f"""
FROM test t CROSS JOIN regression_test s
{_LATEST_PROGRESS}
LEFT JOIN test_result r ON r.test_id = t.id AND r.regression_test_id = s.id
WHERE s.id = ? AND {_IN_RUN}
ORDER BY t.id DESC LIMIT 100
"""

RAW_HISTORY = f"SELECT s.command, t.id, r.runtime, r.exit_code, r.expected_rc {_HISTORY}"

HISTORY = f"""
SELECT s.command, t.id, p.status, r.test_id, r.runtime, r.exit_code, r.expected_rc,
       EXISTS (SELECT 1 FROM regression_test_output o
               WHERE o.regression_id = s.id AND o.ignore IS NOT TRUE AND NOT EXISTS
                     (SELECT 1 FROM test_result_file f
                      WHERE f.test_id = t.id AND f.regression_test_id = s.id
                        AND f.regression_test_output_id = o.id)),
       EXISTS (SELECT 1 FROM test_result_file f
               WHERE f.test_id = t.id AND f.regression_test_id = s.id AND {_DIFFERS})
{_HISTORY}
"""


# Drivers: each gives a function from the values of a statement to its rows

POOL_SIZE = 10

Row = Sequence[Any]
Statement = Callable[..., Awaitable[Sequence[Row]]]


async def open_mariadb(address: str) -> Callable[[str], Statement]:
    url = urlsplit(address)
    pool = await asyncmy.create_pool(
        minsize=POOL_SIZE,
        maxsize=POOL_SIZE,
        host=url.hostname,
        port=url.port or 3306,
        user=url.username,
        password=unquote(url.password or ""),
        db=url.path.lstrip("/"),
        autocommit=True,
    )

    def statement(sql: str) -> Statement:
        sql = sql.replace("?", "%s")

        async def rows(*values: int | str) -> Sequence[Row]:
            async with pool.acquire() as connection, connection.cursor() as cursor:
                await cursor.execute(sql, values or None)
                return await cursor.fetchall()

        return rows

    return statement


async def open_postgresql(address: str) -> Callable[[str], Statement]:
    async def leave_as_it_is(_connection: object) -> None:
        pass

    pool = await asyncpg.create_pool(
        address,
        min_size=POOL_SIZE,
        max_size=POOL_SIZE,
        reset=leave_as_it_is,
        server_settings={"jit": "off", "random_page_cost": "1.1"},
    )

    def statement(sql: str) -> Statement:
        sql = re.sub(r"GROUP_CONCAT\((\S+)\)", r"string_agg(\1::text, ',')", sql)
        sql = re.sub(
            r"GROUP_CONCAT\((\S+) ORDER BY .*\)", r"string_agg(\1, E'\\n' ORDER BY \1)", sql
        )
        first, *rest = sql.split("?")
        sql = first + "".join(f"${number}{part}" for number, part in enumerate(rest, 1))
        return lambda *values: pool.fetch(sql, *values)

    return statement


async def open_sqlite(address: str) -> Callable[[str], Statement]:
    """Asks in the event loop itself: of a file in memory, a thread would only be slower."""
    path = address.partition(":///")[2]
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)

    def statement(sql: str) -> Statement:
        sql = sql.replace(_TAGS, _TAGS_IN_SQLITE).replace("t.commit", 't."commit"')

        async def rows(*values: int | str) -> Sequence[Row]:
            return connection.execute(sql, values).fetchall()

        return rows

    return statement


OPEN = {"mysql": open_mariadb, "postgresql": open_postgresql, "sqlite": open_sqlite}


# Answers


@dataclass(slots=True)
class Output:
    id: int
    status: str
    expected: str | None
    actual: str | None


@dataclass(slots=True)
class Sample:
    regression: int
    run: int
    media: int | None
    category: str | None
    command: str
    status: str
    runtime: int | None
    exit_code: int | None
    expected_rc: int | None
    message: str | None
    tags: list[str]
    outputs: list[Output]


is_hash = re.compile("[0-9a-fA-F]{64}").fullmatch


def hash_or_none(text: str | None) -> str | None:
    return text if text and is_hash(text) else None


def sample_of(rows: Iterable[Row]) -> Sample:
    """A sample from its rows, one for each output."""
    outputs: list[Output] = []
    missing: list[int] = []
    differing: list[int] = []
    expected_outputs = 0
    for row in rows:
        output, correct, is_ignored, is_reported, expected, got, is_variant = row[-7:]
        if is_reported is not None:
            is_accepted = not got or got == expected or is_variant
            if not is_accepted:
                differing.append(output)
            status = "match" if is_accepted else "diff_mismatch"
            outputs.append(
                Output(
                    output,
                    status if expected else "missing_expected",
                    hash_or_none(expected),
                    hash_or_none(got),
                )
            )
            expected_outputs += not is_ignored
        elif output is not None and row[6] is not None and not is_ignored:
            missing.append(output)
            status = "missing_output" if correct else "missing_expected"
            outputs.append(Output(output, status, hash_or_none(correct), None))
            expected_outputs += 1
    regression, run, state, last_message, media, command, result, runtime, *_ = row
    exit_code, expected_rc, category, tags = row[8:12]
    status = sample_status(state, result, missing, exit_code != expected_rc, differing)
    return Sample(
        regression,
        run,
        media,
        category,
        command,
        status,
        runtime if runtime is not None and runtime >= 0 else None,
        exit_code,
        expected_rc,
        why_skipped(state, last_message)
        if status == "skipped"
        else why_failed(exit_code, expected_rc, missing, expected_outputs, differing)
        if status in {"fail", "missing_output"}
        else None,
        tags.split("\n") if tags else [],
        outputs,
    )


def sample_status(
    state: str | None, result: object, misses: object, exits: object, differs: object
) -> str:
    if result is None:
        if state in {None, "preparation"}:
            return "not_started"
        return "running" if state == "testing" else "skipped"
    if misses:
        return "missing_output"
    return "fail" if exits or differs else "pass"


def why_skipped(state: str, last_message: str) -> str:
    if state == "canceled":
        return shortened(f"Run canceled: {last_message}")
    if state == "completed":
        return "The run completed without a result of this test."
    return f"The run has no result of this test and is in an unknown state: {state}"


def why_failed(
    exit_code: int | None,
    expected_rc: int | None,
    missing: list[int],
    expected_outputs: int,
    differing: list[int],
) -> str:
    reasons = []
    if exit_code != expected_rc:
        codes = ["none" if code is None else str(code) for code in (exit_code, expected_rc)]
        reasons.append(f"Exit code {codes[0]}, expected {codes[1]}.")
    if missing:
        ids = ", ".join(map(str, missing))
        reasons.append(f"{len(missing)} of {expected_outputs} expected outputs missing: {ids}.")
    if differing:
        ids = ", ".join(map(str, differing))
        verb = "output differs" if len(differing) == 1 else "outputs differ"
        reasons.append(f"{len(differing)} {verb} from every accepted baseline: {ids}.")
    return shortened(" ".join(reasons))


def shortened(message: str) -> str:
    return message if len(message) <= 500 else message[:499] + "…"


def rest_document(sample: Sample) -> dict[str, Any]:
    category = {} if sample.category is None else {"category": sample.category[:100]}
    return {
        "run_id": sample.run,
        "sample_id": sample.media or sample.regression,
        "regression_id": sample.regression,
        **category,
        "command": sample.command[:500],
        "status": sample.status,
        "runtime_ms": sample.runtime,
        "exit_code": sample.exit_code,
        "expected_exit_code": sample.expected_rc,
        "result_message": sample.message,
        "tags": [tag[:50] for tag in sample.tags[:50]],
        "outputs": [
            {
                "output_id": output.id,
                "status": output.status,
                "expected_hash": output.expected,
                "actual_hash": output.actual,
            }
            for output in sample.outputs[:20]
        ],
    }


def graphql_object(sample: Sample) -> dict[str, Any]:
    return {
        "runId": sample.run,
        "regressionId": sample.regression,
        "sampleId": sample.media,
        "category": sample.category,
        "command": sample.command,
        "status": sample.status.upper(),
        "runtimeMs": sample.runtime,
        "exitCode": sample.exit_code,
        "expectedExitCode": sample.expected_rc,
        "resultMessage": sample.message,
        "tags": sample.tags,
        "outputs": [
            {
                "outputId": output.id,
                "status": output.status.upper(),
                "expectedHash": output.expected,
                "actualHash": output.actual,
            }
            for output in sample.outputs
        ],
    }


def light_sample(rows: Iterable[Row]) -> dict[str, Any]:
    outputs = []
    for row in rows:
        result, output, correct, is_ignored, is_reported, expected, got = row[6:]
        if is_reported is not None:
            outputs.append((output, hash_or_none(expected), hash_or_none(got)))
        elif output is not None and result is not None and not is_ignored:
            outputs.append((output, hash_or_none(correct), None))
    return {
        "regressionId": row[0],
        "sampleId": row[1],
        "command": row[2],
        "runtimeMs": row[3] if row[3] is not None and row[3] >= 0 else None,
        "exitCode": row[4],
        "expectedExitCode": row[5],
        "outputs": [
            {"outputId": output, "expectedHash": expected, "actualHash": actual}
            for output, expected, actual in outputs
        ],
    }


def run_of(row: Row) -> dict[str, Any]:
    run, platform, branch, commit, pull_request, started_at = row[:6]
    return {
        "id": run,
        "platform": platform.upper(),
        "branch": branch,
        "commit": commit,
        "pullRequest": pull_request or None,
        "startedAt": iso_8601(started_at),
    }


@dataclass(slots=True)
class Tests:
    """The tests of a run, by what became of them."""

    results: set[str]
    missing: set[str]
    failing: set[str]
    without_result: set[str]


def tests_of(row: Row, outputs_of_tests: dict[str, str]) -> Tests:
    results, exits, differing, reported, customized, active = map(ids_of, row[7:])
    missing = {outputs_of_tests[o] for o in outputs_of_tests.keys() - reported} & results
    failing = (exits | differing) & results - missing
    return Tests(results, missing, failing, (customized or active) - results)


def run_with_counts(row: Row, outputs_of_tests: dict[str, str]) -> dict[str, Any]:
    state = row[6]
    tests = tests_of(row, outputs_of_tests)
    without_result = len(tests.without_result)
    status = sample_status(state, None, None, None, None)
    counts = {
        "total": len(tests.results) + without_result,
        "pass": len(tests.results) - len(tests.missing) - len(tests.failing),
        "fail": len(tests.failing),
        "missingOutput": len(tests.missing),
        "skipped": without_result if status == "skipped" else 0,
        "running": without_result if status == "running" else 0,
        "notStarted": without_result if status == "not_started" else 0,
    }
    return run_of(row) | {
        "status": run_status(state, has_results=bool(tests.results), counts=counts),
        "summary": counts,
    }


def insights_of(rows: Sequence[Row], outputs_of_tests: dict[str, str]) -> dict[str, Any]:
    runs = [tests_of(row, outputs_of_tests) for row in rows]
    matrix: dict[str, list[str | None]] = {}
    for number, run in enumerate(runs):
        for tests, status in (
            (run.results, "PASS"),
            (run.failing, "FAIL"),
            (run.missing, "MISSING_OUTPUT"),
            (run.without_result, "SKIPPED"),
        ):
            for test in tests:
                matrix.setdefault(test, [None] * len(runs))[number] = status
    return {
        "runs": [{"id": row[0]} for row in rows],
        "tests": {
            "nodes": [
                {
                    "regressionTest": {"id": int(test)},
                    "statuses": matrix[test],
                    "failures": sum(status in FAILURES for status in matrix[test]),
                }
                for test in sorted(matrix, key=int)
            ]
        },
    }


FAILURES = {"FAIL", "MISSING_OUTPUT"}

VERDICTS = {
    "BROKEN_HERE": "brokenHere",
    "FIXED_HERE": "fixedHere",
    "FAILING_DIFFERENTLY": "failingDifferently",
    "FAILING_IDENTICALLY": "failingIdentically",
    "NOT_RERUN": "notRerun",
    "NO_REFERENCE": "noReference",
    "UNCHANGED_PASS": "unchangedPass",
}


def failures_of(rows: Iterable[Row]) -> dict[int, tuple[Any, ...]]:
    """How each test that has a result fails: nothing if it passes."""
    failures = {}
    for test, rows_of_test in groupby(rows, itemgetter(1)):
        how: list[Any] = []
        for row in rows_of_test:
            exit_code, expected_rc, output, is_ignored, reported, got, expected, variant = row[2:]
            if reported is None:
                if output is not None and not is_ignored:
                    how.append((output, "missing"))
            elif got and got != expected and not variant:
                how.append((output, got))
        if exit_code != expected_rc:
            how.append(exit_code)
        failures[test] = tuple(how)
    return failures


def verdict_of(head: tuple[Any, ...] | None, base: tuple[Any, ...] | None) -> str:
    if head is None:
        return "NOT_RERUN"
    if base is None:
        return "NO_REFERENCE"
    if not head:
        return "FIXED_HERE" if base else "UNCHANGED_PASS"
    if not base:
        return "BROKEN_HERE"
    return "FAILING_IDENTICALLY" if head == base else "FAILING_DIFFERENTLY"


def comparison_of(rows: Iterable[Row], head: int, base: int) -> dict[str, Any]:
    runs = {run: failures_of(rows_of_run) for run, rows_of_run in groupby(rows, itemgetter(0))}
    now, before = runs.get(head, {}), runs.get(base, {})
    verdicts = {
        test: verdict_of(now.get(test), before.get(test))
        for test in sorted(now.keys() | before.keys())
    }
    counts = Counter(verdicts.values())
    return {
        "counts": {field: counts[verdict] for verdict, field in VERDICTS.items()},
        "changes": [
            {"verdict": verdict, "regressionTest": {"id": test}}
            for test, verdict in verdicts.items()
            if verdict != "UNCHANGED_PASS"
        ],
    }


def ids_of(text: str | None) -> set[str]:
    return set(text.split(",")) if text else set()


def iso_8601(timestamp: datetime | str | None) -> str | None:
    if isinstance(timestamp, str):
        timestamp = datetime.fromisoformat(timestamp)
    return None if timestamp is None else f"{timestamp.isoformat()}Z"


def run_status(state: str | None, *, has_results: bool, counts: dict[str, int]) -> str:
    if state is None:
        return "QUEUED"
    if state in {"preparation", "testing"}:
        return "RUNNING"
    if state == "canceled":
        return "CANCELED"
    if state != "completed":
        return "INCOMPLETE"
    if not has_results:
        return "ERROR"
    if counts["fail"] or counts["missingOutput"]:
        return "FAIL"
    return "INCOMPLETE" if counts["skipped"] else "PASS"


def history_entry(row: Row) -> dict[str, Any]:
    _command, run, state, result, runtime, exit_code, expected_rc, misses, differs = row
    status = sample_status(state, result, misses, exit_code != expected_rc, differs)
    return {
        "runId": run,
        "status": status.upper(),
        "runtimeMs": runtime if runtime is not None and runtime >= 0 else None,
        "exitCode": exit_code,
    }


# The server


class Limit:
    async def open(self, address: str) -> None:
        statement = await OPEN[urlsplit(address).scheme.partition("+")[0]](address)
        self.sample = statement(SAMPLE)
        self.samples_of_run = statement(SAMPLES_OF_RUN)
        self.run = statement(RUN)
        self.light_samples = statement(LIGHT_SAMPLES)
        self.runs = statement(RUNS)
        self.runs_with_counts = statement(RUNS_WITH_COUNTS)
        self.newest_runs = statement(NEWEST_RUNS)
        self.results_of_runs = statement(RESULTS_OF_RUNS)
        self.expected_outputs = statement(EXPECTED_OUTPUTS)
        self.history = statement(HISTORY)
        self.raw_history = statement(RAW_HISTORY)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await self.open(os.environ["DATABASE_URL"])
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        if scope["method"] == "GET":
            _, _api, _v1, _runs, run, _samples, regression = scope["path"].split("/")
            answer = rest_document(sample_of(await self.sample(int(run), int(regression))))
        else:
            body = b""
            more = True
            while more:
                message = await receive()
                body += message["body"]
                more = message["more_body"]
            request = orjson.loads(body)
            data = await self.ANSWERS[request["operationName"]](self, **request["variables"])
            answer = {"data": data}
        content = orjson.dumps(answer)
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(content)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    async def answer_sample(self, *, runId: int, regressionId: int) -> dict[str, Any]:  # noqa: N803
        rows = await self.sample(runId, regressionId)
        return {"sample": graphql_object(sample_of(rows))}

    async def answer_run(self, *, id: int) -> dict[str, Any]:
        samples = groupby(await self.samples_of_run(id), itemgetter(0))
        nodes = [graphql_object(sample_of(rows)) for _, rows in samples]
        return {"run": {"samples": {"nodes": nodes}}}

    async def answer_light_run(self, *, id: int) -> dict[str, Any]:
        [(platform, branch)] = await self.run(id)
        samples = groupby(await self.light_samples(id), itemgetter(0))
        nodes = [light_sample(rows) for _, rows in samples]
        return {
            "run": {"platform": platform.upper(), "branch": branch, "samples": {"nodes": nodes}}
        }

    async def answer_runs(self, *, first: int, after: str) -> dict[str, Any]:
        rows = await self.runs(before(after), first + 1)
        return {"runs": page([run_of(row) for row in rows], first)}

    async def answer_runs_with_counts(self, *, first: int, after: str) -> dict[str, Any]:
        rows = await self.runs_with_counts(before(after), first + 1)
        outputs = await self.outputs_of_tests()
        return {"runs": page([run_with_counts(row, outputs) for row in rows], first)}

    async def outputs_of_tests(self) -> dict[str, str]:
        return {str(output): str(test) for output, test in await self.expected_outputs()}

    async def answer_history(self, *, id: int) -> dict[str, Any]:
        rows = await self.history(id)
        nodes = [history_entry(row) for row in rows]
        return {"regressionTest": {"id": id, "command": rows[0][0], "history": {"nodes": nodes}}}

    async def answer_raw_history(self, *, id: int) -> dict[str, Any]:
        rows = await self.raw_history(id)
        nodes = [
            {
                "runId": run,
                "runtimeMs": runtime if runtime is not None and runtime >= 0 else None,
                "exitCode": exit_code,
                "expectedExitCode": expected_rc,
            }
            for _, run, runtime, exit_code, expected_rc in rows
        ]
        return {"regressionTest": {"id": id, "command": rows[0][0], "history": {"nodes": nodes}}}

    async def answer_comparison(self, *, head: int, base: int) -> dict[str, Any]:
        return {"compareRuns": comparison_of(await self.results_of_runs(head, base), head, base)}

    async def answer_insights(self, *, platform: str, last: int) -> dict[str, Any]:
        rows = await self.newest_runs(platform.lower(), last)
        return {"insights": insights_of(rows, await self.outputs_of_tests())}

    ANSWERS = {  # noqa: RUF012
        "Sample": answer_sample,
        "Run": answer_run,
        "LightRun": answer_light_run,
        "Runs": answer_runs,
        "RunsWithCounts": answer_runs_with_counts,
        "History": answer_history,
        "RawHistory": answer_raw_history,
        "Comparison": answer_comparison,
        "Insights": answer_insights,
    }


def before(cursor: str) -> int:
    [run] = orjson.loads(b64decode(cursor).partition(b":")[2])
    return int(run)


def page(runs: list[dict[str, Any]], first: int) -> dict[str, Any]:
    shown = runs[:first]
    cursor = b64encode(f"run:[{shown[-1]['id']}]".encode()).decode() if shown else None
    return {
        "nodes": shown,
        "pageInfo": {"hasNextPage": len(runs) > first, "endCursor": cursor},
    }


if __name__ == "__main__":
    uvicorn.run(Limit(), port=int(os.environ["PORT"]), log_level="warning")
