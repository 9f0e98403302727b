"""What is in the demo beside runs: users and tokens, tests and media files, optional tables."""

import hashlib
import re

import pytest

from gql import demo
from tests.demo.conftest import column, count


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


def test_of_15_categories_each_active_test_has_one(database):
    assert count(database, "category") == 15
    of_each = column(
        database,
        """
        SELECT count(*) FROM regression_test_category
        JOIN regression_test ON regression_test.id = regression_id
        WHERE active GROUP BY regression_id
        """,
    )
    assert of_each == [1] * 237


def test_most_tests_have_one_output(database):
    of_each = column(database, "SELECT count(*) FROM regression_test_output GROUP BY regression_id")
    assert of_each.count(1) > 0.6 * 237


def test_few_media_files_have_tags(database):
    assert count(database, "sample") == 187
    assert count(database, "(SELECT DISTINCT sample_id FROM sample_tag_association)") == 6


def test_media_files_were_uploaded_and_have_issues(database):
    uploaded = "upload JOIN sample ON sample.id = sample_id JOIN user ON user.id = user_id"
    assert count(database, uploaded) == count(database, "upload") > 100
    assert {"mac", "bsd"} < set(column(database, "SELECT platform FROM upload"))
    assert None in column(database, "SELECT version_id FROM upload")
    assert set(column(database, "SELECT status FROM sample_issue")) == {"open", "closed"}


def test_linux_is_being_maintained(database):
    modes = dict(database.execute("SELECT platform, disabled FROM maintenance_mode"))
    assert modes == {"linux": 1, "windows": 0}


@pytest.mark.parametrize("platform", ["linux", "windows"])
def test_the_average_time_is_that_of_completed_runs(database, platform):
    seconds = column(
        database,
        """
        SELECT strftime('%s', ended.timestamp) - strftime('%s', min(progress.timestamp))
        FROM test_progress AS ended JOIN test ON test.id = ended.test_id
        JOIN test_progress AS progress ON progress.test_id = test.id
        WHERE ended.status = 'completed' AND platform = ? GROUP BY test.id
        """,
        platform,
    )
    [average] = column(
        database, "SELECT value FROM general_data WHERE key = ?", f"average_time_{platform}"
    )
    assert int(average) == sum(seconds) // len(seconds)


def test_the_last_commit_is_that_of_the_newest_run_of_master(database):
    newest = "SELECT \"commit\" FROM test WHERE test_type = 'commit' AND fork_id = 1 ORDER BY id"
    assert column(database, "SELECT value FROM general_data WHERE key = 'last_commit'") == [
        column(database, newest)[-1]
    ]


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
