"""The words of the citizens' pages: Vietnamese first, English beside it."""

from collections.abc import Mapping
from typing import Final

from domain.cases.words import Words

PAGE_WORDS: Final[Mapping[str, Words]] = {
    "product": Words("Mắt Thần · Thành phố Huế", "Mắt Thần · City of Hue"),
    "other_language": Words("English", "Tiếng Việt"),
    "home": Words("Trang công dân", "For citizens"),
    "home_hint": Words(
        "Camera của thành phố ghi lại hành vi bị nghi ngờ vi phạm. Người xem và xác nhận từng vụ việc; máy không xử"
        " phạt ai.",
        "The city's cameras record suspected violations. People look at each case and confirm it; no machine fines"
        " anyone.",
    ),
    "own_case": Words("Xem vụ việc của tôi", "See my case"),
    "own_case_hint": Words(
        "Nhập số thông báo và mã tra cứu in trên thông báo vi phạm.",
        "Enter the notice's number and the code printed beside it.",
    ),
    "number": Words("Số thông báo (10 chữ số)", "Number of the notice (10 digits)"),
    "code": Words("Mã tra cứu (12 ký tự)", "Code (12 characters)"),
    "open": Words("Xem vụ việc", "Open the case"),
    "lost_code": Words(
        "Không có hoặc mất mã? Cơ quan công an gửi thông báo cấp lại mã; mã cũ khi đó hết hiệu lực.",
        "No code, or lost it? The police unit that sent the notice gives another; the old one then opens nothing.",
    ),
    "wrong": Words(
        "Không có thông báo nào với số và mã này. Hãy kiểm tra lại cả hai.",
        "No notice has this number and this code. Check both.",
    ),
    "too_many": Words(
        "Đã thử quá nhiều lần. Hãy thử lại sau {seconds} giây.", "Too many tries. Try again in {seconds} s."
    ),
    "visit_over": Words(
        "Phiên xem đã hết (30 phút). Hãy nhập lại số và mã.",
        "The visit is over (30 minutes). Enter number and code again.",
    ),
    "not_possible": Words("Không thực hiện được", "Not possible"),
    "try_later": Words(
        "Hệ thống đang gián đoạn. Hãy thử lại sau ít phút.", "The system is interrupted. Try again in a few minutes."
    ),
    "page_missing": Words("Trang này không có ở đây.", "There is no such page here."),
    "back": Words("Quay lại", "Back"),
    "notice": Words("Thông báo số {number}", "Notice {number}"),
    "what": Words("Hành vi bị nghi ngờ", "What is suspected"),
    "law": Words("Căn cứ pháp lý", "Legal basis"),
    "when": Words("Thời gian", "When"),
    "where": Words("Địa điểm", "Where"),
    "vehicle": Words("Phương tiện", "Vehicle"),
    "plate": Words("Biển số đọc được", "Plate as read"),
    "plate_unread": Words("không đọc được", "not read"),
    "state": Words("Tình trạng", "State"),
    "since": Words("từ {at}", "since {at}"),
    "noticed": Words("Thông báo gửi ngày", "Notice sent"),
    "answer_until": Words("Hạn trả lời", "Answer by"),
    "pictures": Words("Hình ảnh", "Pictures"),
    "pictures_hint": Words(
        "Bản đã che: người và biển số của xe khác bị làm mờ. Bản gốc được niêm phong, cơ quan công an giữ.",
        "Covered copies: people and the plates of other vehicles are blurred. The originals are sealed, the police"
        " hold them.",
    ),
    "clip": Words("Đoạn phim", "Clip"),
    "still": Words("Ảnh", "Still"),
    "no_pictures": Words(
        "Vụ việc này không có bản đã che để xem tại đây. Bạn có quyền xem hình ảnh tại cơ quan công an gửi thông báo.",
        "No covered copy of this case can be shown here. You have the right to see the pictures at the police unit"
        " that"
        " sent the notice.",
    ),
    "media_gone": Words(
        "Hình ảnh tại trung tâm đã hết thời hạn lưu giữ và đã xóa. Cơ quan công an giữ hồ sơ.",
        "The centre's pictures were removed when their time ended. The police hold the file.",
    ),
    "ended_no_pictures": Words(
        "Vụ việc đã kết thúc mà không xử phạt; hình ảnh không còn được xem.",
        "The case ended without a fine; its pictures are shown to nobody any more.",
    ),
    "proof": Words("Chứng cứ", "Proof"),
    "proof_camera": Words("Thiết bị ghi", "Recorded by"),
    "proof_clock": Words("Sai số đồng hồ", "Error of the clock"),
    "proof_clock_known": Words("không quá {seconds} giây", "at most {seconds} s"),
    "proof_unknown": Words("không rõ", "not known"),
    "proof_signs": Words("Biển báo, vạch, văn bản", "Signs, markings, instruments"),
    "proof_none": Words("không ghi", "none stated"),
    "proof_people": Words("Người đã xem và xác nhận", "People who looked and confirmed"),
    "proof_sealed": Words("Tệp gốc có chữ ký số của thiết bị", "Original files, signed by the device"),
    "proof_sealed_count": Words(
        "{count} tệp, mã băm SHA-256 ghi trong hồ sơ", "{count} files, each with its SHA-256 on file"
    ),
    "suspected": Words(
        "Đây là hành vi bị nghi ngờ. Chỉ người có thẩm quyền kết luận vi phạm.",
        "This is a suspicion. Only an authority concludes that it is a violation.",
    ),
    "object": Words("Không đồng ý?", "Do you object?"),
    "object_how": Words(
        "Viết lý do dưới đây: không phải xe của bạn, biển số đọc sai, nhường xe ưu tiên, theo hiệu lệnh cảnh sát,"
        " hoặc lý do"
        " khác. Vụ việc chuyển sang trạng thái phản đối; cơ quan công an phải xem xét và trả lời trong 30 ngày."
        " Trong thời"
        " gian đó chưa ai bị xử phạt.",
        "Say why below: not your vehicle, the plate is misread, you gave way to an emergency vehicle, followed an"
        " officer's"
        " signal, or anything else. The case becomes contested; the police must look at it and answer within 30 days."
        " Nobody is fined meanwhile.",
    ),
    "object_record": Words(
        "Những người xem xét vụ việc tại trung tâm và đơn vị công an đang giữ vụ việc đọc được lời của bạn; mỗi lần"
        " đọc đều được ghi lại. Trung tâm xóa lời của bạn cùng hình ảnh của vụ việc khi hết thời hạn lưu giữ, không"
        " xóa trong lúc phản đối đang được xem xét. Việc bạn đã phản đối, thời điểm và mã băm của lời thì"
        " không xóa được. Không cần ghi họ tên, số điện thoại hay thông tin của người khác.",
        "Those who look at the case at the centre and the police unit that holds it can read your words; each reading"
        " is recorded. The centre removes them with the pictures of the case when their time ends, not while the"
        " objection is looked at. That you objected, when, and a hash of your words cannot be deleted. There is no need"
        " to name yourself or others.",
    ),
    "object_words": Words("Lý do (tối đa 2000 ký tự)", "Your reasons (at most 2000 characters)"),
    "object_send": Words("Gửi phản đối", "Send the objection"),
    "object_empty": Words("Hãy viết lý do bằng lời.", "Say why, in words."),
    "object_too_late": Words(
        "Vụ việc không còn ở bước có thể phản đối tại đây.", "The case is no longer where an objection is taken here."
    ),
    "objection_over": Words(
        "Lời phản đối đã hết thời hạn lưu giữ và đã xóa tại trung tâm.",
        "The words of the objection were removed at the centre when their time ended.",
    ),
    "objected": Words("Đã nhận phản đối ngày {at}.", "Your objection came in on {at}."),
    "objection_open": Words("Cơ quan công an phải trả lời trước {at}.", "The police must answer by {at}."),
    "objection_upheld": Words(
        "Cơ quan công an đã xem xét và giữ nguyên kết luận.", "The police looked at it again and uphold the finding."
    ),
    "objection_won": Words("Vụ việc đã hủy.", "The case was cancelled."),
    "object_decision": Words(
        "Với quyết định xử phạt, bạn có quyền khiếu nại đến người ra quyết định trong 90 ngày (Luật Khiếu nại 2011,"
        " Điều 9)"
        " hoặc khởi kiện tại tòa án.",
        "Against a decision to fine you may complain to whoever issued it within 90 days (Law on Complaints 2011,"
        " art. 9),"
        " or go to court.",
    ),
    "form_wrong": Words("Biểu mẫu gửi lên bị thiếu hoặc sai.", "The form is incomplete or wrong."),
    "report": Words("Phản ánh vi phạm", "Report a violation"),
    "report_hint": Words(
        "Gửi 1 đến 3 ảnh (JPEG, PNG, mỗi ảnh tối đa 12 MB) hoặc phim (MP4, tối đa 40 MB, 60 giây)."
        " Cán bộ của trung tâm xem từng phản ánh; phản ánh không tự nó dẫn đến xử phạt.",
        "Send 1 to 3 photos (JPEG, PNG, 12 MB each) or videos (MP4, 40 MB, 60 seconds). People of the centre look"
        " at each report; no fine follows from a report by itself.",
    ),
    "report_files": Words("Ảnh hoặc phim", "Photos or videos"),
    "report_words": Words("Bạn thấy gì?", "What do you see?"),
    "report_place": Words("Ở đâu? (đường, số nhà, phường)", "Where? (street, number, ward)"),
    "report_name": Words("Họ tên (không bắt buộc)", "Your name (may be left out)"),
    "report_contact": Words("Điện thoại hoặc email (không bắt buộc)", "Phone or mail (may be left out)"),
    "report_privacy": Words(
        "Chỉ trung tâm điều hành biết người phản ánh. Thông tin này lưu riêng, không chuyển cho công an hay phường,"
        " và xóa sau"
        " 30 ngày kể từ khi trả lời.",
        "Only the operations centre knows who reports. It is kept apart, goes to no police and no ward, and is"
        " removed 30"
        " days after the answer.",
    ),
    "report_send": Words("Gửi phản ánh", "Send the report"),
    "report_filed": Words("Đã nhận phản ánh.", "Your report came in."),
    "report_number": Words("Số phản ánh", "Number of the report"),
    "report_keep": Words(
        "Hãy giữ số và mã để xem kết quả; mã chỉ hiện một lần.",
        "Keep number and code to see what becomes of it; the code is shown this once.",
    ),
    "report_wrong": Words(
        "Cần 1 đến 3 ảnh JPEG, PNG (tối đa 12 MB) hoặc phim MP4 (tối đa 40 MB, 60 giây), và mô tả bằng lời.",
        "It takes 1 to 3 photos (JPEG, PNG, at most 12 MB) or videos (MP4, at most 40 MB and 60 seconds), and what you"
        " see in words.",
    ),
    "report_too_many": Words(
        "Hệ thống đang nhận quá nhiều phản ánh. Hãy thử lại sau {seconds} giây.",
        "Too many reports come in now. Try again in {seconds} s.",
    ),
    "report_state": Words("Kết quả phản ánh", "What became of a report"),
    "report_ask": Words("Xem kết quả", "Ask"),
    "report_unknown": Words(
        "Không có phản ánh nào với số và mã này. Hãy kiểm tra lại cả hai.",
        "No report has this number and this code. Check both.",
    ),
    "figures": Words("Số liệu công khai", "Public figures"),
    "figures_hint": Words(
        "Số vụ việc theo ngày xảy ra hành vi. Để không ai bị nhận ra, mỗi số được làm tròn đến bội của 5; từ 1 đến 4"
        " ghi «<5». Dòng có dưới 5 vụ và ngày chưa hết không được nêu; mỗi dòng chỉ đổi khi ít nhất 5 vụ của dòng đó"
        " thay đổi. Tổng vì thế có thể khác tổng các dòng.",
        "Cases by the day of the act. So that nobody is singled out, each number is rounded to a multiple of 5; 1 to"
        " 4 read «<5». A row of fewer than 5 cases and a day that is not over are not told, and a row changes only"
        " once 5 of its cases have. A sum may therefore differ from the sum of its rows.",
    ),
    "figures_no_line": Words("Chưa dòng nào đủ 5 vụ.", "No line has 5 cases yet."),
    "figures_none": Words("Chưa có số liệu.", "There are no figures yet."),
    "figures_of": Words("Tháng {month}, tính đến ngày {made_on}", "{month}, as of {made_on}"),
    "months": Words("Các tháng", "Months"),
    "all": Words("Tất cả", "All"),
    "by_day": Words("Theo ngày", "By day"),
    "by_offence": Words("Theo hành vi", "By offence"),
    "by_ward": Words("Theo phường, xã", "By ward"),
    "no_ward": Words("không rõ", "not known"),
    "as_csv": Words("Tải CSV", "As CSV"),
    "error_reports": Words("Báo cáo sai sót hằng tháng", "Monthly error reports"),
    "error_reports_hint": Words(
        "Thông báo đã gửi, bị rút, bị trả lại, bị phản đối, giữ nguyên hoặc hủy. Đếm trên nhật ký không sửa được.",
        "Notices issued, withdrawn, returned, appealed, upheld or cancelled. Counted on the record that cannot be"
        " changed.",
    ),
    "error_report": Words("Báo cáo sai sót tháng {month}", "Error report of {month}"),
    "cancelled_share": Words("Hủy sau thông báo trên số thông báo", "Cancelled after the notice, of notices"),
    "refused_share": Words("Trả lại hoặc không xử lý trên số tiếp nhận", "Returned or rejected, of received"),
    "target_share": Words("mục tiêu: không quá {share}", "aim: at most {share}"),
    "offence": Words("Hành vi", "Offence"),
    "whole_city": Words("Toàn thành phố", "Whole city"),
    "counted_to": Words(
        "Đếm các bước trên nhật ký trong tháng, đến mục {seq} (mã băm {hash}). Hành vi có dưới 5 vụ được gộp chung.",
        "Steps on the record within the month, up to entry {seq} (hash {hash}). Offences with fewer than 5 cases stand"
        " together.",
    ),
    "close": Words("Đóng vụ việc trên máy này", "Close the case on this device"),
}
