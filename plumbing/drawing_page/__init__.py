"""The page on which a camera's zones are drawn: files for a browser, served by a box's installer and by the centre."""

from importlib import resources
from pathlib import Path
from typing import Final

TYPES: Final = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}
_SHARED: Final = frozenset({"page.css", "words.js", "details.js", "page.js"})


def page_file(name: str, *, store: str, token: str = "") -> tuple[str, bytes] | None:
    """A file of the page with its media type; None where there is none of that name.

    Args:
        name: ``page.html`` is the page itself.
        store: the script that loads and saves: ``box.js`` or ``centre.js``.
        token: what the page shows when it saves; empty: nothing is asked for.
    """
    if name not in _SHARED | {"page.html", store}:
        return None
    content = (resources.files("plumbing.drawing_page") / name).read_bytes()
    content = content.replace(b"{{token}}", token.encode()).replace(b"{{store}}", store.encode())
    return TYPES[Path(name).suffix], content
