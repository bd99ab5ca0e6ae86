"""What the law or the city says of an offence beside its row in the catalogue."""

REMINDED_FIRST = frozenset(
    {
        "PARK_PAVEMENT",
        "VENDOR_STREET",
        "PUSHCART",
        "PAVEMENT_TRADE",
        "PAVEMENT_MACHINERY",
        "PAVEMENT_NO_PERMIT",
        "OBSTACLE",
    }
)
"""Acts on a pavement of which the ward may remind before anybody is fined (case-states, sidewalk branch)."""
