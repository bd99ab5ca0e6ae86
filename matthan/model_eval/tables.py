"""What was measured, as Markdown tables."""

from collections.abc import Mapping, Sequence
from datetime import date

from matthan.model_eval.average_precision import ClassResult
from matthan.model_eval.chain import VisitResult, chain_rows
from matthan.model_eval.detecting import DetectorFigures, mean, mean_of_enough
from matthan.model_eval.groups import GROUPINGS, group_of, in_order
from matthan.model_eval.intervals import format_share
from matthan.model_eval.reading import PlateResult, ReadingFigures, counted
from matthan.model_eval.telling import CANNOT_TELL, Told, confusion_rows, share_rows

Row = tuple[str, ...]
DOUBTED_LENGTH = 0.9


def table(head: Row, rows: Sequence[Row]) -> str:
    """A Markdown table.

    Examples:
        >>> print(table(("a", "b"), [("1", "2")]))
        | a | b |
        |---|---|
        | 1 | 2 |
    """
    lines = [head, *rows]
    written = [f"| {' | '.join(line)} |" for line in lines]
    return "\n".join([written[0], "|" + "---|" * len(head), *written[1:]])


def detector_table(all_figures: Sequence[DetectorFigures]) -> str:
    """mAP50 with its 95 % interval and mAP50-95, by class and by size of the objects, and what is found at work.

    Args:
        all_figures: of one set of pictures, at least one.
    """
    labels = sorted({label for one in all_figures for label in one.classes})
    head = ("mAP50 (95 % interval) / mAP50-95", "objects", *map(_column, all_figures))
    rows: list[Row] = []
    for label in labels:
        found = [one.classes.get(label) for one in all_figures]
        objects = next(one.objects for one in found if one is not None)
        rows.append((label, str(objects), *(_cell(one) for one in found)))
    if len(labels) > 1:
        objects = sum(one.objects for one in all_figures[0].of_counted(all_figures[0].classes).values())
        rows.append(("**mean**", str(objects), *map(_mean_cell, all_figures)))
        enough = (_pair(mean_of_enough(figures.of_counted(figures.classes))) for figures in all_figures)
        rows.append(("mean of classes with 10 objects or more", "", *enough))
    for size in all_figures[0].sizes:
        objects = sum(one.objects for one in all_figures[0].of_counted(all_figures[0].sizes[size]).values())
        means = (_pair(mean(figures.of_counted(figures.sizes[size]))) for figures in all_figures)
        rows.append((f"{size} objects, mean", str(objects), *means))
    for label in labels if len(labels) > 1 else []:
        shares = (_shares(figures.classes.get(label)) for figures in all_figures)
        rows.append((f"recall / precision of {label} at the working score", "", *shares))
    every = [one.finds for one in all_figures]
    rows.append(("recall of all at the working score", "", *(format_share(one.right, one.objects) for one in every)))
    rows.append(("precision there", "", *(format_share(one.right, one.right + one.false) for one in every)))
    rows.append(("false finds a picture there", "", *(f"{one.false / one.pictures:.2f}" for one in every)))
    notes = [f"{one.name} does not know: {', '.join(one.unknown)}." for one in all_figures if one.unknown]
    if any(figures.counted != figures.classes.keys() for figures in all_figures):
        notes.append(
            f"Means and sums are over what all know: {', '.join(sorted(all_figures[0].counted)) or 'nothing'}."
        )
    return "\n".join([table(head, rows), *([""] if notes else []), *dict.fromkeys(notes)])


def folders_table(all_figures: Sequence[DetectorFigures]) -> str:
    """Recall and precision at the working score by the pictures' folder, so that a mean cannot hide a camera."""
    rows: list[Row] = []
    for folder, first in sorted(all_figures[0].folders.items()):
        finds = [one.folders[folder] for one in all_figures]
        cells = (
            f"{format_share(one.right, one.objects)} / {format_share(one.right, one.right + one.false)}"
            for one in finds
        )
        rows.append((folder, str(first.pictures), str(first.objects), *cells))
    return table(("recall / precision by folder", "pictures", "objects", *map(_column, all_figures)), rows)


def told_table(results: Mapping[str, Sequence[Told]], labels: Sequence[str], *, groups: bool, things: str) -> str:
    """What was told of heads or lights, and precision and recall with their intervals.

    Args:
        results: of one set, by network.
        labels: of all these networks.
        groups: also by folder and width.
        things: what the labelled boxes are.
    """
    confused = [row for name, some in results.items() for row in confusion_rows(name, some, labels)]
    shares = [row for name, some in results.items() for row in share_rows(name, some, labels, groups=groups)]
    columns = (f"{label}: precision / recall" for label in labels)
    first = table(("network", "truth", *(f"told {one}" for one in (*labels, CANNOT_TELL))), confused)
    return f"{first}\n\n{table(('network', 'by', 'group', things, *columns), shares)}"


def reading_table(results: Mapping[str, Sequence[PlateResult]]) -> str:
    """Whole plates read right, by reader and layout.

    Args:
        results: of one set of plates, by reader.
    """
    head = (
        "reader",
        "layout",
        "plates",
        "read right as it is",
        "right after the grammar",
        "lawful but wrong",
        "character errors",
        "calibration error of characters",
    )
    rows: list[Row] = []
    for name, all_results in results.items():
        for layout in ("one_line", "two_lines", "all"):
            some = [one for one in all_results if layout in ("all", one.layout)]
            if some:
                rows.append((name, layout.replace("_", " "), *_reading_cells(counted(some))))
    return table(head, rows)


def reading_groups_table(results: Mapping[str, Sequence[PlateResult]], on: date) -> str:
    """Plates right after the grammar by every grouping, readers side by side, and what the worst group is.

    Args:
        results: of one set of plates, by reader.
        on: the day whose grammar holds.
    """
    rows: list[Row] = []
    for by in GROUPINGS:
        groups = {
            name: [group_of(one.truth, one.layout, one.width_px, by, on) for one in some]
            for name, some in results.items()
        }
        for group in in_order([one for some in groups.values() for one in some]):
            mine = {
                name: [one for one, its in zip(some, groups[name], strict=True) if its == group]
                for name, some in results.items()
            }
            plates = {(one.name, one.truth) for some in mine.values() for one in some}
            texts = {truth for _, truth in plates}
            cells = (
                f"{format_share(sum(one.repaired == one.truth for one in some), len(some))}, "
                f"wrong {sum(one.repaired not in (None, one.truth) for one in some)}"
                for some in mine.values()
            )
            rows.append((by, group, str(len(plates)), str(len(texts)), *cells))
    return table(("by", "group", "pictures", "plates", *results), rows)


def length_table(results: Mapping[str, Sequence[PlateResult]]) -> str:
    """Whether the chance of the length tells the reads that have a character too many or too few."""
    rows: list[Row] = []
    for name, some in results.items():
        right = [one for one in some if one.read.text == one.truth]
        longer = [one for one in some if len(one.read.text) != len(one.truth)]
        cells = (
            format_share(sum(one.read.length_chance < DOUBTED_LENGTH for one in part), len(part))
            for part in (longer, right)
        )
        rows.append((name, str(len(longer)), *cells))
    below = f"length chance under {DOUBTED_LENGTH:g}"
    return table(("reader", "reads of a wrong length", f"of them {below}", f"of right reads {below}"), rows)


def chain_table(results: Mapping[str, Sequence[VisitResult]], on: date) -> str:
    """How visits ended, by chain and group."""
    head = ("chain", "by", "group", "visits", "told right", "told wrong (95 % interval)", "unread")
    return table(head, [(name, *row) for name, some in results.items() for row in chain_rows(some, on)])


def _reading_cells(figures: ReadingFigures) -> Row:
    error = figures.calibration_error
    return (
        str(figures.plates),
        format_share(figures.exact, figures.plates),
        format_share(figures.exact_lawful, figures.plates),
        str(figures.wrong_lawful),
        f"{100 * figures.character_error_rate:.2f} %",
        "-" if error is None else f"{error:.4f}",
    )


def _column(figures: DetectorFigures) -> str:
    width, height = figures.input_size_wh
    return f"{figures.name} {width}x{height} at {figures.working_score:g}"


def _cell(result: ClassResult | None) -> str:
    if result is None:
        return "-"
    return f"{result.ap50:.3f}{_interval(result.ap50_interval)} / {result.ap:.3f}"


def _interval(interval: tuple[float, float] | None) -> str:
    return "" if interval is None else f" ({interval[0]:.3f}..{interval[1]:.3f})"


def _mean_cell(figures: DetectorFigures) -> str:
    means = mean(figures.of_counted(figures.classes))
    return "-" if means is None else f"{means[0]:.3f}{_interval(figures.mean_interval)} / {means[1]:.3f}"


def _shares(result: ClassResult | None) -> str:
    if result is None:
        return "-"
    return f"{format_share(result.right, result.objects)} / {format_share(result.right, result.right + result.false)}"


def _pair(values: tuple[float, float] | None) -> str:
    return "-" if values is None else f"{values[0]:.3f} / {values[1]:.3f}"
