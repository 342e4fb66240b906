"""Draws docs/architecture.svg from the imports and the packages' own docstrings: `make architecture`.

A box is a package, or one of its rooms; an arrow means "imports". What follows from other arrows is left out.
"""

import ast
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from textwrap import wrap

import grimp

ROOT = Path(__file__).parents[1]
DRAWING = ROOT / "docs" / "architecture.svg"
FLOORS = (("webhooks", "web", "jobs", "commands"), ("bot",), ("models",))
WITH_ROOMS = ("web", "jobs", "models")
SHARED = ("config", "security")  # without arrows, which would cross all the others: they say who imports them

WIDTH, MARGIN, GAP, PAD = 1180, 20, 26, 14
ROOM_HEIGHT, HEAD, ROOM_GAP = 50, 30, 24
LETTER = 6.1  # the mean width of a letter at 11 pixels, generously
STYLE = """
  svg { font-family: system-ui, sans-serif; font-size: 11px; color: #1c2733; background: #fff }
  .package { fill: #f3f6f9; stroke: #9fb1c1 } .room { fill: #fff; stroke: #5b7d9c }
  text { fill: #1c2733 } .name { font-weight: 600; font-size: 13px } .what { fill: #4a5b6a }
  line { stroke: #5b7d9c; stroke-width: 1.2 } marker path { fill: #5b7d9c }
  @media (prefers-color-scheme: dark) {
    svg { background: #14191f } .package { fill: #1c242c; stroke: #4a5b6a }
    .room { fill: #243039; stroke: #7fa3c4 }
    text { fill: #e6edf3 } .what { fill: #a9bac9 } line { stroke: #7fa3c4 } marker path { fill: #7fa3c4 }
  }
"""

Graph = dict[str, set[str]]


@dataclass(frozen=True)
class Box:
    name: str
    x: float
    y: float
    width: float
    height: float

    def line_to(self, other: "Box") -> str:
        """From the middle of this one's lower edge, leaning towards the other, to the other's upper edge.

        Beside each other: straight to the other's near side.
        """
        if self.y == other.y:
            y, start, end = self.y + self.height - 20, self.x, other.x + other.width + 2
            if other.x > self.x:
                start, end = self.x + self.width, other.x - 2
            return (
                f'<line x1="{start:.0f}" y1="{y:.0f}" x2="{end:.0f}" y2="{y:.0f}" marker-end="url(#arrow)"/>'
            )
        lean = (other.x + other.width / 2 - self.x - self.width / 2) * 0.25
        start = min(max(self.x + self.width / 2 + lean, self.x + 8), self.x + self.width - 8)
        end = min(max(other.x + other.width / 2 - lean, other.x + 8), other.x + other.width - 8)
        return arrow(start, self.y + self.height, end, other.y - 2)


def arrow(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.0f}" y1="{y1:.0f}" x2="{x2:.0f}" y2="{y2:.0f}" marker-end="url(#arrow)"/>'


def drawing() -> str:
    """The whole SVG, the same for the same code."""
    packages = [name for floor in FLOORS for name in floor]
    graph = grimp.build_graph(*packages, *SHARED, cache_dir=None)
    parts, boxes, y = [], {}, float(MARGIN)
    for floor in FLOORS:
        rows = {name: rooms_in_rows(graph, name) for name in floor}
        height = max(package_height(len(rows[name])) for name in floor)
        for box in placed(floor, y, height):
            boxes[box.name] = box
            parts += package_drawn(box, rows[box.name], graph)
        y += height + GAP * 2
    between = imports_between(graph, [*packages, *SHARED])
    for box in placed(SHARED, y, HEAD + PAD + 22):
        users = ", ".join(name for name in packages if box.name in between[name])
        parts += [
            outline("package", box),
            *words(box, box.y + 20, f"{box.name}/", what_it_is(box.name), True),
        ]
        parts.append(small(box.x + 10, box.y + 42, f"imported by {users}"))
    arrows = essential({name: between[name] & boxes.keys() for name in boxes})
    lines = [boxes[name].line_to(boxes[other]) for name, other in arrows]
    return page(y + HEAD + PAD + 22 + MARGIN, lines + parts)


def imports_between(graph: grimp.ImportGraph, names: Iterable[str]) -> Graph:
    """Which of these packages imports which, themselves and all within them."""
    family = {name: {name} | graph.find_descendants(name) for name in names}
    home = {module: name for name, modules in family.items() for module in modules}
    found: Graph = {name: set() for name in family}
    for module, name in home.items():
        found[name] |= {
            home[used] for used in graph.find_modules_directly_imported_by(module) if used in home
        }
        found[name].discard(name)
    return found


def essential(graph: Graph) -> list[tuple[str, str]]:
    """The arrows that no others imply: the transitive reduction of an acyclic graph."""
    return sorted(
        (name, other)
        for name, others in graph.items()
        for other in others
        if not any(other in reachable(graph, between) for between in others - {other})
    )


def reachable(graph: Graph, start: str) -> set[str]:
    seen, ahead = {start}, [start]
    while ahead:
        new = graph[ahead.pop()] - seen
        seen |= new
        ahead += new
    return seen


def rooms_in_rows(graph: grimp.ImportGraph, package: str) -> list[list[str]]:
    """Its rooms, whoever imports above what is imported; none for a package without rooms."""
    if package not in WITH_ROOMS:
        return []
    rooms = sorted(name for name in graph.find_children(package) if graph.find_children(name))
    between = imports_between(graph, rooms)
    depth: dict[str, int] = {}
    while len(depth) < len(rooms):
        depth |= {
            room: 1 + max((depth[used] for used in between[room]), default=-1)
            for room in rooms
            if room not in depth and between[room] <= depth.keys()
        }
    return [[room for room in rooms if depth[room] == level] for level in sorted(set(depth.values()))[::-1]]


def package_height(rows: int) -> float:
    return HEAD + PAD + (rows * (ROOM_HEIGHT + ROOM_GAP) if rows else 22)


def placed(names: Iterable[str], y: float, height: float) -> list[Box]:
    """Beside each other, those with rooms wider."""
    names = list(names)
    weights = {name: 3.2 if name in WITH_ROOMS else 1.2 for name in names}
    free = WIDTH - 2 * MARGIN - GAP * (len(names) - 1)
    boxes, x = [], float(MARGIN)
    for name in names:
        width = free * weights[name] / sum(weights.values())
        boxes.append(Box(name, x, y, width, height))
        x += width + GAP
    return boxes


def package_drawn(box: Box, rows: list[list[str]], graph: grimp.ImportGraph) -> list[str]:
    parts = [outline("package", box)]
    parts += words(box, box.y + 20, f"{box.name}/", what_it_is(box.name), True)
    modules = ", ".join(module_names(graph, box.name))
    names = wrap(modules, int((box.width - 2 * PAD) / LETTER))
    top = box.y + HEAD + len(rows) * (ROOM_HEIGHT + ROOM_GAP) + (14 if not rows else 0)
    parts += [small(box.x + 10, top + 15 * number, line) for number, line in enumerate(names)]
    rooms: dict[str, Box] = {}
    for level, row in enumerate(rows):
        width = (box.width - 2 * PAD - 12 * (len(row) - 1)) / len(row)
        for place, name in enumerate(row):
            x, y = box.x + PAD + place * (width + 12), box.y + HEAD + level * (ROOM_HEIGHT + ROOM_GAP)
            rooms[name] = Box(name, x, y, width, ROOM_HEIGHT)
    parts += [rooms[name].line_to(rooms[other]) for name, other in essential(imports_between(graph, rooms))]
    for room in rooms.values():
        parts.append(outline("room", room))
        parts += words(room, room.y + 19, room.name.partition(".")[2], what_it_is(room.name), False)
    return parts


def module_names(graph: grimp.ImportGraph, package: str) -> list[str]:
    children = graph.find_children(package)
    return sorted(name.rpartition(".")[2] for name in children if not graph.find_children(name))


def outline(kind: str, box: Box) -> str:
    place = f'x="{box.x:.0f}" y="{box.y:.0f}" width="{box.width:.0f}" height="{box.height:.0f}"'
    return f'<rect class="{kind}" {place} rx="{8 if kind == "package" else 5}"/>'


def small(x: float, y: float, text: str) -> str:
    return f'<text class="what" x="{x:.0f}" y="{y:.0f}">{escape(text)}</text>'


def words(box: Box, y: float, name: str, what: str, beside: bool) -> list[str]:
    """A name, and below it (or beside it) what it is, as far as it fits."""
    x = box.x + 10
    below = (x + LETTER * 1.35 * len(name), y) if beside else (x, y + 17)
    room = int((box.x + box.width - 6 - below[0]) / LETTER)
    short = what if len(what) <= room else what[: max(0, room - 1)].rstrip(" ,;:") + "…"
    shown = [f'<text class="name" x="{x:.0f}" y="{y:.0f}">{escape(name)}</text>']
    return shown + ([small(*below, short)] if room > 12 else [])


def what_it_is(package: str) -> str:
    """The first clause of its docstring."""
    face = ROOT / package.replace(".", "/") / "__init__.py"
    said = (ast.get_docstring(ast.parse(face.read_text())) or "").split("\n")[0]
    return said.partition(". ")[0].rstrip(".")


def page(height: float, parts: Iterable[str]) -> str:
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" role="img" '
        'aria-label="The packages and rooms of the code; arrows mean imports">\n'
        f"<style>{STYLE}</style>\n"
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0 0 8 4 0 8z"/></marker></defs>\n'
        f"{body}\n</svg>\n"
    )


def main() -> None:
    DRAWING.write_text(drawing())
    print(f"drawn: {DRAWING.relative_to(ROOT)}")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
