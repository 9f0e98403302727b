"""The settings, from environment variables and a `.env` file, and their defaults."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    FilePath,
    HttpUrl,
    RedisDsn,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy import URL

from gql.database.urls import async_url
from gql.setting_types import LongToken, Origins, StoreUrl, UrlPath, WebUrl, needs_extra

DEMO_DATABASE_URL = "sqlite:///demo.sqlite"

_OPERATION = re.compile(r"\b(?:query|subscription)\s+(\w+)")
_DOCUMENTS = TypeAdapter(dict[str, str])


def read_documents(file: Path) -> dict[str, str]:
    """The documents of a manifest by their names; raises ValueError if it is not a manifest."""
    try:
        return _DOCUMENTS.validate_json(file.read_bytes())
    except ValidationError as error:
        raise ValueError("must be a JSON file of names and documents") from error


def operation_names(documents: Mapping[str, str]) -> set[str]:
    """The names of the operations in documents."""
    return {name for text in documents.values() for name in _OPERATION.findall(text)}


def _readable(file: Path) -> Path:
    read_documents(file)
    return file


class Settings(BaseSettings):
    """What a deployment may set; each field is an environment variable of the same name."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8-sig",  # With the mark that editors on Windows write, or without.
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        arbitrary_types_allowed=True,
        hide_input_in_errors=True,
    )

    database_url: Annotated[URL, NoDecode, BeforeValidator(async_url)] = Field(
        default=DEMO_DATABASE_URL,
        validate_default=True,
        description="Address of the platform's database: mysql://, mariadb://, postgresql:// "
        "or sqlite:///. Name several hosts as in "
        "mysql://user@/platform?host=one:3306&host=another:3306; the gateway uses "
        "one that answers.",
    )
    files_url: StoreUrl | None = Field(
        default=None,
        description="Root of the platform's files: file:///folder, gs://bucket/prefix or "
        "s3://bucket/prefix. Without it the fields that read files are null.",
    )
    files_timeout_seconds: float = Field(
        default=2,
        gt=0,
        description="Time limit of an answer from the store of files, in seconds. Without an "
        "answer the field is null, with an error.",
    )
    files_accel_redirect: Annotated[str, Field(pattern=r"^/([\w.-]+/)*$")] | None = Field(
        default=None,
        description="Internal location of nginx that serves FILES_URL, such as "
        "/platform-files/. With it nginx sends the files.",
    )
    platform_url: WebUrl | None = Field(
        default=None,
        description="Address of the platform's pages. Without it links to them are null.",
    )
    database_pool_size: int = Field(
        default=10, ge=1, le=1000, description="Maximum number of database connections per process."
    )
    database_statement_timeout_seconds: float = Field(
        default=5,
        gt=0,
        description="Time limit of a statement, in seconds. A slower request gets 503.",
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8000, ge=1, le=65535, description="Port to listen on.")
    forwarded_allow_ips: str = Field(
        default="127.0.0.1",
        description="Addresses and networks of trusted proxies, separated by commas. The "
        "gateway uses their X-Forwarded-For and X-Forwarded-Proto.",
    )
    root_path: UrlPath = Field(
        default="", description="Path below which a proxy serves the gateway, such as /gateway."
    )
    cors_allowed_origins: Origins = Field(
        default="",
        validate_default=True,
        description="Origins whose pages may use the gateway, separated by commas, such as "
        "https://ci.example.org; * allows all. Pages of the gateway's own origin always may.",
    )
    redis_url: RedisDsn | None = Field(
        default=None,
        description="Redis server for rate limits that all processes share. Without it each "
        "process counts for itself.",
    )
    rate_limit_requests: int = Field(
        default=120, ge=1, description="Requests per token and window."
    )
    rate_limit_window_seconds: int = Field(
        default=60, ge=1, description="Length of the rate limit window, in seconds."
    )
    work_seconds_per_minute: float = Field(
        default=20,
        ge=0,
        description="Seconds of work per user and minute, of the gateway and its database "
        "together. With 0 there is no limit.",
    )
    graphql_max_cost: int = Field(
        default=50, ge=1, description="Maximum cost of an operation, in requests."
    )
    graphql_max_depth: int = Field(
        default=15, ge=1, description="Maximum depth of an operation's fields."
    )
    graphql_max_tokens: int = Field(
        default=1000, ge=1, description="Maximum number of tokens in a document."
    )
    graphql_max_objects: int = Field(
        default=200_000, ge=1, description="Maximum number of objects that an operation returns."
    )
    graphql_max_response_bytes: int = Field(
        default=10_000_000, ge=1, description="Maximum size of an operation's data, in bytes."
    )
    graphql_timeout_seconds: float = Field(
        default=10, gt=0, description="Time limit of an operation, in seconds."
    )
    graphql_get: bool = Field(
        default=True, description="Whether queries over GET are answered. Without it, only POST is."
    )
    graphql_introspection: bool = Field(
        default=True,
        description="Whether clients can read the schema. Without it, errors suggest no names "
        "either.",
    )
    graphql_federation: bool = Field(
        default=False,
        description="Whether the schema is a subgraph of Apollo Federation 2, for a router.",
    )
    graphql_trusted_documents: Annotated[FilePath, AfterValidator(_readable)] | None = Field(
        default=None,
        description="JSON file of names and documents. With it, only these documents, the "
        "named queries and those of the Python client are executed.",
    )
    max_body_bytes: int = Field(
        default=100_000, ge=1, description="Maximum size of a request body, in bytes."
    )
    max_unread_bytes: int = Field(
        default=30_000_000,
        ge=1,
        description="Maximum size of a user's responses that wait to be read, in bytes. More get "
        "503.",
    )
    receive_timeout_seconds: int = Field(
        default=10,
        ge=1,
        description="Time limit for the head of a request to arrive, and for its body, in seconds.",
    )
    send_timeout_seconds: int = Field(
        default=30,
        ge=1,
        description="Time after which a connection is closed if the client reads nothing of a "
        "response, in seconds.",
    )
    idle_timeout_seconds: int = Field(
        default=10,
        ge=1,
        description="Time after which a connection without a request is closed, in seconds.",
    )
    max_concurrent_requests: int = Field(
        default=100,
        ge=1,
        description="Maximum number of concurrent requests per process. More get 503.",
    )
    max_streams: int = Field(
        default=500,
        ge=1,
        description="Maximum number of open subscriptions and event streams per process.",
    )
    max_streams_per_user: int = Field(
        default=20,
        ge=1,
        description="Maximum number of open subscriptions and event streams per user and process.",
    )
    websocket_messages_per_minute: int = Field(
        default=600,
        ge=1,
        description="Maximum number of messages that a WebSocket takes in a minute.",
    )
    subscription_poll_interval_seconds: float = Field(
        default=2,
        gt=0,
        description="Time between two polls for runs that have changed, in seconds.",
    )
    graphql_breadth_first_execution: bool = Field(
        default=True,
        description="Whether queries are executed breadth first. Without it graphql-core "
        "executes them, which is slower.",
    )
    token_cache_ttl_seconds: float = Field(
        default=5,
        ge=0,
        description="Time that a valid token is cached, in seconds: a revoked token can work "
        "this much longer. With 0 each request reads the token from the database.",
    )
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], BeforeValidator(str.lower)
    ] = Field(
        default="info",
        description="Lowest level that is logged: debug, info, warning or error. Each request "
        "is one line at info.",
    )
    opentelemetry: Annotated[
        bool, needs_extra("opentelemetry", "opentelemetry.exporter.otlp.proto.http")
    ] = Field(
        default=False,
        description="Whether traces are exported, configured by the OTEL_* variables. Needs "
        "the extra opentelemetry.",
    )
    metrics_token: LongToken | None = Field(
        default=None,
        description="Bearer token for /metrics, at least 16 characters. Without it nobody can "
        "read metrics.",
    )
    explorer: bool = Field(
        default=True, description="Whether the pages for browsers are served, with their files."
    )
    graphiql_token: str | None = Field(
        default=None,
        description="Token that the pages for browsers start with. Every visitor can see it: "
        "use it for demos only.",
    )
    token_help_url: HttpUrl | None = Field(
        default=None, description="Address of the page where users of the platform get a token."
    )
    mcp: Annotated[bool, needs_extra("mcp", "mcp")] = Field(
        default=False,
        description="Whether assistants can ask the named queries at /mcp. Needs the extra mcp.",
    )
    public_badges: bool = Field(
        default=False,
        description="Whether anybody sees, without a token, how many tests of a branch of the main "
        "repository pass: /badges/linux/master.svg.",
    )
    demo_live: bool = Field(
        default=True,
        description="Run the queued runs of the built-in demo file, in a process of its own.",
    )

    @field_validator("redis_url", mode="wrap")
    @classmethod
    def _redis_url(cls, value: Any, validate: ValidatorFunctionWrapHandler) -> RedisDsn | None:
        try:
            url: RedisDsn | None = validate(value or None)
        except ValidationError as error:
            raise ValueError(
                "must be an address such as redis://host:6379/0 or rediss://user:password@host"
            ) from error
        return url

    @field_validator("files_accel_redirect")
    @classmethod
    def _of_a_folder(cls, location: str | None, info: ValidationInfo) -> str | None:
        if location and not str(info.data.get("files_url")).startswith("file:"):
            raise ValueError("needs a FILES_URL that begins with file://")
        return location
