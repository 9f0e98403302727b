"""Reading files from a disk or a bucket: within a time limit, and a limited number at a time."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from errno import ELOOP
from pathlib import Path
from stat import S_ISREG
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

import obstore
from cachetools import LRUCache
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import GCSStore, LocalStore, ObjectStore, S3Store, from_url

from gql.files.errors import FilesTooSlow, FilesUnavailable
from gql.files.names import OUTPUTS, FileName, hash_of, is_as_named
from gql.telemetry import metrics, tracing

# So much of a file is read into memory; a longer one can only be downloaded.
MAX_READ_BYTES = 10 << 20

# A file of up to so many bytes is read at once, and a long one only in the order of `job`.
SMALL_BYTES = 512 << 10
MAX_CACHED_BYTES = 32 << 20
MAX_JOBS = 32
MAX_LARGE_READS = 2

DISK_THREADS = 4

CHUNK_BYTES = 1 << 20
RETRY_SECONDS = 3
SIGNED_FOR = timedelta(minutes=15)

# A long file that changed a shorter time ago may still be written.
SETTLED_AFTER = timedelta(minutes=1)

T = TypeVar("T")

_lookups = metrics.CacheLookups("files")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that is there: its size, its version and, unless it is large, its content.

    It is final if it has the content that its name promises. Of a large one that is assumed, unless
    it was changed a short time ago.
    """

    name: FileName
    size: int
    version: str | None
    content: bytes | None
    is_final: bool


class FileStore:
    """Reads the files under a URL such as `file:///srv/files`, `gs://bucket/prefix` or `s3://…`.

    Every method raises FilesUnavailable if the store does not answer within the time limit, or
    refuses. After a time-out it fails at once for RETRY_SECONDS, so that a store that hangs delays
    few requests.
    """

    def __init__(self, url: str, *, timeout_seconds: float, job_seconds: float = 10) -> None:
        self._url = url
        self._timeout_seconds = timeout_seconds
        self._job_seconds = job_seconds
        parts = urlsplit(url)
        self._root = Path(unquote(parts.path)) if parts.scheme == "file" else None
        self._opened: tuple[Path | None, ObjectStore] | None = None
        self._disk = ThreadPoolExecutor(DISK_THREADS, "files-disk")
        self._jobs = asyncio.Semaphore(MAX_JOBS)
        self._large_reads = asyncio.Semaphore(MAX_LARGE_READS)
        # The content of a name with a hash never changes.
        self._cache: LRUCache[FileName, StoredFile] = LRUCache(
            MAX_CACHED_BYTES, getsizeof=lambda file: file.size + 1000
        )
        self._finding: dict[FileName, asyncio.Task[StoredFile | None]] = {}
        self._retry_at = 0.0
        self._is_available = True

    async def close(self) -> None:
        """Let go of the threads, without waiting for a disk that hangs."""
        self._disk.shutdown(wait=False, cancel_futures=True)

    @asynccontextmanager
    async def job(self) -> AsyncIterator[None]:
        """A block that keeps contents of files in memory; few run at the same time.

        Raises FilesTooSlow if it has not ended after `job_seconds`, with waiting.
        """
        try:
            async with asyncio.timeout(self._job_seconds), self._jobs:
                yield
        except TimeoutError as error:
            raise FilesTooSlow(f"not read in {self._job_seconds:g} s") from error

    async def find(self, name: FileName) -> StoredFile | None:
        """The file of a name, with its content if it is small; None if there is none."""
        if (cached := self._cache.get(name)) is not None:
            _lookups.hit()
            return cached
        task = self._finding.get(name)
        if task is None:
            _lookups.miss()
            task = self._finding[name] = asyncio.ensure_future(self._find(name))
            task.add_done_callback(lambda done: self._found(name, done))
        return await asyncio.shield(task)

    def _found(self, name: FileName, done: "asyncio.Task[StoredFile | None]") -> None:
        del self._finding[name]
        if done.cancelled() or done.exception() is not None:
            return
        file = done.result()
        if file is not None and file.content is not None and file.is_final:
            self._cache[name] = file

    async def _find(self, name: FileName) -> StoredFile | None:
        async def get(store: ObjectStore) -> StoredFile:
            result = await obstore.get_async(store, name)
            size = result.meta["size"]
            content = None
            is_final = hash_of(name) is not None and _is_settled(result.meta["last_modified"])
            if size <= SMALL_BYTES:
                content = bytes(await result.bytes_async())
                is_final = is_as_named(name, content)
            return StoredFile(name, size, result.meta["e_tag"], content, is_final)

        return await self._ask("find", name, get)

    async def read(self, file: StoredFile) -> bytes:
        """The first MAX_READ_BYTES of a file, in a `job`."""
        if file.content is not None:
            return file.content
        length = min(file.size, MAX_READ_BYTES)

        async def get(store: ObjectStore) -> bytes:
            return bytes(await obstore.get_range_async(store, file.name, start=0, length=length))

        content = await self._ask("read", file.name, get)
        if content is None:
            raise FilesUnavailable(f"{file.name} is no longer there")
        return content

    @asynccontextmanager
    async def large(self, *files: StoredFile) -> AsyncIterator[None]:
        """A block that reads these files; few such blocks have large ones at the same time."""
        if all(file.content is not None for file in files):
            yield
            return
        async with self._large_reads:
            yield

    async def stream(self, file: StoredFile, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `start` up to `end`, in chunks; each has the time limit."""
        if file.content is not None:
            yield file.content[start:end]
            return
        while start < end:
            length = min(CHUNK_BYTES, end - start)

            async def get(store: ObjectStore, start: int = start, length: int = length) -> bytes:
                return bytes(
                    await obstore.get_range_async(store, file.name, start=start, length=length)
                )

            chunk = await self._ask("read", file.name, get)
            if not chunk:
                raise FilesUnavailable(f"{file.name} has become shorter")
            start += len(chunk)
            yield chunk

    async def signed_url(self, name: FileName) -> str | None:
        """An address at which the bucket gives out the file for a while; None if it cannot."""

        async def sign(store: ObjectStore) -> str | None:
            if not isinstance(store, GCSStore | S3Store):
                return None
            return await obstore.sign_async(store, "GET", name, SIGNED_FOR)

        if self._root is not None:
            return None
        try:
            return await self._ask("sign", name, sign)
        except FilesUnavailable:
            return None

    async def check(self) -> bool:
        """Whether there are outputs; raises FilesUnavailable if the store does not answer."""

        async def first(store: ObjectStore) -> bool:
            async for page in obstore.list(store, prefix=OUTPUTS, chunk_size=1):
                return bool(page)
            return False

        if self._root is None:
            return bool(await self._answer("list", OUTPUTS, first))
        return await self._on_disk(self._has_outputs)

    def _has_outputs(self) -> bool:
        root = self._root or Path()
        if not root.is_dir():
            raise FilesUnavailable(f"{root} is not a folder")
        return (root / OUTPUTS).is_dir()

    async def _ask(
        self, operation: str, name: str, ask: Callable[[ObjectStore], Awaitable[T]]
    ) -> T | None:
        """What the store answers; None if it has no such file."""
        if time.monotonic() < self._retry_at:
            raise FilesUnavailable("the store did not answer a short time ago")
        started = time.perf_counter()
        result = "unavailable"
        try:
            with tracing.span(f"file {operation}", file__path=name):
                answer = await self._answer(operation, name, ask)
        except FilesUnavailable as error:
            self._log_change("The platform's files are unavailable: %s", error, is_available=False)
            raise
        else:
            if operation != "sign":  # A signature needs no answer of the store.
                self._log_change("The platform's files are back%s", "", is_available=True)
            result = "missing" if answer is None else "ok"
            return answer
        finally:
            metrics.file_seconds_of(operation, result).observe(time.perf_counter() - started)

    def _log_change(self, message: str, detail: object, *, is_available: bool) -> None:
        if is_available is not self._is_available:
            self._is_available = is_available
            logger.warning(message, detail)

    async def _answer(
        self, operation: str, name: str, ask: Callable[[ObjectStore], Awaitable[T]]
    ) -> T | None:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                if self._root is None:
                    return await ask(self._bucket())
                root = await self._on_disk(self._root_of, name)
                return None if root is None else await ask(self._folder(root))
        except (NotFoundError, FileNotFoundError):
            return None
        except TimeoutError as error:
            if operation == "find":  # A long file may take long where the store answers at once.
                self._retry_at = time.monotonic() + RETRY_SECONDS
            raise FilesUnavailable(f"no answer in {self._timeout_seconds:g} s") from error
        except (BaseError, OSError, ValueError) as error:
            raise FilesUnavailable(str(error).partition("\n")[0]) from error

    async def _on_disk(self, function: Callable[..., T], *arguments: Any) -> T:
        # Few threads: those of a disk that hangs stay.
        return await asyncio.get_running_loop().run_in_executor(self._disk, function, *arguments)

    def _root_of(self, name: str) -> Path | None:
        """The folder of a regular file that no symbolic link takes elsewhere; None for others.

        obstore follows links out of the root.
        """
        root = (self._root or Path()).resolve()
        if not root.is_dir():
            raise NotADirectoryError(f"{root} is not a folder")
        try:
            file = (root / name).resolve(strict=True)
        except RuntimeError:  # Links in a circle, up to Python 3.12.
            return None
        except OSError as error:
            if error.errno == ELOOP:
                return None
            raise
        return root if file.is_relative_to(root) and S_ISREG(file.stat().st_mode) else None

    def _folder(self, root: Path) -> ObjectStore:
        # The root may be a symbolic link, which may change.
        if self._opened is None or self._opened[0] != root:
            self._opened = root, LocalStore(root)
        return self._opened[1]

    def _bucket(self) -> ObjectStore:
        # On first use: wrong credentials must not keep the gateway from starting.
        if self._opened is None:
            self._opened = (
                None,
                from_url(
                    self._url,
                    client_options={
                        "timeout": timedelta(seconds=self._timeout_seconds),
                        "allow_http": True,  # Only an endpoint that the operator names has it.
                    },
                    retry_config={
                        "max_retries": 1,
                        "retry_timeout": timedelta(seconds=self._timeout_seconds),
                    },
                ),
            )
        return self._opened[1]


def _is_settled(last_modified: datetime) -> bool:
    return datetime.now(UTC) - last_modified > SETTLED_AFTER
