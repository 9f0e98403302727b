"""Bearer tokens of the platform's table `api_token`, and their scopes."""

import asyncio
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from cachetools import LRUCache, TTLCache
from sqlalchemy import Select, String, select, type_coerce

from gql.database import Database
from gql.database.tables import ApiToken
from gql.errors import Forbidden, Unauthenticated
from gql.telemetry import metrics

READ_RUNS = "runs:read"
"""The scope that everything needs."""

READ_RESULTS = "results:read"
"""The scope that the content of files needs, too."""

PREFIX_LENGTH = 16
MAX_CACHED_TOKENS = 10_000
INVALID_TTL_SECONDS = 5

# The platform issues the url-safe base64 of 32 bytes. Nothing else reaches the database.
_TOKEN = re.compile(r"spci_[A-Za-z0-9_-]{43}")

_lookups = metrics.CacheLookups("tokens")


def _candidates(prefix: str) -> Select[*tuple[Any, ...]]:
    return select(
        ApiToken.id,
        ApiToken.user_id,
        ApiToken.token_hash,
        ApiToken.scopes_json,
        ApiToken.expires_at,
        ApiToken.revoked_at,
        # Of an impossible date, too, which is read as None.
        ApiToken.revoked_at.is_not(None).label("is_revoked"),
    ).where(type_coerce(ApiToken.token_prefix, String()) == prefix)


def require_scope(scope: str, present: frozenset[str]) -> None:
    """Raise Forbidden unless the scope is among those of a token."""
    if scope not in present:
        raise Forbidden(required=scope, present=sorted(present))


@dataclass(frozen=True, slots=True)
class Token:
    """A token that the platform issued and has not revoked."""

    id: int
    user_id: int
    scopes: frozenset[str]
    expires_at: datetime

    def require(self, scope: str) -> None:
        """Raise Forbidden unless the token has the scope."""
        require_scope(scope, self.scopes)


class Authenticator:
    """Validates tokens, and caches the result for a few seconds."""

    def __init__(self, database: Database, *, cache_ttl_seconds: float) -> None:
        self._database = database
        self._valid: TTLCache[str, Token] = TTLCache(MAX_CACHED_TOKENS, cache_ttl_seconds)
        self._invalid: TTLCache[str, None] = TTLCache(MAX_CACHED_TOKENS, INVALID_TTL_SECONDS)
        self._once_valid: LRUCache[str, None] = LRUCache(MAX_CACHED_TOKENS)
        self._lookups: dict[str, asyncio.Task[Token | None]] = {}

    async def authenticate(self, authorization: str | None) -> Token:
        """The valid token of an Authorization header.

        Raises Unauthenticated if there is none, and DatabaseUnavailable.
        """
        secret = secret_of(authorization)
        return self.recall(secret) or await self.look_up(secret)

    def recall(self, secret: str) -> Token | None:
        """The token, if it is cached.

        Raises Unauthenticated if it is cached as invalid, or has expired meanwhile.
        """
        digest = hash_of(secret)
        token = self._valid.get(digest)
        if token is not None:
            _lookups.hit()
            return _unexpired(token)
        if digest in self._invalid:
            _lookups.hit()
            raise Unauthenticated
        return None

    def was_valid(self, secret: str) -> bool:
        """Whether the token was valid when it was looked up last."""
        return hash_of(secret) in self._once_valid

    async def look_up(self, secret: str) -> Token:
        """The token in the database, which is read once for all that look it up now.

        Raises Unauthenticated, and DatabaseUnavailable.
        """
        _lookups.miss()
        digest = hash_of(secret)
        lookup = self._lookups.get(digest)
        if lookup is None:
            lookup = self._lookups[digest] = asyncio.create_task(self._find(secret))
            lookup.add_done_callback(lambda _lookup: self._lookups.pop(digest))
        token = await asyncio.shield(lookup)
        if token is None:
            self._once_valid.pop(digest, None)
            self._invalid[digest] = None
            raise Unauthenticated
        self._valid[digest] = token
        self._once_valid[digest] = None
        return _unexpired(token)

    async def _find(self, secret: str) -> Token | None:
        for issued in await issued_tokens(self._database, secret):
            if not issued.is_revoked and issued.expires_at is not None:
                scopes = _scopes(issued.scopes_json)
                return Token(issued.id, issued.user_id, scopes, issued.expires_at)
        return None


async def issued_tokens(database: Database, secret: str) -> list[Any]:
    """The rows of the platform's tokens with this secret, valid or not.

    Raises Unauthenticated if it cannot be a token, and DatabaseUnavailable.
    """
    digest = hash_of(_checked(secret)).encode()
    async with database.snapshot() as snapshot:
        candidates = await snapshot.rows(_candidates(secret[:PREFIX_LENGTH]))
    return [each for each in candidates if hmac.compare_digest(each.token_hash.encode(), digest)]


def secret_of(authorization: str | None) -> str:
    """The secret of an Authorization header; raises Unauthenticated if it cannot be a token."""
    scheme, _, secret = (authorization or "").partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated
    return _checked(secret.strip())


def _checked(secret: str) -> str:
    if not _TOKEN.fullmatch(secret):
        raise Unauthenticated
    return secret


def _unexpired(token: Token) -> Token:
    if token.expires_at <= datetime.now(UTC):
        raise Unauthenticated
    return token


def hash_of(secret: str) -> str:
    """What the platform stores of a token: its SHA-256, in hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _scopes(scopes_json: str) -> frozenset[str]:
    try:
        scopes = orjson.loads(scopes_json)
    except ValueError:
        return frozenset()
    if not isinstance(scopes, list):
        return frozenset()
    return frozenset(scope for scope in scopes if isinstance(scope, str))
