"""What an assistant can read beside the tools: the schema, and what its words mean."""

from pathlib import Path

import mcp_types as types

from gql.execution.streaming import StreamingSchema

SCHEMA_URI = "gateway://schema.graphql"
GLOSSARY_URI = "gateway://glossary.md"

# The wheel has it in the package; a checkout has it among the documents.
_GLOSSARIES = (
    Path(__file__).with_name("glossary.md"),
    Path(__file__).parents[2] / "docs/glossary.md",
)


class Resources:
    """The resources by their addresses; the schema only where clients may read it."""

    def __init__(self, schema: StreamingSchema, *, introspection: bool) -> None:
        glossary = next(file for file in _GLOSSARIES if file.is_file())
        self._texts = {GLOSSARY_URI: glossary.read_text(encoding="utf-8")}
        self.listed = [
            types.Resource(
                uri=GLOSSARY_URI,
                name="glossary",
                description="What every status, verdict and other word in the answers means.",
                mime_type="text/markdown",
            )
        ]
        if introspection:
            self._texts[SCHEMA_URI] = schema.as_str()
            self.listed.append(
                types.Resource(
                    uri=SCHEMA_URI,
                    name="schema",
                    description="The GraphQL schema, which describes every field of the answers.",
                    mime_type="application/graphql",
                )
            )

    def read(self, uri: str) -> types.TextResourceContents | None:
        """The text of a resource, or None if there is no such resource."""
        for resource in self.listed:
            if resource.uri == uri:
                return types.TextResourceContents(
                    uri=uri, mime_type=resource.mime_type, text=self._texts[uri]
                )
        return None
