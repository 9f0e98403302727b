"""The proxies that docs/deploy configures, with the addresses of a test in their configurations."""

import asyncio
from pathlib import Path

from tests.deployment.certificates import new_certificate
from tests.support.database_servers import IS_ROOT, Server
from tests.support.paths import DOCS
from tests.support.server import free_port

FILES = DOCS / "deploy"


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


def block(site: Path, title: str) -> str:
    """A block of nginx.conf for the platform's own host, which is a comment there."""
    _, _, rest = site.read_text().partition(f"\n# ---- {title}")
    lines = rest.partition("\n# ---- End")[0].splitlines()
    return "\n".join(line.removeprefix("#") for line in lines if line.startswith("#     "))


class Nginx(Proxy):
    """nginx before gateways, with TLS on its port and HTTP on `plain_port`.

    `platform_site_port` is a platform's own host whose documented path the gateways took over. They
    are below `/gateway` there, too.
    """

    def __init__(
        self,
        gateway_ports: list[int],
        platform_port: int,
        files: Path,
        *,
        requests_per_second: int = 10_000,
    ) -> None:
        super().__init__()
        self.plain_port = free_port()
        self.platform_site_port = free_port()
        self.certificate, key = new_certificate(self.directory)
        gateways = {
            f"127.0.0.1:800{number}": f"127.0.0.1:{port}"
            for number, port in enumerate(gateway_ports)
        }
        site = self.configure(
            "nginx.conf",
            {
                **gateways,
                "/srv/sample-repository/": f"{files}/",
                # Tests ask for more than one address should.
                "rate=50r/s": f"rate={requests_per_second}r/s",
                "listen 80;": f"listen 127.0.0.1:{self.plain_port};",
                "listen 443 ": f"listen 127.0.0.1:{self.port} ",
                "/etc/ssl/sample-gateway/fullchain.pem": str(self.certificate),
                "/etc/ssl/sample-gateway/privkey.pem": str(key),
            },
        )
        self.configuration = self.directory / "whole.conf"
        self.configuration.write_text(
            "daemon off; pid nginx.pid; error_log error.log;"
            f"{'user root;' if IS_ROOT else ''}"
            f"events {{}} http {{ access_log off; include {site}; server {{"
            f"listen 127.0.0.1:{self.platform_site_port};"
            f"location / {{ proxy_pass http://127.0.0.1:{platform_port}; }}"
            f"{block(site, 'The platform')} {block(site, 'A path')} }} }}"
        )

    @property
    def command(self) -> list[str | Path]:
        return ["nginx", "-p", self.directory, "-e", "error.log", "-c", self.configuration]
