"""The rows of runs are those that the platform writes."""

import sqlite3
from contextlib import closing

import pytest

from gql import demo
from tests.demo.conftest import RUNS, build, column, count, failing, states

LIVE = demo.live_runs(RUNS)


def test_runs_reach_from_august_2023_to_the_end_of_july_2026(database):
    times = column(database, "SELECT timestamp FROM test_progress ORDER BY timestamp")
    assert times[0][:7] == "2023-08"
    assert times[-1][:10] == "2026-07-31"


def test_runs_begin_in_the_order_of_their_ids_unless_they_are_restarted(database):
    begun = dict(database.execute("SELECT test_id, min(timestamp) FROM test_progress GROUP BY 1"))
    assert begun.pop(demo.RESTARTED_RUN) > begun[demo.RESTARTED_RUN + 1]
    assert list(begun.values()) == sorted(begun.values())


def test_runs_come_in_pairs_of_one_commit(database):
    statement = """
        SELECT linux.id FROM test AS linux JOIN test AS windows ON windows.id = linux.id + 1
        WHERE linux.platform = 'linux' AND windows.platform = 'windows'
        AND linux."commit" = windows."commit" AND linux.pr_nr = windows.pr_nr
        AND linux.test_type = windows.test_type AND linux.fork_id = windows.fork_id
    """
    queued_by_users = {demo.PASSING_RUN, demo.SINGLE_TEST_RUN}
    assert set(column(database, statement)) == set(range(1, RUNS, 2)) - queued_by_users


def test_pull_requests_differ_by_their_number_alone(database):
    statement = "SELECT DISTINCT fork_id, branch FROM test WHERE test_type = 'pr'"
    assert database.execute(statement).fetchall() == [(1, "pull_request")]
    assert column(database, "SELECT github FROM fork WHERE id = 1") == [
        "https://github.com/CCExtractor/ccextractor.git"
    ]
    assert 0 not in column(database, "SELECT pr_nr FROM test WHERE test_type = 'pr'")


def test_a_pull_request_can_have_several_pushes(database):
    pushes = "SELECT count(*) FROM test WHERE pr_nr AND platform = 'linux' GROUP BY pr_nr"
    assert max(column(database, pushes)) > 1


def test_forks_have_a_master_too(database):
    statement = "SELECT DISTINCT branch FROM test WHERE test_type = 'commit' AND fork_id != 1"
    assert column(database, statement) == ["master"]


def test_the_user_that_queued_a_run_is_known_for_forks_and_chosen_tests(database):
    queued_by_users = column(database, "SELECT test_id FROM test_fork ORDER BY 1")
    chosen = "SELECT id FROM test WHERE fork_id != 1 OR id = ? ORDER BY 1"
    assert queued_by_users == column(database, chosen, demo.SINGLE_TEST_RUN)


def test_every_run_lists_its_tests(database):
    of_each = dict(
        database.execute("SELECT test_id, count(*) FROM customized_test GROUP BY test_id")
    )
    chosen = {
        demo.CANCELED_RUN: 55,
        demo.STUCK_RUN: 55,
        demo.CUSTOMIZED_RUN: 18,
        demo.SINGLE_TEST_RUN: 1,
        demo.INCOMPLETE_RUN: 34,
    }
    assert of_each == dict.fromkeys(range(1, RUNS + 1), 237) | chosen


def test_every_result_is_of_a_listed_test(database):
    unlisted = """
        SELECT test_id, regression_test_id FROM test_result
        EXCEPT SELECT test_id, regression_id FROM customized_test
    """
    assert database.execute(unlisted).fetchall() == []


def test_a_run_that_is_not_finished_is_testing_preparing_or_queued(database):
    assert states(database, LIVE.testing) == ["preparation", "testing"]
    assert states(database, LIVE.preparing) == ["preparation"]
    assert [states(database, run_id) for run_id in LIVE.queued] == [[]] * 11
    assert LIVE.queued[-1] == RUNS


def test_a_run_that_is_testing_has_outputs_of_one_more_test_than_results(database):
    last = "SELECT max(regression_test_id) FROM {} WHERE test_id = ?"
    assert column(database, last.format("test_result"), LIVE.testing) == [118]
    assert column(database, last.format("test_result_file"), LIVE.testing) == [119]


def test_a_crashed_or_missing_output_has_no_row_and_a_matching_one_no_hash(database):
    same = "test_result_file WHERE got = expected OR expected IS NULL"
    assert count(database, same) == 0
    without_rows = column(
        database,
        """
        SELECT DISTINCT exit_code FROM test_result AS result
        WHERE EXISTS (SELECT * FROM regression_test_output AS output
            WHERE output.regression_id = result.regression_test_id AND NOT "ignore")
        AND NOT EXISTS (SELECT * FROM test_result_file AS file
            WHERE file.test_id = result.test_id
            AND file.regression_test_id = result.regression_test_id)
        """,
    )
    assert {139, -1073741819, 134, 0} <= set(without_rows)


def test_exit_codes_are_of_every_kind(database):
    statement = "SELECT DISTINCT exit_code FROM test_result WHERE exit_code IS NOT expected_rc"
    assert {139, -1073741819, 134, 124, 10} <= set(column(database, statement))


async def test_the_messages_are_the_platforms(tmp_path):
    await build(tmp_path / "many.sqlite", runs=1000)
    with closing(sqlite3.connect(tmp_path / "many.sqlite")) as database:
        messages = set(column(database, "SELECT DISTINCT message FROM test_progress"))
    for beginning in (
        "Ran all tests",
        "PR closed",
        "Tests canceled",
        "Could not complete test, time limit exceeded",
        "GCP operation timed out.",
        "VM creation failed (ZONE_RESOURCE_POOL_EXHAUSTED",
        "No build available:",
        "Cancelling tests as Github Action(s) failed",
        "Duplicate Entries",
    ):
        assert any(message.startswith(beginning) for message in messages), beginning


@pytest.mark.parametrize("platform", ["linux", "windows"])
def test_last_passed_is_the_newest_completed_run_of_master_that_passed(database, platform):
    completed = column(
        database,
        """
        SELECT test.id FROM test JOIN test_progress ON test_id = test.id
        WHERE platform = ? AND status = 'completed' AND fork_id = 1 AND test_type = 'commit'
        ORDER BY 1
        """,
        platform,
    )
    last_passed = dict.fromkeys(column(database, "SELECT id FROM regression_test"))
    for run_id in completed:
        results = column(
            database, "SELECT regression_test_id FROM test_result WHERE test_id = ?", run_id
        )
        last_passed |= dict.fromkeys(set(results) - failing(database, run_id), run_id)
    assert last_passed == dict(
        database.execute(f"SELECT id, last_passed_on_{platform} FROM regression_test")
    )
