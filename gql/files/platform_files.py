"""What clients ask of the platform's files: texts, differences, logs and media info."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from io import StringIO
from typing import Any, NamedTuple, TypeVar

from cachetools import LRUCache

from gql.files.diff import Diff, DiffStatus, difference
from gql.files.media_info import Track, tracks_of
from gql.files.memory import return_large_blocks
from gql.files.names import FileName, is_as_named
from gql.files.store import MAX_READ_BYTES, FileStore, StoredFile
from gql.files.text import Encoding, decoded_start, encoding_of
from gql.telemetry import metrics, tracing

# Each works on a file's bytes, or waits for `diff`.
THREADS = 4

# Work on fewer bytes takes less than to hand it to a thread.
FEW_BYTES = 64 << 10

MAX_CACHED_CHARACTERS = 8 << 20

# Of the time of an answer. An operation with a field that fails is executed again.
JOB_SHARE = 0.4

T = TypeVar("T")

Spend = Callable[[float], None]
"""Is called with the seconds of work that were done for somebody."""

_lookups = metrics.CacheLookups("diffs")


class Text(NamedTuple):
    """The start of a file as text, of which `text` is None if it is binary; its size in bytes."""

    encoding: Encoding | None
    text: str | None
    size: int


class PlatformFiles:
    """Reads the platform's files from a store; what is not there is None.

    Every method raises FilesUnavailable while the store does not answer, and FilesTooSlow in time
    for an answer that has `answer_seconds`. `spend` is called with the seconds that the work on the
    contents takes.
    """

    def __init__(self, url: str, *, timeout_seconds: float, answer_seconds: float) -> None:
        return_large_blocks()
        self.store = FileStore(
            url, timeout_seconds=timeout_seconds, job_seconds=answer_seconds * JOB_SHARE
        )
        self._threads = ThreadPoolExecutor(THREADS, "files")
        # The same failure shows in run after run.
        self._diffs: LRUCache[tuple[FileName, FileName, int, int], Diff] = LRUCache(
            MAX_CACHED_CHARACTERS, getsizeof=_characters_of
        )

    async def close(self) -> None:
        """Let go of the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        await self.store.close()

    async def size(self, name: FileName) -> int | None:
        """The size of a file, in bytes."""
        async with self.store.job():
            file = await self.store.find(name)
            return None if file is None else file.size

    async def text(self, name: FileName, max_bytes: int, *, spend: Spend) -> Text | None:
        """The text of a file's first bytes."""
        async with self._content(name) as (file, content):
            if file is None:
                return None
            return await self._run(spend, content, _text, file.size, max_bytes)

    async def lines(
        self, name: FileName, select: Callable[[Iterator[str]], T], *, spend: Spend
    ) -> T | None:
        """What `select` makes of the lines of a text, which have their ends.

        A text of more than MAX_READ_BYTES is cut there; characters that are in no encoding are
        replaced.
        """
        async with self._content(name) as (file, content):
            if file is None:
                return None
            return await self._run(spend, content, lambda each: select(_lines(each)))

    async def media_tracks(self, name: FileName, *, spend: Spend) -> list[Track] | None:
        """The tracks that a document of MediaInfo describes; None if it cannot be read, too."""
        async with self._content(name) as (file, content):
            return None if file is None else await self._run(spend, content, tracks_of)

    async def diff(
        self,
        expected: FileName | None,
        actual: FileName | None,
        *,
        context_lines: int,
        max_hunks: int,
        spend: Spend,
    ) -> Diff:
        """The difference of two files, either of which may be missing."""
        if expected is None:
            return Diff(DiffStatus.MISSING_EXPECTED)
        if actual is None:
            return Diff(DiffStatus.MISSING_ACTUAL)
        key = (expected, actual, context_lines, max_hunks)
        if (cached := self._diffs.get(key)) is not None:
            _lookups.hit()
            return cached
        _lookups.miss()
        started = time.perf_counter()
        with tracing.span("diff"):
            diff, is_final = await self._diff(*key, spend)
        metrics.diff_seconds.labels(diff.status).observe(time.perf_counter() - started)
        if is_final:
            with suppress(ValueError):  # It alone is larger than the cache.
                self._diffs[key] = diff
        return diff

    async def _diff(
        self,
        expected_name: FileName,
        actual_name: FileName,
        context_lines: int,
        max_hunks: int,
        spend: Spend,
    ) -> tuple[Diff, bool]:
        """The difference, and whether both files have the contents that their names promise."""
        async with self.store.job():
            expected, actual = await asyncio.gather(
                self.store.find(expected_name), self.store.find(actual_name)
            )
            if expected is None:
                return Diff(DiffStatus.MISSING_EXPECTED), False
            if actual is None:
                return Diff(DiffStatus.MISSING_ACTUAL), False
            if max(expected.size, actual.size) > MAX_READ_BYTES:
                return Diff(DiffStatus.TOO_LARGE), False
            async with self.store.large(expected, actual):
                contents = await asyncio.gather(self.store.read(expected), self.store.read(actual))

                def compare() -> tuple[Diff, bool]:
                    diff = difference(*contents, context_lines=context_lines, max_hunks=max_hunks)
                    return diff, all(map(_is_final, (expected, actual), contents))

                return await self._in_thread(spend, compare)

    @asynccontextmanager
    async def _content(self, name: FileName) -> AsyncIterator[tuple[StoredFile | None, bytes]]:
        async with self.store.job():
            file = await self.store.find(name)
            if file is None:
                yield None, b""
                return
            async with self.store.large(file):
                yield file, await self.store.read(file)

    async def _run(
        self, spend: Spend, content: bytes, function: Callable[..., T], *arguments: Any
    ) -> T:
        if len(content) > FEW_BYTES:
            return await self._in_thread(spend, lambda: function(content, *arguments))
        value, seconds = _timed(lambda: function(content, *arguments))
        spend(seconds)
        return value

    async def _in_thread(self, spend: Spend, function: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        value, seconds = await loop.run_in_executor(self._threads, _timed, function)
        spend(seconds)
        return value


def _is_final(file: StoredFile, content: bytes) -> bool:
    # The store has checked what it read at once.
    return file.is_final if file.content is not None else is_as_named(file.name, content)


def _timed(function: Callable[[], T]) -> tuple[T, float]:
    """What a function returns, and the seconds that it took."""
    started = time.perf_counter()
    value = function()
    return value, time.perf_counter() - started


def _characters_of(diff: Diff) -> int:
    return 500 + sum(len(hunk.body) + 100 for hunk in diff.hunks)


def _text(content: bytes, size: int, max_bytes: int) -> Text:
    encoding = encoding_of(content, is_complete=len(content) == size)
    if encoding is None:
        return Text(None, None, size)
    return Text(encoding, decoded_start(content, encoding, max_bytes), size)


def _lines(content: bytes) -> Iterator[str]:
    encoding = encoding_of(content, is_complete=False) or Encoding.UTF_8
    # One by one: millions of short lines would take 100 times as much memory as the text.
    return StringIO(content.decode(encoding, "replace"), newline="\n")
