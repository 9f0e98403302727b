"""The errors of this package."""


class FilesUnavailable(Exception):
    """A file, or the difference of two, cannot be read now; the message says why, for the log."""


class FilesTooSlow(FilesUnavailable):
    """Reading files, or waiting for others that are read, took too long."""
