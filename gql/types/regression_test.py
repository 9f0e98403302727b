import strawberry

from gql.context import Info
from gql.loaders.media import MediaByIdLoader
from gql.loaders.regression_test import (
    CategoriesByRegressionTestIdLoader,
    ExpectedOutputsByRegressionTestIdLoader,
    VariantsByOutputIdLoader,
)
from gql.types.category import Category
from gql.types.media import Media
from gql.types.scalars import Sha256


@strawberry.type(description="An output file that a regression test is expected to produce.")
class ExpectedOutput:
    id: int = strawberry.field(description="The output's number: `Output.outputId`.")
    hash: Sha256 | None = strawberry.field(
        description="The hash of today's baseline; null where there is none."
    )
    extension: str = strawberry.field(description="The file's extension, with the dot.")
    filename: str | None = strawberry.field(description="The name the test is to give the file.")
    ignored: bool = strawberry.field(description="Whether the file may be missing.")

    @strawberry.field(description="Further hashes that are accepted in place of the baseline.")
    async def variants(self, info: Info) -> list[Sha256]:
        variants = await info.context.load(VariantsByOutputIdLoader, self.id)
        return [variant.hash for variant in variants if variant.hash is not None]


@strawberry.type(
    description="The definition of a test: a command, the media file it reads, what it should give."
)
class RegressionTest:
    sample_id: strawberry.Private[int | None]

    id: int = strawberry.field(description="The test's number: `Sample.regressionId`.")
    command: str = strawberry.field(description="The arguments that the extractor is run with.")
    description: str | None = strawberry.field(description="What the test is for.")
    active: bool = strawberry.field(description="Whether new runs execute it.")
    input_type: str | None = strawberry.field(
        description="How the media file is given: `file`, `stdin` or `udp`."
    )
    output_type: str | None = strawberry.field(
        description="Where the output goes, such as `file`, `stdout` or `null`."
    )
    expected_exit_code: int | None = strawberry.field(
        description="The exit code that new runs expect."
    )

    @strawberry.field(description="The media file it reads.")
    async def media(self, info: Info) -> Media | None:
        if self.sample_id is None:
            return None
        return await info.context.load(MediaByIdLoader, self.sample_id)

    @strawberry.field(description="Its categories, by name.")
    async def categories(self, info: Info) -> list[Category]:
        return await info.context.load(CategoriesByRegressionTestIdLoader, self.id)

    @strawberry.field(description="The output files it should produce, by id.")
    async def outputs(self, info: Info) -> list[ExpectedOutput]:
        return await info.context.load(ExpectedOutputsByRegressionTestIdLoader, self.id)
