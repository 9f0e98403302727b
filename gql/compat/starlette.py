"""Starlette's own parts behind its documented API."""

import re
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import NotModifiedResponse  # A 304 with the headers that it may have.
from starlette.types import ASGIApp

__all__ = ["NotModifiedResponse", "match_line_breaks", "wrap"]


def wrap(app: Starlette, middleware: Callable[[ASGIApp], ASGIApp]) -> None:
    """Put middleware around everything, even Starlette's handler of unexpected errors."""
    app.middleware_stack = middleware(app.build_middleware_stack())


def match_line_breaks(mount: Mount) -> Mount:
    """The mount, for paths with a line break too, which Starlette's pattern does not match."""
    mount.path_regex = re.compile(mount.path_regex.pattern, re.DOTALL)
    return mount
