"""Draws the lines of `make bench` as SVG: requests a second as a share of the limit's.

make bench | tee bench.txt; python -m tests.bench.plot bench.txt docs/pictures/performance.svg
"""

import re
import sys
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import NamedTuple

ENGINES = {"postgresql": "PostgreSQL", "mariadb": "MariaDB", "sqlite": "SQLite"}
WORKS = {
    "B1": "one sample, REST",
    "B2": "one sample",
    "B3": "a whole run",
    "B3l": "a whole run, light",
    "B4": "50 runs, counts",
    "B4p": "50 runs",
    "B5": "a history",
    "B5r": "a history, raw",
    "B7": "a comparison",
    "B8": "insights",
}
CONNECTIONS = {"8": "#9ec5fe", "32": "#2f6fde"}
PEER = "#e8710a"

LINE = re.compile(
    r"(?P<work>\w+)@(?P<connections>\d+) (?P<engine>\w+) gateway/limit (?P<limit>[\d.]+)"
    r"(?: gateway/peer (?P<peer>[\d.]+))?"
)

LEFT, TOP, PANEL, GAP, ROW, BAR = 150, 64, 230, 24, 34, 12
MOST = 2.2


class Measured(NamedTuple):
    """The gateway's rate as a share of the limit's, and the peer's, if it was asked."""

    gateway: float
    peer: float | None


def measured(lines: Iterable[str]) -> dict[tuple[str, str, str], Measured]:
    """What the lines say, by engine, work and connections."""
    found = {}
    for match in filter(None, map(LINE.match, lines)):
        gateway = float(match["limit"])
        peer = gateway / float(match["peer"]) if match["peer"] else None
        found[match["engine"], match["work"], match["connections"]] = Measured(gateway, peer)
    return found


def plot(figures: dict[tuple[str, str, str], Measured]) -> str:
    """The figures as a drawing: a panel for each engine, two bars for each work."""
    engines = [engine for engine in ENGINES if any(key[0] == engine for key in figures)]
    width = LEFT + len(engines) * (PANEL + GAP)
    bottom = TOP + len(WORKS) * ROW
    parts = [_legend()]
    for row, name in enumerate(WORKS.values()):
        parts.append(_text(LEFT - 10, TOP + row * ROW + 17, name, anchor="end"))
    for column, engine in enumerate(engines):
        left = LEFT + column * (PANEL + GAP)
        parts.append(_text(left, TOP - 12, ENGINES[engine], weight="bold"))
        for share in (0, 0.5, 1, 1.5, 2):
            x = left + share / MOST * PANEL
            parts.append(f'<path d="M{x:.0f} {TOP - 4}V{bottom}" stroke="#8884"/>')
            parts.append(_text(x, bottom + 16, f"{share:g}", anchor="middle"))
        parts += _bars(figures, engine, left)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {bottom + 24}" '
        'font-family="sans-serif" font-size="13" role="img">'
        "<title>Requests a second as a share of the limit's</title>"
        f'<rect width="100%" height="100%" fill="#fff"/>{"".join(parts)}</svg>\n'
    )


def _bars(figures: dict[tuple[str, str, str], Measured], engine: str, left: float) -> Iterable[str]:
    for row, work in enumerate(WORKS):
        for place, (connections, colour) in enumerate(CONNECTIONS.items()):
            figure = figures.get((engine, work, connections))
            if figure is None:
                continue
            y = TOP + row * ROW + 3 + place * (BAR + 1)
            length = _length(figure.gateway)
            yield f'<rect x="{left}" y="{y}" width="{length:.0f}" height="{BAR}" fill="{colour}"/>'
            if figure.peer is not None and figure.peer > MOST:
                yield _text(left + PANEL + GAP, y + 10, f"{figure.peer:.1f}", "end", fill=PEER)
            elif figure.peer is not None:
                x = left + _length(figure.peer)
                yield f'<path d="M{x:.0f} {y}v{BAR}" stroke="{PEER}" stroke-width="3"/>'


def _length(share: float) -> float:
    return min(share, MOST) / MOST * PANEL


def _legend() -> str:
    parts = [_text(8, 20, "Requests a second as a share of the limit's:")]
    for place, (connections, colour) in enumerate(CONNECTIONS.items()):
        x = 300 + place * 140
        parts.append(f'<rect x="{x}" y="10" width="12" height="12" fill="{colour}"/>')
        parts.append(_text(x + 18, 20, f"{connections} connections"))
    parts.append(f'<path d="M586 10v12" stroke="{PEER}" stroke-width="3"/>')
    parts.append(_text(596, 20, "PostGraphile"))
    return "".join(parts)


def _text(
    x: float,
    y: float,
    text: str,
    anchor: str = "start",
    *,
    weight: str = "normal",
    fill: str = "#222",
) -> str:
    place = f'x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}"'
    return f'<text {place} font-weight="{weight}" fill="{fill}">{escape(text)}</text>'


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:])
    target.write_text(plot(measured(source.read_text().splitlines())))
