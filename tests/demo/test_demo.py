"""The demo data set: what is promised of it, read with plain SQL."""

import hashlib
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from gql import demo

pytestmark = pytest.mark.quick

RUNS = 45
LIVE = demo.live_runs(RUNS)


async def build(file: Path, **arguments):
    engine = create_async_engine(f"sqlite+aiosqlite:///{file}")
    try:
        await demo.build(engine, **arguments)
    finally:
        await engine.dispose()


async def dump(file: Path, **arguments):
    await build(file, **arguments)
    with closing(sqlite3.connect(file)) as database:
        return list(database.iterdump())


@pytest.fixture(scope="module")
async def database(tmp_path_factory) -> AsyncIterator[sqlite3.Connection]:
    file = tmp_path_factory.mktemp("demo") / "demo.sqlite"
    await build(file, runs=RUNS)
    with closing(sqlite3.connect(file)) as connection:
        yield connection


def column(database, statement, *parameters):
    return [value for (value,) in database.execute(statement, parameters)]


def count(database, statement, *parameters):
    return column(database, f"SELECT count(*) FROM {statement}", *parameters)[0]


def failing(database, run_id):
    """The tests with a result in a run that did not pass."""
    return set(
        column(
            database,
            """
            SELECT regression_test_id FROM test_result AS result
            WHERE test_id = ? AND (
                exit_code IS NOT expected_rc
                OR EXISTS (
                    SELECT * FROM regression_test_output AS output
                    LEFT JOIN test_result_file AS file
                        ON file.test_id = result.test_id
                        AND file.regression_test_output_id = output.id
                    LEFT JOIN regression_test_output_files AS variant
                        ON variant.regression_test_output_id = output.id
                        AND variant.file_hashes = file.got
                    WHERE output.regression_id = result.regression_test_id AND (
                        file.test_id IS NULL AND NOT output."ignore"
                        OR file.got != coalesce(file.expected, '') AND variant.id IS NULL
                    )
                )
            )
            """,
            run_id,
        )
    )


def states(database, run_id):
    return column(
        database, "SELECT status FROM test_progress WHERE test_id = ? ORDER BY id", run_id
    )


# Building


async def test_the_same_seed_gives_the_same_rows(tmp_path):
    one = await dump(tmp_path / "one.sqlite", runs=demo.MINIMUM_RUNS, seed=7)
    other = await dump(tmp_path / "other.sqlite", runs=demo.MINIMUM_RUNS, seed=7)
    assert one == other


async def test_another_seed_gives_other_rows(tmp_path):
    one = await dump(tmp_path / "one.sqlite", runs=demo.MINIMUM_RUNS, seed=7)
    other = await dump(tmp_path / "other.sqlite", runs=demo.MINIMUM_RUNS, seed=8)
    assert one != other


async def test_results_do_not_depend_on_the_number_of_runs(database, tmp_path):
    await build(tmp_path / "fewer.sqlite", runs=30)
    statement = "SELECT * FROM test_result WHERE test_id <= 27 ORDER BY 1, 2"
    with closing(sqlite3.connect(tmp_path / "fewer.sqlite")) as fewer:
        assert fewer.execute(statement).fetchall() == database.execute(statement).fetchall()


async def test_progress_is_reported_up_to_the_last_run(tmp_path):
    reports = []
    await build(tmp_path / "demo.sqlite", runs=45, report=lambda *report: reports.append(report))
    assert reports == [(20, 45), (40, 45), (45, 45)]


@pytest.mark.parametrize("table", ["test", "user"])
async def test_a_database_with_a_table_of_the_platform_is_refused_untouched(tmp_path, table):
    file = tmp_path / "platform.sqlite"
    with closing(sqlite3.connect(file)) as platform:
        platform.execute(f'CREATE TABLE "{table}" (id INTEGER PRIMARY KEY)')
    before = file.read_bytes()
    with pytest.raises(demo.DatabaseNotEmpty, match=table):
        await build(file)
    assert file.read_bytes() == before


async def test_tables_of_others_are_left_alone(tmp_path):
    file = tmp_path / "others.sqlite"
    with closing(sqlite3.connect(file)) as others:
        others.execute("CREATE TABLE note (text)")
        others.execute("INSERT INTO note VALUES ('mine')")
        others.commit()
    await build(file, runs=demo.MINIMUM_RUNS)
    with closing(sqlite3.connect(file)) as database:
        assert column(database, "SELECT text FROM note") == ["mine"]


async def test_a_build_that_fails_leaves_nothing_behind(tmp_path):
    def fail(_done, _total):
        raise InterruptedError

    with pytest.raises(InterruptedError):
        await build(tmp_path / "demo.sqlite", report=fail)
    with closing(sqlite3.connect(tmp_path / "demo.sqlite")) as database:
        assert count(database, "sqlite_master") == 0


async def test_too_few_runs_are_refused_before_anything_is_created(tmp_path):
    with pytest.raises(ValueError, match=f"at least {demo.MINIMUM_RUNS} runs"):
        await build(tmp_path / "demo.sqlite", runs=demo.MINIMUM_RUNS - 1)
    assert not (tmp_path / "demo.sqlite").exists()


def test_every_foreign_key_holds(database):
    assert database.execute("PRAGMA foreign_key_check").fetchall() == []


# Secrets and tokens


@pytest.mark.parametrize(
    ("table", "secret"), [("test", "token"), ("user", "password"), ("user", "github_token")]
)
def test_every_row_of_a_secret_column_holds_a_planted_secret(database, table, secret):
    secrets = column(database, f'SELECT {secret} FROM "{table}"')
    assert all("planted-secret" in value for value in secrets)
    assert len(set(secrets)) == len(secrets) > 0


def test_tokens_look_like_the_platforms(database):
    for token in (
        demo.DEMO_TOKEN,
        demo.EXPIRED_TOKEN,
        demo.REVOKED_TOKEN,
        demo.UNSCOPED_TOKEN,
    ):
        assert re.fullmatch(r"spci_[A-Za-z0-9_-]{43}", token)
        digest = hashlib.sha256(token.encode()).hexdigest()
        assert column(
            database, "SELECT token_prefix FROM api_token WHERE token_hash = ?", digest
        ) == [token[:16]]


# The catalogue


def test_categories_have_as_many_active_tests_as_the_platforms(database):
    assert dict(
        database.execute(
            """
            SELECT name, count(*) FROM category
            JOIN regression_test_category ON category_id = category.id
            JOIN regression_test ON regression_test.id = regression_id AND active
            GROUP BY name
            """
        )
    ) == {
        "Broken": 13, "CEA-708": 14, "DVB": 7, "DVD": 3, "DVR-MS": 2, "General": 27,
        "Hardsubx": 1, "Hauppage": 3, "MP4": 3, "NoCC": 10, "Options": 86, "Teletext": 21,
        "WTV": 13, "XDS": 34,
    }  # fmt: skip


def test_one_test_is_deactivated(database):
    statement = "SELECT id FROM regression_test WHERE NOT active"
    assert column(database, statement) == [demo.DEACTIVATED_TEST]


def test_the_deactivated_test_has_results_only_in_the_runs_of_2023(database):
    statement = "SELECT test_id FROM test_result WHERE regression_test_id = ?"
    assert column(database, statement, demo.DEACTIVATED_TEST) == [
        demo.REPORT_LINUX_2023,
        demo.REPORT_WINDOWS_2023,
    ]


@pytest.mark.parametrize(
    ("column_name", "values"),
    [
        ("input_type", {"file", "stdin", "udp"}),
        (
            "output_type",
            {"file", "null", "tcp", "cea708", "multiprogram", "stdout", "report"},
        ),
        ("expected_rc", {0, 10, None}),
    ],
)
def test_regression_tests_are_of_every_kind(database, column_name, values):
    assert set(column(database, f"SELECT {column_name} FROM regression_test")) == values


def test_a_media_id_that_no_test_has_can_be_ambiguous_or_not(database):
    tests = "regression_test WHERE sample_id = ?"
    assert count(database, tests, demo.SHARED_MEDIA) > 1
    assert count(database, tests, demo.UNSHARED_MEDIA) == 1
    assert max(column(database, "SELECT id FROM regression_test")) < demo.SHARED_MEDIA


# Runs


def test_runs_reach_from_august_2023_to_the_end_of_july_2026(database):
    moments = column(database, "SELECT timestamp FROM test_progress ORDER BY timestamp")
    assert moments[0][:7] == "2023-08"
    assert moments[-1][:10] == "2026-07-31"


def test_runs_begin_in_the_order_of_their_ids(database):
    begun = column(database, "SELECT min(timestamp) FROM test_progress GROUP BY test_id")
    assert begun == sorted(begun)


def test_the_newest_runs_are_under_way(database):
    assert states(database, LIVE.testing) == ["preparation", "testing"]
    assert states(database, LIVE.preparing) == ["preparation"]
    assert states(database, LIVE.queued) == []


def test_a_run_that_is_testing_has_outputs_of_one_more_test_than_results(database):
    last = "SELECT max(regression_test_id) FROM {} WHERE test_id = ?"
    assert column(database, last.format("test_result"), LIVE.testing) == [118]
    assert column(database, last.format("test_result_file"), LIVE.testing) == [119]


def test_a_canceled_run_has_results_of_some_chosen_tests(database):
    assert states(database, demo.CANCELED_RUN)[-1] == "canceled"
    assert count(database, "customized_test WHERE test_id = ?", demo.CANCELED_RUN) == 55
    assert count(database, "test_result WHERE test_id = ?", demo.CANCELED_RUN) == 21


def test_a_completed_run_can_be_empty(database):
    assert states(database, demo.EMPTY_RUN)[-1] == "completed"
    assert count(database, "test_result WHERE test_id = ?", demo.EMPTY_RUN) == 0


def test_an_incomplete_run_lacks_three_results_and_no_test_fails(database):
    assert states(database, demo.INCOMPLETE_RUN)[-1] == "completed"
    assert count(database, "customized_test WHERE test_id = ?", demo.INCOMPLETE_RUN) == 34
    assert count(database, "test_result WHERE test_id = ?", demo.INCOMPLETE_RUN) == 31
    assert failing(database, demo.INCOMPLETE_RUN) == set()


def test_a_customized_run_lists_one_test_twice(database):
    chosen = column(
        database,
        "SELECT regression_id FROM customized_test WHERE test_id = ?",
        demo.CUSTOMIZED_RUN,
    )
    assert (len(chosen), len(set(chosen))) == (18, 17)


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
        WHERE regression_test_id = ? AND platform = 'linux' AND branch = 'master' ORDER BY 1
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


@pytest.mark.parametrize("platform", ["linux", "windows"])
def test_last_passed_is_the_newest_completed_run_in_which_the_test_passed(database, platform):
    completed = column(
        database,
        """
        SELECT test.id FROM test JOIN test_progress ON test_id = test.id
        WHERE platform = ? AND status = 'completed' ORDER BY 1
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
