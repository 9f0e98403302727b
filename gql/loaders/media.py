"""Media files, which the platform calls samples."""

from sqlalchemy import case, select

from gql.database.pagination import Order
from gql.database.tables import MediaFile, MediaFileExtra
from gql.loaders.base import Row, RowListLoader, Scope, SingleRowLoader


class MediaRow(Row):
    id: int
    sha: str | None
    extension: str | None
    original_name: str | None
    filename: str | None


class ExtraFileRow(Row):
    id: int
    original_name: str | None
    extension: str | None


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


class MediaByIdLoader(SingleRowLoader[int, MediaRow]):
    scope = Scope.CATALOGUE
    statement = MEDIA
    key = (MediaFile.id,)


class MediaByShaLoader(SingleRowLoader[str, MediaRow]):
    scope = Scope.CATALOGUE
    statement = MEDIA
    key = (MediaFile.sha,)


class ExtraFilesByMediaIdLoader(RowListLoader[int, ExtraFileRow]):
    scope = Scope.CATALOGUE
    statement = select(
        MediaFileExtra.id, MediaFileExtra.original_name, MediaFileExtra.extension
    ).order_by(MediaFileExtra.id)
    key = (MediaFileExtra.sample_id,)
