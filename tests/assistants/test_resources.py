"""Assistants read the schema and the glossary."""

import pytest
from mcp import MCPError
from mcp_types import TextResourceContents

from gql.assistants.resources import GLOSSARY_URI, SCHEMA_URI
from gql.assistants.server import INSTRUCTIONS
from tests.docs.test_cookbook import COOKBOOK as QUERIES
from tests.support.assistants import PROTOCOLS, Assistant, assistant
from tests.support.databases import only_on
from tests.support.gateway import settings
from tests.support.paths import DOCS, SCHEMA
from tests.support.platform import Platform

pytestmark = [pytest.mark.quick, only_on("sqlite")]


async def read(asking: Assistant, uri: str) -> str:
    [content] = (await asking.client.read_resource(uri)).contents
    assert isinstance(content, TextResourceContents)
    return content.text


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_schema_and_glossary_can_be_read(platform: Platform, protocol: str) -> None:
    served = settings(platform.url, mcp=True)
    async with assistant(served, platform.token, protocol=protocol) as asking:
        listed = [each.uri for each in (await asking.client.list_resources()).resources]
        schema, glossary = await read(asking, SCHEMA_URI), await read(asking, GLOSSARY_URI)

    assert listed == [GLOSSARY_URI, SCHEMA_URI]
    assert schema.strip() == SCHEMA.read_text().strip()
    assert glossary == (DOCS / "glossary.md").read_text()


async def test_schema_that_is_hidden_cannot_be_read(platform: Platform) -> None:
    served = settings(platform.url, mcp=True, graphql_introspection=False)
    async with assistant(served, platform.token) as asking:
        listed = [each.uri for each in (await asking.client.list_resources()).resources]
        with pytest.raises(MCPError, match="There is no resource"):
            await read(asking, SCHEMA_URI)

    assert listed == [GLOSSARY_URI]


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_resource_that_does_not_exist_is_refused_with_those_that_do(
    platform: Platform, protocol: str
) -> None:
    served = settings(platform.url, mcp=True)
    async with assistant(served, platform.token, protocol=protocol) as asking:
        with pytest.raises(MCPError) as raised:
            await read(asking, "file:///etc/passwd")

    assert raised.value.message == (
        f'There is no resource "file:///etc/passwd". There are {GLOSSARY_URI}, {SCHEMA_URI}.'
    )


async def test_instructions_name_tools_that_exist(platform: Platform) -> None:
    async with assistant(settings(platform.url, mcp=True), platform.token) as asking:
        assert asking.client.instructions == INSTRUCTIONS

    named = {word.strip(".,:") for word in INSTRUCTIONS.split()} & QUERIES.keys()
    assert named >= {"BrokenInPullRequest", "Elsewhere", "Since", "Differs", "Lines"}
    assert GLOSSARY_URI in INSTRUCTIONS
