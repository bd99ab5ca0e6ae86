"""What people make of a reminder: what the ward did at the place, or that the machine was wrong."""

import unicodedata
from collections.abc import Mapping
from enum import StrEnum


class ReminderOutcome(StrEnum):
    """What a person says of a reminder."""

    REMINDED = "reminded"  # asked to clear the place
    SIGNED = "signed"  # signed a promise, or the record of the reminder
    CLEARED = "cleared"  # seen free by whoever was there
    CAME_BACK = "came_back"  # occupied again, as seen by whoever was there
    NOT_SO = "not_so"  # nothing stood there, or it may stand there; needs a reason


_PREFIXES = ("phuong-", "xa-", "thi-tran-", "p-")


def ward_key(ward: str) -> str:
    """The name of a ward as accounts and topics use it: the same for all ways of writing the ward; may be empty.

    Examples:
        >>> ward_key("Phường Thuận Hóa"), ward_key("Thuận Hoá"), ward_key("  PHÚ XUÂN "), ward_key("?")
        ('thuan-hoa', 'thuan-hoa', 'phu-xuan', '')
    """
    spread = unicodedata.normalize("NFD", ward.lower().replace("đ", "d"))
    bare = "".join(sign for sign in spread if not unicodedata.combining(sign))
    words = "".join(sign if sign.isascii() and sign.isalnum() else " " for sign in bare).split()
    key = "-".join(words)
    for prefix in _PREFIXES:
        key = key.removeprefix(prefix)
    return key[:63].strip("-")


def one_spelling(cases_by_name: Mapping[str, int]) -> dict[str, str]:
    """By each name of a ward: the one under which all its cases are told, that of most of them.

    Examples:
        >>> one_spelling({"Phường Thuận Hóa": 2, "Thuận Hoá": 5, "Phú Xuân": 1, "": 3})
        {'Phường Thuận Hóa': 'Thuận Hoá', 'Thuận Hoá': 'Thuận Hoá', 'Phú Xuân': 'Phú Xuân', '': ''}
    """
    by_key: dict[str, list[str]] = {}
    for name in sorted(cases_by_name, key=lambda each: (-cases_by_name[each], each)):
        by_key.setdefault(ward_key(name) or name, []).append(name)
    told = {name: names[0] for names in by_key.values() for name in names}
    return {name: told[name] for name in cases_by_name}
