"""The errors of the database layer, whatever the engine and its driver."""


class DatabaseError(Exception):
    """An error that the database layer raises itself."""


class DatabaseUnavailable(DatabaseError):
    """The database gives no answer, by default because it cannot be reached; its cause says why."""


class StatementTimeout(DatabaseUnavailable):
    """A statement took too long; others may still be answered."""


class PoolExhausted(DatabaseUnavailable):
    """All connections of the process were in use until the deadline."""


class PooledTransactions(DatabaseError):
    """A pooler such as PgBouncer shares a server's session between transactions of its clients."""

    def __init__(self) -> None:
        super().__init__(
            "The pooler in front of the server pools transactions. Set pool_mode = session in "
            "PgBouncer for this database: settings and snapshots belong to a session."
        )


class InvalidValue(DatabaseError):
    """A value of a client that no statement can hold; the message says why."""
