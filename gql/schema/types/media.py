from typing import TYPE_CHECKING, Annotated

import strawberry

from gql.loaders.media import ExtraFileRow, ExtraFilesByMediaIdLoader, MediaRow
from gql.loaders.regression_test import RegressionTestsByMediaIdLoader
from gql.loaders.tag import TagRow, TagsByMediaIdLoader
from gql.schema.loader_field import loader_field
from gql.schema.node import Node

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
