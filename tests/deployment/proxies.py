"""The proxies that docs/deploy configures, with the addresses of a test in their configurations."""

import asyncio
from pathlib import Path

from tests.faults.servers import Server

FILES = Path(__file__).parents[2] / "docs" / "deploy"


class Proxy(Server):
    def configure(self, name: str, replacements: dict[str, str]) -> Path:
        """A configuration with its addresses, and whatever else, replaced."""
        text = (FILES / name).read_text()
        for old, new in replacements.items():
            assert old in text, f"{name} has no {old}"
            text = text.replace(old, new)
        configuration = self.directory / name
        configuration.write_text(text)
        return configuration

    async def answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        return True


class HAProxy(Proxy):
    def __init__(self, database_ports: list[int]) -> None:
        super().__init__()
        addresses = {
            f"10.0.0.{number}:3306": f"127.0.0.1:{port}"
            for number, port in enumerate(database_ports, start=1)
        }
        self.configuration = self.configure(
            "haproxy.cfg", {"127.0.0.1:3307": f"127.0.0.1:{self.port}", **addresses}
        )

    @property
    def command(self) -> list[str | Path]:
        return ["haproxy", "-db", "-f", self.configuration]
