"""Tags of media files."""

from sqlalchemy import select

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

    async def read(self, keys: list[int]) -> dict[int, list[TagRow]]:
        rows_by_key = await self.rows_by_key(keys)
        return {key: sorted_by_name(rows) for key, rows in rows_by_key.items()}


class TagByIdLoader(SingleRowLoader[int, TagRow]):
    scope = Scope.CATALOGUE
    statement = TAG
    key = (Tag.id,)
