// Loads and saves at the box: the page's own server writes the camera's file.
"use strict";
const STORE = {
  still: "still",
  takesSize: true,
  load: async () => (await fetch("drawing")).json(),
  async save(drawing) {
    let result, response;
    try {
      response = await fetch("drawing", { method: "PUT", headers: { "X-Matthan-Token": document.querySelector("meta[name=matthan-token]").content }, body: JSON.stringify(drawing) });
      result = await response.json();
    } catch { return { className: "fault", text: "Không lưu được: chương trình đã dừng? · Not saved: has the program ended?" }; }
    if (!response.ok) return { className: "fault", text: "Chưa lưu · Not saved:\n" + result.faults.join("\n") };
    return {
      saved: true,
      className: result.still_missing.length ? "open" : "done",
      text: `Đã lưu, phiên bản ${result.version} · Saved, version ${result.version}` + (result.still_missing.length ? "\nCòn phải sửa · Still to be mended:\n" + result.still_missing.join("\n") : ""),
    };
  },
};
