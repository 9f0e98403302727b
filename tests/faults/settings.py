"""Settings of the gateways that faults are tried on."""

from typing import Any

from tests.support.database_servers import DatabaseServer
from tests.support.platform import Platform
from tests.support.server import address

TIMEOUT_SECONDS = 0.5
POOL_SIZE = 10


def quick_to_give_up(server: DatabaseServer, **settings: Any) -> dict[str, Any]:
    return {
        "database_url": address(server.url),
        "database_statement_timeout_seconds": TIMEOUT_SECONDS,
        "database_pool_size": POOL_SIZE,
        "rate_limit_requests": 1_000_000,
        "work_seconds_per_minute": 0,
        **settings,
    }


def settings_for(platform: Platform, **settings: Any) -> dict[str, Any]:
    """Settings of a gateway before a platform that is a file."""
    return {
        "database_url": f"sqlite:///{platform.url.database}",
        "rate_limit_requests": 1_000_000,
        "work_seconds_per_minute": 0,
        **settings,
    }
