"""Renders an evaluation as one HTML page: tables, threshold curves and a reliability curve."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from bot.evaluation.tables import Table

_WIDTH, _HEIGHT, _MARGIN = 460, 300, 46
_COLORS = ("#1f5fa8", "#b3541e", "#777777")
_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:62rem;padding:0 1rem;color:#222}
h1{font-size:1.5rem}h2{font-size:1.1rem;margin:2rem 0 .4rem}
table{border-collapse:collapse;width:100%}
td,th{text-align:left;padding:.25rem .7rem .25rem 0;border-bottom:1px solid #ddd;vertical-align:top}
td{font-variant-numeric:tabular-nums}th{font-weight:600;color:#555}
figure{display:inline-block;margin:0 1rem 1rem 0}figcaption{color:#555}
svg text{font:12px system-ui,sans-serif;fill:#444}
"""

Points = Sequence[tuple[float, float]]


def render_page(
    title: str,
    tables: Sequence[Table],
    threshold_curve: Sequence[tuple[float, float, float]],
    speak_threshold: float | None,
    reliability: Sequence[tuple[float, float, int]],
) -> str:
    """Render the page. It is self-contained: no scripts, fonts or images from elsewhere.

    Args:
        title: what was measured.
        tables: in reading order.
        threshold_curve: from ``metrics.threshold_curve``.
        speak_threshold: the threshold in force, or None if no single score decides.
        reliability: from ``metrics.reliability_curve``.
    """
    precision = [(threshold, p) for threshold, p, _ in threshold_curve]
    recall = [(threshold, r) for threshold, _, r in threshold_curve]
    marks = [] if speak_threshold is None else [(speak_threshold, "speaks from")]
    figures = (
        _figure(
            "Precision at 5/25/70 and recall, by threshold",
            [("precision", precision), ("recall", recall)],
            "threshold",
            marks,
        ),
        _figure(
            "Precision at 5/25/70, by recall",
            [("precision", [(r, p) for _, p, r in threshold_curve])],
            "recall",
            [],
        ),
        _figure(
            "Reliability: share of traps, by score",
            [
                ("measured", [(score, traps) for score, traps, _ in reliability]),
                ("ideal", [(0.0, 0.0), (1.0, 1.0)]),
            ],
            "mean score",
            [],
        ),
    )
    body = "".join(_table(t) for t in tables)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style><h1>{escape(title)}</h1>{''.join(figures)}{body}</html>\n"
    )


def _table(table: Table) -> str:
    head = "".join(f"<th>{escape(c)}</th>" for c in table.columns)
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in table.rows
    )
    return f"<h2>{escape(table.title)}</h2><table><tr>{head}</tr>{rows}</table>"


def _figure(
    caption: str,
    lines: Sequence[tuple[str, Points]],
    x_label: str,
    marks: Sequence[tuple[float, str]],
) -> str:
    parts = [
        f'<text x="{_x(0.5):.0f}" y="{_HEIGHT - 8}" text-anchor="middle">{escape(x_label)}</text>'
    ]
    for step in range(6):
        value = step / 5
        parts += [
            f'<line x1="{_x(0):.1f}" x2="{_x(1):.1f}" y1="{_y(value):.1f}" y2="{_y(value):.1f}" '
            'stroke="#e5e5e5"/>',
            f'<text x="{_x(0) - 6:.0f}" y="{_y(value) + 4:.0f}" text-anchor="end">'
            f"{value:.1f}</text>",
            f'<text x="{_x(value):.0f}" y="{_y(0) + 18:.0f}" text-anchor="middle">'
            f"{value:.1f}</text>",
        ]
    for value, name in marks:
        parts += [
            f'<line x1="{_x(value):.1f}" x2="{_x(value):.1f}" y1="{_y(0):.1f}" y2="{_y(1):.1f}" '
            'stroke="#444" stroke-dasharray="4 3"/>',
            f'<text x="{_x(value) + 4:.0f}" y="{_y(0.04):.0f}">{escape(name)} {value:.2f}</text>',
        ]
    for number, (name, points) in enumerate(lines):
        color = _COLORS[number % len(_COLORS)]
        path = " ".join(f"{_x(a):.1f},{_y(b):.1f}" for a, b in _thin_out(points))
        left = _x(0) + 10 + 90 * number
        parts += [
            f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"/>',
            f'<line x1="{left:.0f}" x2="{left + 18:.0f}" y1="14" y2="14" stroke="{color}" '
            'stroke-width="2"/>',
            f'<text x="{left + 23:.0f}" y="18">{escape(name)}</text>',
        ]
    return (
        f'<figure><svg width="{_WIDTH}" height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'role="img" aria-label="{escape(caption)}">{"".join(parts)}</svg>'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def _thin_out(points: Points, max_points: int = 400) -> Points:
    """Return enough points for the eye, the first and the last among them."""
    if len(points) <= max_points:
        return points
    step = (len(points) - 1) / (max_points - 1)
    return [points[round(i * step)] for i in range(max_points)]


def _x(value: float) -> float:
    return _MARGIN + max(0.0, min(1.0, value)) * (_WIDTH - _MARGIN - 14)


def _y(value: float) -> float:
    return _HEIGHT - _MARGIN - max(0.0, min(1.0, value)) * (_HEIGHT - _MARGIN - 30)
