"""What the platform's own API gets wrong cannot happen here."""

import pytest

from gql.database import tables
from tests.support import rows
from tests.support.gateway import Client
from tests.support.platform import Platform
from tests.support.rows import BASELINE, DIFFERENT, VARIANT

pytestmark = pytest.mark.quick

SAMPLE = """
query ($run: Int!, $test: Int!) {
  sample(runId: $run, regressionId: $test) {
    status
    outputs { outputId status expectedHash actualHash }
  }
}
"""

RUN = """
query ($run: Int!) {
  run(id: $run) {
    status
    summary { total pass fail missingOutput skipped running notStarted }
    samples(first: 500) { totalCount nodes { regressionId status } }
  }
}
"""


async def test_variant_makes_the_sample_and_its_output_pass(
    platform: Platform, gateway: Client
) -> None:
    await platform.add(
        rows.regression_test(1, outputs=(11,)),
        rows.variant(11, VARIANT),
        rows.run(1, "completed"),
        rows.result(1, 1),
        rows.file(1, 1, 11, got=VARIANT),
    )

    sample = (await gateway.ask(SAMPLE, run=1, test=1))["sample"]

    assert sample["status"] == "PASS"
    assert sample["outputs"][0]["status"] == "MATCH"
    assert sample["outputs"][0]["actualHash"] == VARIANT


async def test_run_with_a_test_without_result_is_incomplete(
    platform: Platform, gateway: Client
) -> None:
    await platform.add(
        rows.regression_test(1),
        rows.regression_test(2),
        rows.run(1, "completed"),
        tables.CustomizedTest(test_id=1, regression_id=1),
        tables.CustomizedTest(test_id=1, regression_id=2),
        rows.result(1, 1),
    )

    run = (await gateway.ask(RUN, run=1))["run"]

    assert run["status"] == "INCOMPLETE"
    assert run["summary"]["skipped"] == 1


async def test_test_listed_twice_counts_once(platform: Platform, gateway: Client) -> None:
    await platform.add(
        rows.regression_test(1),
        rows.run(1, "testing"),
        tables.CustomizedTest(test_id=1, regression_id=1),
        tables.CustomizedTest(test_id=1, regression_id=1),
        rows.result(1, 1),
    )

    run = (await gateway.ask(RUN, run=1))["run"]

    assert run["summary"]["total"] == run["samples"]["totalCount"] == 1
    assert [sample["regressionId"] for sample in run["samples"]["nodes"]] == [1]


async def test_category_listed_twice_for_a_test_counts_once(
    platform: Platform, gateway: Client
) -> None:
    await platform.add(
        tables.Category(id=1, name="DVB", description=""),
        rows.regression_test(1),
    )
    await platform.duplicate_category(test=1, category=1)
    await platform.add(rows.run(1, "testing"))

    data = await gateway.ask(
        """{ run(id: 1) {
          summary { byCategory { total category { name } } }
          sample(regressionId: 1) { categories { name } }
        } }"""
    )

    assert data["run"]["summary"]["byCategory"] == [{"total": 1, "category": {"name": "DVB"}}]
    assert data["run"]["sample"]["categories"] == [{"name": "DVB"}]


async def test_results_of_other_runs_are_not_counted(platform: Platform, gateway: Client) -> None:
    await platform.add(
        rows.regression_test(1, active=False),
        rows.regression_test(2),
        rows.run(1, "completed"),
        rows.run(2, "completed"),
        rows.result(1, 1),
        rows.result(2, 1, exit_code=5),
        rows.result(2, 2, exit_code=5),
    )

    run = (await gateway.ask(RUN, run=1))["run"]

    assert run["status"] == "PASS"
    assert run["summary"] == {
        "total": 1,
        "pass": 1,
        "fail": 0,
        "missingOutput": 0,
        "skipped": 0,
        "running": 0,
        "notStarted": 0,
    }


async def test_sample_without_a_result_is_found(platform: Platform, gateway: Client) -> None:
    await platform.add(
        rows.regression_test(1),
        rows.run(1),
    )

    assert (await gateway.ask(SAMPLE, run=1, test=1))["sample"] == {
        "status": "NOT_STARTED",
        "outputs": [],
    }
    document = await gateway.sample(1, 1)
    assert document.status_code == 200
    assert document.json()["status"] == "not_started"


async def test_missing_output_is_listed(platform: Platform, gateway: Client) -> None:
    await platform.add(
        rows.regression_test(1, outputs=(11, 12)),
        rows.run(1, "completed"),
        rows.result(1, 1),
        rows.file(1, 1, 11),
    )

    sample = (await gateway.ask(SAMPLE, run=1, test=1))["sample"]

    assert sample["status"] == "MISSING_OUTPUT"
    assert [(o["outputId"], o["status"]) for o in sample["outputs"]] == [
        (11, "MATCH"),
        (12, "MISSING_OUTPUT"),
    ]


async def test_dummy_row_means_missing_output_and_is_hidden(
    platform: Platform, gateway: Client
) -> None:
    await platform.add(
        rows.regression_test(1),
        rows.output(-1, test=1),
        rows.run(1, "completed"),
        rows.result(1, 1),
        rows.file(1, 1, -1, expected="", got="error"),
    )

    assert (await gateway.ask(SAMPLE, run=1, test=1))["sample"] == {
        "status": "MISSING_OUTPUT",
        "outputs": [],
    }


async def test_rest_and_graphql_give_the_same_answer(platform: Platform, gateway: Client) -> None:
    await platform.add(
        rows.regression_test(1, outputs=(11, 12)),
        rows.run(1, "completed"),
        rows.result(1, 1, exit_code=10),
        rows.file(1, 1, 11, got=DIFFERENT),
    )

    document = (await gateway.sample(1, 1)).json()
    data = await gateway.ask(
        """{ sample(runId: 1, regressionId: 1) {
          run_id: runId regression_id: regressionId category command status
          runtime_ms: runtimeMs exit_code: exitCode expected_exit_code: expectedExitCode
          result_message: resultMessage tags
          outputs {
            output_id: outputId status expected_hash: expectedHash actual_hash: actualHash
          }
        } }"""
    )

    sample = data["sample"]
    sample["status"] = sample["status"].lower()
    for output in sample["outputs"]:
        output["status"] = output["status"].lower()
    assert sample["category"] is None
    del sample["category"], document["sample_id"]
    assert document == sample
    assert document["result_message"] == (
        "Exit code 10, expected 0. 1 of 2 expected outputs missing: 12. "
        "1 output differs from every accepted baseline: 11."
    )


async def test_file_reported_for_another_test_is_not_listed(
    platform: Platform, gateway: Client
) -> None:
    await platform.add(
        rows.regression_test(1, outputs=(11,)),
        rows.regression_test(2),
        rows.run(1, "completed"),
        rows.result(1, 1),
        rows.file(1, 2, 11),
    )

    assert (await gateway.ask(SAMPLE, run=1, test=1))["sample"] == {
        "status": "MISSING_OUTPUT",
        "outputs": [
            {
                "outputId": 11,
                "status": "MISSING_OUTPUT",
                "expectedHash": BASELINE,
                "actualHash": None,
            }
        ],
    }


async def test_dummy_row_has_a_failure_fingerprint(platform: Platform, gateway: Client) -> None:
    await platform.add(
        rows.regression_test(1),
        rows.output(-1, test=1),
        rows.run(1, "completed"),
        rows.result(1, 1),
        rows.file(1, 1, -1, expected="", got="error"),
    )

    data = await gateway.ask("{ sample(runId: 1, regressionId: 1) { failureFingerprint } }")

    assert data["sample"]["failureFingerprint"]


async def test_output_of_the_dummy_row_is_not_expected(platform: Platform, gateway: Client) -> None:
    await platform.add(
        rows.regression_test(1),
        rows.output(-1, test=1),
        rows.run(1, "completed"),
        rows.run(2, "completed"),
        rows.result(1, 1),
        rows.result(2, 1),
        rows.file(2, 1, -1, got=DIFFERENT),
    )

    for run in (1, 2):
        sample = (await gateway.ask(SAMPLE, run=run, test=1))["sample"]
        assert sample == {"status": "PASS", "outputs": []}
    data = await gateway.ask("{ regressionTest(id: 1) { outputs { id } } }")
    assert data["regressionTest"]["outputs"] == []
