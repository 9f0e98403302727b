"""The addresses of databases."""

from typing import Any

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

_ASYNC_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "mysql": "mysql+asyncmy",
    "mariadb": "mysql+asyncmy",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}


_MAX_PORT = 65_535

_ESCAPES = (
    "must have an @ in a password written as %40, and likewise / as %2F and # as %23, "
    "in a user's name too"
)


def async_url(value: Any) -> URL:
    """The address of a database with the driver the gateway reads it by.

    Raises ValueError for an address that names no engine the gateway knows.
    """
    # Of an ambiguous address a part of the password could be taken for a host, and be shown.
    if isinstance(value, str) and not value.startswith("sqlite") and value.count("@") > 1:
        raise ValueError(_ESCAPES)
    try:
        url = make_url(value)
        hosts = urls_of_hosts(url)
    except (ArgumentError, ValueError) as error:
        raise ValueError(
            "must be an address such as mysql://user:password@host/name, "
            "postgresql://user:password@host/name or sqlite:///file.sqlite"
        ) from error
    engine = url.drivername.partition("+")[0]
    if engine not in _ASYNC_DRIVERS:
        raise ValueError(f"{engine!r} is not one of mysql, mariadb, postgresql, sqlite")
    if engine != "sqlite" and "@" in str(url.database):
        raise ValueError(_ESCAPES)
    for port in (each.port for each in hosts):
        if port is not None and not 0 < port <= _MAX_PORT:
            raise ValueError(f"has the port {port}, and a port is from 1 to {_MAX_PORT}")
    seconds = url.query.get("connect_timeout", "0")
    if not (isinstance(seconds, str) and seconds.isascii() and seconds.isdigit()):
        raise ValueError("must have a connect_timeout in whole seconds")
    if url.database in {None, "", ":memory:"}:
        raise ValueError("must name a database, or the file of one")
    return url.set(drivername=_ASYNC_DRIVERS[engine])


def urls_of_hosts(url: URL) -> list[URL]:
    """The address of each host, for `?host=one:3306&host=another:3306`."""
    hosts = url.query.get("host")
    if not isinstance(hosts, tuple):
        return [url]
    query = {name: value for name, value in url.query.items() if name != "host"}
    places = [make_url(f"{url.drivername}://{host}") for host in hosts]
    return [url.set(host=each.host, port=each.port, query=query) for each in places]
