from datetime import datetime

import strawberry

from gql.domain.github import issue_url
from gql.loaders.release import ReleaseByIdLoader
from gql.loaders.upload import MediaIssueRow, UploadRow
from gql.schema.loader_field import loader_field
from gql.schema.types.release import Release


@strawberry.type(description="How a media file came to the platform.")
class Upload(UploadRow):
    version_id: strawberry.Private[int | None]

    platform: str | None = strawberry.field(
        description="The operating system that the extractor was used on, such as `mac`."
    )
    parameters: str | None = strawberry.field(
        description="The command-line arguments that the extractor was used with."
    )
    notes: str | None = strawberry.field(description="What the uploader wrote about the file.")
    release: Release | None = loader_field(
        ReleaseByIdLoader, "version_id", description="The release that was used; null if unknown."
    )


@strawberry.type(description="An issue on GitHub about a media file.")
class MediaIssue(MediaIssueRow):
    number: int = strawberry.field(description="The number of the issue.")
    title: str | None = strawberry.field(description="The title of the issue.")
    status: str | None = strawberry.field(
        description="The state of the issue when the platform last read it, such as `open`."
    )
    opened_at: datetime | None = strawberry.field(description="The time when it was opened.")

    @strawberry.field(description="The page of the issue on GitHub.")
    def url(self: MediaIssueRow) -> str:
        return issue_url(self.number)
