"""What is collected from the front-end packages, and that the templates name nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from quanheng.portal import frontend

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = ROOT / "node_modules"


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    assert PACKAGES.is_dir(), "front-end packages are missing: run npm ci"
    target = tmp_path_factory.mktemp("front") / "vendor"
    assert frontend.collect(PACKAGES, target)
    return target


def test_small_and_complete(collected: Path) -> None:
    files = [path for path in collected.rglob("*") if path.is_file()]
    fonts = [path for path in files if path.suffix == ".ttf"]
    assert {font.name for font in fonts} == {"NotoSansSC-Regular.ttf", "NotoSansSC-Bold.ttf"}
    assert sum(path.stat().st_size for path in files if path not in fonts) < 2_500_000
    assert (collected / "base.css").read_text(encoding="utf-8").startswith("@layer base{")


def test_collecting_again_replaces_the_folder(collected: Path) -> None:
    stray = collected / "stray.txt"
    stray.write_text("old", encoding="utf-8")
    frontend.collect(PACKAGES, collected)
    assert not stray.exists()
    assert not collected.with_name("vendor.new").exists()


@pytest.mark.parametrize(("name", "count", "first"), [("tianjin", 16, "120101"), ("liaoning", 14, "210100")])
def test_maps_are_plain_geojson_in_the_right_place(collected: Path, name: str, count: int, first: str) -> None:
    features = json.loads((collected / "maps" / f"{name}.json").read_text(encoding="utf-8"))["features"]
    assert len(features) == count
    assert features[0]["properties"]["adcode"] == first
    for feature in features:
        shape = feature["geometry"]
        parts = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
        for ring in (ring for part in parts for ring in part):
            assert len(ring) >= 3
            assert all(115 < x < 126 and 38 < y < 44 for x, y in ring)


def test_every_icon_that_is_named_is_collected(collected: Path) -> None:
    sprite = (collected / "icons.svg").read_text(encoding="utf-8")
    assert set(re.findall(r'<symbol id="([^"]+)"', sprite)) == set(frontend.ICONS)
    templates = [*(ROOT / "quanheng").rglob("templates/**/*.html")]
    named = {name for path in templates for name in re.findall(r'{% icon "([^"]+)"', path.read_text(encoding="utf-8"))}
    assert named
    assert named <= set(frontend.ICONS)


def test_no_template_has_inline_style_or_script() -> None:
    for path in (ROOT / "quanheng").rglob("templates/**/*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\sstyle=|\son[a-z]+=\"|<style", text), path
        for script in re.findall(r"<script\b[^>]*>", text):
            assert "src=" in script or "application/json" in script, path


def test_lock_file_names_no_address() -> None:
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text(encoding="utf-8")
