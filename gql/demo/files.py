"""The platform's files, laid out under one folder as the platform has them."""

from pathlib import Path
from typing import Final

from gql.demo.catalogue import MEDIA
from gql.demo.catalogue_rows import Rows
from gql.demo.history import Run
from gql.demo.logs import has_log, log_of
from gql.demo.media_info import media_info
from gql.demo.outputs import OutputFiles
from gql.demo.stories import LAST_FIXED_RUN

_NEWEST_WITH_LOG: Final = 50


def files_folder(database: Path) -> Path:
    """Where the files lie that go with the demo in an SQLite file: beside it."""
    return database.with_name(f"{database.stem}-files")


class DemoFiles:
    """Writes the demo's files under `root`, or none where there is no root.

    Every output that the database names has a file: there are few of them, as failures repeat
    their bytes. The log of a run takes 25 kB, so only runs with a story and the newest have one.
    """

    def __init__(self, root: Path | None) -> None:
        self._logs = _made(root, "LogFiles")
        self._media_info = _made(root, "TestFiles/media")
        self.outputs = OutputFiles(_made(root, "TestResults"))

    def write_media_info(self) -> None:
        if self._media_info is not None:
            for media in MEDIA.values():
                (self._media_info / f"{media.sha}.xml").write_bytes(media_info(media))

    def write_log(self, run: Run, rows: Rows, runs: int) -> None:
        """Write the log of a run that left these rows, one of so many runs."""
        is_shown = run.id <= LAST_FIXED_RUN or run.id > runs - _NEWEST_WITH_LOG
        if self._logs is not None and is_shown and has_log(run):
            (self._logs / f"{run.id}.txt").write_text(log_of(run, rows), encoding="utf-8")


def _made(root: Path | None, name: str) -> Path | None:
    if root is None:
        return None
    folder = root / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder
