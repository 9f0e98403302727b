"""The stories that the package's docstring lists."""

from collections import Counter

from gql import demo
from tests.demo.conftest import RUNS, column, count, failing, fingerprint, states

LIVE = demo.live_runs(RUNS)


def results(database, run_id):
    """The tests that have a result in a run."""
    return set(
        column(database, "SELECT regression_test_id FROM test_result WHERE test_id = ?", run_id)
    )


def test_every_test_passes_in_the_passing_run(database):
    assert count(database, "test_result WHERE test_id = ?", demo.PASSING_RUN) == 237
    assert failing(database, demo.PASSING_RUN) == set()


# What tests do from run to run


def test_a_pull_request_breaks_exactly_two_tests_on_both_platforms(database):
    for master, pull_request in (
        (demo.REPAIRED_MASTER_LINUX, demo.BREAKING_PR_LINUX),
        (demo.REPAIRED_MASTER_WINDOWS, demo.BREAKING_PR_WINDOWS),
    ):
        broken = failing(database, pull_request) ^ failing(database, master)
        assert broken == set(demo.TESTS_BROKEN_BY_PR)


def test_another_pull_request_fixes_exactly_one(database):
    for master, pull_request in (
        (demo.REPAIRED_MASTER_LINUX, demo.FIXING_PR_LINUX),
        (demo.REPAIRED_MASTER_WINDOWS, demo.FIXING_PR_WINDOWS),
    ):
        fixed = failing(database, master) ^ failing(database, pull_request)
        assert fixed == {demo.TEST_FIXED_BY_PR}


def test_a_regression_on_master_lasts_until_it_is_repaired(database):
    runs = range(demo.GOOD_MASTER_LINUX, demo.REPAIRED_MASTER_WINDOWS + 1)
    regressed = [run_id for run_id in runs if demo.REGRESSED_TEST in failing(database, run_id)]
    assert regressed == [5, 6, 7, 8]


def test_a_flaky_test_alternates_on_linux_master(database):
    runs = column(
        database,
        """
        SELECT test_id FROM test_result JOIN test ON test.id = test_id
        WHERE regression_test_id = ? AND platform = 'linux' AND test_type = 'commit'
        AND fork_id = 1 ORDER BY 1
        """,
        demo.FLAKY_TEST,
    )
    failures = [demo.FLAKY_TEST in failing(database, run_id) for run_id in runs]
    assert failures == [index % 2 == 0 for index in range(len(runs))]


def test_a_test_that_always_fails_leaves_the_same_hash_every_time(database):
    statement = (
        "SELECT DISTINCT got FROM test_result_file WHERE got != '' AND regression_test_id = ?"
    )
    assert len(column(database, statement, demo.ALWAYS_FAILING_TEST)) == 1


def test_an_ignored_output_that_differs_fails_its_test(database):
    differing = """
        SELECT DISTINCT "ignore" FROM test_result_file AS file
        JOIN regression_test_output AS output ON output.id = regression_test_output_id
        WHERE regression_test_id = ? AND got != ''
    """
    assert column(database, differing, demo.IGNORED_OUTPUT_TEST) == [1]
    assert demo.IGNORED_OUTPUT_TEST in failing(database, demo.GOOD_MASTER_LINUX)


def test_a_variant_makes_a_difference_pass(database):
    statement = "test_result_file WHERE got != expected AND test_id = ? AND regression_test_id = ?"
    run_id = demo.REPAIRED_MASTER_WINDOWS
    assert count(database, statement, run_id, demo.VARIANT_TEST) == 1
    assert demo.VARIANT_TEST not in failing(database, run_id)


def test_old_runs_keep_the_baseline_that_has_moved_since(database):
    moved = column(
        database,
        """
        SELECT DISTINCT test_id FROM test_result_file AS file
        JOIN regression_test_output AS output ON output.id = regression_test_output_id
        WHERE regression_test_id = ? AND expected != correct ORDER BY 1
        """,
        demo.MOVED_BASELINE_TEST,
    )
    assert moved == [1, 2, 3, 4, 5, 6, 7, 8]


# How runs end


def test_a_canceled_run_has_results_of_some_chosen_tests(database):
    assert states(database, demo.CANCELED_RUN)[-1] == "canceled"
    assert count(database, "test_result WHERE test_id = ?", demo.CANCELED_RUN) == 21


def test_a_run_has_been_stuck_for_a_year(database):
    assert states(database, demo.STUCK_RUN) == []
    [begun] = column(
        database,
        "SELECT min(timestamp) FROM test_progress WHERE test_id = ?",
        demo.STUCK_RUN - 1,
    )
    assert begun < "2025-07-31"


def test_a_customized_run_lists_one_test_twice(database):
    chosen = column(
        database,
        "SELECT regression_id FROM customized_test WHERE test_id = ?",
        demo.CUSTOMIZED_RUN,
    )
    assert (len(chosen), len(set(chosen))) == (18, 17)


def test_a_maintainer_ran_one_test_on_master(database):
    assert results(database, demo.SINGLE_TEST_RUN) == {demo.REGRESSED_TEST}
    assert states(database, demo.SINGLE_TEST_RUN)[-1] == "completed"
    statement = "SELECT fork_id, branch, test_type FROM test WHERE id = ?"
    assert database.execute(statement, (demo.SINGLE_TEST_RUN,)).fetchone() == (
        1,
        "master",
        "commit",
    )


def test_an_incomplete_run_lacks_three_results_and_no_test_fails(database):
    assert states(database, demo.INCOMPLETE_RUN)[-1] == "completed"
    assert count(database, "customized_test WHERE test_id = ?", demo.INCOMPLETE_RUN) == 34
    assert count(database, "test_result WHERE test_id = ?", demo.INCOMPLETE_RUN) == 31
    assert failing(database, demo.INCOMPLETE_RUN) == set()


def test_a_worker_died_after_60_tests_and_the_run_is_completed(database):
    assert states(database, demo.DIED_RUN)[-1] == "completed"
    assert len(results(database, demo.DIED_RUN)) == 60


def test_a_completed_run_can_be_empty(database):
    assert states(database, demo.EMPTY_RUN)[-1] == "completed"
    assert results(database, demo.EMPTY_RUN) == set()


def test_duplicate_entries_were_reported_after_completed(database):
    assert states(database, demo.DUPLICATE_RUN)[-2:] == ["completed", "canceled"]
    assert len(results(database, demo.DUPLICATE_RUN)) == 237


def test_a_restarted_run_has_results_and_is_in_preparation(database):
    assert states(database, demo.RESTARTED_WITH_RESULTS) == ["preparation"]
    assert len(results(database, demo.RESTARTED_WITH_RESULTS)) == 100


def test_a_run_was_canceled_at_the_time_limit(database):
    assert states(database, demo.TIMED_OUT_RUN)[-1] == "canceled"
    assert len(results(database, demo.TIMED_OUT_RUN)) == 150


# What a pull request does


def verdicts(database, head, base):
    """The tests by their verdict, as the platform's own words have it."""
    of_head, of_base = results(database, head), results(database, base)
    fails, failed = failing(database, head), failing(database, base)
    same = {
        test
        for test in fails & failed
        if fingerprint(database, head, test) == fingerprint(database, base, test)
    }
    return {
        "NOT_RERUN": of_base - of_head,
        "NO_REFERENCE": of_head - of_base,
        "BROKEN_HERE": fails & of_base - failed,
        "FIXED_HERE": failed & of_head - fails,
        "FAILING_IDENTICALLY": same,
        "FAILING_DIFFERENTLY": fails & failed - same,
        "UNCHANGED_PASS": of_head & of_base - fails - failed,
    }


def test_a_pull_request_has_tests_of_every_verdict_on_linux(database):
    found = verdicts(database, demo.VERDICTS_PR_LINUX, demo.CHANGED_MASTER_LINUX)
    assert len(found.pop("UNCHANGED_PASS")) > 190
    assert found == {
        "BROKEN_HERE": set(demo.TESTS_BROKEN_BY_KIND),
        "FIXED_HERE": {demo.TEST_FIXED_BY_PR},
        "FAILING_DIFFERENTLY": set(demo.TESTS_FAILING_DIFFERENTLY),
        "FAILING_IDENTICALLY": (
            {*demo.KNOWN_FAILURES, demo.CORRECTED_BASELINE_TEST, demo.FLAKY_TEST}
            - {demo.TEST_FIXED_BY_PR, *demo.TESTS_FAILING_DIFFERENTLY}
        ),
        "NOT_RERUN": set(demo.TESTS_NOT_RERUN),
        "NO_REFERENCE": set(demo.TESTS_WITHOUT_REFERENCE),
    }


def test_a_pull_request_breaks_other_tests_on_windows(database):
    found = verdicts(database, demo.VERDICTS_PR_WINDOWS, demo.CHANGED_MASTER_WINDOWS)
    assert found["BROKEN_HERE"] == set(demo.TESTS_BROKEN_BY_KIND) - {58}


def test_a_pull_request_breaks_a_test_in_every_way(database):
    exit_codes = [
        fingerprint(database, demo.VERDICTS_PR_LINUX, test)[0] for test in demo.TESTS_BROKEN_BY_KIND
    ]
    assert exit_codes == [139, 134, 124, 0, 10, 0]


def test_a_second_push_leaves_two_failures_with_the_same_bytes(database):
    first, second = demo.VERDICTS_PR_LINUX, demo.SECOND_PUSH_LINUX
    still = set(demo.TESTS_BROKEN_BY_KIND) & failing(database, second)
    assert still == {110, 160}
    for test in still:
        assert fingerprint(database, first, test) == fingerprint(database, second, test)


def test_a_pull_request_fails_in_other_ways_on_the_two_systems(database):
    runs = (demo.SYSTEMS_PR_LINUX, demo.SYSTEMS_PR_WINDOWS)
    linux, windows = (
        {
            test: fingerprint(database, run_id, test)
            for test in demo.TESTS_OF_ONE_SYSTEM
            if test in failing(database, run_id)
        }
        for run_id in runs
    )
    one, in_another_way, with_other_bytes = demo.TESTS_OF_ONE_SYSTEM
    assert one in windows.keys() - linux.keys()
    assert linux[in_another_way][0] != windows[in_another_way][0]
    assert linux[with_other_bytes][0] == windows[with_other_bytes][0]
    assert linux[with_other_bytes] != windows[with_other_bytes]


def test_a_failure_of_master_has_the_same_bytes_in_most_pull_requests(database):
    statement = "SELECT id FROM test WHERE pr_nr AND platform = 'linux' AND id BETWEEN 21 AND ?"
    runs = [
        run_id
        for run_id in column(database, statement, LIVE.testing)
        if len(results(database, run_id)) > 200
    ]
    of_master = fingerprint(database, demo.CHANGED_MASTER_LINUX, 20)
    same = Counter(fingerprint(database, run_id, 20) == of_master for run_id in runs)
    assert same[True] > same[False]


def test_master_changes_the_bytes_of_some_failures(database):
    for test in (17, 18, 19):
        before = fingerprint(database, demo.REPAIRED_MASTER_LINUX, test)
        assert before != fingerprint(database, demo.CHANGED_MASTER_LINUX, test)


# What changed since


def test_a_baseline_is_today_what_once_was_wrong(database):
    produced = database.execute(
        """
        SELECT test_id, got, expected = correct FROM test_result_file
        JOIN regression_test_output AS output ON output.id = regression_test_output_id
        WHERE regression_test_id = ? AND test_id IN (3, 21, 39)
        """,
        (demo.CORRECTED_BASELINE_TEST,),
    ).fetchall()
    [correct] = column(
        database,
        "SELECT correct FROM regression_test_output WHERE regression_id = ?",
        demo.CORRECTED_BASELINE_TEST,
    )
    assert produced == [(3, None, 0), (21, correct, 0), (39, None, 1)]


def test_a_variant_was_accepted_after_it_was_produced(database):
    runs = column(
        database,
        """
        SELECT DISTINCT test_id FROM test_result_file JOIN test ON test.id = test_id
        WHERE regression_test_id = ? AND got != '' AND platform = 'linux' ORDER BY 1
        """,
        demo.LATE_VARIANT_TEST,
    )
    assert runs == [1, 3, 5, 7, 9]


def test_a_test_fails_in_the_newest_runs_and_never_before(database):
    runs = [
        run_id
        for run_id in range(1, LIVE.testing)
        if demo.FAILING_SINCE_TEST in failing(database, run_id)
    ]
    assert len(runs) > 10
    assert runs[0] >= LIVE.testing - 16


def test_a_test_has_become_slow_in_the_newest_runs(database):
    runtimes = """
        SELECT avg(runtime) FROM test_result
        WHERE regression_test_id = ? AND test_id BETWEEN ? AND ?
    """
    [before] = column(database, runtimes, demo.SLOWER_TEST, 1, LIVE.testing - 17)
    [newest] = column(database, runtimes, demo.SLOWER_TEST, LIVE.testing - 16, RUNS)
    assert newest > 2.5 * before
