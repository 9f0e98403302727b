"""The errors of the database layer, whatever the engine and its driver."""


class DatabaseError(Exception):
    """An error that the database layer raises itself."""


class DatabaseUnavailable(DatabaseError):
    """The database cannot be reached, or did not answer in time; its cause says why."""


class PooledTransactions(DatabaseError):
    """A pooler such as PgBouncer shares a server's session between transactions of its clients."""

    def __init__(self) -> None:
        super().__init__(
            "The pooler in front of the server pools transactions. Set pool_mode = session in "
            "PgBouncer for this database: settings and snapshots belong to a session."
        )


class InvalidValue(DatabaseError):
    """A value of a client that no statement can hold; the message says why."""
