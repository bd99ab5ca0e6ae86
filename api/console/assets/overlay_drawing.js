// Draws a package's overlay.json on a canvas over the picture: masks, zones with their lawful direction, lines, lamps, tracks.
const SUBJECT = "#ffb000";
const OTHER = "rgba(160, 200, 255, 0.85)";
const ZONE_FILL = "rgba(64, 160, 255, 0.10)";
const ZONE_EDGE = "rgba(64, 160, 255, 0.75)";
const LAWFUL = "#7be3ac";
const LINE_EDGE = "#ff5470";
const MASK = "#000";
const SIGNAL = { red: "#ff3b30", yellow: "#ffcc00", green: "#34c759", dark: "#444", flashing_yellow: "#ffcc00", unknown: "#8e8e93" };
const TEXT = "600 12px system-ui, sans-serif";
const LONGEST_HOLD_S = 0.5; // a box is not drawn longer than this after it was seen
const PATH_S = 12; // of the subject's way up to now
const LONGEST_GAP_S = 1; // the way is not drawn over more

// The newest row at or before the shown instant, while it is fresh: a box is neither drawn before it was seen nor left behind.
export function rowAt(rows, seconds) {
  let found = null;
  for (const row of rows) {
    if (row.offset_s > seconds + 0.02) break;
    found = row;
  }
  return found && seconds - found.offset_s < LONGEST_HOLD_S ? found : null;
}

export function drawMasks(pen, overlay, width, height) {
  pen.fillStyle = MASK;
  for (const polygon of overlay.masks) {
    outline(pen, polygon, width, height);
    pen.fill();
  }
}

// words: the names of lamp states (signals) and of kinds of things (labels) in the reader's language
export function drawOverlay(pen, overlay, rows, seconds, width, height, words) {
  drawSite(pen, overlay, width, height);
  const row = rowAt(rows, seconds);
  const sx = width / overlay.resolution_wh[0], sy = height / overlay.resolution_wh[1];
  drawPath(pen, rows, seconds, sx, sy);
  if (!row) return;
  for (const track of row.tracks) drawTrack(pen, track, sx, sy, words.labels);
  drawSignals(pen, overlay, row.signals || {}, width, height, words.signals);
}

function outline(pen, points, width, height) {
  pen.beginPath();
  points.forEach(([x, y], i) => (i ? pen.lineTo(x * width, y * height) : pen.moveTo(x * width, y * height)));
  pen.closePath();
}

function drawSite(pen, overlay, width, height) {
  for (const zone of overlay.zones) {
    outline(pen, zone.polygon_norm, width, height);
    pen.fillStyle = ZONE_FILL;
    pen.fill();
    pen.strokeStyle = ZONE_EDGE;
    pen.lineWidth = 1;
    pen.stroke();
    if (zone.direction_norm) drawArrow(pen, ...zone.direction_norm, width, height);
  }
  for (const line of overlay.lines) {
    pen.beginPath();
    line.points_norm.forEach(([x, y], i) => (i ? pen.lineTo(x * width, y * height) : pen.moveTo(x * width, y * height)));
    pen.strokeStyle = LINE_EDGE;
    pen.lineWidth = 2;
    pen.stroke();
  }
}

function drawArrow(pen, [x1, y1], [x2, y2], width, height) {
  const [ax, ay, bx, by] = [x1 * width, y1 * height, x2 * width, y2 * height];
  const angle = Math.atan2(by - ay, bx - ax);
  pen.strokeStyle = LAWFUL;
  pen.lineWidth = 3;
  pen.beginPath();
  pen.moveTo(ax, ay);
  pen.lineTo(bx, by);
  for (const side of [-0.5, 0.5]) {
    pen.moveTo(bx, by);
    pen.lineTo(bx - 12 * Math.cos(angle + side), by - 12 * Math.sin(angle + side));
  }
  pen.stroke();
}

// Where the subject's box touched the ground, up to the shown instant.
function drawPath(pen, rows, seconds, sx, sy) {
  pen.strokeStyle = SUBJECT;
  pen.lineWidth = 2;
  pen.beginPath();
  let before_s = null;
  for (const row of rows) {
    if (row.offset_s < seconds - PATH_S || row.offset_s > seconds + 0.02) continue;
    const track = row.tracks.find((each) => each.subject && each.observed !== false);
    if (!track) continue;
    const [x1, , x2, y2] = track.box_xyxy_px;
    const foot = [((x1 + x2) / 2) * sx, y2 * sy];
    if (before_s !== null && row.offset_s - before_s <= LONGEST_GAP_S) pen.lineTo(...foot);
    else pen.moveTo(...foot);
    before_s = row.offset_s;
  }
  pen.stroke();
}

function drawTrack(pen, track, sx, sy, labels) {
  const [x1, y1, x2, y2] = track.box_xyxy_px;
  pen.strokeStyle = track.subject ? SUBJECT : OTHER;
  pen.lineWidth = track.subject ? 3 : 1;
  pen.setLineDash(track.observed === false ? [4, 4] : []);
  pen.strokeRect(x1 * sx, y1 * sy, (x2 - x1) * sx, (y2 - y1) * sy);
  pen.setLineDash([]);
  if (!track.subject) return;
  pen.font = TEXT;
  const text = labels[track.label] || track.label;
  pen.fillStyle = SUBJECT;
  pen.fillRect(x1 * sx, Math.max(0, y1 * sy - 17), pen.measureText(text).width + 8, 17);
  pen.fillStyle = "#1b1200";
  pen.fillText(text, x1 * sx + 4, Math.max(12, y1 * sy - 4));
}

function drawSignals(pen, overlay, states, width, height, words) {
  Object.entries(states).forEach(([name, state], i) => {
    const colour = SIGNAL[state] || SIGNAL.unknown;
    const signal = (overlay.signals || []).find((each) => each.id === name);
    if (signal && signal.lamp_region_norm) {
      const [x1, y1, x2, y2] = signal.lamp_region_norm;
      pen.strokeStyle = colour;
      pen.lineWidth = 2;
      pen.strokeRect(x1 * width, y1 * height, (x2 - x1) * width, (y2 - y1) * height);
    }
    pen.beginPath();
    pen.arc(18, 18 + i * 26, 9, 0, 7);
    pen.fillStyle = colour;
    pen.fill();
    pen.strokeStyle = "#fff";
    pen.lineWidth = 1.5;
    pen.stroke();
    pen.font = TEXT;
    pen.fillStyle = "#fff";
    pen.fillText(`${name}: ${words[state] || state}`, 33, 22 + i * 26);
  });
}
