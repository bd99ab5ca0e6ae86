"""Who receives a case: by the catalogue's sanction route, by vehicle, and by what the centre prefers.

A row's ``sanction_route`` names everybody who may fine the act. Of those, an act with a vehicle goes to the first that
the row names, since its owner is found by the plate; an act of a person or business goes to the ward's own people,
since identity comes from whoever is on the spot (privacy rules, 5). A centre may prefer others of the same row, and
nobody else.
"""

from collections.abc import Collection
from enum import StrEnum


class Receiver(StrEnum):
    """Everybody whom sanction routes name; the name of a police queue too."""

    TRAFFIC_POLICE = "traffic_police"  # of the city
    ORDER_POLICE = "order_police"  # of the city
    COMMUNE_POLICE = "commune_police"  # of a ward
    COMMUNE_CHAIR = "commune_chair"  # the People's Committee of a ward


OF_A_WARD = frozenset({Receiver.COMMUNE_POLICE, Receiver.COMMUNE_CHAIR})
"""Who acts within one ward: where the ward is not known, nobody knows which."""
WITHOUT_VEHICLE = "person/organisation"  # as the catalogue writes it
_ON_THE_SPOT = (Receiver.COMMUNE_POLICE, Receiver.COMMUNE_CHAIR)


def may_fine(sanction_route: str) -> tuple[Receiver, ...]:
    """Whom a route names, in its order; nobody where the catalogue has not confirmed it.

    Examples:
        >>> [each.value for each in may_fine("traffic_police|commune_police")]
        ['traffic_police', 'commune_police']
        >>> may_fine("unconfirmed")
        ()
    """
    known = {each.value: each for each in Receiver}
    return tuple(known[part] for part in sanction_route.split("|") if part in known)


def receiver_of(sanction_route: str, vehicle_kind: str, *, preferred: Collection[Receiver] = ()) -> Receiver | None:
    """Who receives a case.

    Args:
        sanction_route: of the catalogue's row.
        vehicle_kind: of the row.
        preferred: by the centre, for this act at this place, the first before the others.

    Returns:
        None: the catalogue has not confirmed who may fine it.

    Examples:
        >>> receiver_of("traffic_police|commune_police", "motorbike").value
        'traffic_police'
        >>> receiver_of("traffic_police|order_police|commune_chair", "person/organisation").value
        'commune_chair'
        >>> receiver_of("traffic_police", "car", preferred=[Receiver.COMMUNE_POLICE]).value
        'traffic_police'
    """
    may = may_fine(sanction_route)
    wanted = (*preferred, *(_ON_THE_SPOT if vehicle_kind == WITHOUT_VEHICLE else ()), *may)
    return next((each for each in wanted if each in may), None)
