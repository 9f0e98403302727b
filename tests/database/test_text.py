"""Text compares byte for byte and is searched without regard to case, on every engine."""
# ruff: noqa: RUF001  (letters that look the same are what it is about)

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import URL, String, collate, literal, select, text
from sqlalchemy.ext.asyncio import create_async_engine

from gql.database import Database, search, tables
from tests.support import rows
from tests.support.databases import ADDRESSES, only_on
from tests.support.gateway import Client
from tests.support.platform import Platform

pytestmark = pytest.mark.quick

# Case, accents, a trailing blank and a trailing line break.
UNUSUAL_STATES = ["Completed", "completed ", "tésting"]
NAMES = ["feat/case", "feat/Case", "feat/cásé", "feat/case ", "feat/case\n", "Ⅷ ﬁ 日本"]


async def ids(gateway: Client, query: str, **variables: Any) -> list[int]:
    [page] = (await gateway.ask(query, **variables)).values()
    return [node["id"] for node in page["nodes"]]


@pytest.mark.parametrize("name", NAMES)
async def test_branch_matches_byte_for_byte(platform: Platform, gateway: Client, name: str) -> None:
    await platform.add(*(rows.run(id, branch=each) for id, each in enumerate(NAMES, 1)))
    query = "query ($name: String!) { runs(filter: {branch: $name}) { nodes { id } } }"

    assert await ids(gateway, query, name=name) == [NAMES.index(name) + 1]


@pytest.mark.parametrize("prefix", ["abc", "ABC", "aBc", "ab"])
async def test_prefix_of_a_commit_matches_byte_for_byte(
    platform: Platform, gateway: Client, prefix: str
) -> None:
    commits = ["abc1", "ABC1", "abc", "äbc", "é"]
    await platform.add(*(rows.run(id, commit=each) for id, each in enumerate(commits, 1)))
    query = """query ($prefix: String!) {
      runs(filter: {commit: $prefix}, orderBy: OLDEST_FIRST) { nodes { id } }
    }"""

    assert await ids(gateway, query, prefix=prefix) == [
        id for id, each in enumerate(commits, 1) if each.startswith(prefix)
    ]


async def test_names_of_categories_tags_and_forks_match_byte_for_byte(
    platform: Platform, gateway: Client
) -> None:
    await platform.add(
        tables.Fork(id=1, github="https://github.com/a/b.git"),
        tables.Category(id=1, name="DVB", description=""),
        tables.Tag(id=1, name="Rollup"),
        rows.media(1),
        tables.MediaFileTag(sample_id=1, tag_id=1),
        rows.regression_test(1),
        tables.RegressionTestCategory(regression_id=1, category_id=1),
        rows.run(1, fork_id=1),
    )
    query = """query ($fork: String!, $category: String!, $tag: String!) {
      runs(filter: {fork: $fork}) { totalCount }
      regressionTests(filter: {categories: [$category]}) { totalCount }
      mediaFiles(filter: {tags: [$tag]}) { totalCount }
    }"""

    async def counts(**names: str) -> list[int]:
        return [page["totalCount"] for page in (await gateway.ask(query, **names)).values()]

    assert await counts(fork="a/b", category="DVB", tag="Rollup") == [1, 1, 1]
    assert await counts(fork="A/b", category="dvb", tag="rollup") == [0, 0, 0]
    assert await counts(fork="á/b", category="DVB ", tag="Röllup") == [0, 0, 0]


async def test_unusual_spelling_of_a_state_is_an_unknown_state(
    platform: Platform, gateway: Client
) -> None:
    await platform.add(
        rows.regression_test(1),
        *(
            rows.run(id, state)
            for id, state in enumerate(["Completed", "completed ", "tésting"], 1)
        ),
        *(rows.result(id, 1) for id in (1, 2, 3)),
    )
    query = """{
      all: runs { nodes { status finishedAt } }
      completed: runs(filter: {states: [COMPLETED, TESTING]}) { totalCount }
      incomplete: runs(filter: {statuses: [INCOMPLETE]}) { nodes { id } }
    }"""

    answer = await gateway.ask(query)

    assert answer["all"]["nodes"] == [{"status": "INCOMPLETE", "finishedAt": None}] * 3
    assert answer["completed"]["totalCount"] == 0
    assert len(answer["incomplete"]["nodes"]) == 3


async def test_hashes_match_byte_for_byte(platform: Platform, gateway: Client) -> None:
    await platform.add(
        *(rows.regression_test(test, outputs=(test,)) for test in (1, 2, 3, 4)),
        rows.variant(2, "b" * 64),
        rows.run(1, "completed"),
        *(rows.result(1, test) for test in (1, 2, 3, 4)),
        rows.file(1, 1, 1, got="A" * 64),
        rows.file(1, 2, 2, got="B" * 64),
        rows.file(1, 3, 3, got="a" * 64 + " "),
        rows.file(1, 4, 4, got=" "),
    )

    answer = await gateway.ask(
        "{ run(id: 1) { summary { pass fail } samples { nodes { status outputs { status } } } } }"
    )

    assert answer["run"]["summary"] == {"pass": 0, "fail": 4}
    assert (
        answer["run"]["samples"]["nodes"]
        == [{"status": "FAIL", "outputs": [{"status": "DIFF_MISMATCH"}]}] * 4
    )


async def test_names_sort_by_code_points(platform: Platform, gateway: Client) -> None:
    names = ["ab", "Z", "a", "é", "a b", "_"]
    await platform.add(
        *(tables.Category(id=n, name=name, description="") for n, name in enumerate(names, 1)),
        *(tables.Tag(id=n, name=name) for n, name in enumerate(names, 1)),
        *(rows.media(n, original_name=name) for n, name in enumerate(names, 1)),
        *(rows.regression_test(n, sample_id=n) for n in range(1, len(names) + 1)),
        *(
            tables.RegressionTestCategory(regression_id=1, category_id=n)
            for n in range(1, len(names) + 1)
        ),
        rows.run(1),
    )

    answer = await gateway.ask(
        """{
          categories { name } tags { name }
          run(id: 1) {
            summary { byCategory { category { name } } } sample(regressionId: 1) { category }
          }
        }"""
    )

    assert [each["name"] for each in answer["categories"]] == sorted(names)
    assert [each["name"] for each in answer["tags"]] == sorted(names)
    by_category = answer["run"]["summary"]["byCategory"]
    assert [each["category"]["name"] for each in by_category] == sorted(names)
    assert answer["run"]["sample"]["category"] == min(names)
    assert await names_page_by_page(gateway) == sorted(names)


async def names_page_by_page(gateway: Client) -> list[str]:
    query = """query ($after: String) { run(id: 1) {
      samples(first: 2, after: $after, orderBy: NAME) {
        nodes { media { originalName } } pageInfo { hasNextPage endCursor }
      }
    } }"""
    names: list[str] = []
    page: dict[str, Any] = {"pageInfo": {"hasNextPage": True, "endCursor": None}}
    while page["pageInfo"]["hasNextPage"]:
        answer = await gateway.ask(query, after=page["pageInfo"]["endCursor"])
        page = answer["run"]["samples"]
        names += [node["media"]["originalName"] for node in page["nodes"]]
    return names


# Search

SAME_BUT_FOR_CASE = [
    ("abcXYZ", "ABCxyz"),
    ("éàüñçøåæœþð", "ÉÀÜÑÇØÅÆŒÞÐ"),
    ("ăąćčďęěğįłńňőřśšţťůžżƒșț", "ĂĄĆČĎĘĚĞĮŁŃŇŐŘŚŠŢŤŮŽŻƑȘȚ"),
    ("ÿ", "Ÿ"),
    ("ạẽỹ", "ẠẼỸ"),
    ("αβγδεζηθικλμνξοπρστυφχψω", "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ"),
    ("άέήίόύώϊϋ", "ΆΈΉΊΌΎΏΪΫ"),
    ("ὀδὸς", "ὈΔῸΣ"),
    ("абвгдежзийклмнопрстуфхцчшщъыьэюя", "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ"),
    ("ёђѓєѕіїјљњћќўџґ", "ЁЂЃЄЅІЇЈЉЊЋЌЎЏҐ"),
    ("ß", "ẞ"),
    ("ǆ", "ǅ"),
]
DIFFERENT = [
    ("é", "e"),
    ("É", "e"),
    ("å", "a"),
    ("ñ", "n"),
    ("ø", "o"),
    ("ά", "α"),
    ("й", "и"),
    ("ё", "е"),
    ("ß", "ss"),
    ("æ", "ae"),
    ("ı", "i"),
    ("İ", "i"),
    ("a", "а"),  # Latin, Cyrillic
    ("e\u0301", "é"),
    ("a", "a "),
]
SPECIAL = ".^$*+?()[]{}|\\/#-_%&~'\"` \t\n!:=<>@,;"


@asynccontextmanager
async def reading(url: URL) -> AsyncIterator[Database]:
    database = Database(url, pool_size=1, timeout_seconds=5)
    try:
        yield database
    finally:
        await database.close()


async def found(database: Database, name: str, searched: str, collation: str | None) -> bool:
    value: Any = literal(name, String())
    condition = search.contains(collate(value, collation) if collation else value, searched)
    async with database.snapshot() as snapshot:
        [[is_found]] = await snapshot.rows(select(condition))
    return bool(is_found)


async def wrong_pairs(database: Database, collation: str | None = None) -> list[tuple[str, str]]:
    """The pairs for which a search gives the wrong answer."""
    wrong = []
    for pairs, expected in ((SAME_BUT_FOR_CASE, True), (DIFFERENT, False)):
        for one, other in pairs:
            if await found(database, f"x{one}x", other, collation) is not expected:
                wrong.append((one, other))
            if expected and not await found(database, f"x{other}x", one, collation):
                wrong.append((other, one))
    return wrong


async def test_search_ignores_case_and_no_accent(platform: Platform) -> None:
    async with reading(platform.url) as database:
        assert await wrong_pairs(database) == []


@only_on("mariadb")
@pytest.mark.parametrize(
    "collation",
    ["utf8mb4_general_ci", "utf8mb4_unicode_520_ci", "utf8mb4_turkish_ci", "utf8mb4_bin"],
)
async def test_search_does_not_depend_on_the_collation(platform: Platform, collation: str) -> None:
    async with reading(platform.url) as database:
        assert await wrong_pairs(database, collation) == []


@only_on("postgresql")
@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
async def test_search_does_not_depend_on_the_locale(engine: str, locale: str) -> None:
    server = create_async_engine(ADDRESSES[engine].set(drivername="postgresql+asyncpg"))
    name = f"sample_gateway_{locale.replace('.', '_').replace('-', '_').lower()}"
    async with server.connect() as connection:
        administrator = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await administrator.execute(
            text(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE '{locale}'")
        )
        try:
            async with reading(server.url.set(database=name)) as database:
                assert await wrong_pairs(database) == []
        finally:
            await administrator.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    await server.dispose()


@pytest.mark.parametrize("character", SPECIAL)
async def test_every_character_of_a_search_stands_for_itself(
    platform: Platform, character: str
) -> None:
    async with reading(platform.url) as database:
        assert await found(database, f"a{character}b", f"A{character}B", None)
        assert not await found(database, "ab", f"a{character}b", None)
        assert not await found(database, "axb", f"a{character}b", None)


async def test_search_finds_names_and_hashes_in_any_case(
    platform: Platform, gateway: Client
) -> None:
    await platform.add(
        rows.media(1, sha="ABC1", original_name="Žluťoučký KŮŇ.ts", extension="TS"),
        rows.media(2, sha="abc2", original_name="other", extension="ts2"),
        rows.media(3, sha="1abc", original_name="", extension=""),
    )
    query = "query ($filter: MediaFilter!) { mediaFiles(filter: $filter) { nodes { id } } }"

    assert await ids(gateway, query, filter={"search": "kůň"}) == [1]
    assert await ids(gateway, query, filter={"search": "Abc"}) == [1, 2]
    assert await ids(gateway, query, filter={"search": ""}) == [1, 2, 3]
    assert await ids(gateway, query, filter={"extensions": ["ts"]}) == [1]
    assert await ids(gateway, query, filter={"extensions": [""]}) == [3]
    assert await ids(gateway, query, filter={"extensions": []}) == []
