"""What was measured, as JSON for other programs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from matthan.model_eval.average_precision import ClassResult
from matthan.model_eval.chain import VisitResult
from matthan.model_eval.detecting import DetectorFigures
from matthan.model_eval.reading import PlateResult, counted
from matthan.model_eval.telling import Told


def detector_document(all_figures: Sequence[DetectorFigures]) -> str:
    """Everything that is known of each network at each size; a list."""
    return _text(
        [
            {
                "network": one.name,
                "input_size_wh": one.input_size_wh,
                "working_score": one.working_score,
                "classes": _classes(one.classes),
                "sizes": {size: _classes(classes) for size, classes in one.sizes.items()},
                "mean_ap50_interval": one.mean_interval,
                "unknown": one.unknown,
                "counted": sorted(one.counted),
                "finds": asdict(one.finds),
                "folders": {folder: asdict(finds) for folder, finds in one.folders.items()},
            }
            for one in all_figures
        ]
    )


def told_document(results: Mapping[str, Sequence[Told]]) -> str:
    """Every head or light as it is and as it was told, by network."""
    return _text({name: [asdict(one) for one in some] for name, some in results.items()})


def chain_document(results: Mapping[str, Sequence[VisitResult]]) -> str:
    """Every visit as it is and as it was told, or why it was not, by reader."""
    return _text({name: [asdict(one) for one in some] for name, some in results.items()})


def reading_document(results: Mapping[str, Sequence[PlateResult]]) -> str:
    """By reader: figures by layout, and what was read of each plate."""
    return _text(
        {
            name: {
                "layouts": {
                    layout: asdict(counted(some))
                    for layout in ("one_line", "two_lines", "all")
                    if (some := [one for one in all_results if layout in ("all", one.layout)])
                },
                "plates": [
                    {
                        "picture": one.name,
                        "truth": one.truth,
                        "layout": one.layout,
                        "read": one.read.text,
                        "confidences": [round(confidence, 4) for confidence in one.read.confidences],
                        "lawful": one.repaired,
                    }
                    for one in all_results
                ],
            }
            for name, all_results in results.items()
        }
    )


def _classes(results: Mapping[str, ClassResult]) -> dict[str, object]:
    return {label: asdict(one) for label, one in results.items()}


def _text(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2)
