from typing import TYPE_CHECKING, Annotated

import strawberry

from gql.loaders.media import ExtraFilesByMediaIdLoader
from gql.loaders.regression_test import RegressionTestsByMediaIdLoader
from gql.loaders.tag import TagsByMediaIdLoader
from gql.schema.loader_field import loader_field
from gql.schema.node import Node

if TYPE_CHECKING:
    from gql.schema.types.regression_test import RegressionTest


@strawberry.type(description="A label of media files, such as `DVB` or `multiprogram`.")
class Tag(Node):
    id: int = strawberry.field(description="The tag's number.")
    name: str = strawberry.field(description="Its name, by which lists of tags are ordered.")
    description: str | None = strawberry.field(description="What the tag means.")


@strawberry.type(description="A further file that was uploaded with a media file.")
class ExtraFile:
    id: int = strawberry.field(description="The further file's number.")
    extension: str = strawberry.field(description="The file's extension, without the dot.")
    original_name: str = strawberry.field(description="The name it was uploaded with.")


@strawberry.type(
    description="A media file that regression tests read. The platform calls it a sample; here a "
    "`Sample` is the result of a test in a run."
)
class Media(Node):
    id: int = strawberry.field(description="The media file's number: `Sample.sampleId`.")
    sha: str | None = strawberry.field(description="The hash of the file's content.")
    extension: str = strawberry.field(description="The file's extension, without the dot.")
    original_name: str = strawberry.field(description="The name it was uploaded with.")
    filename: str | None = strawberry.field(description="The name the platform stores it under.")

    extra_files: list[ExtraFile] = loader_field(
        ExtraFilesByMediaIdLoader,
        "id",
        description="The further files that were uploaded with it, by id.",
    )
    tags: list[Tag] = loader_field(TagsByMediaIdLoader, "id", description="Its tags, by name.")
    regression_tests: list[
        Annotated["RegressionTest", strawberry.lazy("gql.schema.types.regression_test")]
    ] = loader_field(
        RegressionTestsByMediaIdLoader,
        "id",
        description="The regression tests that read it, by id.",
    )
