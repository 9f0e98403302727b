"""The schema as a subgraph of Apollo Federation 2, for a router that joins several.

https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/subgraph-spec
"""

from asyncio import gather
from collections import defaultdict
from functools import cached_property
from typing import Annotated, Any, NewType, cast

import strawberry
from strawberry import UNSET
from strawberry.federation.schema_directives import Key, Link, Shareable
from strawberry.federation.types import FieldSet
from strawberry.types import get_object_definition

from gql.compat.strawberry import add_directive, core_schema, to_camel_case
from gql.errors import BadInput
from gql.execution.documents import ExecutionPolicy
from gql.execution.executor import Execution
from gql.request.context import Context
from gql.schema.info import Info
from gql.schema.node import KINDS, Node, with_type
from gql.schema.query import Query
from gql.schema.scalars import SCALARS
from gql.schema.schema import Schema
from gql.schema.types.regression_test import RegressionTest
from gql.schema.types.run import Run
from gql.schema.types.sample import Sample

# The first version whose subgraphs may have subscriptions.
_SPECIFICATION = "https://specs.apollo.dev/federation/v2.4"
_INT_RANGE = range(-(2**31), 2**31)
_KEYS = {
    type_name: [to_camel_case(name) for name in KINDS[type_name].key]
    for type_name in ("RegressionTest", "Run", "Sample")
}

_Representation = NewType("_Representation", object)
_Entity = Annotated[Run | Sample | RegressionTest, strawberry.union("_Entity")]


@strawberry.type(name="_Service")
class _Service:
    sdl: str


@strawberry.type(name="Query", description=get_object_definition(Query, strict=True).description)
class _SubgraphQuery(Query):
    @strawberry.field(name="_service")
    def service(self, info: Info) -> _Service:
        return _Service(sdl=cast("Subgraph", info.schema).sdl())

    @strawberry.field(name="_entities")
    async def entities(
        self, info: Info, representations: list[_Representation]
    ) -> list[_Entity | None]:
        return await _find(info.context, representations)


class Subgraph(Schema):
    """The schema with what a router asks for besides: `_service` and `_entities`."""

    def __init__(self, execution: type[Execution], policy: ExecutionPolicy) -> None:
        representation = strawberry.scalar(name="_Any")
        super().__init__(
            execution,
            policy,
            query=_SubgraphQuery,
            scalars=SCALARS | {_Representation: representation},
        )
        types = core_schema(self).type_map
        imports: Any = ["@key", "@shareable"]
        self.schema_directives = [Link(url=_SPECIFICATION, import_=imports)]
        for type_name, key in _KEYS.items():
            add_directive(types[type_name], Key(fields=FieldSet(" ".join(key)), resolvable=UNSET))
        # Other subgraphs that follow Relay have the very same.
        add_directive(types["PageInfo"], Shareable())
        union: Any = types["_Entity"]
        union.resolve_type = Node.resolve_type

    @cached_property
    def _sdl(self) -> str:
        return self.as_str()

    def sdl(self) -> str:
        """The schema in SDL; raises BadInput if introspection is off."""
        if not self._has_introspection:
            raise BadInput(
                "The schema is not available because introspection is off. Compose from the output "
                "of `sample-gateway schema --federation`."
            )
        return self._sdl


async def _find(context: Context, representations: list[Any]) -> list[Any]:
    """The row of each representation, or None, or the error of that representation."""
    found: list[Any] = [None] * len(representations)
    places: dict[str, dict[int, Any]] = defaultdict(dict)
    for place, representation in enumerate(representations):
        try:
            type_name, key = _parse(representation)
        except BadInput as error:
            found[place] = error
        else:
            places[type_name][place] = key

    async def load(type_name: str, keys: dict[int, Any]) -> None:
        rows = await context.load_many(KINDS[type_name].loader, keys.values())
        for place, row in zip(keys, rows, strict=True):
            found[place] = with_type(row, type_name)

    await gather(*(load(type_name, keys) for type_name, keys in places.items()))
    return found


def _parse(representation: Any) -> tuple[str, Any]:
    """The type and the key of a representation; raises BadInput if it is invalid."""
    given = representation if isinstance(representation, dict) else {}
    type_name = given.get("__typename")
    if not isinstance(type_name, str) or type_name not in _KEYS:
        raise BadInput(
            f"A representation must have a __typename of {', '.join(_KEYS)}.",
            argument="representations",
        )
    key = tuple(given.get(name) for name in _KEYS[type_name])
    if not all(type(part) is int and part in _INT_RANGE for part in key):
        names = " and ".join(_KEYS[type_name])
        raise BadInput(
            f"A representation of {type_name} must have an Int as {names}.",
            argument="representations",
        )
    return type_name, key if len(key) > 1 else key[0]
