"""Lets these recipes import the street detector's (``models/street``), whose parts they share."""

import sys
from pathlib import Path

STREET = Path(__file__).resolve().parents[2] / "street"
if str(STREET) not in sys.path:
    sys.path.append(str(STREET))
