"""What a package's maker says of its files, in the reader's language where it is always said in the same words."""

import re
from typing import Final

from api.cases.clone_files import ALSO_HIDDEN, CUT_OFF, OWN_SHOWN
from api.citizens.report_cases import NO_FILM
from api.console.words import Language, translate

_CITIZEN: Final = re.compile(r"(?P<name>\S+) is a citizen's file without sound and metadata; ")
_WHOLE: Final = {ALSO_HIDDEN: "remark_also_hidden", OWN_SHOWN: "remark_own_shown"}
_ENDINGS: Final = {CUT_OFF: "remark_cut_off", NO_FILM: "remark_no_film"}
_NO_COPIES: Final = "no blurred copies: "


def remark_text(remark: str, language: Language) -> str:
    """A remark as a person reads it.

    Args:
        remark: of a manifest.
        language: of the reader.
    """
    if remark in _WHOLE:
        return translate(language, _WHOLE[remark])
    for ending, word in _ENDINGS.items():
        if remark.endswith(ending):
            return f"{remark.removesuffix(ending)}: {translate(language, word)}"
    if found := _CITIZEN.match(remark):
        return f"{found['name']}: {translate(language, 'remark_citizen')}"
    if remark.startswith(_NO_COPIES):
        return f"{translate(language, 'remark_no_copies')}: {remark.removeprefix(_NO_COPIES)}"
    return f"{translate(language, 'lost_elsewhere')}: {remark}"
