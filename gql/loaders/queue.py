"""The queue: runs that no worker has taken up."""

from collections import defaultdict

from sqlalchemy import String, exists, select, type_coerce

from gql.database.tables import Test, TestProgress
from gql.loaders.base import Loader, Scope

is_waiting = ~exists().where(TestProgress.test_id == Test.id).correlate(Test)


class QueuePositionByRunIdLoader(Loader[int, int | None]):
    """Loads the position of a run in the queue of its platform, from 1; None unless it waits."""

    scope = Scope.ALL_RUNS

    async def read(self, keys: list[int]) -> dict[int, int | None]:
        statement = (
            select(Test.id, type_coerce(Test.platform, String)).where(is_waiting).order_by(Test.id)
        )
        positions: dict[int, int | None] = dict.fromkeys(keys)
        lengths: dict[str, int] = defaultdict(int)
        for run_id, platform in await self.snapshot.rows(statement):
            lengths[platform] += 1
            if run_id in positions:
                positions[run_id] = lengths[platform]
        return positions
