"""The store of the platform's files, and the program that compares them."""

import subprocess
from collections.abc import Iterator

from gql.cli.doctor.check_result import CheckResult, error, info, ok, warning
from gql.files.errors import FilesUnavailable
from gql.files.line_edits import line_edits
from gql.files.store import FileStore
from gql.settings import Settings


async def check_files(settings: Settings) -> list[CheckResult]:
    """Whether the files can be read and compared."""
    results = [] if settings.platform_url else [_no_links()]
    if settings.files_url is None:
        no_files = info(
            "files",
            "FILES_URL is not set: texts, diffs, logs and media info are null",
            "Set it to the folder or the bucket in which the platform keeps its files.",
        )
        return [no_files, *results]
    return [await _check_store(settings, settings.files_url), *_check_diff(), *results]


def _no_links() -> CheckResult:
    return info(
        "files",
        "PLATFORM_URL is not set: links to the platform's pages are null",
        "Set it to the address of the platform.",
    )


async def _check_store(settings: Settings, url: str) -> CheckResult:
    store = FileStore(url, timeout_seconds=settings.files_timeout_seconds)
    try:
        has_outputs = await store.check()
    except FilesUnavailable as problem:
        return error(
            "files",
            f"{url} cannot be read: {problem}",
            "Correct FILES_URL, and let the gateway read and list what is there."
            if url.startswith("file:")
            else "Correct FILES_URL, and set the credentials of an account that may read and list "
            "what is there.",
        )
    finally:
        await store.close()
    if not has_outputs:
        return warning(
            "files",
            f"{url} has no outputs under TestResults/",
            "Set FILES_URL to the folder that has TestResults, LogFiles and TestFiles.",
        )
    return ok("files", f"{url} answers")


def _check_diff() -> Iterator[CheckResult]:
    try:
        line_edits(b"one\n", b"two\n", context_lines=3)
    except (FilesUnavailable, OSError, ValueError, subprocess.SubprocessError) as problem:
        yield error("files", str(problem), "Install GNU diffutils.")
