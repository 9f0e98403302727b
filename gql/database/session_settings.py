"""Settings of a session, so that a statement means the same on every server.

A server's owner may have changed any of them, for everybody or for one user. Each is here because
statements of the gateway depend on it.
"""


def mysql_settings(timeout_seconds: float) -> str:
    """The statements that set up a session of MariaDB or MySQL."""
    settings = [
        # Modes change operators (PIPES_AS_CONCAT, HIGH_NOT_PRECEDENCE), literals (ANSI_QUOTES,
        # EMPTY_STRING_IS_NULL), values (PAD_CHAR_TO_FULL_LENGTH) and grouping.
        "sql_mode = ''",
        # A TIMESTAMP column is converted to it.
        "time_zone = '+00:00'",
        # Otherwise the end of a transaction may begin the next one, with an older snapshot.
        "completion_type = NO_CHAIN",
        "sql_select_limit = 18446744073709551615",
        "sql_big_selects = 1",
        "sql_auto_is_null = 0",
        # As many bytes of a text are compared when rows are sorted.
        "max_sort_length = 1024",
        # What aggregate_strings gives is cut after it.
        "group_concat_max_len = 1000000",
    ]
    mariadb = ["default_regex_flags = ''", f"max_statement_time = {timeout_seconds}"]
    # By default a server continues a statement whose client is gone.
    mysql = [f"max_execution_time = {max(1, int(timeout_seconds * 1000))}"]
    return "; ".join(
        [
            "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
            # Whatever the driver asks for, a server may be set up to ignore it.
            "SET NAMES utf8mb4",
            f"SET SESSION {', '.join(settings)}",
            f"SET SESSION /*M! {', '.join(mariadb)} *//*!50708 {', '.join(mysql)} */",
        ]
    )


def postgresql_settings(timeout_seconds: float) -> str:
    """The statements that set up a session of PostgreSQL."""
    settings = {
        "default_transaction_isolation": "'repeatable read'",
        "default_transaction_read_only": "on",
        "statement_timeout": max(1, int(timeout_seconds * 1000)),
        # A column with a time zone is compared in it.
        "timezone": "'UTC'",
        # A date is cast to a text in it.
        "datestyle": "'ISO'",
        "standard_conforming_strings": "on",
        "transform_null_equals": "off",
        # Ours are short statements over indexes that memory holds. PostgreSQL's defaults
        # are for long ones over spinning disks: it would compile them, and scan tables.
        "jit": "off",
        "random_page_cost": "1.1",
    }
    return "; ".join(f"SET {name} = {value}" for name, value in settings.items())
