"""The filter of revisions."""

import strawberry
from sqlalchemy import ColumnElement

from gql.database.tables import RunTrigger, Test
from gql.schema.filters.base import Filter, only
from gql.schema.filters.run import begins_with, is_of_fork, is_of_pull_request


@strawberry.input(description="Only revisions that match all of these.")
class RevisionFilter(Filter):
    branch: str | None = strawberry.field(
        default=None, description="Only revisions with a run of this branch."
    )
    commit: str | None = only(begins_with, description="Only commits whose hash begins with this.")
    fork: str | None = only(
        is_of_fork, description="Only commits of this fork, such as `CCExtractor/ccextractor`."
    )
    pull_request: int | None = only(
        is_of_pull_request,
        description="Only revisions of the pull request with this number, from 1.",
    )
    trigger: RunTrigger | None = strawberry.field(
        default=None, description="Only revisions with a run that this trigger started."
    )

    @property
    def is_of_few_runs(self) -> bool:
        """Whether few runs can match."""
        return self.commit is not None or self.pull_request is not None

    def conditions_of_a_run(self) -> list[ColumnElement[bool]]:
        """The conditions that one of the runs of a revision meets."""
        conditions = []
        if self.branch is not None:
            conditions.append(Test.branch == self.branch)
        if self.trigger is not None:
            conditions.append(Test.test_type == self.trigger)
        return conditions
