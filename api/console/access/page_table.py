"""Every page of the console and the permission that it asks for; there is no page beside these."""

from collections.abc import Mapping

from api.principals import Permission

PAGES: Mapping[str, Permission] = {
    "/": Permission.CASES_READ,
    "/precision": Permission.CASES_READ,
    "/alerts": Permission.ALERTS_READ,
    "/reminders": Permission.REMINDERS_READ,
    "/reports": Permission.REPORTS_READ,
    "/police": Permission.QUEUE_USE,
    "/counts": Permission.COUNTS_READ,
    "/search": Permission.CASES_READ,
    "/plates": Permission.PLATES_LOOK_UP,
    "/sightings": Permission.PLATES_LOOK_UP,
    "/look-ups": Permission.AUDIT_READ,
    "/record": Permission.AUDIT_READ,
    "/map": Permission.HEALTH_READ,
    "/camera": Permission.HEALTH_READ,
    "/oversight": Permission.COUNTS_READ,
    "/figures": Permission.COUNTS_READ,
    "/exports": Permission.EXPORTS_READ,
    "/account": Permission.SELF_READ,
    "/boxes": Permission.HEALTH_READ,
}
"""By path below ``/console``. ``/console/login`` needs nobody, nor do the files of ``/console/draw/``: what they show
and save goes by the API."""
