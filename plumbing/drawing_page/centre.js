// Loads and saves at the centre: a version with a reason, sent to the box, which answers what runs or why not.
"use strict";
const asked_ = new URLSearchParams(location.search), camera_ = `/api/v1/cameras/${encodeURIComponent(asked_.get("box") ?? "")}/${encodeURIComponent(asked_.get("camera") ?? "")}`;
const OUTCOMES = { null: "chờ thiết bị · waits for the box", written: "đã ghi vào tệp, chưa chạy · in the file, not running yet", running: "đang chạy · it runs", refused: "thiết bị từ chối · refused by the box" };
let base_ = "", newest_ = 0;
async function call_(path, options = {}) {
  const headers = { ...options.headers, "Accept-Language": asked_.get("lang") === "en" ? "en" : "vi" }; // of what is refused
  const response = await fetch(camera_ + path, { ...options, headers }), result = await response.json();
  if (response.status === 401) location.assign("/console/login");
  if (!response.ok) throw new Error(result.detail ?? response.statusText);
  return result;
}
// Which rules' parameters name what is drawn, as the box's page is told by its server.
function namedBy_(drawn, rules) {
  const ids = [...drawn.zones, ...drawn.lines, ...drawn.movements].map((one) => one.id), named = {};
  for (const use of rules) for (const [parameter, value] of Object.entries(use.parameters)) for (const id of [value].flat().map(String)) if (ids.includes(id)) (named[id] ??= []).push(`${use.rule} ${parameter}`);
  return named;
}
async function versions_() {
  const versions = await call_("/drawings");
  newest_ = versions[0]?.number ?? 0;
  $("versions").replaceChildren(new Option("Bản đang chạy · What runs", ""), ...versions.map((one) => new Option(`${one.number}: ${one.why} (${one.actor.replace("user:", "")}, ${OUTCOMES[one.outcome]})`, one.number)));
  return versions[0];
}
async function follow_(number) {
  const mine = await versions_();
  if (mine?.number !== number) return;
  $("answer").className = { running: "done", refused: "fault" }[mine.outcome] ?? "open";
  $("answer").textContent = [`Bản ${number} · Version ${number}: ${OUTCOMES[mine.outcome]}`, ...mine.words].join("\n");
  if (mine.outcome === "running") base_ = mine.config_sha256;
  if (["running", "refused"].includes(mine.outcome)) return;
  setTimeout(() => follow_(number).catch(() => setTimeout(() => follow_(number), 5000)), 3000);
}
const STORE = {
  still: `${camera_}/still`,
  takesSize: false,
  async load() {
    const [known, kinds] = await Promise.all([call_(""), fetch("kinds").then((one) => one.json())]);
    $("why").hidden = $("versions").hidden = false;
    if (!known.running) throw new Error("Thiết bị chưa báo cấu hình đang chạy · The box has not told yet what runs");
    base_ = known.config_sha256;
    await versions_();
    $("versions").onchange = async () => {
      const number = $("versions").value;
      const told = number ? await call_(`/drawings/${number}`) : { drawing: (await call_("")).running.drawing, changes: [] };
      show(told.drawing);
      $("answer").className = "open";
      $("answer").textContent = told.changes.map((one) => `${one.kind} ${one.id}: ${one.what}${one.fields.length ? ` (${one.fields.join(", ")})` : ""}`).join("\n");
    };
    return { ...kinds, camera: known.running.name, drawing: known.running.drawing, named_by: namedBy_(known.running.drawing, known.running.rules) };
  },
  async save(drawing) {
    const why = $("why").value.trim();
    if (!why) { $("why").focus(); return { className: "fault", text: "Hãy ghi lý do · Say why" }; }
    try {
      const made = await call_("/drawings", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ drawing, base_sha256: base_, newest: newest_, why }) });
      newest_ = made.number;
      $("why").value = "";
      follow_(made.number);
      return { saved: true, className: "open", text: `Đã gửi bản ${made.number} · Version ${made.number} was sent` };
    } catch (error) { return { className: "fault", text: `Chưa lưu · Not saved:\n${error.message}` }; }
  },
};
