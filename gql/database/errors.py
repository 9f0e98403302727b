"""The errors of the database layer, whatever the engine and its driver."""


class DatabaseError(Exception):
    """An error that the database layer raises itself."""


class DatabaseUnavailable(DatabaseError):
    """The database gives no answer, by default because it cannot be reached; its cause says why."""


class StatementTimeout(DatabaseUnavailable):
    """A statement took too long; others may still be answered."""


class PoolExhausted(DatabaseUnavailable):
    """All connections of the process were in use until the deadline."""


class InvalidValue(DatabaseError):
    """A value of a client that no statement can hold; the message says why."""
