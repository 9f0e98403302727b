"""The command that prints the rights of a database user for the gateway."""

import secrets
from typing import Any

import click
from sqlalchemy import make_url

from gql.database.unreadable import OPTIONAL_COLUMNS, READ_COLUMNS, ColumnsByTable

_CREATE = {
    "mariadb": "CREATE USER gateway@'%' IDENTIFIED BY '{}'",
    "mysql": "CREATE USER gateway@'%' IDENTIFIED BY '{}'",
    "postgresql": "CREATE ROLE gateway LOGIN PASSWORD '{}'",
}
_GRANTEE = {"mariadb": "gateway@'%'", "mysql": "gateway@'%'", "postgresql": "gateway"}


@click.command("grants")
@click.option(
    "--engine",
    required=True,
    type=click.Choice(sorted(_CREATE)),
    help="What the platform's database runs on.",
)
def print_grants(*, engine: str) -> None:
    """Print the SQL that creates the gateway's database user.

    The user may read the columns that the gateway reads, and nothing else. Its password is a new
    one each time. Run the statements as an administrator, in the platform's database.
    """
    new_dialect: Any = make_url(f"{engine}://").get_dialect()
    quote = new_dialect().identifier_preparer.quote
    password = secrets.token_urlsafe(24)

    def grant(columns_by_table: ColumnsByTable) -> None:
        for table, columns in columns_by_table.items():
            names = ", ".join(quote(column.name) for column in columns)
            click.echo(f"GRANT SELECT ({names}) ON {quote(table.name)} TO {_GRANTEE[engine]};")

    click.echo(f"-- DATABASE_URL={engine}://gateway:{password}@HOST/DATABASE")
    click.echo(f"{_CREATE[engine].format(password)};")
    grant(READ_COLUMNS)
    click.echo("-- A platform may lack these tables: ignore the errors of those that it lacks.")
    grant(OPTIONAL_COLUMNS)
