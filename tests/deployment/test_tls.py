"""A database that is reached over TLS alone, and only if it is the one that is meant."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import URL

from gql.cli.doctor.check_result import Severity
from tests.deployment.certificates import new_certificate
from tests.support.clients import BOTH, clients_of
from tests.support.database_servers import MariaDB, PostgreSQL, started_and_filled
from tests.support.doctor import examined, of
from tests.support.server import address, serving


class MariaDBOverTLS(MariaDB):
    def __init__(self) -> None:
        super().__init__()
        self.certificate, self.key = new_certificate(self.directory)

    @property
    def command(self) -> list[str | Path]:
        files = [f"--ssl-cert={self.certificate}", f"--ssl-key={self.key}"]
        return [*super().command, *files, "--require-secure-transport"]

    @property
    def url(self) -> URL:
        return self.url_trusting(self.certificate)

    @property
    def open_url(self) -> URL:
        return super().url

    def url_trusting(self, authority: Path) -> URL:
        return self.open_url.set(query={"ssl_ca": str(authority)})


class PostgreSQLOverTLS(PostgreSQL):
    def install(self) -> None:
        super().install()
        self.certificate, self.key = new_certificate(self.directory, user=self.user)
        (self.data / "pg_hba.conf").write_text("hostssl all all 127.0.0.1/32 trust\n")

    @property
    def command(self) -> list[str | Path]:
        files = [f"--ssl_cert_file={self.certificate}", f"--ssl_key_file={self.key}"]
        return [*super().command, "--ssl=on", *files]

    @property
    def url(self) -> URL:
        return super().url.set(query={"ssl": "require"})

    @property
    def open_url(self) -> URL:
        return super().url.set(query={"sslmode": "disable"})

    def url_trusting(self, authority: Path) -> URL:
        query = {"sslmode": "verify-full", "sslrootcert": str(authority)}
        return super().url.set(query=query)


KINDS = {MariaDB: MariaDBOverTLS, PostgreSQL: PostgreSQLOverTLS}
Database = MariaDBOverTLS | PostgreSQLOverTLS


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.__name__)
async def database(request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    database = await started_and_filled(KINDS[request.param])
    yield database
    database.remove()


async def test_tls_database_is_readable(database: Database, tmp_path: Path) -> None:
    url = address(database.url_trusting(database.certificate))
    with serving(tmp_path, database_url=url) as gateway:
        async with clients_of(gateway) as clients:
            assert clients.right.keys() == {*BOTH}


async def test_doctor_reports_an_encrypted_connection(database: Database) -> None:
    found = await examined(database.url_trusting(database.certificate))

    assert [each.message for each in of(found, "tls")] == [
        "the connection to 127.0.0.1 is encrypted"
    ]


async def test_tls_certificate_of_an_unknown_authority_is_rejected(
    database: Database, tmp_path: Path
) -> None:
    stranger, _ = new_certificate(tmp_path)

    [finding] = of(await examined(database.url_trusting(stranger)), "database")

    assert finding.severity is Severity.ERROR
    assert "certificate verify failed" in finding.message
    assert "Name the authority of the server's certificate" in str(finding.remedy)


async def test_tls_certificate_of_another_name_is_rejected(
    database: Database,
) -> None:
    url = database.url_trusting(database.certificate).set(host="localhost")

    [finding] = of(await examined(url), "database")

    assert "certificate is not valid for 'localhost'" in finding.message


async def test_doctor_says_what_to_add_when_the_server_requires_tls(
    database: Database,
) -> None:
    [finding] = of(await examined(database.open_url), "database")

    assert finding.severity is Severity.ERROR
    assert "If the server requires TLS, add ?ssl" in str(finding.remedy)
