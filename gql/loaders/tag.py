"""Tags of media files."""

from operator import attrgetter

from sqlalchemy import select
from typing_extensions import override

from gql.database.tables import MediaFileTag, Tag
from gql.loaders.base import Row, RowListLoader, Scope, SingleRowLoader
from gql.loaders.names import sorted_by_name


class TagRow(Row):
    id: int
    name: str | None
    description: str | None


TAG = select(Tag.id, Tag.name, Tag.description).order_by(Tag.id)


class TagsByMediaIdLoader(RowListLoader[int, TagRow]):
    """Loads the tags of a media file, by name."""

    scope = Scope.CATALOGUE
    statement = TAG.join(MediaFileTag, MediaFileTag.tag_id == Tag.id)
    key = (MediaFileTag.sample_id,)

    @staticmethod
    @override
    def arranged(rows: list[TagRow]) -> list[TagRow]:
        return sorted_by_name(sorted(rows, key=attrgetter("id")))


class TagByIdLoader(SingleRowLoader[int, TagRow]):
    scope = Scope.CATALOGUE
    statement = TAG
    key = (Tag.id,)
