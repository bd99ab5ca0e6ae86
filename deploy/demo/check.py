"""Follows a case from its arrival to the police's receipt, as operator and police would."""

import time
from collections.abc import Callable
from typing import Any

from deploy.demo.operator import Operator
from deploy.demo.town import OPERATOR, Report, Town, matthan

_POLL_S = 0.5
Case = dict[str, Any]


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
        case = _wait(town, operator, lambda case: bool(case["confirmable"]), "no case became confirmable", deadline)
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
