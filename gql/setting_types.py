"""What settings are: the types of their values, and what is wrong with another value."""

import re
from importlib.util import find_spec
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr
from pydantic_settings import NoDecode

from gql.compat.strawberry import normalize_allowed_origins

MIN_TOKEN_LENGTH = 16

_PATH = re.compile(r"(/[\w.~-]+)*", re.ASCII)


def needs_extra(extra: str, module: str) -> AfterValidator:
    """A validator of a switch: it can be on only where the extra installed the module."""

    def with_its_extra(is_on: bool) -> bool:
        if is_on and not _is_installed(module):
            raise ValueError(f"takes an extra: pip install 'sample-gateway[{extra}]'")
        return is_on

    return AfterValidator(with_its_extra)


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # A package that it is in is missing, too.
        return False


def _long_enough(token: SecretStr) -> SecretStr:
    length = len(token.get_secret_value())
    if length < MIN_TOKEN_LENGTH:
        raise ValueError(f"must have {MIN_TOKEN_LENGTH} characters at least, and has {length}")
    return token


def _separated(value: Any) -> Any:
    if isinstance(value, str):
        return [part for part in map(str.strip, value.split(",")) if part]
    return value


def _origins(origins: frozenset[str]) -> frozenset[str]:
    try:
        return normalize_allowed_origins(origins)
    except ValueError as error:
        raise ValueError(
            "must be * or origins such as https://ci.example.org, separated by commas"
        ) from error


def _store_url(url: str) -> str:
    url = url.strip()
    parts = urlsplit(url)
    is_folder = parts.scheme == "file" and not parts.netloc and parts.path.startswith("/")
    is_bucket = parts.scheme in {"gs", "s3"} and parts.netloc and "@" not in parts.netloc
    if not is_folder and not is_bucket:
        raise ValueError("must be file:///folder, gs://bucket/prefix or s3://bucket/prefix")
    if parts.query or parts.fragment:
        raise ValueError("has a ? or a #, which must be written %3F or %23")
    return url


def _web_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must be an address such as https://platform.example")
    return url.rstrip("/")


def _path(path: str) -> str:
    path = path.rstrip("/")
    if not _PATH.fullmatch(path):
        raise ValueError("must be a path such as /gateway")
    return path


LongToken = Annotated[SecretStr, AfterValidator(_long_enough)]
Origins = Annotated[frozenset[str], NoDecode, BeforeValidator(_separated), AfterValidator(_origins)]
StoreUrl = Annotated[str, AfterValidator(_store_url)]
WebUrl = Annotated[str, AfterValidator(_web_url)]
UrlPath = Annotated[str, AfterValidator(_path)]
