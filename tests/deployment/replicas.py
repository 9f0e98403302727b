"""A server of each kind with a replica that follows it."""

from pathlib import Path

from tests.support.database_servers import DatabaseServer, MariaDB, PostgreSQL


class PrimaryMariaDB(MariaDB):
    @property
    def command(self) -> list[str | Path]:
        return [*super().command, "--server-id=1", "--log-bin", "--binlog-format=ROW"]

    async def add_replica(self) -> "ReplicaMariaDB":
        replica = ReplicaMariaDB()
        await replica.start()
        await replica.administer(
            f"CHANGE MASTER TO master_host = '127.0.0.1', master_port = {self.port}, "
            "master_user = 'root', master_use_gtid = slave_pos"
        )
        await replica.administer("START SLAVE")
        position = await self.administer("SELECT @@gtid_binlog_pos")
        await replica.administer(f"SELECT master_gtid_wait('{position}')")
        return replica


class ReplicaMariaDB(MariaDB):
    @property
    def command(self) -> list[str | Path]:
        return [*super().command, "--server-id=2", "--read-only"]


class PrimaryPostgreSQL(PostgreSQL):
    async def add_replica(self) -> "ReplicaPostgreSQL":
        replica = ReplicaPostgreSQL(self)
        await replica.start()
        return replica


class ReplicaPostgreSQL(PostgreSQL):
    def __init__(self, primary: PrimaryPostgreSQL) -> None:
        self.primary = primary
        super().__init__()

    def install(self) -> None:
        from_primary = ["--host=127.0.0.1", f"--port={self.primary.port}", "--username=postgres"]
        options = ["--pgdata", self.data, "--write-recovery-conf", "--checkpoint=fast"]
        self.run("pg_basebackup", *from_primary, *options)

    @property
    def command(self) -> list[str | Path]:
        # What it replays waits for no statement that is in its way, but ends it.
        return [*super().command, "--max_standby_streaming_delay=0"]


PRIMARIES: dict[type[DatabaseServer], type[PrimaryMariaDB | PrimaryPostgreSQL]] = {
    MariaDB: PrimaryMariaDB,
    PostgreSQL: PrimaryPostgreSQL,
}
