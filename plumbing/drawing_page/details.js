// The form beside the picture: what is picked, and who names it by its id.
"use strict";
function field(form, title, value, change, choices, words = (c) => c) {
  const input = choices ? html("select", {}, ...choices.map((c) => html("option", { value: c, textContent: c ? words(c) : "-" }))) : html("input", { type: "text" });
  input.value = value ?? "";
  input.onchange = () => { if (change(input.value) !== false) { touch(); list(); } };
  form.append(html("label", { textContent: title }, input));
}
function ticks(form, title, chosen, change, choices) {
  const group = html("fieldset", {}, html("legend", { textContent: title }));
  for (const choice of choices) {
    const input = html("input", { type: "checkbox", value: choice, checked: chosen.includes(choice) });
    input.onchange = () => { change(choices.filter((c) => group.querySelector(`input[value=${c}]`).checked)); touch(); };
    group.append(html("label", { className: "tick" }, input, LABELS[choice] ?? choice));
  }
  form.append(group);
}
// Who names a thing by its id: what is drawn (it follows a new id), and rules (their parameters stand in the file).
const movementsOf = (thing) => drawing.movements.filter((m) => m.from_gate === thing.id || m.to_gate === thing.id);
const linesOf = (thing) => drawing.lines.filter((line) => (whatOf(thing) === "signal" && line.signal === thing.id) || (whatOf(thing) === "line" && line.gate === thing.id));
const lampsOf = (thing) => drawing.movements.filter((m) => whatOf(thing) === "signal" && m.signal === thing.id);
const rulesOf = (thing) => namedBy[thing.id] ?? [];
function namers(thing) {
  if (!thing.id) return [];
  return [...linesOf(thing).map((l) => `vạch · line ${l.id}`), ...[...movementsOf(thing), ...lampsOf(thing)].map((m) => `hướng đi · movement ${m.id}`), ...rulesOf(thing).map((r) => `quy tắc · rule ${r}`)];
}
const say = (kind, text) => { $("answer").className = kind; $("answer").textContent = text; };
function rename(thing, id) {
  if (id === thing.id) return false;
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/.test(id)) { details(); say("fault", "Mã chỉ gồm chữ không dấu, số, - và _. · An id has letters, digits, - and _ only."); return false; }
  if (everything().some(([, other]) => other !== thing && other.id === id)) { details(); say("fault", `Mã ${id} đã dùng. · The id ${id} is in use.`); return false; }
  for (const line of linesOf(thing)) if (line.signal === thing.id) line.signal = id; else line.gate = id;
  for (const m of lampsOf(thing)) m.signal = id;
  for (const m of movementsOf(thing)) { if (m.from_gate === thing.id) m.from_gate = id; if (m.to_gate === thing.id) m.to_gate = id; }
  const rules = rulesOf(thing), old = thing.id;
  thing.id = id;
  touch(); list(); details();
  if (rules.length) say("open", `Quy tắc vẫn nêu mã cũ ${old}, hãy sửa trong tệp · Rules still name ${old}, mend them in the file:\n${rules.join("\n")}`);
  return false;
}
function details() {
  const form = $("details"), what = picked && whatOf(picked);
  form.replaceChildren();
  if (!what) { form.textContent = "Chọn một hình. · Pick something drawn."; return; }
  if (what !== "ground") field(form, "Mã · id", picked.id, (v) => rename(picked, v.trim()));
  if (what === "zone") zoneDetails(form);
  if (what === "line") {
    field(form, "Loại · kind", picked.kind, (v) => { picked.kind = v; if (v !== "stop_line") picked.signal = picked.gate = null; details(); }, kinds.line, withWord);
    if (picked.kind === "stop_line") {
      field(form, "Đèn chi phối · governing signal", picked.signal, (v) => { picked.signal = v || null; }, ["", ...drawing.signals.map((s) => s.id)]);
      field(form, "Cửa vào cùng nhánh · gate of its approach", picked.gate ?? "", (v) => { picked.gate = v || null; }, ["", ...gateIds()]);
    }
  }
  if (what === "movement") movementDetails(form);
  if (what === "zone" || what === "line" || what === "movement") field(form, "Căn cứ (biển, vạch, quyết định, ngày) · instrument (sign, marking, decision, date)", picked.instrument, (v) => { picked.instrument = v; });
  if (what === "ground") for (const [i, title] of [[0, "Mét về đông · metres east"], [1, "Mét về bắc · metres north"]]) field(form, title, picked.road_m[i], (v) => { picked.road_m[i] = Number(v.replace(",", ".")) || 0; });
  const names = namers(picked);
  if (names.length) form.append(html("p", { id: "named-by", textContent: `Được nêu ở · Named by: ${names.join(", ")}` }));
  form.append(html("button", { type: "button", textContent: asked === picked ? "Xóa thật · Delete all the same" : "Xóa · Delete", onclick: remove }));
}
function zoneDetails(form) {
  field(form, "Loại · kind", picked.kind, (v) => { picked.kind = v; if (v !== "lane") picked.direction_norm = null; if (!OPEN_TO.includes(v)) picked.open_to = []; details(); }, kinds.zone, withWord);
  field(form, "Tên · name", picked.name, (v) => { picked.name = v; });
  if (OPEN_TO.includes(picked.kind)) ticks(form, picked.kind === "lane" ? "Chỉ dành cho (trống: mọi xe) · open only to (none: everybody)" : "Vẫn được đi · open all the same to", picked.open_to, (v) => { picked.open_to = v; }, labels);
}
function movementDetails(form) {
  const gates = gateIds();
  field(form, "Từ cửa · from gate", picked.from_gate, (v) => { picked.from_gate = v; }, gates);
  field(form, "Đến cửa · to gate", picked.to_gate, (v) => { picked.to_gate = v; }, gates);
  field(form, "Kiểu rẽ · turn", picked.turn, (v) => { picked.turn = v; }, turns, (turn) => TURNS[turn] ?? turn);
  field(form, "Đèn riêng (mũi tên) · lamp of its own (arrow)", picked.signal ?? "", (v) => { picked.signal = v || null; if (v) picked.on_red = false; details(); }, ["", ...drawing.signals.map((s) => s.id)]);
  if (!picked.signal) field(form, "Khi đèn đỏ · on red", picked.on_red ? "yes" : "no", (v) => { picked.on_red = v === "yes"; }, ["no", "yes"], (v) => (v === "yes" ? "được đi · may go" : "phải dừng · must wait"));
  field(form, "Bị cấm · banned", picked.banned ? "yes" : "no", (v) => { picked.banned = v === "yes"; if (!picked.banned) picked.banned_for = []; details(); }, ["no", "yes"], (v) => (v === "yes" ? "có biển cấm · a sign forbids it" : "được phép · allowed"));
  if (picked.banned) ticks(form, "Cấm xe (trống: mọi xe) · banned for (none: all)", picked.banned_for, (v) => { picked.banned_for = v; }, labels);
}
function remove() {
  const thing = picked, names = namers(thing);
  if (names.length && asked !== thing) {
    asked = thing; details();
    say("open", `Còn được nêu ở · Still named by:\n${names.join("\n")}\nBấm lần nữa: xóa cùng các hướng đi, bỏ đèn, cửa ở vạch và hướng đi; quy tắc thì sửa trong tệp. · Once more deletes it with its movements and takes it off lines and other movements; rules are mended in the file.`);
    return;
  }
  for (const line of linesOf(thing)) if (line.signal === thing.id) line.signal = null; else line.gate = null;
  for (const m of lampsOf(thing)) m.signal = null;
  const gone = new Set([thing, ...movementsOf(thing)]);
  for (const items of [drawing.zones, drawing.lines, drawing.movements, drawing.signals, drawing.ground_points]) for (const each of [...items]) if (gone.has(each)) items.splice(items.indexOf(each), 1);
  pick(null); touch();
}
