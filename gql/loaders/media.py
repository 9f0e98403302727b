from sqlalchemy import select

from gql.loaders.base import ManyLoader, OneLoader
from gql.tables import Sample, SampleTagAssociation, Tag

MEDIA = select(
    Sample.id,
    Sample.sha,
    Sample.extension,
    Sample.original_name,
    (Sample.sha + "." + Sample.extension).label("filename"),
)

TAG = select(Tag.id, Tag.name, Tag.description).order_by(Tag.name)


class MediaByIdLoader(OneLoader[int]):
    statement = MEDIA
    key = (Sample.id,)


class MediaByShaLoader(OneLoader[str]):
    statement = MEDIA
    key = (Sample.sha,)


class TagsByMediaIdLoader(ManyLoader[int]):
    statement = TAG.join(SampleTagAssociation, SampleTagAssociation.tag_id == Tag.id)
    key = (SampleTagAssociation.sample_id,)
