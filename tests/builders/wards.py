"""Wards as GeoJSON: squares side by side."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Ring = list[list[float]]
THUAN_HOA = [[107.57, 16.45], [107.60, 16.45], [107.60, 16.48], [107.57, 16.48], [107.57, 16.45]]
PHU_XUAN = [[107.54, 16.45], [107.57, 16.45], [107.57, 16.48], [107.54, 16.48], [107.54, 16.45]]
BOTH: Mapping[str, Ring] = {"Phường Thuận Hóa": THUAN_HOA, "Phường Phú Xuân": PHU_XUAN}


def feature(name: str, *rings: Ring) -> dict[str, Any]:
    """One ward."""
    geometry = {"type": "Polygon", "coordinates": list(rings)}
    return {"type": "Feature", "properties": {"name": name}, "geometry": geometry}


def write_wards(folder: Path, features: Sequence[Any] | None = None, **more: Any) -> Path:
    """A file of wards; of two where none are named."""
    path = folder / "wards.geojson"
    listed = [feature(name, ring) for name, ring in BOTH.items()] if features is None else list(features)
    path.write_text(json.dumps({"type": "FeatureCollection", "features": listed} | more), "utf-8")
    return path
