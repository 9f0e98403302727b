import strawberry

from gql.database.pagination import Page
from gql.request.file_queries import MAX_LINE_CHARACTERS, LogLineRow
from gql.schema.connection import Connection


@strawberry.type(description="A line of a run's log.")
class LogLine:
    number: int = strawberry.field(description="The number of the line, from 1.")
    text: str = strawberry.field(
        description=f"The first {MAX_LINE_CHARACTERS} characters of the line, without its end."
    )


@strawberry.type(description="A page of the lines of a log.")
class LogConnection(Connection[LogLine]):
    @classmethod
    def of(cls, page: Page[LogLineRow], total: int) -> "LogConnection":
        """The page of a log with so many lines."""

        async def count() -> int:
            return total

        return cls(page=page, count=count)

    @strawberry.field(description="The number of lines that match the search.")
    async def total_count(self) -> int | None:
        return await self.count_rows()
