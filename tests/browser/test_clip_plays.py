"""Clips cut from a ring play in Chromium, each picture at its capture time."""

import base64
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, sync_playwright

from ingest.media.clip_muxing import EncodedPacket, StreamForm
from ingest.media.nal import parameter_sets
from ingest.media.packet_ring import PacketRing
from tests.builders.synthetic_video import Recipe, coded_pictures

pytestmark = pytest.mark.browser

T0 = datetime(2026, 1, 5, 7, tzinfo=UTC)
TIMES_MS = [*range(0, 2000, 40), *range(2300, 4000, 100)]  # a gap and a change of rate
NUMBER_AT = """async (seconds) => {
  const video = document.querySelector('video');
  const seeked = new Promise((done) => { video.onseeked = done; });
  const presented = new Promise((done) => { video.requestVideoFrameCallback(done); });
  video.currentTime = seconds;
  await Promise.all([seeked, presented]); // "seeked" alone may come before the new picture is there to be drawn
  const canvas = document.createElement('canvas');
  canvas.width = video.videoWidth; canvas.height = video.videoHeight;
  const context = canvas.getContext('2d');
  context.drawImage(video, 0, 0);
  let number = 0;
  for (let bit = 0; bit < 12; bit++) {
    if (context.getImageData(bit * 16 + 8, 8, 1, 1).data[0] > 127) number |= 1 << bit;
  }
  return number;
}"""


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser.new_page()
        browser.close()


@pytest.mark.parametrize("b_frames", [0, 2])
def test_a_clip_plays_in_a_browser_with_each_picture_at_its_capture_time(page: Page, b_frames: int) -> None:
    ring, form = PacketRing(), StreamForm(codec="h264")
    for picture in coded_pictures(TIMES_MS, Recipe(b_frames=b_frames, keyframe_every=20)):
        sets = parameter_sets(picture.payload, "h264")
        form = StreamForm(codec="h264", parameter_sets=sets) if picture.is_keyframe else form
        at = T0 + timedelta(milliseconds=picture.pts_ms)
        ring.append(EncodedPacket(payload=picture.payload, is_keyframe=picture.is_keyframe, captured_at=at), form)
    clip = ring.cut_clip(T0 + timedelta(milliseconds=900), T0 + timedelta(milliseconds=3500))
    source = base64.b64encode(clip.content).decode()
    page.set_content(f'<video muted src="data:video/mp4;base64,{source}"></video>')
    page.wait_for_function("(v => v.readyState >= 2 || v.error)(document.querySelector('video'))")
    assert page.evaluate("document.querySelector('video').error") is None
    assert page.evaluate("document.querySelector('video').videoWidth") == 320
    for time in clip.frame_times[::6]:
        number = page.evaluate(NUMBER_AT, (time - clip.started_at).total_seconds() + 0.002)
        assert T0 + timedelta(milliseconds=TIMES_MS[number]) == time
