"""Tags of media files."""

from sqlalchemy import select

from gql.database.tables import MediaFileTag, Tag
from gql.database.text import ordered
from gql.loaders.base import Row, RowListLoader, Scope, SingleRowLoader


class TagRow(Row):
    id: int
    name: str
    description: str | None


TAG = select(Tag.id, Tag.name, Tag.description).order_by(ordered(Tag.name))


class TagsByMediaIdLoader(RowListLoader[int, TagRow]):
    scope = Scope.CATALOGUE
    statement = TAG.join(MediaFileTag, MediaFileTag.tag_id == Tag.id)
    key = (MediaFileTag.sample_id,)


class TagByIdLoader(SingleRowLoader[int, TagRow]):
    scope = Scope.CATALOGUE
    statement = TAG
    key = (Tag.id,)
