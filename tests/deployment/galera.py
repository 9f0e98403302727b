"""A Galera cluster of MariaDB servers on loopback, each of which a test may kill."""

import asyncio
import re
import subprocess
from pathlib import Path
from typing import Self

from tests.support.database_servers import IS_ROOT, MariaDB, fill
from tests.support.server import free_port
from tests.support.until import DEADLINE_SECONDS, until

PROVIDER = Path("/usr/lib/galera/libgalera_smm.so")
READERS = ("gateway", "proxied")

_RECOVERED = re.compile(r"Recovered position: (\S+)")


class Node(MariaDB):
    """A server of a cluster, with the data of another one that has stopped, if it is given."""

    # What transfers a state would drop from root to a user that may not write.
    user = "mysql" if IS_ROOT else None

    def __init__(self, original: Self | None = None) -> None:
        self.original = original
        super().__init__()
        self.replication = f"127.0.0.1:{free_port()}"
        self.receiving = f"127.0.0.1:{free_port()}"
        self.others: list[Self] = []
        self.position: str | None = None
        self.log = self.directory / "log.err"

    def install(self) -> None:
        if self.original is None:
            super().install()
        else:
            subprocess.run(["cp", "--archive", self.original.data, self.data], check=True)

    @property
    def command(self) -> list[str | Path]:
        others = ",".join(other.replication for other in self.others)
        provider_options = {
            "gmcast.listen_addr": f"tcp://{self.replication}",
            "ist.recv_addr": self.receiving,
            "ist.recv_bind": self.receiving,
        }
        joined_options = ";".join(f"{name}={value}" for name, value in provider_options.items())
        return [
            *super().command,
            f"--log-error={self.log}",
            "--binlog-format=ROW",
            "--innodb-autoinc-lock-mode=2",
            "--wsrep-on=ON",
            f"--wsrep-provider={PROVIDER}",
            f"--wsrep-cluster-address=gcomm://{others}",
            f"--wsrep-node-address={self.replication}",
            *([f"--wsrep-start-position={self.position}"] if self.position else []),
            f"--wsrep-provider-options={joined_options}",
        ]

    async def stop(self) -> None:
        assert self.process
        self.process.terminate()
        await asyncio.to_thread(self.process.wait, DEADLINE_SECONDS)
        self.process = None

    async def start_again(self) -> None:
        """Come back from a crash as Debian's unit has it: asking for what was missed alone."""
        recovery = [*self.command, "--wsrep-recover"]
        await asyncio.to_thread(
            subprocess.run, recovery, cwd=self.directory, user=self.user, check=True
        )
        self.position = _RECOVERED.findall(self.log.read_text())[-1]
        await self.start()
        await until(self.is_synced)

    async def is_read_by(self, user: str) -> bool:
        count = "SELECT count(*) FROM information_schema.processlist"
        return bool(await self.administer(f"{count} WHERE user = '{user}'"))

    async def is_synced(self) -> bool:
        return "Synced" in await self.command_line("SHOW STATUS LIKE 'wsrep_local_state_comment'")

    async def is_primary(self) -> bool:
        """Whether it sees the majority of the cluster; without it a node refuses statements."""
        return "\tPrimary" in await self.command_line("SHOW STATUS LIKE 'wsrep_cluster_status'")

    async def set_option(self, option: str) -> None:
        """Set an option of the replication, such as `gmcast.isolate=1`."""
        await self.command_line(f"SET GLOBAL wsrep_provider_options = '{option}'")

    async def command_line(self, statement: str) -> str:
        """What a client prints that does nothing but ask, which suits a node that refuses."""
        client = ["mariadb", "--no-defaults", "--host=127.0.0.1", f"--port={self.port}"]
        arguments = [*client, "--user=root", "--skip-column-names", "--execute", statement]
        done = await asyncio.to_thread(
            subprocess.run, arguments, check=True, capture_output=True, text=True
        )
        return done.stdout


class Cluster:
    """Three nodes with one platform."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []

    async def start(self) -> None:
        first = Node()
        self.nodes.append(first)
        await first.start()
        await fill(first)
        await first.administer("CREATE USER haproxy")
        for user in READERS:
            await first.administer(f"CREATE USER {user}")
            await first.administer(f"GRANT SELECT ON platform.* TO {user}")
        await first.stop()
        self.nodes += [Node(first), Node(first)]

        for node in self.nodes:
            await node.start()  # The first one finds no others, and so makes the cluster.
            for other in self.nodes:
                other.others.append(node)
        for node in self.nodes:
            node.others.remove(node)
            await until(node.is_synced)

    def remove(self) -> None:
        for node in self.nodes:
            node.remove()
