"""Memory that files took is returned to the system as soon as it is free."""

import ctypes
from contextlib import suppress

LARGE_BYTES = 1 << 20

_M_MMAP_THRESHOLD = -3


def return_large_blocks() -> None:
    """Have glibc map large blocks one by one, and unmap what is free.

    It would do so with blocks larger than any that was freed before. Each thread that reads files
    could then keep several of them, which took a gigabyte. Other libraries of C lack this option.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, LARGE_BYTES)
