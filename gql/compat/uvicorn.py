"""uvicorn's protocol for HTTP/1.1, whose methods `GatewayProtocol` overrides and calls."""

from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,  # To reject a request that never reaches the app.
    HttpToolsProtocol,  # To give connections deadlines.
    RequestResponseCycle,  # To wait until a client has read what is sent.
)
from uvicorn.protocols.websockets.websockets_sansio_impl import (
    WebSocketsSansIOProtocol,  # To read no more than a client reads.
)

__all__ = [
    "PROTOCOL_METHODS",
    "STATUS_LINE",
    "HttpToolsProtocol",
    "RequestResponseCycle",
    "WebSocketsSansIOProtocol",
]

# Each method with its parameters, and what `gql.http.protocol` uses it for.
PROTOCOL_METHODS = {
    "connection_made": (["transport"], "to start the deadline of a connection"),
    "connection_lost": (["exc"], "to end it"),
    "data_received": (["data"], "to ignore an upgrade, and what follows a rejected request"),
    "handle_websocket_upgrade": ([], "to end the deadline"),
    "send_400_response": (["msg"], "to reject input that is not HTTP"),
    "on_message_begin": ([], "to start the deadline of a head"),
    "on_headers_complete": ([], "to start the deadline of a body"),
    "on_body": (["body"], "to skip that of an upgrade"),
    "on_message_complete": ([], "to end the deadline of a body"),
    "on_response_complete": ([], "to start the deadline of an idle connection"),
    "_start_asgi_task": (["cycle", "app"], "to send no more than a client reads"),
    "_should_upgrade": ([], "to recognize a WebSocket"),
    "_unset_keepalive_if_required": ([], "to receive data as uvicorn does"),
}
