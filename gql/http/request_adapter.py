"""A request as Strawberry reads it: media types in any case, and lists on several lines."""

from collections.abc import Mapping
from functools import cached_property

from cross_web import StarletteRequestAdapter, parse_content_type

from gql.http.negotiation import all_values


class RequestAdapter(StarletteRequestAdapter):
    @cached_property
    def headers(self) -> Mapping[str, str]:
        headers = self._request.headers
        return dict(headers.items()) | {"accept": all_values(headers, "accept")}

    @cached_property
    def content_type(self) -> str:
        """The media type in lower case, without its parameters."""
        media_type, _ = parse_content_type(self._request.headers.get("content-type", ""))
        return media_type
