"""What a resolver gets as `info`."""

from strawberry import Info as StrawberryInfo

from gql.request.context import Context

Info = StrawberryInfo[Context, None]
