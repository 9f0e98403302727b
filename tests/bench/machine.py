"""What the processors of this machine are busy with."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
DATABASES = {"mariadbd", "mysqld", "postgres"}

# A database also writes what was changed before.
CONTENDED = 0.1


class Share:
    """The share of all processors that others took, from 0 to 1."""

    value = 0.0

    @property
    def is_contended(self) -> bool:
        return self.value > CONTENDED


@contextmanager
def watch_others(server: int) -> Iterator[Share]:
    """Measure what all processes take but `server`, databases, this one and its children."""
    share = Share()
    before = _all_ticks(), _own_ticks(server)
    yield share
    total, busy = (after - ago for after, ago in zip(_all_ticks(), before[0], strict=True))
    own = _own_ticks(server) - before[1]
    share.value = max(0.0, busy - own) / max(1, total)


def _all_ticks() -> tuple[int, int]:
    """Those of all processors, and those in which they were busy."""
    fields = [int(each) for each in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    _user, _nice, _system, idle, waiting, *_ = fields
    return sum(fields), sum(fields) - idle - waiting


def _own_ticks(server: int) -> int:
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, stat = path.read_text().partition("(")[2].rpartition(")")
        except OSError:  # It has ended.
            continue
        used = [int(each) for each in stat.split()[11:15]]
        pid = int(path.parent.name)
        if pid == os.getpid():
            ticks += sum(used)
        elif pid == server or name in DATABASES:
            ticks += sum(used[:2])
    return ticks
