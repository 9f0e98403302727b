"""Two failures of a test have one fingerprint exactly if they are the same failure."""

from typing import Any

import pytest

from gql.database import tables
from tests.support import rows
from tests.support.gateway import Client, running_app, settings
from tests.support.platform import Platform
from tests.support.rows import DIFFERENT, VARIANT

pytestmark = pytest.mark.quick

PULL_REQUEST = {"branch": "pull_request", "test_type": "pr", "pr_nr": 7}
PLATFORMS = ["linux", "windows"]

SAME: dict[str, Any] = {"exit_code": 0, "files": {11: DIFFERENT, 12: None}}


async def fingerprints(client: Client) -> list[str]:
    data = await client.ask("{ runs { nodes { sample(regressionId: 1) { failureFingerprint } } } }")
    return [run["sample"]["failureFingerprint"] for run in data["runs"]["nodes"]]


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        (SAME, True),
        ({"exit_code": 0, "files": {11: VARIANT, 12: None}}, False),
        ({"exit_code": 0, "files": {11: DIFFERENT}}, False),
        ({"exit_code": 0, "files": {11: DIFFERENT, 12: DIFFERENT}}, False),
        ({"exit_code": 139, "files": {11: DIFFERENT, 12: None}}, False),
        ({"exit_code": None, "files": {11: DIFFERENT, 12: None}}, False),
        ({"exit_code": 0, "files": {11: DIFFERENT, 12: None, -1: "error"}}, False),
        # What is not the failure does not count.
        ({"exit_code": 1, "expected_rc": 1, "runtime": 7, "files": {11: DIFFERENT, 12: ""}}, True),
    ],
)
async def test_fingerprint_is_of_the_exit_code_and_the_produced_files(
    platform: Platform, gateway: Client, other: dict[str, Any], is_same: bool
) -> None:
    await platform.add(rows.regression_test(1, outputs=(11, 12)), rows.output(-1, test=1))
    for run, failure in enumerate((SAME, other), 1):
        result = {name: value for name, value in failure.items() if name != "files"}
        await platform.add(
            rows.run(run, "completed"),
            rows.result(run, 1, **result),
            *(rows.file(run, 1, output, got=got) for output, got in failure["files"].items()),
        )

    one, another = await fingerprints(gateway)

    assert one
    assert another
    assert (one == another) is is_same


async def test_fingerprint_of_an_output_that_is_accepted_today_is_none(
    platform: Platform, gateway: Client
) -> None:
    await platform.add(
        rows.regression_test(1, outputs=(11,)),
        rows.variant(11, VARIANT),
        rows.run(1, "completed"),
        rows.result(1, 1),
        rows.file(1, 1, 11, got=VARIANT),
    )

    assert await fingerprints(gateway) == [None]


async def test_fingerprints_of_many_samples_take_one_statement(
    platform: Platform, gateway: Client, statements: Any
) -> None:
    await platform.add(
        *(rows.regression_test(test, outputs=(test,)) for test in range(1, 21)),
        *(rows.run(run, "completed") for run in (1, 2)),
        *(rows.result(run, test) for run in (1, 2) for test in range(1, 21)),
    )

    with statements() as executed:
        await gateway.ask("{ runs { nodes { samples { nodes { failureFingerprint } } } } }")

    assert len(executed) == 3  # runs, their samples, what these produced


@pytest.mark.parametrize(
    ("exit_codes", "triage"),
    [
        ([], "NO_HISTORY"),
        ([0], "NEW_REGRESSION"),
        ([1, 0], "NEW_REGRESSION"),
        ([0, 1], "STILL_FAILING"),
        ([1, 1], "NEVER_PASSED"),
        ([0, 1, 0], "FLAKY"),
        ([1, 0, 1, 1], "FLAKY"),
    ],
)
async def test_triage_follows_from_the_results_before(
    platform: Platform, gateway: Client, exit_codes: list[int], triage: str
) -> None:
    runs = [*exit_codes, 1]
    await platform.add(
        tables.Fork(id=1, github="https://github.com/CCExtractor/ccextractor"),
        rows.regression_test(1),
        *(rows.run(run, "canceled", fork_id=1) for run in range(1, len(runs) + 1)),
        *(rows.result(run, 1, exit_code=code) for run, code in enumerate(runs, 1)),
    )

    data = await gateway.ask(
        f"{{ sample(runId: {len(runs)}, regressionId: 1) {{ triage before: triage(last: 1) }} }}"
    )

    assert data["sample"]["triage"] == triage
    if exit_codes:
        assert data["sample"]["before"] == ("NEVER_PASSED" if exit_codes[-1] else "NEW_REGRESSION")


@pytest.mark.parametrize(
    "field", ["triage(last: 0)", "triage(last: 101)", "occurrences(last: 201)"]
)
async def test_number_of_results_that_is_too_large_is_rejected(
    platform: Platform, gateway: Client, field: str
) -> None:
    await platform.add(
        rows.regression_test(1), rows.run(1, "completed"), rows.result(1, 1, exit_code=1)
    )
    selected = f"{field} {{ runs }}" if field.startswith("occ") else field
    query = f"{{ sample(runId: 1, regressionId: 1) {{ {selected} }} }}"

    response = await gateway.post("/graphql", json={"query": query})

    assert response.json()["errors"][0]["extensions"]["argument"] == "last"


async def test_page_of_failing_samples_of_many_runs_takes_ten_statements(
    platform: Platform, statements: Any
) -> None:
    count = 100
    await platform.add(
        tables.Fork(id=1, github="https://github.com/CCExtractor/ccextractor"),
        *(rows.regression_test(test, outputs=(test,)) for test in range(1, 11)),
        *(
            rows.run(run, "completed", fork_id=1, **PULL_REQUEST if run % 2 else {}, platform=name)
            for run, name in zip(range(1, count + 1), PLATFORMS * count, strict=False)
        ),
        *(rows.result(run, run % 10 + 1, exit_code=run % 3) for run in range(1, count + 1)),
        *(rows.file(run, run % 10 + 1, run % 10 + 1, got=DIFFERENT) for run in range(1, count + 1)),
    )

    unlimited = settings(platform.url, graphql_max_cost=1_000)
    async with running_app(unlimited, token=platform.token) as client:
        with statements() as executed:
            data = await client.ask(
                """{ runs(first: 100) { nodes {
                  samples(first: 1, filter: {statuses: [FAIL]}) { nodes {
                    verdict failureKind triage failureFingerprint occurrences { runs onMaster }
                  } }
                } } }"""
            )

    samples = [sample for run in data["runs"]["nodes"] for sample in run["samples"]["nodes"]]
    assert len(samples) == count
    assert all(sample["occurrences"] for sample in samples)
    assert len(executed) <= 10
