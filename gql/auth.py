"""Bearer tokens of the platform's own table, and what they allow."""

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import bindparam, select

from gql.database import Snapshot
from gql.errors import Forbidden, Unauthenticated
from gql.tables import ApiToken

READ_RUNS = "runs:read"
PREFIX_LENGTH = 16

_CANDIDATES = select(
    ApiToken.id,
    ApiToken.token_hash,
    ApiToken.scopes_json,
    ApiToken.expires_at,
    ApiToken.revoked_at,
).where(ApiToken.token_prefix == bindparam("prefix"))


@dataclass(frozen=True, slots=True)
class Token:
    """A token that the platform issued, is not revoked and has not expired."""

    id: int
    scopes: frozenset[str]

    def require(self, scope: str) -> None:
        """Raise Forbidden unless the token has the scope."""
        if scope not in self.scopes:
            raise Forbidden(required=scope, present=sorted(self.scopes))


async def authenticate(authorization: str | None, snapshot: Snapshot) -> Token:
    """The good token that an Authorization header carries.

    Raises Unauthenticated where it carries none, and Unavailable where nobody can tell.
    """
    scheme, _, secret = (authorization or "").partition(" ")
    secret = secret.strip()
    if scheme.lower() != "bearer" or not secret:
        raise Unauthenticated
    digest = hash_of(secret)
    candidates = await snapshot.rows(_CANDIDATES, {"prefix": secret[:PREFIX_LENGTH]})
    now = datetime.now(UTC)
    for candidate in candidates:
        is_it = hmac.compare_digest(candidate.token_hash.encode(), digest.encode())
        if is_it and candidate.revoked_at is None and candidate.expires_at > now:
            return Token(candidate.id, _scopes(candidate.scopes_json))
    raise Unauthenticated


def hash_of(secret: str) -> str:
    """What the platform stores of a token: the hex SHA-256 of the whole."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _scopes(scopes_json: str) -> frozenset[str]:
    try:
        scopes = json.loads(scopes_json)
    except ValueError:
        return frozenset()
    if not isinstance(scopes, list):
        return frozenset()
    return frozenset(scope for scope in scopes if isinstance(scope, str))
