from sqlalchemy import case, select

from gql.database.pagination import Order
from gql.database.tables import Sample, SampleExtra, SampleTagAssociation, Tag
from gql.loaders.base import ManyLoader, OneLoader

MEDIA = select(
    Sample.id,
    Sample.sha,
    Sample.extension,
    Sample.original_name,
    (Sample.sha + case((Sample.extension == "", ""), else_="." + Sample.extension)).label(
        "filename"
    ),
)

MEDIA_BY_ID = Order("media", (Sample.id,))

TAG = select(Tag.id, Tag.name, Tag.description).order_by(Tag.name)


class MediaByIdLoader(OneLoader[int]):
    statement = MEDIA
    key = (Sample.id,)


class MediaByShaLoader(OneLoader[str]):
    statement = MEDIA
    key = (Sample.sha,)


class ExtraFilesByMediaIdLoader(ManyLoader[int]):
    statement = select(SampleExtra.id, SampleExtra.original_name, SampleExtra.extension).order_by(
        SampleExtra.id
    )
    key = (SampleExtra.sample_id,)


class TagsByMediaIdLoader(ManyLoader[int]):
    statement = TAG.join(SampleTagAssociation, SampleTagAssociation.tag_id == Tag.id)
    key = (SampleTagAssociation.sample_id,)


class TagByIdLoader(OneLoader[int]):
    statement = TAG
    key = (Tag.id,)
