// The page's words, Vietnamese first.
"use strict";
const TOOLS = {
  look: ["Xem, sửa · Look, mend", "Kéo điểm tròn để sửa; lăn chuột để phóng to, kéo nền để dời. · Drag a handle to mend; wheel zooms, dragging the ground moves."],
  zone: ["Vùng · Zone", "Bấm từng góc; bấm đúp hoặc Enter để đóng vùng. · Click each corner; double-click or Enter closes the zone."],
  arrow: ["Mũi tên làn · Lane arrow", "Chọn làn, rồi bấm đuôi và đầu mũi tên theo chiều đi đúng. · Pick a lane, then click tail and head along the lawful direction."],
  line: ["Vạch dừng · Stop line", "Bấm hai đầu vạch, rồi một điểm phía trong nút giao. · Click both ends, then a point on the junction's side."],
  solid: ["Vạch liền · Solid line", "Bấm hai đầu đoạn vạch liền, rồi một điểm phía bên kia. · Click both ends of a straight piece, then a point on its other side."],
  gate: ["Cửa vào nút · Gate", "Bấm hai đầu ngang đường, rồi một điểm trong nút giao. · Click both ends across the road, then a point inside the junction."],
  waterline: ["Mực nước · Waterline", "Bấm hai đầu mực nước, từ mép này sang mép kia của chỗ trũng, rồi một điểm ở phía sâu. · Click where water stands when it floods, from border to border of the low spot, then a point on the deep side."],
  movement: ["Hướng đi · Movement", "Bấm gần cửa đi vào, rồi gần cửa đi ra. · Click near the gate of entry, then near the gate of exit."],
  lamp: ["Đèn · Lamp", "Bấm hai góc đối diện quanh hộp đèn, càng sát càng tốt. · Click two opposite corners tightly around the lamp's housing."],
  ground: ["Điểm mặt đường · Ground point", "Bấm một điểm trên mặt đường đã đo, rồi ghi mét. · Click a measured point of the road, then enter its metres."],
};
const TURNS = { ahead: "đi thẳng · ahead", left: "rẽ trái · left", right: "rẽ phải · right", around: "quay đầu · around" };
const LABELS = { bicycle: "xe đạp · bicycle", bus: "xe buýt · bus", car: "ô tô · car", motorcycle: "xe máy · motorcycle", truck: "xe tải · truck" };
const KIND_WORDS = { pavement: "vỉa hè", lane: "làn đường", junction: "nút giao", permitted_bay: "chỗ đỗ cho phép", closed_road: "đường cấm", median: "dải phân cách", low_spot: "chỗ trũng", permitted_use: "được phép sử dụng", no_stopping: "cấm dừng, đỗ", no_parking: "cấm đỗ", near_junction: "gần nút giao", bridge: "cầu", beside_parked: "cạnh chỗ đỗ", roadway: "lòng đường", crosswalk: "vạch người đi bộ", privacy_mask: "che riêng tư", ignore: "bỏ qua", stop_line: "vạch dừng", solid_line: "vạch liền", gate: "cửa vào nút", waterline: "mực nước", signal: "đèn" };
const withWord = (kind) => (KIND_WORDS[kind] ? `${KIND_WORDS[kind]} · ${kind}` : kind);
