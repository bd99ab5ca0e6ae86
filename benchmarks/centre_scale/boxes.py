"""The boxes of 1,500 cameras as processes: heartbeats by the broker, cases with evidence by HTTP, bursts of 100."""

import itertools
import random
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import paho.mqtt.client as mqtt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.intake import deliver
from domain.camera import Position
from domain.cases.case import Case, CaseMoment
from domain.cases.evidence import CaseMessage
from domain.errors import TransportError
from domain.fleet.health import Heartbeat, StreamState
from domain.plates.reading import PlateRead, PlateReading
from edge.delivery.centre import Centre, CentreDoor
from plumbing.system_clock import SystemClock
from tests.builders.cases import build_case, build_manifest, build_message
from tests.builders.shown_evidence import SIZE_WH, shown_evidence

BOXES, CAMERAS_A_BOX = 188, 8
BURST, BURST_EVERY_S = 100, 60.0
HEALTH_EVERY_S = 10.0
SENDERS = 24
AGAIN_AFTER_S = 1.0
CASE_BYTES = 1_000_000
_FREE = 8  # bytes of a box of ISO 14496-12 that players pass over
_FAR = 5  # places in the sequence at which a burst's cases come from the next box


@dataclass(slots=True, kw_only=True)
class Sent:
    """What the boxes brought."""

    case_ids: list[str] = field(default_factory=list)
    took_s: list[float] = field(default_factory=list)  # from the moment a case was due until it was on record
    burst_s: list[float] = field(default_factory=list)  # the same of cases that came in a burst
    again: int = 0  # how often a case was brought again since the line broke or the centre failed, as a box does
    cpu_s: float = 0.0  # processor time of making, signing and sending


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the boxes told of their health."""

    heartbeats: int  # that the broker has taken
    cpu_s: float


class CaseMaker:
    """Cases with evidence that a browser shows; clip, stills and overlay are drawn once and stamped anew each time."""

    def __init__(self) -> None:
        self._first = _case("box-0", "cam-0", 0, SystemClock().now())
        manifest, contents = shown_evidence(self._first)
        clip = contents["clip.mp4"]
        room = max(_FREE, CASE_BYTES - sum(map(len, contents.values())))
        contents["clip.mp4"] = clip + struct.pack(">I4s", room, b"free") + random.Random(1).randbytes(room - _FREE)  # noqa: S311
        self.contents = contents
        sizes = build_manifest(self._first, contents).files
        of = {each.name: {"size_bytes": each.size_bytes, "sha256": each.sha256} for each in sizes}
        self._files = [each.model_copy(update=of[each.name]) for each in manifest.files]

    def make(self, box_id: str, number: int, key: Ed25519PrivateKey) -> CaseMessage:
        """A new act, a minute ago."""
        case = _case(box_id, f"{box_id}-cam-{number % CAMERAS_A_BOX}", number, SystemClock().now())
        later = case.began_at - self._first.began_at
        files = tuple(
            each.model_copy(
                update={name: at + later for name in ("started_at", "ended_at", "at") if (at := getattr(each, name))}
            )
            for each in self._files
        )
        return build_message(case, key, build_manifest(case, {}).model_copy(update={"files": files}))


def _case(box_id: str, camera_id: str, number: int, now: datetime) -> Case:
    began_at = now - timedelta(seconds=60)
    moments = tuple(
        CaseMoment(name=name, at=began_at + timedelta(seconds=after), box_xyxy_px=(100, 80, 240, 300))
        for name, after in (("first_sighting", 0), ("last_sighting", 4))
    )
    text = f"75F2{number % 100_000:05d}"
    sure = (0.99,) * len(text)
    read = PlateRead(at=began_at, box_xyxy_px=(140, 220, 200, 260), text=text, character_confidences=sure)
    case = build_case(
        box_id=box_id,
        camera_id=camera_id,
        subject_key=f"track:{number}",
        began_at=began_at,
        ended_at=began_at + timedelta(seconds=4),
        moments=moments,
        resolution_wh=SIZE_WH,
        plate=PlateReading(status="agreed", text=text, character_confidences=sure, reads=(read,)),
    )
    place = random.Random(box_id)  # noqa: S311 - seeded
    position = Position(latitude_deg=place.uniform(16.40, 16.55), longitude_deg=place.uniform(107.50, 107.70))
    site = case.site.model_copy(update={"position": position, "camera_name": f"Camera {camera_id}"})
    return case.model_copy(update={"site": site})


def due_at(seconds: float, a_second: float) -> Iterator[tuple[float, bool]]:
    """When cases are due, and whether it is one of a burst: so many a second, and a hundred at once each minute."""
    plain = ((number / a_second, False) for number in range(int(seconds * a_second)))
    bursts = ((at, True) for at in range(30, int(seconds), int(BURST_EVERY_S)) for _ in range(BURST))
    return iter(sorted(itertools.chain(plain, bursts)))


def bring_cases(url: str, boxes: dict[str, tuple[str, str]], seconds: float, a_second: float, part: int) -> Sent:
    """Bring cases for some seconds, each by its own box.

    Args:
        url: of the intake.
        boxes: API key and private key (hexadecimal) of each.
        seconds: how long.
        a_second: cases, beside the bursts.
        part: of several such processes; tells their cases apart.
    """
    made, sent, guard, cpu_began_s = CaseMaker(), Sent(), threading.Lock(), time.process_time()
    names = sorted(boxes)
    keys = {name: Ed25519PrivateKey.from_private_bytes(bytes.fromhex(boxes[name][1])) for name in names}
    plan, began_s = enumerate(due_at(seconds, a_second)), time.monotonic()

    def send() -> None:
        own: dict[str, CentreDoor] = {}
        while True:
            with guard:
                number, (due_s, in_burst) = next(plan, (-1, (0.0, False)))
            if number < 0:
                break
            time.sleep(max(0.0, began_s + due_s - time.monotonic()))
            box_id = names[number // _FAR % len(names) if in_burst else number % len(names)]
            if box_id not in own:
                own[box_id] = CentreDoor(Centre(url=url, api_key=boxes[box_id][0]))
            message = made.make(box_id, part * 1_000_000 + number, keys[box_id])
            again = bring(own[box_id], message, made.contents)
            took_s = time.monotonic() - began_s - due_s
            with guard:
                sent.again += again
                sent.case_ids.append(str(message.case.case_id))
                (sent.burst_s if in_burst else sent.took_s).append(took_s)
        for door in own.values():
            door.close()

    threads = [threading.Thread(target=send) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sent.cpu_s = time.process_time() - cpu_began_s
    return sent


def bring(door: CentreDoor, message: CaseMessage, contents: dict[str, bytes]) -> int:
    """Bring a case until it is on record; how often that had to begin anew."""
    again = 0
    while True:
        try:
            deliver(door, message, contents)
        except TransportError:
            again += 1
            time.sleep(AGAIN_AFTER_S)
        else:
            return again


def tell_health(broker: tuple[str, int], user: tuple[str, str], names: list[str], seconds: float) -> Told:
    """Tell every ten seconds how each box and its cameras are; one connection speaks for all boxes."""
    cpu_began_s = time.process_time()
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="boxes", protocol=mqtt.MQTTv311)
    client.username_pw_set(*user)
    client.max_inflight_messages_set(200)
    client.connect(*broker)
    client.loop_start()
    told, began_s = 0, time.monotonic()
    rounds = int(seconds / HEALTH_EVERY_S)
    for number in range(rounds * len(names)):
        time.sleep(max(0.0, began_s + number * HEALTH_EVERY_S / len(names) - time.monotonic()))
        name = names[number % len(names)]
        cameras = {f"{name}-cam-{each}": StreamState.LIVE for each in range(CAMERAS_A_BOX)}
        beat = Heartbeat(box_id=name, status="online", at=SystemClock().now(), software_version="1", cameras=cameras)
        published = client.publish(f"matthan/v1/edge/{name}/heartbeat", beat.model_dump_json(), qos=1, retain=True)
        told += 1
    published.wait_for_publish(30)
    client.disconnect()
    client.loop_stop()
    return Told(heartbeats=told, cpu_s=time.process_time() - cpu_began_s)
