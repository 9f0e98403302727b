"""Three runs of the demo platform are reports that the real platform posted.

Read back through GraphQL, their counts are those of the reports: passed / all, by category.
"""

import pytest

from gql import demo
from tests.support.gateway import Client

pytestmark = pytest.mark.quick

CATEGORIES = [
    *("Broken", "CEA-708", "DVB", "DVD", "DVR-MS", "General", "Hardsubx"),
    *("Hauppage", "MP4", "NoCC", "Options", "Teletext", "WTV", "XDS"),
]

REPORTS = {
    demo.REPORT_LINUX_2026: (
        "0/13 2/14 0/7 3/3 0/2 8/27 1/1 3/3 3/3 10/10 72/86 20/21 12/13 31/34"
    ),
    demo.REPORT_LINUX_2023: (
        "13/14 2/14 4/7 3/3 2/2 24/27 - 3/3 3/3 10/10 85/87 21/21 13/13 31/34"
    ),
    demo.REPORT_WINDOWS_2023: (
        "13/14 2/14 4/7 3/3 2/2 24/27 - 3/3 3/3 10/10 82/87 21/21 1/13 26/34"
    ),
}

SUMMARY = """
query ($run: Int!) {
  run(id: $run) { status summary { byCategory { category { name } pass total } } }
}
"""

SAMPLES = """
query ($run: Int!) {
  run(id: $run) { samples(first: 500) { nodes { status categories { name } } } }
}
"""


@pytest.mark.parametrize("run", REPORTS)
async def test_run_summary_equals_the_report_of_the_platform(client: Client, run: int) -> None:
    data = await client.ask(SUMMARY, run=run)

    assert {
        row["category"]["name"]: f"{row['pass']}/{row['total']}"
        for row in data["run"]["summary"]["byCategory"]
    } == _report(run)
    assert data["run"]["status"] == "FAIL"


@pytest.mark.parametrize("run", REPORTS)
async def test_run_samples_add_up_to_the_report_of_the_platform(client: Client, run: int) -> None:
    data = await client.ask(SAMPLES, run=run)

    outcomes: dict[str, list[bool]] = {}
    for sample in data["run"]["samples"]["nodes"]:
        for category in sample["categories"]:
            outcomes.setdefault(category["name"], []).append(sample["status"] == "PASS")
    assert {
        category: f"{sum(passed)}/{len(passed)}" for category, passed in outcomes.items()
    } == _report(run)


def _report(run: int) -> dict[str, str]:
    counts = zip(CATEGORIES, REPORTS[run].split(), strict=True)
    return {category: count for category, count in counts if count != "-"}
