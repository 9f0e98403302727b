"""The repositories whose commits are tested."""

from sqlalchemy import select

from gql.database.tables import Fork
from gql.loaders.base import Row, Scope, SingleRowLoader


class ForkRow(Row):
    id: int
    clone_url: str | None


class ForkByIdLoader(SingleRowLoader[int, ForkRow]):
    scope = Scope.CATALOGUE
    statement = select(Fork.id, Fork.github.label("clone_url"))
    key = (Fork.id,)
