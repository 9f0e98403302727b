"""Each nesting level costs one SQL statement, however many objects it spans.

The numbers are those of the gateway's own reads; a request's token costs one more.
"""

from collections.abc import Callable
from typing import Any

import pytest

from gql import demo
from tests.support.gateway import Client

pytestmark = pytest.mark.quick

ONE_SAMPLE = """
{
  sample(runId: 19, regressionId: 41) {
    status command runtimeMs exitCode expectedExitCode resultMessage category tags
    outputs { outputId status expectedHash actualHash }
  }
}
"""

WHOLE_RUN = """
{
  run(id: 19) {
    branch
    samples(first: 500) {
      nodes {
        status command resultMessage category tags
        categories { name }
        outputs { outputId status expectedHash actualHash }
        media { filename tags { name } }
      }
    }
  }
}
"""

FIFTY_RUNS = """
{
  runs(first: 50) {
    nodes { id status summary { total pass fail missingOutput } }
  }
}
"""

RUNS_WITH_SAMPLES = """
{
  runs(first: 10) {
    nodes {
      fork { name }
      progress { status }
      summary { byCategory { category { name } pass total } }
      samples(first: 5) {
        totalCount
        nodes { regressionTest { outputs { variants } media { regressionTests { id } } } }
      }
    }
  }
}
"""


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        # a sample with its parts
        pytest.param(ONE_SAMPLE, 1, id="one sample"),
        # run, samples, outputs, categories, tags, media
        pytest.param(WHOLE_RUN, 6, id="a whole run"),
        # runs, catalogue, summaries
        pytest.param(FIFTY_RUNS, 3, id="fifty runs with their counts"),
        # runs, forks, progress, catalogue, summaries, categories' summaries, categories, samples,
        # totals, regression tests, expected outputs, variants, media, the media's regression tests
        pytest.param(RUNS_WITH_SAMPLES, 14, id="ten runs with all around them"),
    ],
)
async def test_query_takes_one_statement_per_level(
    client: Client, statements: Callable[[], Any], query: str, expected: int
) -> None:
    with statements() as collected:
        await client.ask(query)

    assert len(collected) == expected


async def test_rest_document_takes_one_statement(
    client: Client, statements: Callable[[], Any]
) -> None:
    with statements() as collected:
        response = await client.sample(demo.REPORT_LINUX_2026, demo.REGRESSED_TEST)

    assert response.status_code == 200
    assert len(collected) == 1
