"""GraphQL over WebSocket: Strawberry's handler of graphql-transport-ws, behind admission.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

import asyncio
import time
from collections.abc import Mapping
from typing import Any, cast

from starlette import websockets

from gql.compat.strawberry import (
    ASGIWebSocketAdapter,
    BaseGraphQLTransportWSHandler,
    ConnectionInitMessage,
    Message,
    Operation,
    SubscribeMessage,
    WebSocketDisconnected,
)
from gql.errors import CODES, GatewayError, RateLimited, Unauthenticated
from gql.execution.masked_errors import formatted_error
from gql.execution.persisted_queries import PersistedQueries
from gql.request.context import Context
from gql.security.account import current_account
from gql.telemetry.request_log import logged_operation, set_request_attributes, websocket_operation

# The codes of the protocol are those of HTTP plus this: 4401, 4403, 4429.
CLOSE_CODES = 4000

# Further ones wait, as pings cost no request. Twenty connections keep no processor busy then.
MESSAGES_PER_SECOND = 20

_DISCONNECTED = (websockets.WebSocketDisconnect, websockets.WebSocketDisconnected)


class WebSocketAdapter(ASGIWebSocketAdapter):
    """Sends text frames, as clients expect; a client that disconnected is not an error."""

    async def send_json(self, message: Mapping[str, object]) -> None:
        text = cast("bytes", self.view.encode_json(message)).decode()
        try:
            await self.ws.send_text(text)
        except _DISCONNECTED as error:
            raise WebSocketDisconnected from error

    async def close(self, code: int, reason: str) -> None:
        try:
            await self.ws.close(code, reason)
        except _DISCONNECTED as error:
            raise WebSocketDisconnected from error


class WebSocketHandler(BaseGraphQLTransportWSHandler[Context, None]):
    """Admits each connection and each operation as if it were a request over HTTP.

    The token comes from the handshake's Authorization header or, because browsers cannot set
    headers, from the payload of `connection_init`.
    """

    authorization: str | None = None
    _messages = 0
    _minute_ends = 0.0
    _messages_of_second = 0
    _second_ends = 0.0

    async def handle_message(self, message: Message) -> None:
        await self._pace()
        if self._is_too_many():
            reason = f"Too many messages: the limit is {self._max_messages} in a minute."
            await self.websocket.close(CLOSE_CODES + CODES[RateLimited].status, reason)
        elif _is_well_formed(message):
            await super().handle_message(message)
        else:
            await self.handle_invalid_message("Message is malformed")

    async def _pace(self) -> None:
        """Wait for the next second if the client has sent enough messages in this one."""
        now = time.monotonic()
        if now < self._second_ends and self._messages_of_second >= MESSAGES_PER_SECOND:
            await asyncio.sleep(self._second_ends - now)
            now = time.monotonic()
        if now >= self._second_ends:
            self._messages_of_second, self._second_ends = 0, now + 1
        self._messages_of_second += 1

    def _is_too_many(self) -> bool:
        now = time.monotonic()
        if now >= self._minute_ends:
            self._messages, self._minute_ends = 0, now + 60
        self._messages += 1
        return self._messages > self._max_messages

    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        if message.get("payload") is None:
            message = {"type": "connection_init"}
        try:
            if not self.connection_init_received:
                self.authorization = self._authorization(message)
                await self._websocket.state.admit(self.authorization)
                if account := current_account():
                    account.settle()
        except GatewayError as error:
            set_request_attributes(code=error.codes.graphql)
            await self.websocket.close(CLOSE_CODES + error.codes.status, error.message)
        else:
            await super().handle_connection_init(message)

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        with websocket_operation():
            try:
                await self._admit(message)
            except GatewayError as error:
                rejection: Any = {"id": message["id"], "type": "error"}
                with logged_operation():
                    set_request_attributes(code=error.codes.graphql)
                    await self.send_message(rejection | {"payload": [formatted_error(error)]})
            else:
                await super().handle_subscribe(message)

    async def _admit(self, message: SubscribeMessage) -> None:
        if self.connection_acknowledged:
            await self._websocket.state.admit(self.authorization)
        payload = message["payload"]
        payload["operationName"] = payload.get("operationName") or None
        if extensions := payload.get("extensions"):
            payload["query"] = self._persisted.query(payload["query"] or None, extensions) or ""

    async def send_message(self, message: Any) -> None:
        """Send a message, or close the connection if its token is no longer valid."""
        match message:
            case {"type": "next", "payload": {"errors": [{"extensions": {"code": code}} as error]}}:
                unauthenticated = CODES[Unauthenticated]
                if code == unauthenticated.graphql:
                    reason = error["message"]
                    await self.websocket.close(CLOSE_CODES + unauthenticated.status, reason)
                    return
        await super().send_message(message)

    async def run_operation(self, operation: Operation[Context, None]) -> None:
        with logged_operation():
            await super().run_operation(operation)

    async def handle_task_exception(self, error: Exception) -> None:
        if not isinstance(error, WebSocketDisconnected):
            await super().handle_task_exception(error)

    def _authorization(self, message: ConnectionInitMessage) -> str | None:
        given = self._websocket.headers.get("authorization")
        match message.get("payload"):
            case {"Authorization": str(authorization)} | {"authorization": str(authorization)}:
                return given or authorization
        return given

    @property
    def _max_messages(self) -> int:
        return cast("int", self._websocket.state.messages_per_minute)

    @property
    def _persisted(self) -> PersistedQueries:
        return cast("PersistedQueries", self._websocket.state.persisted)

    @property
    def _websocket(self) -> websockets.WebSocket:
        return cast("WebSocketAdapter", self.websocket).ws


def _is_well_formed(message: Any) -> bool:
    """Whether the handler can process the message."""
    match message:
        case {"type": "subscribe", "id": str(), "payload": {"query": str(), **options}}:
            return (
                isinstance(options.get("variables"), dict | None)
                and isinstance(options.get("extensions"), dict | None)
                and isinstance(options.get("operationName"), str | None)
            )
        case {"type": "complete", "id": str()}:
            return True
        case {"type": str(type_)}:
            return type_ not in {"subscribe", "complete"}
    return False
