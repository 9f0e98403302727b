"""Ids that are unique in the whole schema, and the objects that they identify."""

from asyncio import gather
from collections.abc import Sequence
from contextlib import suppress
from types import SimpleNamespace
from typing import Any, NamedTuple

import strawberry

from gql.compat.strawberry import from_base64, to_base64
from gql.database.tables import MAX_ID
from gql.errors import BadInput, shortened
from gql.execution.columns import is_any_row
from gql.execution.read_ahead import needs_only
from gql.loaders.base import SingleRowLoader
from gql.loaders.category import CategoryByIdLoader
from gql.loaders.fork import ForkByIdLoader
from gql.loaders.media import MediaByIdLoader
from gql.loaders.regression_test import RegressionTestByIdLoader
from gql.loaders.run import RunByIdLoader
from gql.loaders.sample import SampleByRunAndRegressionIdLoader
from gql.loaders.tag import TagByIdLoader
from gql.request.context import Context
from gql.schema.info import Info

MAX_NODES = 100


NodeRow = SimpleNamespace
"""A row with the name of its type."""


class _Kind(NamedTuple):
    loader: type[SingleRowLoader[Any, Any]]
    key: tuple[str, ...] = ("id",)


KINDS = {
    "Category": _Kind(CategoryByIdLoader),
    "Fork": _Kind(ForkByIdLoader),
    "Media": _Kind(MediaByIdLoader),
    "RegressionTest": _Kind(RegressionTestByIdLoader),
    "Run": _Kind(RunByIdLoader),
    "Sample": _Kind(SampleByRunAndRegressionIdLoader, key=("run_id", "regression_id")),
    "Tag": _Kind(TagByIdLoader),
}


@strawberry.interface(
    description="An object with an id that is unique in the whole schema, for the caches "
    "of clients."
)
class Node:
    @strawberry.field(
        description="An opaque id that is unique in the whole schema. Pass it to `Query.node`. "
        'For Relay\'s compiler, set `schemaConfig: {nodeInterfaceIdField: "nodeId"}`.',
        metadata=needs_only(name for kind in KINDS.values() for name in kind.key),
    )
    def node_id(self, info: Info) -> strawberry.ID:
        type_name = str(info.path.typename)
        key = [getattr(self, name) for name in KINDS[type_name].key]
        return strawberry.ID(_global_id(type_name, key))

    # A row is not an instance of its type, which is what Strawberry would check.
    is_type_of = staticmethod(is_any_row)

    @staticmethod
    def resolve_type(node: Any, _info: Any, _interface: Any) -> str:
        return str(node.type_name)


async def find_node(context: Context, node_id: str, *, argument: str) -> NodeRow | None:
    """The object with an id, or None if there is none.

    Raises BadInput that names the argument if the id is malformed.
    """
    type_name, key = _parse(node_id, argument)
    return with_type(await context.load(KINDS[type_name].loader, key), type_name)


def with_type(row: Any, type_name: str) -> NodeRow | None:
    """The row with the name of its type, as a row itself takes no further attribute."""
    return None if row is None else SimpleNamespace(**row._asdict(), type_name=type_name)


async def find_nodes(
    context: Context, ids: Sequence[str], *, argument: str
) -> list[NodeRow | BaseException | None]:
    """The result of `find_node` for each id; what it raises is the error of that id only."""
    found = (find_node(context, node_id, argument=argument) for node_id in ids)
    return await gather(*found, return_exceptions=True)


def _global_id(type_name: str, key: list[int]) -> str:
    return to_base64(type_name, ":".join(map(str, key)))


def _parse(id: str, argument: str) -> tuple[str, Any]:
    with suppress(ValueError, KeyError):
        type_name, encoded = from_base64(id)
        key = [int(part) for part in encoded.split(":")]
        is_ours = len(key) == len(KINDS[type_name].key) and id == _global_id(type_name, key)
        if is_ours and all(0 < number <= MAX_ID for number in key):
            return type_name, tuple(key) if len(key) > 1 else key[0]
    raise BadInput(
        f"{argument} has {shortened(id)!r}, which is not a nodeId of this schema.",
        argument=argument,
    )
