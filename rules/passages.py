"""From a counting rule's event to what is counted."""

from domain.event import Event, Passage


def passage_of(event: Event) -> Passage:
    """What an event of a rule of kind count stands for; it says ``direction`` and ``lane`` as measurements."""
    return Passage(
        at=event.ended_at,
        place_id=event.zone_ids[0],
        direction=str(event.measurements["direction"]),
        lane_id=str(event.measurements["lane"]),
        label=event.subject.label,
    )
