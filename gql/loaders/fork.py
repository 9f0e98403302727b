"""The repositories whose commits are tested."""

from sqlalchemy import select

from gql.database.tables import Fork
from gql.loaders.base import SingleRowLoader


class ForkByIdLoader(SingleRowLoader[int]):
    statement = select(Fork.id, Fork.github.label("clone_url"))
    key = (Fork.id,)
