from typing import TYPE_CHECKING, Annotated

import strawberry

from gql.execution.batch_keys import reads_files
from gql.execution.field_cost import cost
from gql.files.names import media_name
from gql.loaders.media import ExtraFileRow, ExtraFilesByMediaIdLoader, MediaRow
from gql.loaders.regression_test import RegressionTestsByMediaIdLoader
from gql.loaders.tag import TagRow, TagsByMediaIdLoader
from gql.loaders.upload import IssuesByMediaIdLoader, UploadsByMediaIdLoader
from gql.request import file_queries
from gql.schema.info import Info
from gql.schema.loader_field import loader_field
from gql.schema.node import Node
from gql.schema.types.media_info import MediaInfo
from gql.schema.types.upload import MediaIssue, Upload

if TYPE_CHECKING:
    from gql.schema.types.regression_test import RegressionTest


@strawberry.type(description="A label of media files, such as `DVB` or `multiprogram`.")
class Tag(Node, TagRow):
    id: int = strawberry.field(description="The number of the tag.")
    name: str | None = strawberry.field(description="The name of the tag.")
    description: str | None = strawberry.field(description="The meaning of the tag.")


@strawberry.type(description="A further file that was uploaded with a media file.")
class ExtraFile(ExtraFileRow):
    id: int = strawberry.field(description="The number of the further file.")
    extension: str | None = strawberry.field(description="The file's extension, without the dot.")
    original_name: str | None = strawberry.field(
        description="The name of the file when it was uploaded."
    )


@strawberry.type(
    description="A media file that regression tests read. The platform calls it a sample. "
    "Here a `Sample` is the result of a test in a run."
)
class Media(Node, MediaRow):
    id: int = strawberry.field(description="The number of the media file: `Sample.sampleId`.")
    sha: str | None = strawberry.field(description="The SHA-256 of the file's content.")
    extension: str | None = strawberry.field(description="The file's extension, without the dot.")
    original_name: str | None = strawberry.field(
        description="The name of the file when it was uploaded."
    )
    filename: str | None = strawberry.field(
        description="The name of the file in the platform's storage."
    )

    @strawberry.field(
        description="The file's page on the platform; null if the gateway does not know the "
        "platform's address."
    )
    def page_url(self: MediaRow, info: Info) -> str | None:
        return file_queries.page_url(info.context, f"/sample/{self.id}")

    @strawberry.field(
        description="Where you download the file: an address of the bucket that is valid for 15 "
        "minutes, or a path of the gateway that takes the same token. Null if the gateway serves "
        "no files. Needs the scope `results:read`.",
        metadata=reads_files,
    )
    async def download_url(self: MediaRow, info: Info) -> str | None:
        return await file_queries.download_url(info.context, media_name(self.sha, self.extension))

    @strawberry.field(
        description="What MediaInfo says of the file; null if there is nothing that can be read. "
        "Needs the scope `results:read`.",
        metadata=cost(extra_rows=50) | reads_files,
    )
    async def media_info(self: MediaRow, info: Info) -> MediaInfo | None:
        tracks = await file_queries.media_tracks(info.context, self)
        return None if tracks is None else MediaInfo(tracks=tracks)  # type: ignore[arg-type]

    upload: Upload | None = loader_field(
        UploadsByMediaIdLoader,
        "id",
        value_of=lambda uploads: uploads[0] if uploads else None,
        description="How the file came to the platform; null if it does not say.",
    )
    issues: list[MediaIssue] | None = loader_field(
        IssuesByMediaIdLoader,
        "id",
        description="The issues about the file on GitHub, as the platform knows them, ordered by "
        "id; null if it keeps none.",
    )
    extra_files: list[ExtraFile] = loader_field(
        ExtraFilesByMediaIdLoader,
        "id",
        description="Further files that were uploaded with it, ordered by id.",
    )
    tags: list[Tag] = loader_field(
        TagsByMediaIdLoader, "id", description="The tags of the file, ordered by name."
    )
    regression_tests: list[
        Annotated["RegressionTest", strawberry.lazy("gql.schema.types.regression_test")]
    ] = loader_field(
        RegressionTestsByMediaIdLoader,
        "id",
        description="The regression tests that read the file, ordered by id.",
    )
