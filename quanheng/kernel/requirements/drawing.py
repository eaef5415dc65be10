"""Where the boxes and lines of a family tree are drawn: time runs from left to right, one column a generation."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from quanheng.kernel.requirements.family import Member, Tree

WIDTH, HEIGHT = 168, 44
GAP_X, GAP_Y = 44, 14
MARGIN = 8
# So many boxes of a column are drawn; the list below the drawing has them all.
COLUMN = 7
LETTERS = 21


@dataclass(frozen=True)
class Box:
    """One standard; coordinates of its upper left corner."""

    member: Member
    x: int
    y: int
    label: str

    @property
    def middle(self) -> int:
        return self.y + HEIGHT // 2


@dataclass(frozen=True)
class Drawing:
    """Boxes, the paths of the lines between them, and the columns that had too many: (x, y, how many more)."""

    width: int
    height: int
    boxes: list[Box]
    paths: list[str]
    rest: list[tuple[int, int, int]]


def draw(tree: Tree) -> Drawing | None:
    """The drawing of a tree; None for a standard that stands alone."""
    if len(tree.members) < 2:
        return None
    columns: dict[int, list[Member]] = defaultdict(list)
    for member in tree.members:
        columns[member.generation].append(member)
    first = min(columns)
    rows = max(min(len(column), COLUMN) + (len(column) > COLUMN) for column in columns.values())
    height = 2 * MARGIN + rows * (HEIGHT + GAP_Y) - GAP_Y
    boxes: dict[int, Box] = {}
    rest = []
    for generation, column in columns.items():
        x = MARGIN + (generation - first) * (WIDTH + GAP_X)
        shown = column[:COLUMN]
        lines = len(shown) + (len(column) > COLUMN)
        y = (height - lines * (HEIGHT + GAP_Y) + GAP_Y) // 2
        for place, member in enumerate(shown):
            number = member.standard.number
            label = number if len(number) <= LETTERS else number[: LETTERS - 1] + "…"
            boxes[member.standard.pk] = Box(member, x, y + place * (HEIGHT + GAP_Y), label)
        if len(column) > COLUMN:
            rest.append((x + WIDTH // 2, y + COLUMN * (HEIGHT + GAP_Y) + HEIGHT // 2, len(column) - COLUMN))
    paths = [_path(boxes[old], boxes[new]) for new, old in tree.links if new in boxes and old in boxes]
    width = 2 * MARGIN + (max(columns) - first + 1) * (WIDTH + GAP_X) - GAP_X
    return Drawing(width, height, list(boxes.values()), paths, rest)


def _path(old: Box, new: Box) -> str:
    """A curve from the older to the newer; within one column it runs around the right side."""
    if new.x > old.x:
        start, end = old.x + WIDTH, new.x
        bend = (end - start) // 2
        return f"M{start} {old.middle}C{start + bend} {old.middle} {end - bend} {new.middle} {end} {new.middle}"
    start, end = old.x + WIDTH, new.x + WIDTH
    bend = max(start, end) + 30
    return f"M{start} {old.middle}C{bend} {old.middle} {bend} {new.middle} {end} {new.middle}"
