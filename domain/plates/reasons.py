"""Why a whole case's plate is unread, in the words that a case carries; what one read was dropped for says the read."""

NOT_READ_YET = "the plate has not been read yet"  # of a case whose package is not built
NO_READER = "no plate reader is configured on this box"
BICYCLE = "a bicycle carries no number plate"
NO_VEHICLE = "the case is not about a vehicle"
NO_MEDIA = "the package holds no video to read a plate in"
NOT_OBSERVED = "the vehicle was not observed in any picture of the package's clips"
NOT_DECODED = "no picture of the vehicle could be decoded from the package's clips"
NOT_KEPT = "the picture that shows the plate could not be kept"
READING_FAILED = "reading the plate failed"
REPLAYED_LOG = "replayed from a log: no pictures"
REPLAYED_PICTURES = "replayed from a folder of pictures: no original video"
MAY_BE_COVERED = "a plate was seen large in several pictures and none could be read: it may be covered, bent or dirty"
"""Of the plate pipeline: the reviewer is to look, and whoever gets the case is told."""

OF_THE_CASE = (
    NOT_READ_YET,
    NO_READER,
    BICYCLE,
    NO_VEHICLE,
    NO_MEDIA,
    NOT_OBSERVED,
    NOT_DECODED,
    NOT_KEPT,
    READING_FAILED,
    REPLAYED_LOG,
    REPLAYED_PICTURES,
)
"""Reasons that the box itself gives; those of the plate pipeline stand in ``detectors/plates``."""

NOT_LOOKED_FOR = frozenset({NOT_READ_YET, NO_READER, BICYCLE, NO_VEHICLE, NO_MEDIA, REPLAYED_LOG, REPLAYED_PICTURES})
"""With these no picture was looked at, so that they say nothing of how well a camera's plates can be read."""
