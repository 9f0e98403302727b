"""The server's protocol for WebSockets: uvicorn's, within limits."""

from gql.compat.uvicorn import WebSocketsSansIOProtocol


class GatewayWebSocketProtocol(WebSocketsSansIOProtocol):
    """Reads nothing more from a client that does not read what it is sent.

    Otherwise its pings would be answered without end, into memory.
    """

    def pause_writing(self) -> None:
        super().pause_writing()
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        super().resume_writing()
        if not self.read_paused:
            self.transport.resume_reading()
