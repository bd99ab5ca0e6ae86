"""Whoever reads a code on the health page, or a metric, finds it in the installer's manual."""

import re
from pathlib import Path

from api.standing_problems import JOB_FAILED, JOB_LONG, JOBS_STOPPED, PROVIDER_DOWN
from domain.fleet.health import ProblemCode, StreamState
from edge.health.figures import CameraFigures, StreamFigures
from edge.health.metrics import BoxView, CameraView, registry_of
from edge.health.remedies import REMEDIES

MANUAL = (Path(__file__).resolve().parents[2] / "docs" / "install-an-edge-box.md").read_text("utf-8")


REPOSITORY = Path(__file__).resolve().parents[2]


def test_every_metric_and_problem_of_the_centre_stands_in_its_manual_and_no_other_does() -> None:
    manual = (REPOSITORY / "docs" / "operate-the-centre.md").read_text("utf-8")
    watch = manual[manual.index("## Watch the centre") :].split("\n## ")[0]
    source = (REPOSITORY / "api" / "web" / "readiness.py").read_text("utf-8")
    counters = set(re.findall(r'CounterMetricFamily\(\s*"(matthan_[a-z_]+)"', source))
    metrics = {f"{each}_total" if each in counters else each for each in re.findall(r'"(matthan_[a-z_]+)"', source)}
    assert set(re.findall(r"`(matthan_[a-z_]+)", watch)) == metrics
    table = watch[watch.index("| code | what it means") :].split("\n\n")[0]
    rooms = ("api/web/readiness.py", "api/intake/broker_line.py")
    written = "".join((REPOSITORY / each).read_text("utf-8") for each in rooms)
    codes = {*re.findall(r'code="([a-z_]+)"', written), *re.findall(r'"(broker_(?!line\b)[a-z_]+)"', written)}
    codes |= {JOB_FAILED, JOB_LONG, JOBS_STOPPED, PROVIDER_DOWN}
    assert set(re.findall(r"^\| `([a-z_]+)` \|", table, re.MULTILINE)) == codes


def test_every_problem_stands_in_the_manual_with_its_remedy_and_no_other_does() -> None:
    table = MANUAL[MANUAL.index("| code | what it means") :].split("\n\n")[0]
    rows = dict(re.findall(r"^\| `([a-z_]+)` \| .+? \| (.+) \|$", table, re.MULTILINE))
    assert rows == {code.value: REMEDIES[code] for code in ProblemCode}


def test_every_metric_of_the_box_stands_in_the_manual_and_no_other_does() -> None:
    camera = CameraView(
        figures=CameraFigures(),
        stream=StreamFigures(state=StreamState.LIVE),
        refusals={},
        plates={},
        broken=False,
        config_version=1,
    )
    view = BoxView(
        cameras={"cam-1": camera},
        outbox_cases={},
        analysis_idle_s=0.0,
        broker_connected=True,
        problems=(),
        refused_pictures=0,
        clock_steps=0,
        clock_synchronised=True,
        now_s=0.0,
    )
    counted = {f"{family.name}_total" for family in registry_of(lambda: view).collect() if family.type == "counter"}
    shown = {family.name for family in registry_of(lambda: view).collect() if family.type != "counter"}
    assert set(re.findall(r"`(matthan_[a-z_]+)", MANUAL)) == counted | shown
