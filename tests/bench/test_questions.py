"""`make scale` asks for a list with each filter of the schema."""

from graphql import GraphQLInputObjectType
from sqlalchemy import URL

from tests.bench.questions import filters, newest_of, questions
from tests.support.gateway import Client
from tests.support.schema import GRAPHQL_SCHEMA


async def test_each_filter_has_a_question(demo_url: URL) -> None:
    fields = {
        name: set(type_.fields)
        for name, type_ in GRAPHQL_SCHEMA.type_map.items()
        if name.endswith("Filter") and isinstance(type_, GraphQLInputObjectType)
    }

    assert {name: set(each) for name, each in filters(await newest_of(demo_url)).items()} == fields


async def test_each_question_has_an_answer(client: Client, demo_url: URL) -> None:
    for query in (await questions(demo_url)).values():
        assert await client.ask(query)
