"""The address that the server listens on."""

import socket

from gql.settings import Settings


def address_problem(settings: Settings) -> str | None:
    """Why the server cannot listen on HOST and PORT, or None if it can."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        socket.create_server((settings.host, settings.port), family=family).close()
    except OSError as error:
        # Python adds the address to what the system says.
        return str(error.strerror).partition(" (while ")[0]
    return None


def origin_of(settings: Settings) -> str:
    """The address as the origin of a URL."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{settings.port}"
