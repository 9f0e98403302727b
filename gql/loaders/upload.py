"""How media files came to the platform, and the issues about them, of tables it may lack."""

from datetime import datetime

from sqlalchemy import select

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


class IssuesByMediaIdLoader(OptionalRowListLoader[int, MediaIssueRow]):
    scope = Scope.CATALOGUE
    statement = select(
        SampleIssue.issue_id.label("number"),
        SampleIssue.title,
        SampleIssue.status,
        SampleIssue.created_at.label("opened_at"),
    ).order_by(SampleIssue.id)
    key = (SampleIssue.sample_id,)
