"""``make demo`` and ``make demo-check``: the whole way from camera to police on this machine."""

import argparse
import shlex
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from deploy.demo.check import DemoFailed, first_case, hand_over, watch_junction, watch_stall
from deploy.demo.footage import FootageMissing
from deploy.demo.operator import CentreRefused, Operator
from deploy.demo.place import NotOurFolder
from deploy.demo.processes import MATTHAN
from deploy.demo.town import OPERATOR, CommandFailed, Report, Town, running_town
from deploy.local.servers import ServerNotReady

_FAILURES = (CentreRefused, CommandFailed, DemoFailed, FootageMissing, NotOurFolder, ServerNotReady)


def main() -> int:
    """Run the demo until Ctrl-C, or the check until the police have received a case.

    Returns:
        The process's exit status: 0 when all went well or the viewer ended it.
    """
    parser = argparse.ArgumentParser(prog="python -m deploy.demo", description=__doc__)
    parser.add_argument(
        "--check",
        action="store_true",
        help="end with 0 once the police have received a case and the junction's and the stall's are at the centre",
    )
    parser.add_argument("--data", type=Path, default=Path("demo-data"), help="folder of this run (default: demo-data)")
    parser.add_argument("--limit-s", type=float, default=150.0, help="the check's time limit (default: 150)")
    arguments = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    began = time.monotonic()

    def report(text: str) -> None:
        print(f"[{time.monotonic() - began:5.1f} s] {text}", flush=True)

    try:
        with running_town(arguments.data.resolve(), report, stall_stands=arguments.check) as town:
            if arguments.check:
                case_id = hand_over(town, report, deadline=began + arguments.limit_s)
                report(f"received by the police: {case_id}")
                watch_junction(town, report, deadline=began + arguments.limit_s)
                watch_stall(town, report, deadline=began + arguments.limit_s)
            else:
                _show(town, report)
    except KeyboardInterrupt:
        print(f"\nended; what it made is in {arguments.data}", flush=True)
    except _FAILURES as error:
        report(f"failed: {error}")
        if not isinstance(error, NotOurFolder):
            print(f"logs: {arguments.data / 'logs'}", file=sys.stderr)
        return 1
    return 0


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _show(town: Town, report: Report) -> None:
    print(
        f"""
  console    {town.centre_url}
  alerts     {town.centre_url}/console/alerts
  reminders  {town.centre_url}/console/reminders (the first after three minutes)
  user       {OPERATOR}
  password   {town.operator_password}
""",
        flush=True,
    )
    with Operator(centre_url=town.centre_url, username=OPERATOR, password=town.operator_password) as operator:
        case = first_case(town, operator, deadline=time.monotonic() + 120)
    report(f"first case: {case['code']} at {case['camera_name']}; confirm it in the console, then pull it as police:")
    for command in town.police_commands():
        print(f"  $ {Path(MATTHAN).relative_to(Path.cwd())} {shlex.join(command)}")
    print("\nCtrl-C ends the demo.", flush=True)
    while True:
        town.raise_if_dead()
        time.sleep(1)


if __name__ == "__main__":
    sys.exit(main())
