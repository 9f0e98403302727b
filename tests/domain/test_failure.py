"""Two failures of a test have one fingerprint exactly if they are the same failure."""

from typing import Any

import pytest

from tests.support import rows
from tests.support.gateway import Client
from tests.support.platform import Platform
from tests.support.rows import DIFFERENT, VARIANT

pytestmark = pytest.mark.quick

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
