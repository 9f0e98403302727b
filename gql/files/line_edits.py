"""Which lines of two texts differ, according to the program `diff`.

The counts are to be those of `diff -u`. Its algorithm is fast by leaving out lines that hardly
help, so no library finds the same lines in all texts: the program itself does. It runs as a process
of its own, whose time and memory are limited, and that cannot block the event loop.
"""

import os
import resource
import subprocess
import sys
from contextlib import suppress
from shutil import which
from tempfile import TemporaryFile
from typing import IO, NamedTuple

from gql.files.errors import FilesUnavailable

# Two files that share no line take 0.1 to 0.2 s with so many lines, and 50 MB.
MAX_LINES = 300_000
CPU_SECONDS = 1
MEMORY_BYTES = 256 << 20

# For each group of lines that differs: how many lines are before it, and in it, on both sides.
_OPTIONS = (
    "--text",
    "--unchanged-group-format=",
    "--changed-group-format=%de %dn %dE %dN\n",
)
_FAILED = 2


class TooManyLines(Exception):
    """The texts are too long, or differ too much, to be compared in the time and memory."""


class LineEdit(NamedTuple):
    """Lines of the expected text that are replaced by lines of the actual one, counted from 0.

    The ends are exclusive.
    """

    expected_start: int
    expected_end: int
    actual_start: int
    actual_end: int


def program() -> str:
    """The path of GNU diff; raises FilesUnavailable if it is not installed."""
    path = which("diff")
    if path is None:
        raise FilesUnavailable("the program diff (GNU diffutils) is not installed")
    return path


def line_edits(expected: bytes, actual: bytes, *, context_lines: int) -> list[LineEdit]:
    """The differences in their order, as `diff` finds them that shows so many lines of context.

    Raises TooManyLines, or FilesUnavailable without the program.
    """
    if max(expected.count(b"\n"), actual.count(b"\n")) > MAX_LINES:
        raise TooManyLines
    try:
        with _file_of(expected) as one, _file_of(actual) as other:
            files = (one.fileno(), other.fileno())
            process = subprocess.Popen(  # noqa: S603  (no argument comes from a client)
                [
                    program(),
                    *_OPTIONS,
                    f"--horizon-lines={context_lines}",
                    *(f"/dev/fd/{each}" for each in files),
                ],
                pass_fds=files,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env={"LC_ALL": "C"},
            )
            _limit(process.pid)
            output, _ = process.communicate()
    except OSError as error:
        raise FilesUnavailable(f"diff cannot be run: {error}") from error
    if process.returncode < 0 or b"memory exhausted" in output:
        raise TooManyLines
    if process.returncode >= _FAILED:
        raise FilesUnavailable(f"diff failed: {output.decode(errors='replace').strip()}")
    return [_edit(line) for line in output.splitlines()]


def _edit(line: bytes) -> LineEdit:
    expected, removed, actual, added = map(int, line.split())
    return LineEdit(expected, expected + removed, actual, actual + added)


def _file_of(content: bytes) -> IO[bytes]:
    if sys.platform == "linux":  # In memory: a disk may be full, or read-only in a container.
        file: IO[bytes] = open(os.memfd_create("diff"), "wb")  # noqa: PTH123, SIM115
    else:
        file = TemporaryFile()  # noqa: SIM115  (the caller closes it)
    file.write(content)
    file.flush()
    return file


def _limit(process: int) -> None:
    if sys.platform == "linux":
        with suppress(ProcessLookupError):  # It has ended.
            resource.prlimit(process, resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
            resource.prlimit(process, resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
