"""The console's own browser components."""

from collections.abc import Mapping, Sequence
from typing import Any

from nicegui import ui
from nicegui.element import Element

from api.console.words import WORDS, Language, translate
from domain.cases.act_words import VALUE_WORDS
from domain.seen.timeline import SignalState


class EvidencePlayer(Element, component="assets/evidence_player.js"):
    """Plays the original clips of a case, with privacy masks and overlay on a canvas in step with the picture.

    It emits ``progress``: seconds of the decisive parts that have really played in the foreground.

    Args:
        clips: as ``api.console.review.dossier.clips`` gives them.
        overlay_url: the package's overlay data, None when there is none: then the video is not shown.
        language: of the controls.
    """

    def __init__(self, clips: Sequence[Mapping[str, Any]], overlay_url: str | None, language: Language) -> None:
        super().__init__()
        self._props["clips"] = list(clips)
        self._props["overlay_url"] = overlay_url
        self._props["words"] = {
            **_words(
                language, "play", "back", "forward", "speed", "loop", "overlay", "no_clip", "cannot_play", "no_overlay"
            ),
            "signals": {state.value: translate(language, f"signal.{state}") for state in SignalState},
            "labels": {kind: words.vi if language == "vi" else words.en for kind, words in VALUE_WORDS.items()},
        }

    def show(self, clip: str, offset_s: float) -> None:
        """Show one instant of one clip."""
        self.run_method("show", clip, offset_s)


class ReadyPart(Element, component="assets/ready_part.js"):
    """A part of the page that lies ready out of sight until it is shown."""

    def __init__(self) -> None:
        super().__init__()
        self._props["shown"] = False

    def show(self) -> None:
        """Put it in its place, as it is."""
        self._props["shown"] = True
        self.update()


class CaseStills(Element, component="assets/case_stills.js"):
    """The stills of a case in a row, and one at a time over the whole window, with zoom and pan.

    It emits ``seek`` with a still's place in the row.

    Args:
        pictures: url, title and time of each picture.
        stills: the places of a still and of its crop (or None) among the pictures.
        language: of the controls.
    """

    def __init__(
        self, pictures: Sequence[Mapping[str, str]], stills: Sequence[tuple[int, int | None]], language: Language
    ) -> None:
        super().__init__()
        self._props["pictures"] = tuple(pictures)
        self._props["stills"] = tuple({"full": full, "crop": crop} for full, crop in stills)
        self._props["words"] = _words(
            language,
            *("previous", "next", "smaller", "larger", "close_picture", "stills", "open_picture", "show_in_clip"),
        )

    def open(self, index: int) -> None:
        """Open at one picture."""
        self.run_method("open", index)


class PlateParts(Element, component="assets/plate_card.js"):
    """A plate as one element; what is laid out within it stands between its text and its pictures.

    Args:
        card: as ``api.console.review.plates.view`` makes it.
        language: of the headings.
    """

    def __init__(self, card: Mapping[str, Any], language: Language) -> None:
        super().__init__()
        self._props["card"] = dict(card)
        self._props["words"] = _words(
            language,
            *("plate", "unread", "weak_characters", "plate_crop", "plate_full", "plate_reads", "plate_networks"),
            *("when", "read_text", "read_confidence", "read_fate"),
        )


class OtherCasePart(Element, component="assets/other_case.js"):
    """Another case beside the open one, as one element; what is laid out within it stands under its stills.

    Args:
        other: as ``api.console.review.other_cases`` makes it.
    """

    def __init__(self, other: Mapping[str, Any]) -> None:
        super().__init__()
        self._props["other"] = dict(other)


class FactRows(Element, component="assets/fact_rows.js"):
    """Rows of words, as one element: each element costs the loop that serves every page 0.12 ms of CPU.

    Args:
        rows: as ``text_row`` and ``pair_row`` make them.
    """

    def __init__(self, rows: Sequence[Mapping[str, Any]]) -> None:
        super().__init__()
        self._props["rows"] = tuple(rows)  # no list, so that NiceGUI does not watch it


def text_row(text: str, classes: str) -> dict[str, Any]:
    """A row of one text."""
    return {"classes": classes, "text": text}


def pair_row(left: str, right: str, *, classes: str = "mt-fact", right_classes: str = "") -> dict[str, Any]:
    """A row of two texts."""
    return {"classes": classes, "cells": ({"text": left}, {"text": right, "classes": right_classes})}


class KeysList(Element, component="assets/keys_list.js"):
    """The keys of a page.

    Args:
        words: what each does, by keys with spaces between them.
    """

    def __init__(self, words: Mapping[str, str]) -> None:
        super().__init__()
        self._props["rows"] = tuple({"keys": tuple(keys.split()), "words": text} for keys, text in words.items())


class CaseRows(Element, component="assets/case_rows.js"):
    """The rows of the list; it emits ``open`` with the id of the row that was pressed.

    Args:
        language: of everything shown.
    """

    def __init__(self, language: Language) -> None:
        super().__init__()
        self._unserved = True
        self._props["rows"] = []
        self._props["chosen"] = ""
        self._props["words"] = _words(language, "empty")

    def renew(self, before: Mapping[str, dict[str, str]], now: Mapping[str, dict[str, str]]) -> None:
        """Send what differs, if anything does."""
        changed = [[key, row] for key, row in now.items() if before.get(key) != row]
        order = list(now)
        if self._unserved:  # the first rows stand in the page itself
            self._unserved = False
            self._props["rows"] = changed
            return
        same_order = order == list(before)
        if changed or not same_order:
            self.run_method("patch", changed, None if same_order else order)

    def choose(self, case_id: str) -> None:
        """Mark a row."""
        self.run_method("choose", case_id)


def _words(language: Language, *keys: str) -> dict[str, str]:
    missing = [key for key in keys if key not in WORDS]
    if missing:
        msg = f"the console has no words for {', '.join(missing)}"
        raise KeyError(msg)
    return {key: translate(language, key) for key in keys}


def document_link(words: str, address: str, *, new_tab: bool = False) -> Element:
    """A link to a document of the centre's doors; a page's own kind of link leads to pages of the console only.

    Args:
        words: of the link.
        address: of the document, from the root of the centre.
        new_tab: it opens beside the page.
    """
    with Element("a").classes("nicegui-link") as link:
        ui.label(words)
    link.props["href"] = address
    if new_tab:
        link.props["target"], link.props["rel"] = "_blank", "noopener"
    return link
