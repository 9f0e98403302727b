"""Arguments that take the numbers of a range, which programs can read beside the description."""

import strawberry
from graphql import GraphQLArgument, GraphQLInputField

from gql.compat.strawberry import StrawberryArgumentAnnotation, metadata_of

_RANGE = "range"


def number(least: int, most: int, *, description: str) -> StrawberryArgumentAnnotation:
    """An argument for a number from `least` to `most`; its resolver rejects others."""
    return strawberry.argument(description=description, metadata={_RANGE: (least, most)})


def range_of(argument: GraphQLArgument | GraphQLInputField) -> tuple[int, int] | None:
    """The least and the greatest number that an argument takes, if it was declared."""
    declared: tuple[int, int] | None = metadata_of(argument).get(_RANGE)
    return declared
