"""Filling an empty database with the demo."""

import sqlite3
from contextlib import closing

import pytest

from gql import demo
from gql.demo.mark import APPLICATION_ID
from tests.demo.conftest import build, column, count, dump


async def test_the_same_seed_gives_the_same_rows(tmp_path):
    one = await dump(tmp_path / "one.sqlite", runs=demo.MINIMUM_RUNS, seed=7)
    other = await dump(tmp_path / "other.sqlite", runs=demo.MINIMUM_RUNS, seed=7)
    assert one == other


async def test_another_seed_gives_other_rows(tmp_path):
    one = await dump(tmp_path / "one.sqlite", runs=demo.MINIMUM_RUNS, seed=7)
    other = await dump(tmp_path / "other.sqlite", runs=demo.MINIMUM_RUNS, seed=8)
    assert one != other


async def test_results_do_not_depend_on_the_number_of_runs(database, tmp_path):
    await build(tmp_path / "fewer.sqlite", runs=60)
    statement = "SELECT * FROM test_result WHERE test_id <= 40 ORDER BY 1, 2"
    with closing(sqlite3.connect(tmp_path / "fewer.sqlite")) as fewer:
        assert fewer.execute(statement).fetchall() == database.execute(statement).fetchall()


async def test_progress_is_reported_up_to_the_last_run(tmp_path):
    reports = []
    await build(tmp_path / "demo.sqlite", runs=65, report=lambda *report: reports.append(report))
    assert reports == [(20, 65), (40, 65), (60, 65), (65, 65)]


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


def test_the_file_is_marked_as_a_demo_of_its_seed(database):
    assert column(database, "PRAGMA application_id") == [APPLICATION_ID]
    assert column(database, "PRAGMA user_version") == [1]
