// Draws on the reference still. All points are shares of the picture (0..1); pixels exist on the screen only.
"use strict";
const $ = (id) => document.getElementById(id);
const view = $("view"), sheet = $("sheet"), still = $("still"), ink = $("ink"), SVG = "http://www.w3.org/2000/svg";
const TOOLS = {
  look: ["Xem, sửa · Look, mend", "Kéo điểm tròn để sửa; lăn chuột để phóng to, kéo nền để dời. · Drag a handle to mend; wheel zooms, dragging the ground moves."],
  zone: ["Vùng · Zone", "Bấm từng góc; bấm đúp hoặc Enter để đóng vùng. · Click each corner; double-click or Enter closes the zone."],
  arrow: ["Mũi tên làn · Lane arrow", "Chọn làn, rồi bấm đuôi và đầu mũi tên theo chiều đi đúng. · Pick a lane, then click tail and head along the lawful direction."],
  line: ["Vạch · Line", "Bấm hai đầu vạch, rồi một điểm phía trong nút giao. · Click both ends, then a point on the junction's side."],
  lamp: ["Đèn · Lamp", "Bấm hai góc đối diện quanh hộp đèn, càng sát càng tốt. · Click two opposite corners tightly around the lamp's housing."],
  ground: ["Điểm mặt đường · Ground point", "Bấm một điểm trên mặt đường đã đo, rồi ghi mét. · Click a measured point of the road, then enter its metres."],
};
let drawing, kinds, lineKinds, tool = "look", points = [], picked = null, hover = null, zoom = 1, shift = [0, 0], drag = null, dirty = false;

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
const everything = () => [...drawing.zones.map((o) => ["zone", o]), ...drawing.lines.map((o) => ["line", o]), ...drawing.signals.map((o) => ["signal", o]), ...drawing.ground_points.map((o) => ["ground", o])];
const listOf = (what) => ({ zone: drawing.zones, line: drawing.lines, signal: drawing.signals, ground: drawing.ground_points })[what];
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
function arrow(group, from, to) {
  const [a, b] = [px(from), px(to)], angle = Math.atan2(b[1] - a[1], b[0] - a[0]), size = 14 / zoom;
  const wing = (turn) => [b[0] - size * Math.cos(angle + turn), b[1] - size * Math.sin(angle + turn)].join(",");
  make("polyline", { class: "arrow", points: `${a.join(",")} ${b.join(",")}` }, group);
  make("polyline", { class: "arrow", points: `${wing(0.5)} ${b.join(",")} ${wing(-0.5)}` }, group);
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
    label(group, `${point.road_m[0]} m, ${point.road_m[1]} m`, point.image_norm);
    if (isPicked) grips(group, [point.image_norm], (_, p) => { point.image_norm = p; });
  },
};
const classOf = (what, thing) => ({ zone: thing.kind, line: "line", signal: "lamp", ground: "ground" })[what];
function paint() {
  const [w, h] = sizeOf();
  if (!drawing || !w) return;
  ink.setAttribute("viewBox", `0 0 ${w} ${h}`);
  ink.replaceChildren();
  for (const [what, thing] of everything()) SHOW[what](make("g", { class: classOf(what, thing) }, ink), thing, thing === picked && tool === "look");
  if (points.length) {
    const group = make("g", { class: tool === "zone" ? "lane" : "line" }, ink);
    make("polyline", { class: "open", points: path(hover ? [...points, hover] : points) }, group);
    grips(group, points, () => {});
  }
}
function list() {
  $("things").replaceChildren(...everything().map(([what, thing]) => {
    const name = thing.id ? `${thing.id} (${thing.kind ?? what})` : `${thing.road_m[0]} m, ${thing.road_m[1]} m`;
    const button = html("button", { type: "button", textContent: name, onclick: () => pick(thing) });
    button.setAttribute("aria-pressed", String(thing === picked));
    return html("li", {}, button);
  }));
}
function field(form, title, value, change, choices) {
  const input = choices ? html("select", {}, ...choices.map((c) => html("option", { value: c, textContent: c || "-" }))) : html("input", { type: "text" });
  input.value = value ?? "";
  input.onchange = () => { change(input.value); touch(); list(); };
  form.append(html("label", { textContent: title }, input));
}
function rename(thing, id) {
  if (whatOf(thing) === "signal") for (const line of drawing.lines) if (line.signal === thing.id) line.signal = id;
  thing.id = id;
}
function details() {
  const form = $("details"), what = picked && whatOf(picked);
  form.replaceChildren();
  if (!what) { form.textContent = "Chọn một hình. · Pick something drawn."; return; }
  if (what !== "ground") field(form, "Mã · id", picked.id, (v) => rename(picked, v.trim()));
  if (what === "zone") {
    field(form, "Loại · kind", picked.kind, (v) => { picked.kind = v; if (v !== "lane") picked.direction_norm = null; }, kinds);
    field(form, "Tên · name", picked.name, (v) => { picked.name = v; });
  }
  if (what === "line") {
    field(form, "Loại · kind", picked.kind, (v) => { picked.kind = v; }, lineKinds);
    field(form, "Đèn chi phối · governing signal", picked.signal, (v) => { picked.signal = v || null; }, ["", ...drawing.signals.map((s) => s.id)]);
  }
  if (what === "zone" || what === "line") field(form, "Căn cứ (biển, vạch, quyết định, ngày) · instrument (sign, marking, decision, date)", picked.instrument, (v) => { picked.instrument = v; });
  if (what === "ground") for (const [i, title] of [[0, "Mét về đông · metres east"], [1, "Mét về bắc · metres north"]]) field(form, title, picked.road_m[i], (v) => { picked.road_m[i] = Number(v.replace(",", ".")) || 0; });
  form.append(html("button", { type: "button", textContent: "Xóa · Delete", onclick: remove }));
}
function remove() {
  const items = listOf(whatOf(picked));
  if (whatOf(picked) === "signal") for (const line of drawing.lines) if (line.signal === picked.id) line.signal = null;
  items.splice(items.indexOf(picked), 1);
  pick(null); touch(); list();
}
function pick(thing) { picked = thing; list(); details(); paint(); }
function choose(name) {
  tool = name; points = []; hover = null;
  for (const button of $("tools").children) button.setAttribute("aria-pressed", String(button.dataset.tool === name));
  $("hint").textContent = TOOLS[name][1];
  paint();
}
function add(what, thing) { listOf(what).push(thing); points = []; hover = null; touch(); choose("look"); pick(thing); }
const DONE = {
  zone: () => points.length >= 3 && add("zone", { id: freeId("zone"), kind: kinds[0], name: "", polygon_norm: points, direction_norm: null, instrument: "" }),
  arrow() {
    if (points.length < 2) return;
    if (picked?.kind !== "lane") { points = []; $("hint").textContent = "Hãy chọn một vùng loại lane trước. · Pick a zone of kind lane first."; return; }
    picked.direction_norm = points; points = []; touch(); choose("look");
  },
  line: () => points.length === 3 && add("line", { id: freeId("line"), kind: lineKinds[0], points_norm: points.slice(0, 2), beyond_norm: points[2], signal: null, instrument: "" }),
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
  if (event.detail > 1) return; // the second half of a double-click adds no point
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
  const answer = $("answer");
  drawing.reference_still_wh = sizeOf();
  let result, response;
  try {
    response = await fetch("/drawing", { method: "PUT", headers: { "X-Matthan-Token": document.querySelector("meta[name=matthan-token]").content }, body: JSON.stringify(drawing) });
    result = await response.json();
  } catch { answer.className = "fault"; answer.textContent = "Không lưu được: chương trình đã dừng? · Not saved: has the program ended?"; return; }
  if (!response.ok) { answer.className = "fault"; answer.textContent = "Chưa lưu · Not saved:\n" + result.faults.join("\n"); return; }
  dirty = false;
  answer.className = result.still_missing.length ? "open" : "done";
  answer.textContent = `Đã lưu, phiên bản ${result.version} · Saved, version ${result.version}` + (result.still_missing.length ? "\nQuy tắc còn thiếu · Rules still lack:\n" + result.still_missing.join("\n") : "");
}
$("save").onclick = save;
window.addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });
window.addEventListener("resize", fit);
async function begin() {
  const document_ = await (await fetch("/drawing")).json();
  drawing = document_.drawing; kinds = document_.zone_kinds; lineKinds = document_.line_kinds;
  $("camera").textContent = document_.camera;
  $("tools").replaceChildren(...Object.entries(TOOLS).map(([name, [title]]) => { const b = html("button", { type: "button", textContent: title, onclick: () => choose(name) }); b.dataset.tool = name; return b; }));
  if (!still.complete) await still.decode();
  choose("look"); list(); details(); fit();
}
begin();
