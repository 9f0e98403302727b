"""Tags of media files."""

from sqlalchemy import select

from gql.database.tables import MediaFileTag, Tag
from gql.loaders.base import RowListLoader, SingleRowLoader

TAG = select(Tag.id, Tag.name, Tag.description).order_by(Tag.name)


class TagsByMediaIdLoader(RowListLoader[int]):
    statement = TAG.join(MediaFileTag, MediaFileTag.tag_id == Tag.id)
    key = (MediaFileTag.sample_id,)


class TagByIdLoader(SingleRowLoader[int]):
    statement = TAG
    key = (Tag.id,)
