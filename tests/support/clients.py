"""Clients that send the same requests again and again, and check every response."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.support.gateway import without_cost
from tests.support.platform import TOKEN
from tests.support.server import Server
from tests.support.until import until

RUN = """
{
  run(id: 1) {
    status
    summary { total pass fail }
    samples(first: 100) {
      nodes { regressionId status resultMessage outputs { outputId status actualHash } }
    }
  }
}
"""


@dataclass(frozen=True)
class Question:
    method: str
    path: str
    body: Any = field(default=None, hash=False)


OF_REST = Question("GET", "/api/v1/runs/1/samples/1")
OF_GRAPHQL = Question("POST", "/graphql", {"query": RUN})
BOTH = (OF_REST, OF_GRAPHQL)
# No other request shares its statements.
OF_GRAPHQL_ALONE = tuple(
    Question("POST", "/graphql", {"query": f"query Of{number} {RUN}"}) for number in range(30)
)
OF_TAGS = Question("POST", "/graphql", {"query": "{ tags { id name } }"})


@dataclass(frozen=True)
class Answer:
    question: Question
    response: httpx.Response
    started: float
    ended: float

    @property
    def seconds(self) -> float:
        return self.ended - self.started


def kind_of_503(answer: Answer) -> str:
    """What a 503, as it is documented, says is wrong; empty for other answers."""
    response = answer.response
    if response.status_code != 503 or int(response.headers.get("retry-after", 0)) < 1:
        return ""
    body = response.json()
    if answer.question == OF_REST:
        assert body.keys() == {"code", "message", "details"}
        return str(body["code"])
    assert body.keys() == {"errors"}
    [error] = body["errors"]
    return str(error["extensions"]["code"]).lower()


def is_unavailable(answer: Answer) -> bool:
    """Whether the answer is a 503 as it is documented, whatever is wrong."""
    return kind_of_503(answer) in {"unavailable", "timeout", "overloaded"}


class Sending:
    """Records when all of a request was sent, if it was; httpx calls it."""

    at: float | None = None

    async def __call__(self, event: str, _details: Any) -> None:
        if event == "http11.send_request_body.complete":
            self.at = time.monotonic()


class Clients:
    """Some clients of a gateway.

    `wrong` are the answers that nobody should get, and `lost` those that nobody got.
    """

    def __init__(self, origin: str, token: str) -> None:
        self.http = httpx.AsyncClient(
            base_url=origin,
            headers={"Authorization": f"Bearer {token}"},
            limits=httpx.Limits(max_connections=None),
            timeout=30,
        )
        self.token = token
        self.answers: list[Answer] = []
        self.wrong: list[str] = []
        self.lost: list[Sending] = []
        self.under_way: set[Sending] = set()
        self.right: dict[Question, Any] = {}

    async def ask(self, question: Question) -> Answer:
        started = time.monotonic()
        sending = Sending()
        self.under_way.add(sending)
        try:
            response = await self.http.request(
                question.method, question.path, json=question.body, extensions={"trace": sending}
            )
        finally:
            self.under_way.remove(sending)
        return Answer(question, response, started, time.monotonic())

    async def learn(self, *questions: Question) -> None:
        """Take for right what is answered now."""
        for question in questions:
            answer = await self.ask(question)
            assert answer.response.status_code == 200, answer.response.text
            self.right[question] = without_cost(answer.response.json())

    def is_right(self, answer: Answer) -> bool:
        response = answer.response
        return (
            response.status_code == 200
            and without_cost(response.json()) == (self.right[answer.question])
        )

    async def sent(self, number: int) -> None:
        """Return when so many requests have been sent and have no answer yet."""
        await until(lambda: sum(each.at is not None for each in self.under_way) == number)

    async def get(self, number: int, status: int) -> None:
        """Return when so many answers have come, from now on, with the status."""
        since = time.monotonic()

        def have_come() -> bool:
            later = [each for each in self.answers if each.ended > since]
            return sum(each.response.status_code == status for each in later) >= number

        await until(have_come)

    @asynccontextmanager
    async def asking(self, number: int) -> AsyncIterator[None]:
        """Have so many ask without pause."""
        is_over = asyncio.Event()

        async def ask_on(turn: int) -> None:
            questions = list(self.right)
            while not is_over.is_set():
                turn += 1
                try:
                    answer = await self.ask(questions[turn % len(questions)])
                except httpx.TransportError as error:
                    self.lost.append(error.request.extensions["trace"])
                    await asyncio.sleep(0.02)
                    continue
                self.answers.append(answer)
                if not self.is_right(answer) and not is_unavailable(answer):
                    self.wrong.append(f"{answer.response.status_code} {answer.response.text[:500]}")

        async with asyncio.TaskGroup() as tasks:
            for turn in range(number):
                tasks.create_task(ask_on(turn))
            try:
                yield
            finally:
                is_over.set()


@asynccontextmanager
async def clients_of(gateway: Server) -> AsyncIterator[Clients]:
    """Clients that know the right answers."""
    clients = Clients(gateway.origin, TOKEN)
    async with clients.http:
        await clients.learn(*BOTH)
        yield clients
