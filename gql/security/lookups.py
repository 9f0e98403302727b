"""The limit on token look-ups, so that a client that guesses tokens delays no other."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Network, ip_address

from gql.errors import Overloaded
from gql.security.rate_limit import RateLimiter

MAX_CONCURRENT_LOOKUPS = 2
QUEUE_TIMEOUT_SECONDS = 2

_IPV6_PREFIX = 64


@lru_cache(maxsize=1000)
def network_of(host: str) -> str:
    """The addresses that count as one client.

    The holder of an IPv6 address has a whole /64, so a new address of it is not a new client.
    """
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address), _IPV6_PREFIX), strict=False))


@dataclass(slots=True)
class _Lookups:
    """The look-ups of one client: those that run, and those that wait."""

    pending: int = 0
    running: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(MAX_CONCURRENT_LOOKUPS)
    )


class LookupLimiter:
    """Runs up to MAX_CONCURRENT_LOOKUPS look-ups of each client at the same time.

    Those within the client's rate limit wait for their turn; others are rejected.
    """

    def __init__(self, rate_limiter: RateLimiter) -> None:
        self._rate_limiter = rate_limiter
        self._lookups: dict[str, _Lookups] = {}

    @asynccontextmanager
    async def turn(self, client: str) -> AsyncIterator[None]:
        """A block that looks up a token for the client.

        Raises RateLimited, and Overloaded if the block would have to wait too long.
        """
        window = await self._rate_limiter.hit(client, 0)
        lookups = self._lookups.setdefault(client, _Lookups())
        if lookups.running.locked() and lookups.pending >= window.remaining:
            raise window.exceeded()
        lookups.pending += 1
        try:
            try:
                async with asyncio.timeout(QUEUE_TIMEOUT_SECONDS):
                    await lookups.running.acquire()
            except TimeoutError as error:
                raise Overloaded from error
            try:
                yield
            finally:
                lookups.running.release()
        finally:
            lookups.pending -= 1
            if not lookups.pending:
                del self._lookups[client]
