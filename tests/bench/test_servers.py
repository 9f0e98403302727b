"""The contestants of the benchmark, which would be worth little if they answered differently."""

from dataclasses import replace

from sqlalchemy import URL

from tests.bench.run import check_answers
from tests.bench.servers import COMMANDS, running
from tests.bench.workloads import works_on


async def test_contestants_give_the_same_answers(demo_url: URL) -> None:
    works = await works_on(demo_url)

    with running(COMMANDS, demo_url) as contestants:
        for work in works:
            entrants = [contestants[name] for name in work.contestants]
            for entrant in entrants:
                entrant.wait_for_answer(work.requests[0])
            check_answers(replace(work, requests=work.requests[:3]), entrants)
