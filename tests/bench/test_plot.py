"""The plot shows the lines of the benchmark."""

from tests.bench.plot import Measured, measured, plot

LINES = """
B2@8 postgresql gateway/limit 0.20 gateway/peer 0.50 per_second 1456 p50_ms 5.3 p99_ms 11.6
B2@32 mariadb gateway/limit 1.10 per_second 1656 p50_ms 18.8 p99_ms 29.1 statements 1.0
B6 mariadb start_s 0.77 idle_mb 105 after_all_mb 145
"""


def test_plot_has_a_bar_for_each_line_and_a_mark_for_the_peer() -> None:
    figures = measured(LINES.splitlines())

    assert figures == {
        ("postgresql", "B2", "8"): Measured(0.2, 0.4),
        ("mariadb", "B2", "32"): Measured(1.1, None),
    }
    drawing = plot(figures)
    assert drawing.count('height="12" fill="#9ec5fe"') == 1 + 1  # The legend has one as well.
    assert drawing.count('stroke="#e8710a"') == 1 + 1
    assert "PostgreSQL" in drawing
    assert "SQLite" not in drawing
