// Draws on the reference still. All points are shares of the picture (0..1); pixels exist on the screen only.
"use strict";
const $ = (id) => document.getElementById(id);
const view = $("view"), sheet = $("sheet"), still = $("still"), ink = $("ink"), SVG = "http://www.w3.org/2000/svg";
const LINE_TOOLS = { line: "stop_line", solid: "solid_line", gate: "gate", waterline: "waterline" };
let drawing, kinds, turns, labels, namedBy = {}, asked = null, tool = "look", points = [], picked = null, hover = null, zoom = 1, shift = [0, 0], drag = null, dirty = false;

const sizeOf = () => [still.naturalWidth, still.naturalHeight];
const make = (name, attributes, parent) => {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  parent.append(node);
  return node;
};
const html = (name, properties, ...children) => { const node = Object.assign(document.createElement(name), properties); node.append(...children); return node; };
const px = ([x, y]) => { const [w, h] = sizeOf(); return [x * w, y * h]; };
const clamp = (v) => Math.min(1, Math.max(0, Math.round(v * 1e4) / 1e4));
const pointAt = (event) => { const r = still.getBoundingClientRect(); return [clamp((event.clientX - r.left) / r.width), clamp((event.clientY - r.top) / r.height)]; };
const path = (list) => list.map((p) => px(p).join(",")).join(" ");
const everything = () => [...drawing.zones.map((o) => ["zone", o]), ...drawing.lines.map((o) => ["line", o]), ...drawing.movements.map((o) => ["movement", o]), ...drawing.signals.map((o) => ["signal", o]), ...drawing.ground_points.map((o) => ["ground", o])];
const listOf = (what) => ({ zone: drawing.zones, line: drawing.lines, movement: drawing.movements, signal: drawing.signals, ground: drawing.ground_points })[what];
const whatOf = (thing) => everything().find(([, o]) => o === thing)?.[0];
const freeId = (stem) => { for (let n = 1; ; n++) if (!everything().some(([, o]) => o.id === `${stem}-${n}`)) return `${stem}-${n}`; };
const touch = () => { dirty = true; $("answer").textContent = ""; paint(); };

function fit() {
  const [w, h] = sizeOf();
  zoom = Math.min(view.clientWidth / w, view.clientHeight / h);
  shift = [(view.clientWidth - w * zoom) / 2, (view.clientHeight - h * zoom) / 2];
  place();
}
function place() {
  sheet.style.transform = `translate(${shift[0]}px, ${shift[1]}px) scale(${zoom})`;
  paint();
}
function grips(group, list, set) {
  list.forEach((p, index) => {
    const [x, y] = px(p), node = make("circle", { class: "grip", cx: x, cy: y, r: 6 / zoom }, group);
    node.addEventListener("pointerdown", (event) => { event.stopPropagation(); drag = { move: (q) => set(index, q) }; view.setPointerCapture(event.pointerId); });
  });
}
function label(group, text, p) { const [x, y] = px(p); make("text", { x, y, "font-size": 15 / zoom }, group).textContent = text; }
function wings(group, from, to) {
  const [a, b] = [px(from), px(to)], angle = Math.atan2(b[1] - a[1], b[0] - a[0]), size = 14 / zoom;
  const wing = (turn) => [b[0] - size * Math.cos(angle + turn), b[1] - size * Math.sin(angle + turn)].join(",");
  make("polyline", { class: "head", points: `${wing(0.5)} ${b.join(",")} ${wing(-0.5)}` }, group);
}
function arrow(group, from, to) {
  make("polyline", { class: "arrow", points: path([from, to]) }, group);
  wings(group, from, to);
}
const middle = ({ points_norm: [a, b] }) => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
const on = ({ points_norm: [a, b] }, share) => [a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])];
// A bend from gate to gate that leans towards the junction; back over the same gate from one half of it to the other.
function wayBetween(from, to) {
  const [a, b] = from === to ? [on(from, 0.3), on(from, 0.7)] : [middle(from), middle(to)];
  const c = [0, 1].map((i) => (from.beyond_norm[i] + to.beyond_norm[i]) / 2);
  return Array.from({ length: 13 }, (_, n) => n / 12).map((t) => [0, 1].map((i) => (1 - t) ** 2 * a[i] + 2 * t * (1 - t) * c[i] + t ** 2 * b[i]));
}
const SHOW = {
  zone(group, zone, isPicked) {
    make("polygon", { class: `area${isPicked ? " picked" : ""}`, points: path(zone.polygon_norm) }, group);
    label(group, zone.id, zone.polygon_norm[0]);
    if (zone.direction_norm) arrow(group, ...zone.direction_norm);
    if (isPicked) {
      grips(group, zone.polygon_norm, (i, p) => { zone.polygon_norm[i] = p; });
      if (zone.direction_norm) grips(group, zone.direction_norm, (i, p) => { zone.direction_norm[i] = p; });
    }
  },
  line(group, line, isPicked) {
    const [a, b] = line.points_norm;
    make("polyline", { class: "open", points: path(line.points_norm) }, group);
    arrow(group, [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2], line.beyond_norm);
    label(group, line.id, a);
    if (isPicked) grips(group, [a, b, line.beyond_norm], (i, p) => { if (i < 2) line.points_norm[i] = p; else line.beyond_norm = p; });
  },
  movement(group, movement) {
    const [from, to] = [movement.from_gate, movement.to_gate].map((id) => drawing.lines.find((line) => line.id === id));
    if (!from || !to) return;
    const way = wayBetween(from, to);
    make("polyline", { class: "arrow", points: path(way) }, group);
    wings(group, ...way.slice(-2));
    label(group, movement.id, way[Math.floor(way.length / 2)]);
  },
  signal(group, signal, isPicked) {
    if (!signal.lamp_region_norm) return;
    const [x1, y1, x2, y2] = signal.lamp_region_norm;
    make("polygon", { class: "area", points: path([[x1, y1], [x2, y1], [x2, y2], [x1, y2]]) }, group);
    label(group, signal.id, [x1, y1]);
    if (isPicked) grips(group, [[x1, y1], [x2, y2]], (i, [x, y]) => { const r = signal.lamp_region_norm; signal.lamp_region_norm = i ? [Math.min(r[0], x), Math.min(r[1], y), x, y] : [x, y, Math.max(r[2], x), Math.max(r[3], y)]; });
  },
  ground(group, point, isPicked) {
    const [x, y] = px(point.image_norm);
    make("circle", { class: "area", cx: x, cy: y, r: 5 / zoom }, group);
    label(group, pointName(point), point.image_norm);
    if (isPicked) grips(group, [point.image_norm], (_, p) => { point.image_norm = p; });
  },
};
const classOf = (what, thing) => ({ zone: thing.kind, line: thing.kind, movement: thing.banned ? "banned" : "allowed", signal: "lamp", ground: "ground" })[what];
function paint() {
  const [w, h] = sizeOf();
  if (!drawing || !w) return;
  ink.setAttribute("viewBox", `0 0 ${w} ${h}`);
  ink.replaceChildren();
  for (const [what, thing] of everything()) SHOW[what](make("g", { class: `${classOf(what, thing)}${thing === picked ? " chosen" : ""}`, "data-id": thing.id ?? "" }, ink), thing, thing === picked && tool === "look");
  if (points.length) {
    const group = make("g", { class: `sketch ${tool === "zone" ? "lane" : LINE_TOOLS[tool] ?? "stop_line"}` }, ink);
    make("polyline", { class: "open", points: path(hover ? [...points, hover] : points) }, group);
    grips(group, points, () => {});
  }
}
const rows = new Map(); // each thing keeps its button: one that is replaced between press and release loses the click
function row(thing) {
  if (!rows.has(thing)) rows.set(thing, html("li", {}, html("button", { type: "button", onclick: () => pick(thing) })));
  return rows.get(thing);
}
// numbered as `check-config` names them: ground_points.3
const pointName = (point) => `${drawing.ground_points.indexOf(point)}: ${point.road_m[0]} m, ${point.road_m[1]} m`;
function list() {
  const shown = everything().map(([what, thing]) => {
    const item = row(thing), named = thing.turn ? TURNS[thing.turn] + (thing.banned ? ", cấm · banned" : "") : withWord(thing.kind ?? what);
    item.firstChild.textContent = thing.id ? `${thing.id} (${named})` : `điểm · point ${pointName(thing)}`;
    item.firstChild.setAttribute("aria-pressed", String(thing === picked));
    return item;
  });
  const before = $("things").children;
  if (before.length !== shown.length || shown.some((item, index) => before[index] !== item)) $("things").replaceChildren(...shown);
}
function pick(thing) { picked = thing; asked = null; list(); details(); paint(); if (thing) row(thing).scrollIntoView({ block: "nearest" }); }
function choose(name) {
  tool = name; points = []; hover = null;
  for (const button of $("tools").children) button.setAttribute("aria-pressed", String(button.dataset.tool === name));
  $("hint").textContent = TOOLS[name][1];
  paint();
}
function add(what, thing) { listOf(what).push(thing); points = []; hover = null; touch(); choose("look"); pick(thing); }
const OPEN_TO = ["lane", "closed_road"];
const gateIds = () => drawing.lines.filter((line) => line.kind === "gate").map((line) => line.id);
function fromLine([x, y], { points_norm: [a, b] }) {
  const [[ax, ay], [bx, by], [qx, qy]] = [px(a), px(b), px([x, y])], [dx, dy] = [bx - ax, by - ay];
  const t = Math.min(1, Math.max(0, ((qx - ax) * dx + (qy - ay) * dy) / (dx * dx + dy * dy)));
  return Math.hypot(qx - ax - t * dx, qy - ay - t * dy);
}
function nearestGate(point) {
  return drawing.lines.filter((line) => line.kind === "gate").sort((one, other) => fromLine(point, one) - fromLine(point, other))[0].id;
}
const addLine = (stem, kind) => points.length === 3 && add("line", { id: freeId(stem), kind, points_norm: points.slice(0, 2), beyond_norm: points[2], signal: null, gate: null, instrument: "" });
const DONE = {
  zone: () => points.length >= 3 && add("zone", { id: freeId("zone"), kind: kinds.zone[0], name: "", polygon_norm: points, direction_norm: null, open_to: [], instrument: "" }),
  arrow() {
    if (points.length < 2) return;
    if (picked?.kind !== "lane") { points = []; $("hint").textContent = "Hãy chọn một vùng loại lane trước. · Pick a zone of kind lane first."; return; }
    picked.direction_norm = points; points = []; touch(); choose("look");
  },
  line: () => addLine("stop", "stop_line"),
  solid: () => addLine("solid", "solid_line"),
  gate: () => addLine("gate", "gate"),
  waterline: () => addLine("water", "waterline"),
  movement() {
    if (!gateIds().length) { points = []; $("hint").textContent = "Hãy vẽ các cửa trước. · Draw gates first."; return; }
    if (points.length < 2) return;
    const [from, to] = points.map(nearestGate);
    if (drawing.movements.some((m) => m.from_gate === from && m.to_gate === to)) { points = []; $("hint").textContent = "Đã có hướng đi giữa hai cửa này. · There is a movement between these gates already."; return; }
    add("movement", { id: freeId("move"), from_gate: from, to_gate: to, turn: from === to ? "around" : "ahead", banned: false, banned_for: [], signal: null, on_red: false, instrument: "" });
  },
  lamp() {
    if (points.length < 2) return;
    const [[a, b], [c, d]] = points;
    add("signal", { id: freeId("S"), source: "lamp", lamp_region_norm: [Math.min(a, c), Math.min(b, d), Math.max(a, c), Math.max(b, d)], max_age_s: 5 });
  },
  ground: () => points.length && add("ground", { image_norm: points[0], road_m: [0, 0] }),
};
view.addEventListener("pointerdown", (event) => {
  if (event.button !== 0) return;
  if (tool === "look") { drag = { from: [event.clientX, event.clientY], at: [...shift], move: null }; view.setPointerCapture(event.pointerId); return; }
  if (event.detail > 1 && tool !== "movement") return; // the second half of a double-click adds no point; a way around may be two clicks on one gate
  points.push(pointAt(event));
  if (tool !== "zone") DONE[tool]();
  paint();
});
view.addEventListener("pointermove", (event) => {
  if (drag?.move) { drag.move(pointAt(event)); touch(); }
  else if (drag) { shift = [drag.at[0] + event.clientX - drag.from[0], drag.at[1] + event.clientY - drag.from[1]]; place(); }
  else if (points.length) { hover = pointAt(event); paint(); }
});
view.addEventListener("pointerup", () => { drag = null; });
view.addEventListener("dblclick", () => { if (tool === "zone") DONE.zone(); });
view.addEventListener("wheel", (event) => {
  event.preventDefault();
  const r = view.getBoundingClientRect(), [x, y] = [event.clientX - r.left, event.clientY - r.top], next = Math.min(20, Math.max(0.1, zoom * Math.exp(-event.deltaY / 500)));
  shift = [x - (x - shift[0]) * next / zoom, y - (y - shift[1]) * next / zoom];
  zoom = next; place();
}, { passive: false });
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey && event.key.toLowerCase() === "s") { event.preventDefault(); save(); return; }
  if (event.target.matches("input, select")) return;
  if (event.key === "Enter" && tool === "zone") DONE.zone();
  if (event.key === "Escape") choose("look");
  if (event.key === "Backspace" && points.length) { points.pop(); paint(); }
  if (event.key === "Delete" && picked) remove();
});
async function save() {
  if (STORE.takesSize) drawing.reference_still_wh = sizeOf();
  const told = await STORE.save(drawing);
  if (told.saved) dirty = false;
  $("answer").className = told.className;
  $("answer").textContent = told.text;
}
function show(other) { drawing = other; dirty = true; rows.clear(); choose("look"); pick(null); }
$("save").onclick = save;
window.addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });
window.addEventListener("resize", fit);
async function begin() {
  let document_;
  try {
    still.src = STORE.still;
    document_ = await STORE.load();
    await still.decode();
  } catch (error) { $("answer").className = "fault"; $("answer").textContent = document_ ? "Chưa có ảnh của camera · No still of the camera has come" : error.message; return; }
  drawing = document_.drawing; kinds = { zone: document_.zone_kinds, line: document_.line_kinds }; turns = document_.turns; labels = document_.labels; namedBy = document_.named_by;
  $("camera").textContent = document_.camera;
  $("tools").replaceChildren(...Object.entries(TOOLS).map(([name, [title]]) => { const b = html("button", { type: "button", textContent: title, onclick: () => choose(name) }); b.dataset.tool = name; return b; }));
  choose("look"); list(); details(); fit();
}
begin();
