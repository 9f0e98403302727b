"""The bodies of requests: received as a whole, within limits of size and time."""

import asyncio

from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope

from gql.errors import BadInput, BodyTooLarge, RequestTimeout

_MAX_DIGITS = 1000


class BodyReceiver:
    """Receives a request's body of up to `max_bytes` within `timeout_seconds`."""

    def __init__(self, *, max_bytes: int, timeout_seconds: int) -> None:
        self._max_bytes = max_bytes
        self._timeout_seconds = timeout_seconds

    async def receive(self, scope: Scope, receive: Receive) -> Receive:
        """What passes on the whole body, once it has arrived.

        Raises BodyTooLarge and BadInput, at once for such a Content-Length, RequestTimeout, and
        ClientDisconnect.
        """
        headers = dict(scope["headers"])
        if b"content-length" not in headers and b"transfer-encoding" not in headers:
            return receive  # There is no body.
        self._require(headers.get(b"content-length", b"0"))
        try:
            async with asyncio.timeout(self._timeout_seconds):
                body = await self._body(receive)
        except TimeoutError:
            raise RequestTimeout(self._timeout_seconds) from None
        messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive_whole() -> Message:
            return messages.pop() if messages else await receive()

        return receive_whole

    def _require(self, size: bytes) -> None:
        if not size.isdigit():
            raise BadInput("Content-Length must be a number of bytes.")
        # Python reads no number of 5,000 digits.
        if len(size) > _MAX_DIGITS or int(size) > self._max_bytes:
            raise BodyTooLarge(self._max_bytes)

    async def _body(self, receive: Receive) -> bytes:
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            body += message.get("body", b"")
            if len(body) > self._max_bytes:
                raise BodyTooLarge(self._max_bytes)
            if not message.get("more_body"):
                return bytes(body)
