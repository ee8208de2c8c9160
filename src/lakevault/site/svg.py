"""Small drawings for the pages, as SVG text: they need no script, scale on a phone and follow the page's colours."""

from dataclasses import dataclass
from html import escape

# Units of the drawing: the size of a letter, a line, a box.
LETTER, LINE, WIDTH, GAP, MARGIN = 7.2, 22, 250, 170, 12


@dataclass(frozen=True)
class Box:
    """A table in a diagram: its name, where a click leads, and the columns to show."""

    name: str
    href: str
    columns: tuple[str, ...]

    @property
    def height(self) -> float:
        """Height of the box with its title."""
        return LINE * (len(self.columns) + 1) + 8


def star(facts: list[Box], dimensions: list[Box], joins: list[tuple[str, str, str]], title: str) -> str:
    """Facts on the left, dimensions on the right, a line for each join.

    Args:
        facts: tables that point to others.
        dimensions: tables pointed at.
        joins: (table, column, other table); the column has the same name on both sides, or a longer one on the left.
        title: what the drawing shows, read aloud instead of it.

    Returns:
        An svg element.
    """
    places: dict[str, tuple[float, float]] = {}
    shapes = []
    heights = []
    for boxes, x in ((facts, MARGIN), (dimensions, MARGIN + WIDTH + GAP)):
        y = float(MARGIN)
        for box in boxes:
            places[box.name] = (x, y)
            shapes.append(_box(box, x, y))
            y += box.height + 18
        heights.append(y)
    by_name = {box.name: box for box in [*facts, *dimensions]}
    lines = []
    for left, column, right in joins:
        (x1, y1), (x2, y2) = places[left], places[right]
        start = y1 + LINE * (by_name[left].columns.index(column) + 1.5) + 4
        end = y2 + LINE * 1.5 + 4
        x1 += WIDTH
        middle = (x1 + x2) / 2
        lines.append(
            f'<path d="M{x1} {start} C{middle} {start} {middle} {end} {x2} {end}"/>'
            # The crow's foot: many rows on this side, one on the other.
            f'<path d="M{x1} {start - 5} L{x1 + 10} {start} L{x1} {start + 5}"/>'
            f'<path d="M{x2 - 8} {end - 5} V{end + 5}"/>'
        )
    width, height = 2 * WIDTH + GAP + 2 * MARGIN, max(heights)
    return _scrolled("star", width, height, title, "".join(lines + shapes))


def _scrolled(kind: str, width: float, height: float, title: str, content: str) -> str:
    """A large drawing in a region that scrolls aside."""
    size = f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}"'
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(title)}">'
        f'<svg class="{kind}" {size} role="group" aria-label="{escape(title)}">{content}</svg></div>'
    )


def _box(box: Box, x: float, y: float) -> str:
    rows = "".join(
        f'<text x="{x + 10}" y="{y + LINE * (i + 1) + 18}">{escape(column)}</text>'
        for i, column in enumerate(box.columns)
    )
    return (
        f'<a href="{escape(box.href)}"><rect x="{x}" y="{y}" width="{WIDTH}" height="{box.height}" rx="4"/>'
        f'<rect class="head" x="{x}" y="{y}" width="{WIDTH}" height="{LINE + 4}" rx="4"/>'
        f'<text class="head" x="{x + 10}" y="{y + 17}">{escape(box.name)}</text></a>{rows}'
    )


@dataclass(frozen=True)
class Node:
    """A table in a picture of lineage: where a click leads, the colour of its layer, and whether the picture is about it."""

    name: str
    href: str
    colour: str
    is_subject: bool = False


def lineage(nodes: list[Node], edges: set[tuple[str, str]], title: str) -> str:
    """Tables from left to right, each behind all that it reads, and a line for each that reads another.

    Args:
        nodes: the tables.
        edges: (table that is read, table that reads it); no table reads itself through others.
        title: what the drawing shows, read aloud instead of it.

    Returns:
        An svg element.
    """
    columns = _columns([node.name for node in nodes], edges)
    step, longest = LINE + 12, max(map(len, columns))
    places: dict[str, tuple[float, float, float]] = {}
    x = float(MARGIN)
    for column in columns:
        width = max(map(len, column)) * LETTER + 28
        top = MARGIN + (longest - len(column)) / 2 * step
        places |= {name: (x, top + row * step, width) for row, name in enumerate(column)}
        x += width + 60
    lines = []
    for start, end in sorted(edges):
        (x1, y1, width), (x2, y2, _) = places[start], places[end]
        x1, y1, y2 = x1 + width, y1 + LINE / 2, y2 + LINE / 2
        bend = min(60, (x2 - x1) / 2)
        lines.append(f'<path d="M{x1:g} {y1:g} C{x1 + bend:g} {y1:g} {x2 - bend:g} {y2:g} {x2:g} {y2:g}"/>')
    boxes = [_node(node, *places[node.name]) for node in nodes]
    x, height = x - 60 + MARGIN, 2 * MARGIN + longest * step - 12
    return _scrolled("star lineage", x, height, title, "".join(lines + boxes))


def _node(node: Node, x: float, y: float, width: float) -> str:
    kind = ' class="subject"' if node.is_subject else ""
    return (
        f'<a href="{escape(node.href)}"><rect{kind} x="{x:g}" y="{y:g}" width="{width:g}" height="{LINE}" rx="3"/>'
        f'<rect x="{x:g}" y="{y:g}" width="8" height="{LINE}" style="fill: {node.colour}; stroke: none"/>'
        f'<text x="{x + 16:g}" y="{y + 15:g}">{escape(node.name)}</text></a>'
    )


def _columns(names: list[str], edges: set[tuple[str, str]]) -> list[list[str]]:
    """Names in columns: each behind what it reads, what reads nothing right before its first reader, lines crossing little."""
    parents: dict[str, list[str]] = {name: [] for name in names}
    children: dict[str, list[str]] = {name: [] for name in names}
    for start, end in edges:
        parents[end].append(start)
        children[start].append(end)
    depths: dict[str, int] = {}

    def depth(name: str) -> int:
        if name not in depths:
            depths[name] = max((depth(parent) + 1 for parent in parents[name]), default=0)
        return depths[name]

    for name in names:
        depth(name)
    for name in names:
        if not parents[name] and children[name]:
            depths[name] = min(depths[child] for child in children[name]) - 1
    columns: list[list[str]] = []
    rows: dict[str, float] = {}

    def middle(name: str) -> tuple[float, str]:
        read = [rows[parent] for parent in parents[name] if parent in rows]
        return (sum(read) / len(read) if read else 0, name)

    for level in range(max(depths.values()) + 1):
        column = sorted((name for name in names if depths[name] == level), key=middle)
        rows |= {name: row / max(len(column), 1) for row, name in enumerate(column)}
        columns.append(column)
    return [column for column in columns if column]


def line(values: list[float | None], limit: float | None, what: str) -> str:
    """A line over time with its limit, newest on the right.

    Args:
        values: oldest first; none where there was no value.
        limit: drawn as a dashed line; none for no limit.
        what: what is shown and in which unit, read aloud with the newest values.

    Returns:
        An svg element, empty when there is no value at all.
    """
    known = [value for value in values if value is not None]
    if not known:
        return ""
    width, height = 90, 22
    top = max([*known, limit or 0]) * 1.1 or 1
    step = width / max(len(values) - 1, 1)
    points = [
        (i * step if len(values) > 1 else width / 2, height - 2 - (height - 4) * max(value, 0) / top)
        for i, value in enumerate(values)
        if value is not None
    ]
    drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    x, y = points[-1]
    late = limit is not None and known[-1] > limit
    said = ", ".join(f"{value:.0f}" for value in known[-5:])
    border = ""
    if limit is not None:
        at = height - 2 - (height - 4) * limit / top
        border = f'<path class="limit" d="M0 {at:.1f} H{width}"/>'
    return (
        f'<svg class="line{" late" if late else ""}" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{escape(what)}: {said}">{border}<polyline points="{drawn}"/>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5"/></svg>'
    )
