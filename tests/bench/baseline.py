"""The baseline: the same answers from hand-written SQL, with the least that can run it.

A bare ASGI function, one or two statements a request through the driver alone, plain Python and
orjson. No framework, no token, no rate limit, no GraphQL: an operation is known by its name.

It takes for granted what the gateway does not: ids that exist, and reported outputs that are
outputs of their test.
"""

import os
import re
import sqlite3
from base64 import b64decode, b64encode
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

_IN_RUN = f"""(
  r.test_id IS NOT NULL
  OR EXISTS (SELECT 1 FROM customized_test c WHERE c.test_id = t.id AND c.regression_id = s.id)
  OR (s.active IS TRUE AND {_IS_UNDER_WAY}
      AND NOT EXISTS (SELECT 1 FROM customized_test c WHERE c.test_id = t.id)))
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

_SAMPLES = f"""
SELECT s.id, t.id, p.status, p.message, s.sample_id, s.command,
       r.test_id, r.runtime, r.exit_code, r.expected_rc,
       (SELECT c.name FROM regression_test_category rc JOIN category c ON c.id = rc.category_id
        WHERE rc.regression_id = s.id ORDER BY c.name, c.id LIMIT 1),
       ({_TAGS}),
       o.id, o.correct, o.ignore, f.test_id, f.expected, f.got, {_VARIANT}
FROM test t CROSS JOIN regression_test s
{_LATEST_PROGRESS}
LEFT JOIN test_result r ON r.test_id = t.id AND r.regression_test_id = s.id
LEFT JOIN regression_test_output o ON o.regression_id = s.id
LEFT JOIN test_result_file f ON f.test_id = t.id AND f.regression_test_id = s.id
                            AND f.regression_test_output_id = o.id
WHERE t.id = ? AND {_IN_RUN}
"""

SAMPLE = f"{_SAMPLES} AND s.id = ? ORDER BY o.id"

SAMPLES_OF_RUN = f"{_SAMPLES} ORDER BY s.id, o.id"

RUNS = f"""
SELECT t.id, t.platform, t.branch, t.commit, t.pr_nr,
       (SELECT MIN(q.timestamp) FROM test_progress q WHERE q.test_id = t.id), p.status,
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
WHERE t.id < ? ORDER BY t.id DESC LIMIT ?
"""

EXPECTED_OUTPUTS = (
    "SELECT id, regression_id FROM regression_test_output o WHERE o.ignore IS NOT TRUE"
)

HISTORY = f"""
SELECT s.command, t.id, p.status, r.test_id, r.runtime, r.exit_code, r.expected_rc,
       EXISTS (SELECT 1 FROM regression_test_output o
               WHERE o.regression_id = s.id AND o.ignore IS NOT TRUE AND NOT EXISTS
                     (SELECT 1 FROM test_result_file f
                      WHERE f.test_id = t.id AND f.regression_test_id = s.id
                        AND f.regression_test_output_id = o.id)),
       EXISTS (SELECT 1 FROM test_result_file f
               WHERE f.test_id = t.id AND f.regression_test_id = s.id AND {_DIFFERS})
FROM test t CROSS JOIN regression_test s
{_LATEST_PROGRESS}
LEFT JOIN test_result r ON r.test_id = t.id AND r.regression_test_id = s.id
WHERE s.id = ? AND {_IN_RUN}
ORDER BY t.id DESC LIMIT 100
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

        async def rows(*values: int) -> Sequence[Row]:
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

        async def rows(*values: int) -> Sequence[Row]:
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


def run_of(row: Row, outputs_of_tests: dict[str, str]) -> dict[str, Any]:
    run, platform, branch, commit, pull_request, started_at, state, *lists = row
    results, exits, differing, reported, customized, active = map(ids_of, lists)
    missing = {outputs_of_tests[o] for o in outputs_of_tests.keys() - reported} & results
    failing = (exits | differing) & results - missing
    without_result = len((customized or active) - results)
    status = sample_status(state, None, None, None, None)
    counts = {
        "total": len(results) + without_result,
        "pass": len(results) - len(missing) - len(failing),
        "fail": len(failing),
        "missingOutput": len(missing),
        "skipped": without_result if status == "skipped" else 0,
        "running": without_result if status == "running" else 0,
        "notStarted": without_result if status == "not_started" else 0,
    }
    return {
        "id": run,
        "platform": platform.upper(),
        "branch": branch,
        "commit": commit,
        "pullRequest": pull_request or None,
        "startedAt": iso_8601(started_at),
        "status": run_status(state, has_results=bool(results), counts=counts),
        "summary": counts,
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


class Baseline:
    async def open(self, address: str) -> None:
        statement = await OPEN[urlsplit(address).scheme.partition("+")[0]](address)
        self.sample = statement(SAMPLE)
        self.samples_of_run = statement(SAMPLES_OF_RUN)
        self.runs = statement(RUNS)
        self.expected_outputs = statement(EXPECTED_OUTPUTS)
        self.history = statement(HISTORY)

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

    async def answer_runs(self, *, first: int, after: str) -> dict[str, Any]:
        [before] = orjson.loads(b64decode(after).partition(b":")[2])
        rows = await self.runs(before, first + 1)
        outputs = {str(output): str(test) for output, test in await self.expected_outputs()}
        runs = [run_of(row, outputs) for row in rows[:first]]
        cursor = b64encode(f"run:[{runs[-1]['id']}]".encode()).decode() if runs else None
        page_info = {"hasNextPage": len(rows) > first, "endCursor": cursor}
        return {"runs": {"nodes": runs, "pageInfo": page_info}}

    async def answer_history(self, *, id: int) -> dict[str, Any]:
        rows = await self.history(id)
        nodes = [history_entry(row) for row in rows]
        return {"regressionTest": {"id": id, "command": rows[0][0], "history": {"nodes": nodes}}}

    ANSWERS = {  # noqa: RUF012
        "Sample": answer_sample,
        "Run": answer_run,
        "Runs": answer_runs,
        "History": answer_history,
    }


if __name__ == "__main__":
    uvicorn.run(Baseline(), port=int(os.environ["PORT"]), log_level="warning")
