"""The errors of the database layer, whatever the engine and its driver."""


class DatabaseError(Exception):
    """An error that the database layer raises itself."""


class DatabaseUnavailable(DatabaseError):
    """The database cannot be reached, or did not answer in time; its cause says why."""


class InvalidValue(DatabaseError):
    """A value of a client that no statement can hold; the message says why."""
