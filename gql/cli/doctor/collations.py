"""Columns that statements compare with each other, and their collations on MariaDB and MySQL."""

from sqlalchemy import text

from gql.cli.doctor.check_result import CheckResult, info, ok
from gql.cli.doctor.servers import MySQL

# The platform's own statements compare these too, without what the gateway does about it.
COMPARED = [
    ("test_result_file", "got"),
    ("test_result_file", "expected"),
    ("regression_test_output_files", "file_hashes"),
    ("regression_test_output", "correct"),
]

_COLLATIONS = text(
    "SELECT table_name, column_name, collation_name FROM information_schema.columns "
    "WHERE table_schema = DATABASE() AND collation_name IS NOT NULL"
)


async def check_collations(server: MySQL) -> CheckResult:
    """Whether the hashes that are compared have one collation."""
    collations = {
        (table, column): collation
        for table, column, collation in await server.connection.execute(_COLLATIONS)
    }
    found = {each: collations[each] for each in COMPARED if each in collations}
    if len({*found.values()}) <= 1:
        return ok("collations", "the columns that are compared have one collation")
    listed = ", ".join(
        f"{table}.{column} {collation}" for (table, column), collation in found.items()
    )
    return info(
        "collations",
        f"columns that are compared have different collations: {listed}",
        "The gateway compares bytes. The platform's own statements can fail with error 1267: its "
        "owner may run ALTER TABLE … CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;",
    )
