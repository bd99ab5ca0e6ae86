"""What to do about each kind of problem, in one sentence an installer can follow."""

from collections.abc import Mapping
from typing import Final

from domain.fleet.health import ProblemCode

REMEDIES: Final[Mapping[ProblemCode, str]] = {
    ProblemCode.CAMERA_LOST: "Check the camera's power and network, then its address, user and password.",
    ProblemCode.CAMERA_STALLED: "Restart the camera; if it comes again, check its network and its other clients.",
    ProblemCode.NOT_JUDGED: "Look at the other problems of this camera; without one, restart the box and report it.",
    ProblemCode.UNDECODABLE: "Set the camera to plain H.264 or H.265 (no smart codec), then restart it.",
    ProblemCode.DAMAGED_STRETCH: "Check the network between camera and box for loss; use TCP; lower the bit rate.",
    ProblemCode.STAMPS_UNUSABLE: "Update the camera's firmware or switch its smart coding off; times are less exact.",
    ProblemCode.STREAMS_UNPAIRED: "Let both streams of the camera send RTCP sender reports, at the same picture rate.",
    ProblemCode.CAMERA_CLOCK_WRONG: "Set the camera's time zone and NTP server.",
    ProblemCode.RULES_SUSPENDED: "Give camera and box the same NTP server; rules run again when the clock is sure.",
    ProblemCode.RULES_BROKEN: "Report it with the log; the rules of this camera are tried again by themselves.",
    ProblemCode.CAMERA_FAULT: "Report it with the log; the camera and all others go on, what failed is tried again.",
    ProblemCode.CASES_NOT_STORED: "Check space and rights of data_dir, now; a restart loses what waits.",
    ProblemCode.DETECTION_FAILING: "Check memory and, where there is one, the accelerator; then restart the box.",
    ProblemCode.ANALYSIS_BEHIND: "Lower analysed_fps, or take a camera off this box.",
    ProblemCode.LAMP_REGION_MISFIT: "Draw the lamp's region anew, tight around its housing: matthan camera zones.",
    ProblemCode.LAMP_CYCLE_BROKEN: "Look at the traffic light: report it if it is at fault, else draw its region anew.",
    ProblemCode.DRIFT: "Look at the camera's picture: moved, dirty, dark, or the street has changed.",
    ProblemCode.DRIFT_PROFILE_UNREADABLE: "Move the file named away; the profile begins anew.",
    ProblemCode.ANALYSIS_STUCK: "Restart the box: systemctl restart matthan-edge.",
    ProblemCode.ROUND_FAULT: "Report it with the log; all cameras go on, what failed is tried again.",
    ProblemCode.NOT_RECORDED: "Check space and rights of record_detections_file; judging goes on without the record.",
    ProblemCode.BOX_CLOCK_STEPPED: "Check NTP on the box; a battery for its clock keeps it right over a power cut.",
    ProblemCode.BOX_CLOCK_UNSYNCHRONISED: "Set an NTP server on the box that it can reach: timedatectl, chronyc.",
    ProblemCode.CAMERA_FILES_WRONG: "Mend the file at the line named; matthan check-config lists every fault.",
    ProblemCode.FILE_WATCH_FAILED: "Check that folder; after a change: systemctl reload matthan-edge.",
    ProblemCode.BROKER_AWAY: "Check the uplink, then mqtt in box.yaml; cases wait on the disk meanwhile.",
    ProblemCode.BROKER_LINE_TAKEN_OVER: "Look for a second box with this box_id; else give this one a new password.",
    ProblemCode.CENTRE_AWAY: "Check the uplink, then centre in box.yaml; cases wait on the disk meanwhile.",
    ProblemCode.CASE_REFUSED: "Read the reason; box and centre may be of different versions. It is offered rarely now.",
    ProblemCode.CASE_NOT_DELIVERED: "Look at the centre's log for this case; the box goes on trying.",
    ProblemCode.CASE_DAMAGED: "Check the box's disk; what is sound is sent, and the case says what is lost.",
    ProblemCode.OUTBOX_FULL: "Restore the way to the centre, or raise outbox.max_evidence_bytes if the disk has room.",
    ProblemCode.OUTBOX_UNUSABLE: "Check the disk of data_dir; a damaged database is never replaced by itself.",
    ProblemCode.DISK_FULL: "Free space on the disk of data_dir; what is kept is stored when there is room.",
    ProblemCode.DISK_UNWRITABLE: "Check mount and rights of data_dir, then the disk itself.",
    ProblemCode.PACKAGE_FAILED: "Check space and rights of data_dir; what was cut is kept and tried again.",
    ProblemCode.PLATES_FAILED: "Check plates in box.yaml and the weights; cases go on with their plate unread.",
    ProblemCode.MEMORY_UNREADABLE: "Check the box's disk; the file is kept for whoever looks into it.",
    ProblemCode.MEMORY_UNWRITABLE: "Check space and rights of data_dir/memory.",
    ProblemCode.DRIFT_STORE_UNWRITABLE: "Check space and rights of data_dir/profiles.",
}
