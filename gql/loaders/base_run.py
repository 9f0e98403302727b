"""The runs that a run is compared with."""

from sqlalchemy import select

from gql.database.tables import Test
from gql.domain.base_selection import BaseSelection, base_run_id, previous_run_id
from gql.loaders.base import Loader, Scope, group_keys


class PreviousRunIdByRunIdLoader(Loader[int, int | None]):
    """Loads the id of the run before a run, of the same fork, branch and platform."""

    scope = Scope.ALL_RUNS

    async def read(self, keys: list[int]) -> dict[int, int | None]:
        rows = await self.snapshot.rows(select(Test.id, previous_run_id).where(Test.id.in_(keys)))
        return dict.fromkeys(keys) | dict(tuple(row) for row in rows)


class BaseRunIdByRunIdLoader(Loader[tuple[int, BaseSelection], int | None]):
    """Loads the id of a run's base, by the run's id and how the base is selected."""

    scope = Scope.ALL_RUNS

    async def read(
        self, keys: list[tuple[int, BaseSelection]]
    ) -> dict[tuple[int, BaseSelection], int | None]:
        base_ids: dict[tuple[int, BaseSelection], int | None] = dict.fromkeys(keys)
        for (selection,), run_ids in group_keys(keys).items():
            statement = select(Test.id, base_run_id(selection)).where(Test.id.in_(run_ids))
            for run_id, base_id in await self.snapshot.rows(statement):
                base_ids[run_id, selection] = base_id
        return base_ids
