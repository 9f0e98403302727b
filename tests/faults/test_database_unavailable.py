"""A database that is not there, and one that goes and comes back."""

import asyncio
from pathlib import Path

from tests.faults.settings import POOL_SIZE, quick_to_give_up
from tests.support.clients import BOTH, Clients, kind_of_503
from tests.support.database_servers import DatabaseServer
from tests.support.server import logged, serving

LOST = "The database cannot be reached: "
BACK = "The database is back"


async def test_gateway_starts_without_its_database_and_answers_once_it_is_there(
    server: DatabaseServer, clients: Clients, tmp_path: Path
) -> None:
    server.kill()
    with serving(tmp_path, **quick_to_give_up(server)) as late:
        late_clients = Clients(late.origin, clients.token)
        late_clients.right = clients.right
        async with late_clients.http:
            assert late.get("/readyz").status_code == 503
            for question in BOTH:
                assert kind_of_503(await late_clients.ask(question)) == "unavailable"

            await server.start()
            await asyncio.to_thread(late.wait_for, "/readyz", 200)
            for question in BOTH:
                assert late_clients.is_right(await late_clients.ask(question))
        _, errors = late.stop()

    unreachable, consequence, of_log = errors.split("\n", 2)
    assert " cannot be reached: " in unreachable
    assert consequence == "The gateway is answering 503 until it can be."
    lost, back = [line["message"] for line in logged(of_log)]
    assert lost.startswith(LOST)
    assert back == BACK


async def test_unavailable_database_is_logged_once_and_its_return_once(
    server: DatabaseServer, clients: Clients, tmp_path: Path
) -> None:
    with serving(tmp_path, **quick_to_give_up(server)) as gateway:
        its_clients = Clients(gateway.origin, clients.token)
        async with its_clients.http:
            await its_clients.learn(*BOTH)
            server.kill()
            for question in BOTH * 3:
                assert kind_of_503(await its_clients.ask(question)) == "unavailable"
            await server.start()
            await asyncio.to_thread(gateway.wait_for, "/readyz", 200)
            for question in BOTH:
                assert its_clients.is_right(await its_clients.ask(question))
        _, errors = gateway.stop()

    lost, back = logged(errors)
    assert {lost["level"], back["level"]} == {"warning"}
    assert lost["message"].startswith(LOST)
    assert "onnect" in lost["message"]
    assert "SELECT" not in lost["message"]
    assert back["message"] == BACK


async def test_killed_database_under_load_causes_no_wrong_answer(
    server: DatabaseServer, clients: Clients
) -> None:
    async with clients.asking(20):
        for _ in range(2):
            await clients.get(30, 200)
            server.kill()
            await clients.get(30, 503)
            await server.start()
            await clients.get(30, 200)

    assert clients.wrong == []
    assert clients.lost == []
    assert await server.connections() <= POOL_SIZE


async def test_connections_closed_by_the_server_under_load_are_replaced(
    server: DatabaseServer, clients: Clients
) -> None:
    async with clients.asking(20):
        for _ in range(5):
            await server.end_connections()
            await clients.get(20, 200)

    assert clients.wrong == []
    assert await server.connections() <= POOL_SIZE
