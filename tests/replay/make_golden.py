"""Write the golden cases anew; look at the difference before you commit it: ``python -m tests.replay.make_golden``."""

import json
import tempfile
from pathlib import Path
from typing import Any

from domain.law.catalogue import built_in_catalogue
from domain.plates import reasons as plate_reasons
from edge.configuration.camera_files import read_camera_file
from edge.run.detection_log import DetectionLog
from edge.run.signal_log import read_signal_log
from matthan.replay.replay import Replay
from matthan.replay.replay_evidence import NoPlates
from tests.replay.scenarios import FOLDER, write_junction, write_street

GOLDEN = FOLDER / "golden"


def found_in(name: str, folder: Path) -> list[dict[str, Any]]:
    """The cases of a scenario as JSON; the software's version is left out, since it changes with every release."""
    signals: Path | None = None
    if name == "junction":
        detections, signals = write_junction(folder)
    else:
        detections = write_street(folder)
    replay = Replay(
        read_camera_file(FOLDER / "cameras" / f"{name}.yaml"),
        () if signals is None else read_signal_log(signals),
        box_id="golden",
        catalogue=built_in_catalogue(),
        evidence=NoPlates(plate_reasons.REPLAYED_LOG),
    )
    result = replay.log(DetectionLog(detections))
    cases = [json.loads(line) for line in result.lines()]
    for case in cases:
        del case["provenance"]["software_version"]
    refused = [{"rule": rule, "reason": reason, "count": count} for (rule, reason), count in result.refusals.items()]
    return [*cases, *refused]


def main() -> None:
    """Write every golden file."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("junction", "street"):
            lines = [json.dumps(item, ensure_ascii=False, sort_keys=True) for item in found_in(name, Path(folder))]
            (GOLDEN / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
