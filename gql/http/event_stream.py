"""Server-sent events: when a client gets them, and framing that all clients can parse."""

from gql.compat.strawberry import SSETransport
from gql.http.negotiation import qualities

EVENTS = "text/event-stream"
RESPONSE_TYPES = {EVENTS, "application/json", "application/graphql-response+json"}


class EventStream(SSETransport):
    def accepts(self, accept: str) -> bool:
        """Whether the client prefers events; urql accepts them after JSON.

        https://www.rfc-editor.org/rfc/rfc9110#name-accept; of types with equal quality the first
        is preferred.
        """
        if EVENTS not in accept.lower():
            return False
        offered = {name: quality for name, quality in qualities(accept) if name in RESPONSE_TYPES}
        preferred = max(offered, key=offered.__getitem__, default=None)
        return preferred == EVENTS and offered[EVENTS] > 0

    def encode_event(self, event: str, data: str | None = None) -> str:
        # urql looks for an empty line that ends in LF only.
        return super().encode_event(event, data).replace("\r\n", "\n")

    def encode_comment(self, comment: str) -> str:
        return super().encode_comment(comment).replace("\r\n", "\n")
