"""A complete sample, read in one statement, is what the loaders of its parts give."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import URL, text

from gql.database import Database, session_settings
from gql.database.tables import Category, MediaFileTag, RegressionTestCategory, Tag
from gql.loaders.base import Loader
from gql.loaders.category import CategoriesByRegressionTestIdLoader
from gql.loaders.complete_sample import CompleteSample, CompleteSampleLoader
from gql.loaders.output import OutputsBySampleLoader
from gql.loaders.run import RUN, RunByIdLoader
from gql.loaders.sample import SampleByRunAndRegressionIdLoader, SamplesByRunIdLoader
from gql.loaders.tag import TagsByMediaIdLoader
from tests.support import rows
from tests.support.databases import only_on
from tests.support.gateway import Client
from tests.support.platform import Platform

pytestmark = pytest.mark.quick

UNKIND = 'é "quoted" \\back\\ \n\t\u2028 😀 {"a": [1]},'

DOCUMENT = """
query ($run: Int!, $test: Int!) {
  sample(runId: $run, regressionId: $test) {
    status category tags resultMessage run { branch }
    categories { id name } outputs { outputId status expectedHash actualHash }
  }
}
"""


async def read(url: URL, loader: type[Loader[Any, Any]], keys: list[Any]) -> dict[Any, Any]:
    database = Database(url, pool_size=1, timeout_seconds=30)
    async with database.snapshot() as snapshot:
        values = await loader(snapshot).load_many(keys)
    await database.close()
    return dict(zip(keys, values, strict=True))


async def require_equal(url: URL, keys: list[tuple[int, int]]) -> None:
    complete = await read(url, CompleteSampleLoader, keys)
    samples = await read(url, SampleByRunAndRegressionIdLoader, keys)
    outputs = await read(url, OutputsBySampleLoader, keys)
    runs = await read(url, RunByIdLoader, [run for run, _ in keys])
    categories = await read(url, CategoriesByRegressionTestIdLoader, [test for _, test in keys])
    media = [sample.sample_id for sample in samples.values() if sample.sample_id is not None]
    tags = await read(url, TagsByMediaIdLoader, media)
    run_columns = RUN.selected_columns.keys()
    sample_columns = SampleByRunAndRegressionIdLoader.statement.selected_columns.keys()

    def attributes(row: Any, names: list[str]) -> list[Any]:
        return [getattr(row, name) for name in names]

    for (run, test), found in complete.items():
        assert isinstance(found, CompleteSample)
        sample = samples[run, test]
        assert attributes(found.sample, sample_columns) == attributes(sample, sample_columns)
        assert attributes(found.run, run_columns) == attributes(runs[run], run_columns)
        assert found.outputs == outputs[run, test]
        assert found.categories == categories[test]
        assert found.tags == ([] if sample.sample_id is None else tags[sample.sample_id])


async def test_complete_samples_of_the_demo_equal_their_parts(demo_url: URL) -> None:
    runs = [1, 5, 11, 19, 23, 31, 44, 52, 60, 70]
    samples = await read(demo_url, SamplesByRunIdLoader, runs)
    keys = [(run, sample.regression_id) for run in runs for sample in samples[run]]

    await require_equal(demo_url, keys)
    for key in keys[::97]:
        await require_equal(demo_url, [key])


async def test_complete_sample_equals_its_parts_whatever_the_texts_are(platform: Platform) -> None:
    await platform.add(
        rows.media(7),
        rows.regression_test(1, outputs=(1, 2, 3), command=UNKIND, sample_id=7),
        rows.regression_test(2, command=UNKIND),
        rows.output(4, test=1, correct="no hash", correct_extension=UNKIND, ignore=True),
        rows.output(-1, test=None, correct=""),
        rows.variant(2, rows.DIFFERENT),
        [Category(id=1, name=UNKIND, description=""), Category(id=2, name=None, description="")],
        [RegressionTestCategory(regression_id=1, category_id=each) for each in (1, 2)],
        [Tag(id=1, name=UNKIND, description=UNKIND), Tag(id=2, name="", description="")],
        [MediaFileTag(sample_id=7, tag_id=each) for each in (1, 2)],
        rows.run(1, "preparation", "testing", "completed", message=UNKIND),
        rows.result(1, 1, exit_code=2**31 - 1, expected_rc=-(2**31)),
        rows.file(1, 1, 1, got=""),
        rows.file(1, 1, 2, got=rows.DIFFERENT),
        rows.file(1, 1, 4, got="error"),
        rows.file(1, 1, -1, expected="", got="error"),
        rows.run(2),
    )

    await require_equal(platform.url, [(1, 1)])
    await require_equal(platform.url, [(1, 1), (2, 1), (2, 2)])


async def test_sample_is_read_in_one_statement(
    gateway: Client, platform: Platform, statements: Callable[[], Any]
) -> None:
    await platform.add(
        rows.regression_test(1, outputs=(1,)), rows.run(1, "completed"), rows.result(1, 1)
    )
    await gateway.ask(DOCUMENT, run=1, test=1)

    with statements() as over_graphql:
        await gateway.ask(DOCUMENT, run=1, test=1)
    with statements() as over_rest:
        response = await gateway.get("/api/v1/runs/1/samples/1")

    assert response.status_code == 200
    assert len(over_graphql) == len(over_rest) == 1


async def test_sample_that_does_not_exist_is_null(gateway: Client, platform: Platform) -> None:
    await platform.add(rows.run(1, "completed"))

    assert await gateway.ask(DOCUMENT, run=1, test=9) == {"sample": None}
    assert await gateway.ask(DOCUMENT, run=9, test=1) == {"sample": None}


@only_on("sqlite")
@pytest.mark.parametrize("value", ["CAST('Broken' AS BLOB)", "CAST(x'ff' AS TEXT)"])
@pytest.mark.parametrize("column", ["category.name", "tag.description", "test_result_file.got"])
async def test_sample_that_json_cannot_hold_is_read_in_parts(
    gateway: Client, platform: Platform, column: str, value: str
) -> None:
    await platform.add(
        rows.media(7),
        rows.regression_test(1, outputs=(1, 2), sample_id=7),
        rows.run(1, "completed"),
        rows.result(1, 1),
        rows.file(1, 1, 1, got=rows.DIFFERENT),
        rows.file(1, 1, 2, got=rows.DIFFERENT),
        [Category(id=1, name="General", description=""), Category(id=2, name="x", description="")],
        [RegressionTestCategory(regression_id=1, category_id=each) for each in (1, 2)],
        [Tag(id=1, name="one", description=""), Tag(id=2, name="two", description="")],
        [MediaFileTag(sample_id=7, tag_id=each) for each in (1, 2)],
    )
    table, name = column.split(".")
    async with platform.writer.begin() as writer:
        statement = f"UPDATE {table} SET {name} = {value} WHERE rowid = 2"
        await writer.execute(text(statement))

    sample = (await gateway.ask(DOCUMENT, run=1, test=1))["sample"]
    document = (await gateway.get("/api/v1/runs/1/samples/1")).json()

    assert len(sample["categories"]) == len(sample["outputs"]) == len(document["outputs"]) == 2
    assert sample["tags"] == document["tags"] == ["one", "two"]


@only_on("mariadb")
async def test_rows_that_the_server_cuts_are_not_taken_for_all(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    await platform.add(
        rows.media(7),
        rows.regression_test(1, sample_id=7),
        rows.run(1, "completed"),
        rows.result(1, 1),
        [Tag(id=id, name=f"tag {id}", description="") for id in (1, 2, 3)],
        [MediaFileTag(sample_id=7, tag_id=id) for id in (1, 2, 3)],
    )

    def settings_with(length: int, timeout_seconds: float) -> str:
        settings = session_settings.mysql_settings(timeout_seconds)
        return re.sub(r"(group_concat_max_len =) \d+", rf"\1 {length}", settings)

    found = []
    for length in range(15, 80):
        monkeypatch.setattr("gql.database.engines.mysql_settings", partial(settings_with, length))
        [complete] = (await read(platform.url, CompleteSampleLoader, [(1, 1)])).values()
        found.append(None if complete is None else len(complete.tags))

    assert found[0] is None
    assert {*found} == {None, 3}
