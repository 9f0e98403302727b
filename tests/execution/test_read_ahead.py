"""An operation reads one snapshot, whatever it reads ahead."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from gql.database import Session
from tests.support import rows
from tests.support.databases import only_on
from tests.support.gateway import Client
from tests.support.platform import Platform

pytestmark = pytest.mark.quick

RUNS = "runs(first: 50) { nodes { id } }"
SAMPLE = "sample(runId: {}, regressionId: {}) {{ status tags outputs {{ status }} }}"


@only_on("mariadb", "postgresql")  # A writer of SQLite would wait for the readers.
@pytest.mark.parametrize("further", ["tags { id }", SAMPLE.format(9, 9)])
async def test_all_fields_of_an_operation_read_one_snapshot(
    platform: Platform, gateway: Client, monkeypatch: pytest.MonkeyPatch, further: str
) -> None:
    await platform.add(rows.run(1, "completed"))
    ids = count(2)
    records = Session.records

    async def records_before_another_run(session: Session, *arguments: Any) -> Any:
        read = await records(session, *arguments)
        await platform.add(rows.run(next(ids)))
        return read

    monkeypatch.setattr(Session, "records", records_before_another_run)
    answer = await gateway.ask(f"{{ a: {RUNS} {further} z: {RUNS} }}")

    assert answer["a"] == answer["z"]


async def test_many_samples_take_as_many_statements_as_two(
    platform: Platform, gateway: Client, statements: Callable[[], Any]
) -> None:
    tests, runs = range(1, 5), range(1, 4)
    await platform.add(
        *(rows.regression_test(test, outputs=(test,)) for test in tests),
        *(rows.run(run, "completed") for run in runs),
        *(rows.result(run, test) for run in runs for test in tests),
    )
    samples = [SAMPLE.format(run, test) for run in runs for test in tests]
    fields = [f"s{number}: {sample}" for number, sample in enumerate(samples)]

    with statements() as of_two:
        await gateway.ask(f"{{ {' '.join(fields[:2])} }}")
    with statements() as of_all:
        await gateway.ask(f"{{ {' '.join(fields)} }}")

    assert len(of_all) == len(of_two)
