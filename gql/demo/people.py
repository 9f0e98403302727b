"""The users of the platform and their tokens, forks and releases."""

from base64 import urlsafe_b64encode
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Final

from gql.demo.catalogue import digest
from gql.demo.catalogue_rows import Row, Rows


def _token(purpose: str) -> str:
    key = sha256(f"sample-gateway {purpose} token".encode()).digest()
    return "spci_" + urlsafe_b64encode(key).rstrip(b"=").decode()


DEMO_TOKEN: Final = _token("demo")
EXPIRED_TOKEN: Final = _token("expired")
REVOKED_TOKEN: Final = _token("revoked")
UNSCOPED_TOKEN: Final = _token("unscoped")

MAIN_FORK: Final = "CCExtractor"

CONTRIBUTORS: Final = (
    "teletextual",
    "cea-reader",
    "rustacean-subs",
    "dvb-regions",
    "line21",
    "gop-timing",
    "xds-parser",
    "letter-reader",
)
"""The owners of other forks; their pull requests do not name these."""

_FORKS: Final = (MAIN_FORK, *CONTRIBUTORS)


def fork_id(owner: str) -> int:
    return _FORKS.index(owner) + 1


RELEASES: Final = (
    ("0.88", date(2019, 5, 21)),
    ("0.89", date(2021, 6, 13)),
    ("0.93", date(2021, 8, 16)),
    ("0.94", date(2021, 12, 14)),
)
_TESTED_RELEASE: Final = ("0.96", date(2026, 7, 12))

USERS: Final = (
    ("demo", "user"),
    ("maintainer", "admin"),
    ("baseline-keeper", "contributor"),
    ("media-tester", "tester"),
    ("line21", "user"),
)


def user_id_of(run_id: int) -> int:
    """The user that queued a run of chosen tests, or of a fork."""
    return run_id % len(USERS) + 1


_ISSUED: Final = datetime(2023, 8, 1, tzinfo=UTC)
_FAR_AHEAD: Final = datetime(2100, 1, 1, tzinfo=UTC)
_LONG_AGO: Final = datetime(2024, 1, 1, tzinfo=UTC)


def people_rows(released_commit: str) -> Rows:
    """The rows of people, and of releases: the newest one is of a commit that runs have tested."""
    releases = [
        *((version, day, digest("release", version)[:40]) for version, day in RELEASES),
        (*_TESTED_RELEASE, released_commit),
    ]
    return {
        "fork": [
            {"id": fork_id(owner), "github": f"https://github.com/{owner}/ccextractor.git"}
            for owner in _FORKS
        ],
        "ccextractor_version": [
            {
                "id": number,
                "version": version,
                "released": released,
                "commit": commit,
            }
            for number, (version, released, commit) in enumerate(releases, 1)
        ],
        "user": [
            {"id": number, "name": name, "email": f"{name}@example.org", "role": role}
            for number, (name, role) in enumerate(USERS, 1)
        ],
        "api_token": [
            _token_row(1, "demo", DEMO_TOKEN),
            _token_row(2, "expired", EXPIRED_TOKEN, expires_at=_LONG_AGO),
            _token_row(3, "revoked", REVOKED_TOKEN, revoked_at=_LONG_AGO),
            _token_row(4, "without runs:read", UNSCOPED_TOKEN, scopes='["results:read"]'),
        ],
    }


def _token_row(
    number: int,
    name: str,
    token: str,
    *,
    scopes: str = '["runs:read", "results:read"]',
    expires_at: datetime = _FAR_AHEAD,
    revoked_at: datetime | None = None,
) -> Row:
    return {
        "id": number,
        "user_id": 1,
        "token_name": name,
        "token_hash": sha256(token.encode()).hexdigest(),
        "token_prefix": token[:16],
        "scopes_json": scopes,
        "created_at": _ISSUED,
        "expires_at": expires_at,
        "revoked_at": revoked_at,
    }
