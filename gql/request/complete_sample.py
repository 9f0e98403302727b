"""A sample with all that its document shows, for the loaders of a request to keep."""

from gql.loaders.category import CategoriesByRegressionTestIdLoader
from gql.loaders.complete_sample import CompleteSampleLoader
from gql.loaders.output import OutputsBySampleLoader
from gql.loaders.run import RunByIdLoader
from gql.loaders.sample import SampleByRunAndRegressionIdLoader, SampleRow
from gql.loaders.tag import TagsByMediaIdLoader
from gql.request.context import Context


async def complete_sample(context: Context, run_id: int, regression_id: int) -> SampleRow | None:
    """The sample, read in one statement with its run and all its parts.

    What is loaded of it afterwards needs no further statement. None does not mean that there is no
    such sample.
    """
    complete = await context.load(CompleteSampleLoader, (run_id, regression_id))
    if complete is None:
        return None
    sample = complete.sample
    context.keep(RunByIdLoader, run_id, complete.run)
    context.keep(SampleByRunAndRegressionIdLoader, (run_id, regression_id), sample)
    context.keep(OutputsBySampleLoader, (run_id, regression_id), complete.outputs)
    context.keep(CategoriesByRegressionTestIdLoader, regression_id, complete.categories)
    if sample.sample_id is not None:
        context.keep(TagsByMediaIdLoader, sample.sample_id, complete.tags)
    return sample
