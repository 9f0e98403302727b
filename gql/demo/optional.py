"""The rows of tables that a platform may lack: uploads, issues, averages, maintenance."""

from collections import defaultdict
from datetime import UTC, datetime
from statistics import fmean
from typing import Final

from gql.database.tables import Platform
from gql.demo.catalogue import MEDIA
from gql.demo.catalogue_rows import Row, Rows
from gql.demo.history import Run
from gql.demo.people import RELEASES, USERS
from gql.demo.steps import TESTING

_UPLOADED_FROM: Final = ("windows", "linux", "linux", "mac", "windows", "bsd")
_PARAMETERS: Final = ("-out=srt", "--out=ttxt --latin1", "", "-autoprogram -out=srt -latin1")
_NOTES: Final = (
    "",
    "Captions are late from the second break on.",
    "Recorded over the air, signal was weak.",
    "Two services; only the first has captions.",
)

# The media file, the number on GitHub, the title, its author, when it was opened, its state.
_ISSUES: Final = (
    (1, 1204, "Crash on a truncated transport stream", "packet-loss", "2019-11-02", "closed"),
    (
        16,
        1377,
        "CEA-708: window order differs from the decoder",
        "cea-reader",
        "2021-03-18",
        "open",
    ),
    (39, 1533, "Captions start one second late", "line21", "2023-09-02", "closed"),
    (112, 1612, "XDS: program name is cut after 20 characters", "xds-parser", "2023-12-11", "open"),
    (112, 1655, "XDS: content advisory is missing", "xds-parser", "2024-10-20", "open"),
    (251, 1701, "Roll-up captions are written twice", "line21", "2025-05-05", "open"),
    (265, 1740, "Burned-in subtitles: letters are lost", "letter-reader", "2026-02-14", "open"),
)


def optional_rows() -> Rows:
    """Uploads of most media files, issues about some, and that linux is being maintained."""
    return {
        "upload": [
            {
                "id": number,
                "user_id": media_id % len(USERS) + 1,
                "sample_id": media_id,
                "version_id": media_id % len(RELEASES) + 1 if media_id % 7 else None,
                "platform": _UPLOADED_FROM[media_id % len(_UPLOADED_FROM)],
                "parameters": _PARAMETERS[media_id % len(_PARAMETERS)],
                "notes": _NOTES[media_id // 3 % len(_NOTES)],
            }
            for number, media_id in enumerate((each for each in MEDIA if each % 10), 1)
        ],
        "sample_issue": [
            {
                "id": number,
                "sample_id": media_id,
                "issue_id": issue_id,
                "title": title,
                "user": user,
                "created_at": datetime.fromisoformat(opened).replace(hour=12, tzinfo=UTC),
                "status": status,
            }
            for number, (media_id, issue_id, title, user, opened, status) in enumerate(_ISSUES, 1)
        ],
        "maintenance_mode": [
            {"id": 1, "platform": Platform.LINUX, "disabled": True},
            {"id": 2, "platform": Platform.WINDOWS, "disabled": False},
        ],
    }


class GeneralData:
    """What the platform keeps of its runs: averages in seconds, and the newest commits."""

    def __init__(self) -> None:
        self._seconds: dict[str, list[float]] = defaultdict(list)
        self._commits: dict[str, str] = {}

    def add(self, run: Run, progress: list[Row]) -> None:
        times = [row["timestamp"] for row in progress]
        if TESTING in run.steps:
            self._seconds[f"prep_{run.platform}"].append((times[1] - times[0]).total_seconds())
        if run.is_completed:
            self._seconds[f"run_{run.platform}"].append((times[2] - times[0]).total_seconds())
            if run.change.is_of_master:
                self._commits[f"fetch_commit_{run.platform}"] = run.change.commit
        if run.change.is_of_master:
            self._commits["last_commit"] = run.change.commit

    def rows(self) -> list[Row]:
        values: dict[str, object] = dict(self._commits)
        for platform in Platform:
            prepared = self._seconds[f"prep_{platform}"]
            values |= {
                f"average_time_{platform}": int(fmean(self._seconds[f"run_{platform}"])),
                f"avg_prep_time_{platform}": fmean(prepared),
                f"avg_prep_count_{platform}": len(prepared),
            }
        return [
            {"id": number, "key": key, "value": str(value)}
            for number, (key, value) in enumerate(sorted(values.items()), 1)
        ]
