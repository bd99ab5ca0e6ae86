"""Follows a case from its arrival to the police's receipt, as operator and police would."""

import time
from collections.abc import Callable
from typing import Any

from deploy.demo.operator import Operator
from deploy.demo.place import JUNCTION_CAMERA, STALL_CAMERA
from deploy.demo.town import OPERATOR, Report, Town, matthan

_POLL_S = 0.5
Case = dict[str, Any]
Alert = dict[str, Any]


class DemoFailed(RuntimeError):
    """What should have happened by now has not."""


def first_case(town: Town, operator: Operator, *, deadline: float) -> Case:
    """Wait for the first case of any kind.

    Args:
        town: the running demo.
        operator: signed in.
        deadline: by the monotonic clock, in seconds.

    Raises:
        DemoFailed: none came in time.
    """
    return _wait(town, operator, bool, "no case came in time", deadline)


def _one_look(case: dict[str, Any]) -> bool:
    """Whether the demo's one operator can confirm it: two people look at a red light, and read a plate by hand."""
    return bool(case["confirmable"]) and case["code"] != "RED_LIGHT"


def hand_over(town: Town, report: Report, *, deadline: float) -> str:
    """Confirm the first case that can be confirmed, and take it over as the police.

    Args:
        town: the running demo.
        report: hears of the progress.
        deadline: by the monotonic clock, in seconds.

    Returns:
        The case's id.

    Raises:
        DemoFailed: a step was not done in time, or its result is not what it must be.
    """
    with Operator(centre_url=town.centre_url, username=OPERATOR, password=town.operator_password) as operator:
        case = first_case(town, operator, deadline=deadline)
        report(f"first case: {case['code']} at {case['camera_name']}, with its evidence")
        case = _wait(town, operator, _one_look, "no case of one look became confirmable", deadline)
        case_id = str(case["case_id"])
        operator.confirm(case_id, "make demo-check")
        report(f"confirmed by the operator: {case['code']} {case_id}")
        for command in town.police_commands(case_id):
            report(f"police: {' '.join(command[:2])}")
            matthan(*command)
        state = operator.case(case_id)["summary"]["state"]
        if state != "received":
            raise DemoFailed(f"the case is {state} after the police's receipt, not received")
    return case_id


def watch_junction(town: Town, report: Report, *, deadline: float) -> None:
    """Wait until the composed junction's findings are at the centre: who ran its red light, who stood on its road.

    Args:
        town: the running demo.
        report: hears of the progress.
        deadline: by the monotonic clock, in seconds.

    Raises:
        DemoFailed: one is missing at the deadline, or the junction has a case of anything else.
    """
    with Operator(centre_url=town.centre_url, username=OPERATOR, password=town.operator_password) as operator:
        for end in (None, "over"):
            alert = _wait_for_alert(town, operator, end, deadline)
            report(f"alert: {alert['rule']} at {alert['camera_name']}, {end or 'begun'}")
        case = _wait(town, operator, _is_of_junction, "no case of the junction came in time", deadline)
        report(f"case: {case['code']} at {case['camera_name']}, by the lamp in its pictures")
        codes = {case["code"] for case in operator.cases() if _is_of_junction(case)}
        if codes != {"RED_LIGHT"}:
            raise DemoFailed(f"the junction's cases are {', '.join(sorted(codes))}; only RED_LIGHT happens there")


def watch_stall(town: Town, report: Report, *, deadline: float) -> None:
    """Wait until the composed pavement's stall is at the centre: the reminder to its ward, and the case that it became.

    Args:
        town: the running demo, whose stall has stood for a while.
        report: hears of the progress.
        deadline: by the monotonic clock, in seconds.

    Raises:
        DemoFailed: one is missing at the deadline.
    """
    with Operator(centre_url=town.centre_url, username=OPERATOR, password=town.operator_password) as operator:
        case = _wait(town, operator, _is_of_stall, "no case of the stall came in time", deadline)
        while not any(one["case_id"] == case["case_id"] for one in operator.reminders() if _is_of_stall(one)):
            if time.monotonic() > deadline:
                raise DemoFailed(f"no reminder became the stall's case {case['case_id']}: {operator.reminders()}")
            time.sleep(_POLL_S)
        report(f"reminder and case: {case['code']} at {case['camera_name']}")


def _is_of_stall(item: dict[str, Any]) -> bool:
    return bool(item["camera_id"] == STALL_CAMERA)


def _is_of_junction(item: Case | Alert) -> bool:
    return bool(item["camera_id"] == JUNCTION_CAMERA)


def _wait_for_alert(town: Town, operator: Operator, end: str | None, deadline: float) -> Alert:
    """The junction's newest alert, once it has begun (``end`` None) or ended so."""
    while True:
        town.raise_if_dead()
        alerts = [alert for alert in operator.alerts() if _is_of_junction(alert)]
        if alerts and end in {None, alerts[0]["end"]}:
            return alerts[0]
        if time.monotonic() > deadline:
            raise DemoFailed(f"no alert of the junction is {end or 'begun'}; at the centre: {alerts or 'none'}")
        time.sleep(_POLL_S)


def _wait(town: Town, operator: Operator, fits: Callable[[Case], bool], failure: str, deadline: float) -> Case:
    while True:
        town.raise_if_dead()
        cases = operator.cases()
        found = next((case for case in cases if fits(case)), None)
        if found is not None:
            return found
        if time.monotonic() > deadline:
            seen = [f"{case['code']} {case['state']} {case['blocked_by']} {case['gaps']}" for case in cases]
            raise DemoFailed(
                f"{failure}; cases at the centre: {seen or 'none'}; the box's log:\n{town.box.log_tail(15)}"
            )
        time.sleep(_POLL_S)
