"""Revisions: the runs of one fork, commit and pull request, on all platforms."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    and_,
    case,
    column,
    func,
    literal,
    select,
)
from sqlalchemy.orm import aliased

from gql.database.pagination import Order
from gql.database.tables import Fork, Test
from gql.database.text import exact
from gql.domain.base_selection import is_main_repository
from gql.loaders.base import Loader, Scope
from gql.loaders.id_lists import as_text, ids_of

MAX_RUNS_OF_REVISION = 100

# The only key of a revision that is a number, and orders them by their newest run.
REVISIONS_NEWEST_FIRST = Order("revision", (column("newest_id", Integer),), descending=True)

_commit = exact(Test.commit)
_pull_request = case((Test.pr_nr > 0, Test.pr_nr))


class RevisionRow(NamedTuple):
    """A revision, with the ids of its newest runs, the newest first."""

    newest_id: int
    fork_id: int | None
    commit: str
    pull_request: int | None
    run_ids: tuple[int, ...]
    key_0: int


def select_revisions(
    conditions: Sequence[ColumnElement[bool]] = (),
    of_a_run: Sequence[ColumnElement[bool]] = (),
) -> Select[*tuple[Any, ...]]:
    """The revisions that meet the conditions, and of which a run meets those of a run."""
    grouped = _grouped(conditions, of_a_run).add_columns(
        func.max(Test.id).label("newest_id"),
        Test.fork_id,
        func.max(Test.commit, type_=Test.commit.type).label("commit"),
        _pull_request.label("pull_request"),
        func.aggregate_strings(as_text(Test.id), ",").label("run_ids"),
    )
    # A condition on the newest run of a group needs a statement around it.
    return select(grouped.subquery("revisions"))


def select_number_of_revisions(
    conditions: Sequence[ColumnElement[bool]], of_a_run: Sequence[ColumnElement[bool]]
) -> Select[int]:
    """How many revisions meet the conditions, and have a run that meets those of a run."""
    grouped = _grouped(conditions, of_a_run).add_columns(literal(1))
    return select(func.count()).select_from(grouped.subquery("revisions"))


def _grouped(
    conditions: Sequence[ColumnElement[bool]], of_a_run: Sequence[ColumnElement[bool]]
) -> Select[*tuple[Any, ...]]:
    grouped: Select[*tuple[Any, ...]] = (
        select().select_from(Test).where(*conditions).group_by(Test.fork_id, _commit, _pull_request)
    )
    if of_a_run:
        grouped = grouped.having(func.max(case((and_(*of_a_run), 1), else_=0)) == 1)
    return grouped


def is_of_commit_of(first: ColumnElement[int], last: int) -> ColumnElement[bool]:
    """Whether `Test` is of a commit that a run with an id from `first` to `last` tested."""
    run = aliased(Test)
    return _commit.in_(select(exact(run.commit)).where(run.id.between(first, last)))


def revision_of_row(row: Any) -> RevisionRow:
    """The revision of a row of `select_revisions`."""
    ids = sorted(map(int, ids_of(row.run_ids)), reverse=True)
    return RevisionRow(
        row.newest_id,
        row.fork_id,
        row.commit,
        row.pull_request,
        tuple(ids[:MAX_RUNS_OF_REVISION]),
        row.newest_id,
    )


class RevisionByCommitLoader(Loader[tuple[str, int], RevisionRow | None]):
    """Loads the revision of a commit in a pull request, or of a branch if its number is 0.

    If several repositories have it, the main one comes first, then the one that tested it last.
    """

    scope = Scope.ALL_RUNS

    async def read(self, keys: list[tuple[str, int]]) -> dict[tuple[str, int], RevisionRow | None]:
        commits, numbers = ({*side} for side in zip(*keys, strict=True))
        found = select_revisions([Test.commit.in_(commits), Test.pr_nr.in_(numbers)]).add_columns(
            column("fork_id", Integer)
            .in_(select(Fork.id).where(is_main_repository))
            .label("is_main")
        )
        rows = sorted(
            await self.snapshot.rows(found), key=lambda row: (bool(row.is_main), row.newest_id)
        )
        best = {(row.commit, row.pull_request or 0): row for row in rows}
        return {key: revision_of_row(best[key]) if key in best else None for key in keys}


class RevisionByRunIdLoader(Loader[int, RevisionRow | None]):
    """Loads the revision that a run belongs to; None if there is no such run."""

    scope = Scope.ALL_RUNS

    async def read(self, keys: list[int]) -> dict[int, RevisionRow | None]:
        # No index helps with commits: one scan for all runs.
        commits = select(_commit).where(Test.id.in_(keys))
        rows = await self.snapshot.rows(select_revisions([_commit.in_(commits)]))
        revisions: dict[int, RevisionRow | None] = dict.fromkeys(keys)
        for row in rows:
            revision = revision_of_row(row)
            for run_id in map(int, ids_of(row.run_ids)):
                if run_id in revisions:
                    revisions[run_id] = revision
        return revisions
