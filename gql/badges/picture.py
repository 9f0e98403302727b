"""What a badge shows, and its picture. Nothing in it comes from a client or from the database."""

from anybadge.badge import Badge

from gql.database.tables import Platform
from gql.domain.status import RunStatus
from gql.loaders.run_summary import RunSummaryRow

UNKNOWN = "unknown"

# White text on each of them has the contrast that WCAG asks for.
_GREEN, _RED, _GREY = "#2a7d2e", "#c62828", "#6b6b6b"

# A document of its own needs no other; the library would count up, and change the ETag.
_MASK = "badge"


def picture(platform: Platform | None, run: RunSummaryRow | None) -> str:
    """The badge of a run that has completed, in SVG; without one it says `unknown`.

    A run in which a test failed or never reported does not pass.
    """
    if run is None:
        text, color = UNKNOWN, _GREY
    elif run.status is RunStatus.PASS:
        text, color = f"pass: {run.passed} of {run.total}", _GREEN
    else:
        text, color = f"fail: {run.passed} of {run.total} pass", _RED
    label = platform.capitalize() if platform else "Tests"
    badge = Badge(label, text, default_color=color)
    badge.mask_str = _MASK
    return badge.badge_svg_text
