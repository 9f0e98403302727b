"""Media files, which the platform calls samples."""

from sqlalchemy import case, select

from gql.database.pagination import Order
from gql.database.tables import MediaFile, MediaFileExtra
from gql.loaders.base import RowListLoader, SingleRowLoader

MEDIA = select(
    MediaFile.id,
    MediaFile.sha,
    MediaFile.extension,
    MediaFile.original_name,
    (MediaFile.sha + case((MediaFile.extension == "", ""), else_="." + MediaFile.extension)).label(
        "filename"
    ),
)

MEDIA_BY_ID = Order("media", (MediaFile.id,))


class MediaByIdLoader(SingleRowLoader[int]):
    statement = MEDIA
    key = (MediaFile.id,)


class MediaByShaLoader(SingleRowLoader[str]):
    statement = MEDIA
    key = (MediaFile.sha,)


class ExtraFilesByMediaIdLoader(RowListLoader[int]):
    statement = select(
        MediaFileExtra.id, MediaFileExtra.original_name, MediaFileExtra.extension
    ).order_by(MediaFileExtra.id)
    key = (MediaFileExtra.sample_id,)
