"""A chart as SVG, without any other program: sections in ranks below the start, arrows as curves.

A section's rank is its longest way from the start, so that arrows go down; those that lead back leave and enter at the
right side. It brings its own white ground, for dark pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from xml.sax.saxutils import escape

from callflows.chart import Arrow, Box, Chart, shortened

LINE, CHARACTER, PADDING = 18, 7.4, 12
GAP_X, GAP_Y, MARGIN = 48, 84, 32
STYLE = """\
text{font:13px system-ui,sans-serif;fill:#1b2430}.name{font-weight:600}
.arrow text{font-size:11px;fill:#5a4a00;stroke:#fff;stroke-width:4px;paint-order:stroke}
rect{fill:#f5f8fc;stroke:#51708f}.start rect{fill:#e3f3e6;stroke:#2f7d43;stroke-width:2}
path{fill:none;stroke:#51708f;marker-end:url(#tip)}.never{opacity:.35}svg{background:#fff}"""


@dataclass(slots=True)
class _Placed:
    box: Box
    lines: tuple[str, ...]
    x: float = 0.0
    y: float = 0.0

    @property
    def width(self) -> float:
        title = len(self.box.name) + (0 if self.box.count is None else len(str(self.box.count)) + 3)
        return max(90.0, 2 * PADDING + CHARACTER * max(title, *map(len, self.lines), 0))

    @property
    def height(self) -> float:
        return LINE * (1 + len(self.lines)) + PADDING


def svg(chart: Chart) -> str:
    """The whole picture."""
    placed = _place(chart)
    width = max(box.x + box.width for box in placed.values()) + MARGIN + 60
    height = max(box.y + box.height for box in placed.values()) + MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img">',
        f"<title>{escape(chart.title)}</title>",
        f"<style>{STYLE}</style>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
        'orient="auto-start-reverse"><path d="M0 0 8 4 0 8z" style="fill:#51708f;stroke:none"/></marker></defs>',
        *(_arrow(arrow, placed) for arrow in chart.arrows),
        *(_box(box) for box in placed.values()),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _place(chart: Chart) -> dict[str, _Placed]:
    placed = {box.name: _Placed(box, shortened(box.verbs)) for box in chart.boxes}
    ranks = _ranks(chart)
    widths = [sum(placed[name].width for name in rank) + GAP_X * (len(rank) - 1) for rank in ranks]
    y = float(MARGIN)
    for rank, width in zip(ranks, widths, strict=True):
        x = MARGIN + (max(widths) - width) / 2
        for name in rank:
            placed[name].x, placed[name].y = x, y
            x += placed[name].width + GAP_X
        y += max(placed[name].height for name in rank) + GAP_Y
    return placed


def _ranks(chart: Chart) -> list[list[str]]:
    """Sections by the longest way from the start that never goes back; each rank in the order of what leads to it."""
    ways: dict[str, list[str]] = {box.name: [] for box in chart.boxes}
    for arrow in chart.arrows:
        ways[arrow.source].append(arrow.target)
    order = _downwards(ways, next((box.name for box in chart.boxes if box.is_start), chart.boxes[0].name))
    place = {name: number for number, name in enumerate(order)}
    rank = dict.fromkeys(order, 0)
    for name in order:
        for target in ways[name]:
            if place[target] > place[name]:
                rank[target] = max(rank[target], rank[name] + 1)
    return [[name for name in order if rank[name] == number] for number in range(max(rank.values()) + 1)]


def _downwards(ways: dict[str, list[str]], start: str) -> list[str]:
    """Every section before those it leads to, but for ways back (depth first, sections last left come first)."""
    left: list[str] = []
    seen: set[str] = set()
    for root in (start, *ways):
        if root in seen:
            continue
        seen.add(root)
        work = [(root, iter(reversed(ways[root])))]
        while work:
            name, ahead = work[-1]
            following = next((target for target in ahead if target not in seen), None)
            if following is None:
                left.append(name)
                work.pop()
            else:
                seen.add(following)
                work.append((following, iter(reversed(ways[following]))))
    left.reverse()
    return sorted(left, key=lambda name: name != start)


def _box(placed: _Placed) -> str:
    box, kind = placed.box, "start" if placed.box.is_start else "section"
    never = " never" if box.count == 0 else ""
    count = "" if box.count is None else f" ({box.count})"
    lines = "".join(
        f'<text x="{placed.x + PADDING:.0f}" y="{placed.y + LINE * (number + 2):.0f}">{escape(line)}</text>'
        for number, line in enumerate(placed.lines)
    )
    return (
        f'<g class="{kind}{never}"><rect x="{placed.x:.0f}" y="{placed.y:.0f}" width="{placed.width:.0f}" '
        f'height="{placed.height:.0f}" rx="8"/><text class="name" x="{placed.x + PADDING:.0f}" '
        f'y="{placed.y + LINE:.0f}">{escape(box.name + count)}</text>{lines}</g>'
    )


def _arrow(arrow: Arrow, placed: dict[str, _Placed]) -> str:
    source, target = placed[arrow.source], placed[arrow.target]
    if target.y > source.y:
        x1, y1 = source.x + source.width / 2, source.y + source.height
        x2, y2 = target.x + target.width / 2, target.y
        middle = (y1 + y2) / 2
        path = f"M{x1:.0f} {y1:.0f}C{x1:.0f} {middle:.0f} {x2:.0f} {middle:.0f} {x2:.0f} {y2:.0f}"
        at = ((x1 + x2) / 2, middle)
    else:
        x1, y1 = source.x + source.width, source.y + source.height / 2
        x2, y2 = target.x + target.width, target.y + target.height / 3
        out = max(x1, x2) + 40
        path = f"M{x1:.0f} {y1:.0f}C{out:.0f} {y1:.0f} {out:.0f} {y2:.0f} {x2:.0f} {y2:.0f}"
        at = (out, (y1 + y2) / 2)
    never = " never" if arrow.count == 0 else ""
    return (
        f'<g class="arrow{never}"><path d="{path}"/><text x="{at[0]:.0f}" y="{at[1]:.0f}" '
        f'text-anchor="middle">{escape(arrow.label)}</text></g>'
    )
