"""Released versions of the extractor."""

from datetime import date

from sqlalchemy import String, cast, select, type_coerce

from gql.database.tables import CCExtractorVersion
from gql.database.timestamps import DateText
from gql.loaders.base import Row, Scope, SingleRowLoader


class ReleaseRow(Row):
    id: int
    version: str | None
    commit: str | None
    released_at: date | None


RELEASE = select(
    CCExtractorVersion.id,
    CCExtractorVersion.version,
    CCExtractorVersion.commit,
    type_coerce(cast(CCExtractorVersion.released, String(50)), DateText).label("released_at"),
)


class ReleaseByIdLoader(SingleRowLoader[int, ReleaseRow]):
    scope = Scope.CATALOGUE
    statement = RELEASE
    key = (CCExtractorVersion.id,)


class ReleaseByCommitLoader(SingleRowLoader[str, ReleaseRow]):
    scope = Scope.CATALOGUE
    statement = RELEASE
    key = (CCExtractorVersion.commit,)
