"""Checks that need only the settings."""

import asyncio
import resource
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from importlib.metadata import PackageNotFoundError, version

from gql import demo
from gql.cli.address import address_problem
from gql.cli.doctor.check_result import CheckResult, error, info, ok, warning
from gql.cli.settings import misspelt_settings
from gql.execution.documents import DocumentCache, OperationRejected
from gql.settings import Settings, read_documents

ANSWER_SECONDS = 2
ENOUGH_FILES = 4096


def check_packages() -> Iterator[CheckResult]:
    """Whether the GraphQL client with the same import name is installed here too."""
    try:
        client = version("gql")
    except PackageNotFoundError:
        return
    yield error(
        "packages",
        f"the GraphQL client gql {client} is installed here too: each of the two packages has "
        "overwritten files of the other",
        "Install sample-gateway in a new virtual environment of its own.",
    )


def check_names() -> Iterator[CheckResult]:
    """Environment variables that are no setting, but similar to one."""
    for name, setting in misspelt_settings():
        yield warning(
            "settings", f"{name} is set, and is not a setting", f"Did you mean {setting}?"
        )


def check_settings(settings: Settings) -> Iterator[CheckResult]:
    """Which settings are set, and combinations that do not work."""
    names = sorted(name.upper() for name in settings.model_fields_set)
    yield ok(
        "settings",
        f"these are set: {', '.join(names)}" if names else "all settings have their defaults",
    )
    if settings.graphiql_token not in {None, demo.DEMO_TOKEN}:
        yield warning(
            "settings",
            "every visitor of GraphiQL sees GRAPHIQL_TOKEN",
            "Unset it, unless everybody may read what the token allows.",
        )
    if "*" in settings.forwarded_allow_ips:
        yield warning(
            "settings",
            "FORWARDED_ALLOW_IPS believes everybody: a client without a token may claim any "
            "address, and have a rate limit of its own for each",
            "Set it to the addresses of the proxies.",
        )
    if settings.graphql_federation and settings.graphql_trusted_documents:
        yield warning(
            "settings",
            "with GRAPHQL_FEDERATION a router asks what it likes: nothing of it is among "
            "GRAPHQL_TRUSTED_DOCUMENTS",
            "Unset one of the two, and let the router check trusted documents.",
        )
    if settings.graphql_max_cost > settings.rate_limit_requests:
        yield info(
            "settings",
            "GRAPHQL_MAX_COST exceeds the requests of a window: no operation can cost that much",
            f"Set RATE_LIMIT_REQUESTS to {settings.graphql_max_cost} at least.",
        )
    if settings.database_pool_size > settings.max_concurrent_requests:
        yield info(
            "settings",
            "DATABASE_POOL_SIZE exceeds MAX_CONCURRENT_REQUESTS: some connections are never used",
            f"Set it to {settings.max_concurrent_requests} at most.",
        )


def check_file_limit() -> Iterator[CheckResult]:
    """Whether a process may open too few files: each connection is one."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit < ENOUGH_FILES:
        yield warning(
            "open files",
            f"a process may open {limit} files, and each connection is one",
            f"Set LimitNOFILE=65536 in the systemd unit, or ulimit -n {ENOUGH_FILES} at least.",
        )


def check_trusted_documents(settings: Settings, documents: DocumentCache) -> Iterator[CheckResult]:
    """Trusted documents that would be rejected."""
    if not settings.graphql_trusted_documents:
        return
    trusted = read_documents(settings.graphql_trusted_documents)
    is_rejected = False
    for name, text in trusted.items():
        try:
            for operation in documents.parse(text).costs:
                documents.cost(text, operation, None)
        except OperationRejected as rejected:
            is_rejected = True
            yield error(
                "documents",
                f"{name} is refused: {rejected.errors[0].message}",
                "Fix it in GRAPHQL_TRUSTED_DOCUMENTS, or rebuild its client.",
            )
    if not is_rejected:
        yield ok("documents", f"all {len(trusted)} trusted documents are executed")


async def check_address(settings: Settings) -> CheckResult:
    """Whether the address to listen on is free, or a gateway already listens there."""
    address = f"{settings.host} port {settings.port}"
    problem = address_problem(settings)
    if problem is None:
        return ok("address", f"{address} is free")
    if await asyncio.to_thread(_answers_as_gateway, settings):
        return ok("address", f"a gateway answers at {address}")
    return error(
        "address",
        f"{address}: {problem}",
        "Set HOST to an address of this machine and PORT to a free port, "
        "or stop the program that listens there.",
    )


def _answers_as_gateway(settings: Settings) -> bool:
    connection = HTTPConnection(settings.host, settings.port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().read(100) == b'{"status":"ok"}'
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
