"""The servers of the benchmark, which would be worth little if they answered differently."""

from dataclasses import replace

from sqlalchemy import URL

from tests.bench.run import check_answers
from tests.bench.servers import COMMANDS, running
from tests.bench.workloads import workloads_on


async def test_benchmark_servers_give_the_same_answers(demo_url: URL) -> None:
    workloads = await workloads_on(demo_url)

    with running(COMMANDS, demo_url) as servers:
        for server in servers.values():
            server.wait_for_answer(workloads[0].requests[0])
        for workload in workloads:
            check_answers(replace(workload, requests=workload.requests[:3]), servers)
