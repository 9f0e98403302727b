"""What requests ask of the platform's files: from a context and a row to contents and links.

Contents need the scope `results:read`. Without FILES_URL they are None. A file that is not there
yet may come, so an answer without it is volatile.
"""

import math
from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from sqlalchemy import Integer, column

from gql.database.pagination import Order, Page, Paging
from gql.database.search import finder
from gql.domain.status import OutputStatus
from gql.errors import BadInput
from gql.files.diff import Diff, DiffStatus
from gql.files.names import FileName, log_name, media_info_name, output_name
from gql.loaders.media import MediaRow
from gql.loaders.output import (
    BaselineByOutputIdLoader,
    OutputRow,
    VariantsByOutputIdLoader,
    hashes_of,
)
from gql.loaders.run import RunRow
from gql.request.context import Context
from gql.security.tokens import READ_RESULTS

if TYPE_CHECKING:
    from gql.files.media_info import Track
    from gql.files.platform_files import Text

MAX_TEXT_BYTES = 1 << 20
MAX_CONTEXT_LINES = 100
MAX_HUNKS = 500
MAX_LINE_CHARACTERS = 10_000

BY_LINE_NUMBER = Order("log line", (column("number", Integer),))

T = TypeVar("T")


class LogLineRow(NamedTuple):
    """A line of a log, and its place among them."""

    number: int
    text: str

    @property
    def key_0(self) -> int:
        """What its cursor holds."""
        return self.number


def produced_hash(output: OutputRow) -> str | None:
    """The hash of the file that a test produced; that of the expected one where it matched."""
    if output.actual_hash is None and output.status is OutputStatus.MATCH:
        return output.expected_hash
    return output.actual_hash


async def size_of(context: Context, name: FileName | None) -> int | None:
    """The size of a file, in bytes."""
    if context.files is None or name is None:
        return None
    return _present(context, await context.files.size(name))


async def text_of(context: Context, name: FileName | None, max_bytes: int) -> "Text | None":
    """The encoding of a file and, for a client that may read it, the text of its first bytes."""
    _require_range("maxBytes", max_bytes, MAX_TEXT_BYTES)
    if context.files is None or name is None:
        return None
    return _present(context, await context.files.text(name, max_bytes, spend=context.add_work))


async def download_url(context: Context, name: FileName | None) -> str | None:
    """Where a client downloads a file: at the bucket for a while, or at the gateway."""
    context.require(READ_RESULTS)
    if context.files is None or name is None:
        return None
    signed = await context.files.store.signed_url(name)
    if signed is None:
        return f"{context.downloads_path}/{name}"
    context.mark_volatile()
    return signed


class NamedDiff(NamedTuple):
    """The difference of two files, and their names."""

    diff: Diff
    expected_name: str
    actual_name: str


async def diff_of(
    context: Context,
    output: OutputRow,
    *,
    context_lines: int,
    max_hunks: int,
    against: str | None,
) -> NamedDiff | None:
    """The difference of what a test produced and its baseline, or `against` in its place.

    Raises BadInput if `against` is no accepted file of the output.
    """
    context.require(READ_RESULTS)
    _require_range("contextLines", context_lines, MAX_CONTEXT_LINES)
    _require_range("maxHunks", max_hunks, MAX_HUNKS)
    if against is not None:
        await _require_accepted(context, output, against)
    if context.files is None:
        return None
    expected, actual = (
        output_name(each, output.correct_extension)
        for each in (against or output.expected_hash, produced_hash(output))
    )
    if expected is not None and expected == actual:
        diff = Diff(DiffStatus.IDENTICAL)
    else:
        diff = await context.files.diff(
            expected,
            actual,
            context_lines=context_lines,
            max_hunks=max_hunks,
            spend=context.add_work,
        )
    if diff.status in {DiffStatus.MISSING_EXPECTED, DiffStatus.MISSING_ACTUAL}:
        context.mark_volatile()
    return NamedDiff(diff, _filename(expected), _filename(actual))


async def log_page(
    context: Context, run: RunRow, paging: Paging, search: str | None
) -> tuple[Page[LogLineRow], int] | None:
    """A page of the lines of a run's log that contain `search`, and how many there are."""
    context.require(READ_RESULTS)
    find = finder(search) if search else None
    if context.files is None:
        return None
    return _present(
        context,
        await context.files.lines(
            log_name(run.id),
            lambda lines: _page_of_lines(lines, paging, find),
            spend=context.add_work,
        ),
    )


async def media_tracks(context: Context, media: MediaRow) -> "list[Track] | None":
    """The tracks of a media file, as MediaInfo described them."""
    context.require(READ_RESULTS)
    name = media_info_name(media.sha)
    if context.files is None or name is None:
        return None
    return _present(context, await context.files.media_tracks(name, spend=context.add_work))


def page_url(context: Context, path: str) -> str | None:
    """The address of a page of the platform; None without PLATFORM_URL."""
    return None if context.platform_url is None else f"{context.platform_url}{path}"


def _filename(name: FileName | None) -> str:
    return "" if name is None else name.rpartition("/")[2]


def _present(context: Context, value: T | None) -> T | None:
    if value is None:
        context.mark_volatile()
    return value


def _require_range(argument: str, value: int, maximum: int) -> None:
    if not 0 <= value <= maximum:
        raise BadInput(
            f"{argument} is {value}, and must be from 0 to {maximum}.",
            argument=argument,
            maximum=maximum,
        )


async def _require_accepted(context: Context, output: OutputRow, hash: str) -> None:
    baseline = await context.load(BaselineByOutputIdLoader, output.output_id)
    variants = await context.load(VariantsByOutputIdLoader, output.output_id)
    if hash not in {output.expected_hash, baseline and baseline.hash, *hashes_of(variants)}:
        raise BadInput(
            "against must be the baseline or an accepted variant of this output: "
            "see acceptedVariants.",
            argument="against",
        )


def _page_of_lines(
    lines: Iterable[str], paging: Paging, find: Callable[[str], object] | None
) -> tuple[Page[LogLineRow], int]:
    after = paging.after[0] if paging.after else 0
    before = paging.before[0] if paging.before else math.inf
    most = paging.limit + 1
    rows: deque[LogLineRow] = deque(maxlen=most)
    count = 0
    for number, line in enumerate(lines, 1):
        if find is not None and not find(_without_end(line)):
            continue
        count += 1
        if after < number < before and (paging.backward or len(rows) < most):
            rows.append(LogLineRow(number, _without_end(line)[:MAX_LINE_CHARACTERS]))
    return paging.page(list(reversed(rows) if paging.backward else rows)), count


def _without_end(line: str) -> str:
    return line.removesuffix("\n").removesuffix("\r")
