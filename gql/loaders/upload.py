"""How media files came to the platform, and the issues about them, of tables it may lack."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, literal_column, select
from typing_extensions import override

from gql.database import Snapshot
from gql.database.tables import SampleIssue, Upload
from gql.loaders.base import OptionalRowListLoader, Row, Scope


class UploadRow(Row):
    version_id: int | None
    platform: str | None
    parameters: str | None
    notes: str | None


class UploadsByMediaIdLoader(OptionalRowListLoader[int, UploadRow]):
    scope = Scope.CATALOGUE
    statement = select(
        Upload.version_id, Upload.platform, Upload.parameters, Upload.notes
    ).order_by(Upload.id)
    key = (Upload.sample_id,)


class MediaIssueRow(Row):
    number: int
    title: str | None
    status: str | None
    opened_at: datetime | None


def _select_issues(opened_at: Any) -> Select[*tuple[Any, ...]]:
    return select(
        SampleIssue.issue_id.label("number"),
        SampleIssue.title,
        SampleIssue.status,
        opened_at.label("opened_at"),
    ).order_by(SampleIssue.id)


class _DatedIssuesByMediaIdLoader(OptionalRowListLoader[int, MediaIssueRow]):
    scope = Scope.CATALOGUE
    statement = _select_issues(literal_column("sample_issue.date", SampleIssue.created_at.type))
    key = (SampleIssue.sample_id,)


class IssuesByMediaIdLoader(OptionalRowListLoader[int, MediaIssueRow]):
    """Loads the issues about a media file; some platforms have a column `date` for their time."""

    scope = Scope.CATALOGUE
    statement = _select_issues(SampleIssue.created_at)
    key = (SampleIssue.sample_id,)

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__(snapshot)
        self._dated = _DatedIssuesByMediaIdLoader(snapshot)

    @override
    async def read(self, keys: list[int]) -> dict[int, list[MediaIssueRow] | None]:
        issues = await super().read(keys)
        return await self._dated.read(keys) if None in issues.values() else issues
