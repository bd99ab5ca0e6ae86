"""The console's own browser components."""

from collections.abc import Mapping, Sequence
from typing import Any

from nicegui.element import Element

from api.console.words import WORDS, Language, say


class EvidencePlayer(Element, component="evidence_player.js"):
    """Plays the original clips of a case and draws the overlay on a canvas in step with the picture.

    Args:
        clips: as ``api.console.dossier.clips`` gives them.
        overlay_url: the package's overlay data, None when there is none.
        language: of the controls.
    """

    def __init__(self, clips: Sequence[Mapping[str, Any]], overlay_url: str | None, language: Language) -> None:
        super().__init__()
        self._props["clips"] = list(clips)
        self._props["overlay_url"] = overlay_url
        self._props["words"] = _words(language, "play", "back", "forward", "speed", "overlay", "no_clip", "cannot_play")

    def show(self, clip: str, offset_s: float) -> None:
        """Show one instant of one clip."""
        self.run_method("show", clip, offset_s)


class LoginForm(Element, component="login_form.js"):
    """Asks for name and password and hands them to the API, never to this process' pages.

    Args:
        target: where to go after signing in.
        language: of the labels.
    """

    def __init__(self, target: str, language: Language) -> None:
        super().__init__()
        self._props["target"] = target
        self._props["words"] = _words(
            language, "username", "password", "sign_in", "wrong_login", "too_many_logins", "centre_fault"
        )


def _words(language: Language, *keys: str) -> dict[str, str]:
    missing = [key for key in keys if key not in WORDS]
    if missing:
        msg = f"the console has no words for {', '.join(missing)}"
        raise KeyError(msg)
    return {key: say(language, key) for key in keys}
