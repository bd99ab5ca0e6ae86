"""Vietnamese for every error that can reach a page: by the English sentence of its place, else by its kind.

The sentence in the code is the key, with ``{}`` where it fills something in, as gettext's are; a test reads the rooms
behind the pages and wants a line here for each sentence that they raise.
"""

from collections.abc import Mapping

from api import errors
from domain.errors import CentreError, Conflict, Invalid, MatThanError, NotAllowed, NotFound

BY_SENTENCE: Mapping[str, str] = {
    # what is asked for is not there
    "there is no case {}": "Không có hồ sơ {0}",
    "there is no such case": "Không có hồ sơ này",
    "the case {} is not with you": "Hồ sơ {0} không ở chỗ bạn",
    "there is no case {} with the police": "Công an không giữ hồ sơ {0}",
    "the case {} has no blurred copy {}": "Hồ sơ {0} không có bản che {1}",
    "the case {} has no whole file {}": "Hồ sơ {0} chưa có đủ tệp {1}",
    "there is no such picture": "Không có ảnh này",
    "there is no such reminder": "Không có nhắc nhở này",
    "there is no such alert; alerts are kept for a time only": "Không có cảnh báo này; cảnh báo chỉ lưu một thời gian",
    "there is no such camera": "Không có camera này",
    "no still of this camera has come": "Chưa có ảnh nào của camera này gửi về",
    "no box has told of such a camera, or not yet what it runs": "Chưa thiết bị nào báo camera này hay cấu hình của nó",
    "the camera has no version {}": "Camera không có bản vẽ số {0}",
    "no flag stands at the camera {}": "Camera {0} không bị giữ hồ sơ",
    "the cases of this camera are being rejected: take that back first": (
        "Hồ sơ của camera này đang bị loại: hãy hoàn tác trước"
    ),
    "somebody is closing this flood already": "Đã có người loại các hồ sơ của đợt này",
    "cases of this flood lie outside your wards": "Có hồ sơ của đợt này ngoài phường bạn phụ trách",
    "no case of this flood waits that nobody has open": "Không còn hồ sơ nào của đợt này chờ mà chưa ai mở",
    "it can be taken back for ten seconds only": "Chỉ hoàn tác được trong mười giây",
    "there is no report {}": "Không có phản ánh {0}",
    "there is no lease {} of yours": "Bạn không có lượt nhận {0}",
    "there is no user {}": "Không có tài khoản {0}",
    "you have no such session": "Bạn không có phiên làm việc này",
    "you have no filter of that name": "Bạn không có bộ lọc tên này",
    "nothing says that {} and {} may be one act": "Không có gì cho thấy {0} và {1} có thể là một hành vi",
    "the cursor is not one that this list gave": "Không đi tiếp danh sách từ chỗ này được, hãy tải lại trang",
    "the cursor is not one that this centre gave": "Không đi tiếp danh sách từ chỗ này được, hãy tải lại trang",
    # somebody was faster
    "the case is at version {}, the decision was made on {}": "Hồ sơ đã thay đổi, hãy xem lại rồi quyết định",
    "the case is at version {}, the judgement was made on {}": "Hồ sơ đã thay đổi, hãy xem lại rồi đánh giá",
    "the case changed since you looked at it": "Hồ sơ đã thay đổi từ khi bạn xem, hãy xem lại",
    "one of the cases changed since you looked at it": "Một trong hai hồ sơ đã thay đổi, hãy xem lại",
    "the report was changed meanwhile; look again": "Phản ánh vừa thay đổi, hãy xem lại",
    "the reminder has changed since you looked at it": "Nhắc nhở đã thay đổi từ khi bạn xem, hãy xem lại",
    "another person has this case open": "Người khác đang mở hồ sơ này",
    "another person has the case that would close open": "Người khác đang mở hồ sơ sẽ bị đóng",
    "somebody has judged these two already": "Đã có người đánh giá hai hồ sơ này",
    "the report was answered already": "Phản ánh đã được trả lời",
    "a case was made of this report already": "Phản ánh này đã được lập hồ sơ",
    "no worker has looked at the files of this report: a case needs their pictures": (
        "Chưa có máy phân tích nào xem tệp của phản ánh này: lập hồ sơ cần ảnh từ đó"
    ),
    "pictures of a citizen alone do not show {}: no case can be made of them": (
        "Chỉ hình ảnh của người dân không chứng minh được {0}: không lập hồ sơ được"
    ),
    "the vehicle is a car or a motorbike": "Phương tiện là ô tô hoặc xe máy",
    "the moments of this offence are {}": "Hành vi này cần ảnh của các thời điểm: {0}",
    "the report has no picture {}": "Phản ánh không có ảnh {0}",
    "the pictures of the moments follow one another": "Ảnh của các thời điểm phải nối tiếp nhau",
    "the pictures of the moments are of one video: two files have two clocks": (
        "Ảnh của các thời điểm phải cùng một video: hai tệp có hai đồng hồ khác nhau"
    ),
    "the act lies in the year before the report came": "Hành vi phải xảy ra trong vòng một năm trước khi nhận phản ánh",
    "the catalogue has no such offence of such a vehicle on that day": (
        "Danh mục không có hành vi này của loại xe này vào ngày đó"
    ),
    "this centre has no key to sign a case with (record.key_file)": (
        "Trung tâm chưa có khóa để ký hồ sơ (record.key_file)"
    ),
    "say in the note what else the evidence shows": "Hãy ghi chứng cứ còn cho thấy gì",
    "a track is named of another vehicle that a box saw": "Chỉ chọn xe khác mà thiết bị đã thấy trong hình",
    "the box saw no such vehicle beside the first one": "Thiết bị không thấy xe như vậy ngoài xe đầu",
    "the box told no privacy masks, so its originals stay closed: leave the vehicle unnamed": (
        "Thiết bị không cho biết vùng che riêng tư nên không làm bản che từ bản gốc: hãy để trống ô chọn xe"
    ),
    "a clone is not cloned: take the act out of the first case": (
        "Hồ sơ này đã được tách ra: hãy tách hành vi từ hồ sơ đầu"
    ),
    "a case that ended, or is only measured, is not cloned": "Hồ sơ đã kết thúc hoặc chỉ để đo thì không tách hành vi",
    "a case is cloned while all its files are here and its signature is known": (
        "Chỉ tách hành vi khi còn đủ tệp và chữ ký đã được xác nhận"
    ),
    "that is the act of the case itself: name another vehicle or another offence": (
        "Đó chính là hành vi của hồ sơ: hãy chọn phương tiện khác hoặc hành vi khác"
    ),
    "the vehicle of the case is of another kind": "Phương tiện của hồ sơ thuộc loại khác",
    "the case has no full still {}": "Hồ sơ không có ảnh toàn cảnh {0}",
    "write the time as day/month/year hour:minute:second": "Hãy ghi giờ dạng ngày/tháng/năm giờ:phút:giây",
    "write the place as latitude, longitude": "Hãy ghi vị trí dạng vĩ độ, kinh độ",
    "the role {} brings no case in as a {}": "Vai trò {0} không lập được hồ sơ loại {1}",
    "the case is there already, by another step or for another reason": "Hồ sơ đã ở đó, do bước khác hoặc lý do khác",
    "another outcome was reported already": "Đã báo kết quả khác trước đó",
    "the case was returned with another reason already": "Hồ sơ đã được trả lại với lý do khác",
    "a receipt for another package was given already": "Đã xác nhận nhận gói chứng cứ khác",
    "the idempotency key was used for another request": "Yêu cầu này trùng mã với một yêu cầu khác, hãy tải lại trang",
    "the camera runs another configuration by now: load it and draw again": (
        "Camera nay chạy cấu hình khác: hãy tải lại rồi vẽ tiếp"
    ),
    "somebody has drawn version {} meanwhile: look at it and draw again": (
        "Có người vừa vẽ bản số {0}: hãy xem bản đó rồi vẽ tiếp"
    ),
    # exports
    "there is no export {}": "Không có bản xuất {0}",
    "an export says who gets it": "Hãy ghi nơi nhận bản xuất",
    "another person answers: the account that asked for it is yours too": (
        "Phải do người khác trả lời: tài khoản đã đề nghị cũng là của bạn"
    ),
    "nobody has stated which person each of the two accounts is of: an admin does": (
        "Chưa ai ghi số hiệu cán bộ của cả hai tài khoản: quản trị viên cần ghi trước"
    ),
    "a personnel number has 1 to {} characters, a letter or digit among them": (
        "Số hiệu cán bộ có 1 đến {0} ký tự, trong đó có chữ hoặc số"
    ),
    "a refusal says why": "Không duyệt thì phải ghi lý do",
    "another person answers: you asked for it": "Người khác phải trả lời: bạn là người đề nghị",
    "who asked for it fetches it": "Chỉ người đề nghị mới lấy được bản xuất",
    "the case has no whole file of this kind": "Hồ sơ không có tệp nào đủ để xuất theo loại này",
    "the export is {}, not {}": "Bản xuất không còn ở bước đó, hãy tải lại trang",
    "nothing leaves of a case that is judged, is none, or is another case's duplicate": (
        "Không xuất hồ sơ đang được rà soát, đã bị từ chối hoặc đã gộp vào hồ sơ khác"
    ),
    "where the first vehicle was is not told, so it cannot be hidden: this case is not cloned": (
        "Không rõ xe đầu ở đâu trong hình nên không che được: không tách hành vi từ hồ sơ này"
    ),
    "somebody can be known on the copy of this file: say why you look at the original": (
        "Bản che của tệp này còn nhận ra được người hoặc biển xe: hãy nêu lý do xem bản gốc"
    ),
    "nobody can be hidden on {}, which is no picture: this case is not cloned": (
        "Tệp {} không phải ảnh hay phim đọc được nên không che được ai: không tách hành vi từ hồ sơ này"
    ),
    "somebody can be known on a copy that was to leave: make the export again": (
        "Bản che sắp xuất còn nhận ra được người hoặc biển xe: hãy lập lại bản xuất"
    ),
    "say why it was a mistake": "Hãy ghi vì sao đó là nhầm lẫn",
    "nobody has said of {} that it shows this": "Chưa ai báo như vậy về {}",
    "no copy of this file has people hidden: say why you look at the original": (
        "Tệp này không có bản che mặt, che biển số: hãy nêu lý do xem bản gốc"
    ),
    "what the box told of the pictures cannot be read: this case is not cloned": (
        "Không đọc được dữ liệu vị trí mà thiết bị gửi kèm hình: không tách hành vi từ hồ sơ này"
    ),
    "somebody else made this case, or it took too long: look again": (
        "Người khác vừa lập hồ sơ này, hoặc việc lập quá lâu: hãy xem lại"
    ),
    "this machine cannot write on clips: install matthan[centre,export]": (
        "Máy chủ này chưa đánh dấu được đoạn phim: cần cài matthan[centre,export]"
    ),
    # the life of a case
    "the police took the case over already": "công an đã tiếp nhận hồ sơ",
    "the role {} may not {} a case": "Vai trò {0} không được thực hiện bước {1}",
    "a case that is {} cannot take the step {}": "Hồ sơ đang ở trạng thái {0} nên không thực hiện được bước {1}",
    "the step {} is not open: {}": "Chưa thực hiện được bước {0}: {1}",
    "the step {} needs a note that says why": "Bước {0} cần ghi chú nêu lý do",
    "the step split needs a note that says why": "Tách hồ sơ cần ghi chú nêu lý do",
    "the step {} takes no reason code": "Bước {0} không có lý do kèm theo",
    "the step {} needs a known reason code, got {}": "Bước {0} cần một lý do trong danh sách",
    "the reason {} is not for the {} to give": "Lý do {0} không thuộc quyền của bạn",
    "the reason OTHER needs a note that says what it is": "Lý do «khác» cần ghi chú nói rõ là gì",
    "the case is blocked: {}": "hồ sơ còn vướng: {0}",
    "a case of a rule in shadow mode does not count": "hồ sơ của luật đang chạy thử không được tính",
    "only a case of a rule in shadow mode is judged": "chỉ đánh giá hồ sơ của luật đang chạy thử",
    "no second look is due": "không cần người thứ hai xem",
    "a second look is due first": "cần người thứ hai xem trước",
    "another person must look: you did already": "phải là người khác xem, bạn đã xem rồi",
    "the first reviewer did not confirm it": "người xem thứ nhất không xác nhận",
    "the first reviewer did not reject it": "người xem thứ nhất không bác bỏ",
    "the answers do not differ": "hai câu trả lời không khác nhau",
    "the two reviewers read two plates": "hai người đọc ra hai biển số khác nhau",
    "two people did not both find that it shows no offence": "chưa có hai người cùng thấy không vi phạm",
    "ten days have passed since the act, no notice would be in time": "đã quá mười ngày từ hành vi, không kịp báo",
    "a year has passed since the act": "đã quá một năm từ hành vi",
    "a year has not passed since the act": "chưa quá một năm từ hành vi",
    "twenty days since the notice have not passed": "chưa quá hai mươi ngày từ thông báo",
    "only what stands on a pavement is reminded of": "chỉ nhắc nhở việc chiếm vỉa hè",
    "the case that would lead has ended, or does not count": "hồ sơ chính đã kết thúc hoặc không được tính",
    "the case that leads goes on for both": "hồ sơ chính còn đi tiếp thay cho cả hai",
    "two cases are the same act or different ones": "Hai hồ sơ là một hành vi hoặc hai hành vi, hãy chọn một",
    "the case that leads is one of the two": "Hồ sơ chính phải là một trong hai",
    "neither can close any more: one is {}, the other {}": "Không đóng được hồ sơ nào nữa: một {0}, một {1}",
    "both lead other cases already: split those off first": "Cả hai đang là hồ sơ chính, hãy tách các hồ sơ kia trước",
    "a plate is entered by who reviews the case, before answering": "Người rà soát nhập biển số, trước khi trả lời",
    "a vehicle of the kind {} carries no plate": "Loại phương tiện {0} không có biển số",
    "a plate holds capital letters and digits": "Biển số chỉ có chữ in hoa và số",
    "no Vietnamese plate of such a vehicle is written so: expected e.g. 75-F1 123.45 or 75A-123.45": (
        "Biển số Việt Nam của loại xe này không viết như vậy; ví dụ: 75-F1 123.45, 75A-123.45"
    ),
    "you have answered {} cases in this shift, which is its limit": "Ca này bạn đã trả lời {0} hồ sơ, đủ số cho một ca",
    "expected a reason of {}": "Hãy chọn một lý do trong danh sách",
    "originals are shown for at most {} minutes": "Bản gốc chỉ xem được tối đa {0} phút",
    "the report was turned down, so nobody sees who is in it": (
        "Phản ánh không được tiếp nhận nên không ai được xem ảnh, phim không che"
    ),
    "the report was answered: say why you look at a file with nobody hidden": (
        "Phản ánh đã trả lời: hãy nêu lý do xem ảnh, phim không che"
    ),
    "the case was rejected, so nobody sees who is in it": "Hồ sơ đã bị bác bỏ nên không ai được xem bản gốc",
    # search, figures, filters
    "expected a purpose of {}": "Hãy chọn một mục đích trong danh sách",
    "give the number of the letter, complaint or request as a note": "Hãy ghi số công văn, đơn hoặc yêu cầu",
    "a plate has letters and digits, ? for one that is not known, * for some: at most {}": (
        "Biển số gồm chữ và số, ? thay một ký tự, * thay nhiều ký tự: tối đa {0}"
    ),
    "give at least {} known characters, so that only a few vehicles are shown": "Hãy nhập ít nhất {0} ký tự đã biết",
    "one wrong character is allowed in a plate of {} or more, without ? and *": (
        "Chỉ tìm gần đúng với biển số từ {0} ký tự, không có ? và *"
    ),
    "at most {} days at once": "Mỗi lần xem tối đa {0} ngày",
    "ask for at most {} days at once; the CSV has no such limit": "Mỗi lần xem tối đa {0} ngày; tệp CSV không giới hạn",
    "the span lies within the years {} to {}": "Khoảng thời gian nằm trong các năm {0} đến {1}",
    "the span ends on {}, before it begins on {}": "Ngày kết thúc {0} trước ngày bắt đầu {1}",
    "you have {} filters; remove one first": "Bạn đã có {0} bộ lọc, hãy xóa bớt",
    # reminders, reports, drawings
    "say why it is not so": "Hãy nói rõ vì sao không đúng",
    "a note has at most {} characters": "Ghi chú tối đa {0} ký tự",
    "a reminder has at most {} answers": "Một nhắc nhở có tối đa {0} câu trả lời",
    "say why you need to know who sent the report": "Hãy nêu lý do cần biết ai gửi phản ánh",
    "an answer says what became of it": "Câu trả lời phải nói kết quả",
    "an accepted report names an offence of the catalogue, another none": (
        "Phản ánh được tiếp nhận phải chọn hành vi trong danh mục, còn lại thì không"
    ),
    "say in the note what is seen, or why it cannot be used": "Hãy ghi chú thấy gì, hoặc vì sao không dùng được",
    "say why, in at most {} characters: others read it later": "Hãy nêu lý do, tối đa {0} ký tự",
    "a camera has at most {} versions": "Một camera có tối đa {0} bản vẽ",
    "{}{}": "Bản vẽ có lỗi: {0}{1}",
    # police
    "n lies between 1 and {}": "Số hồ sơ mỗi lần nhận từ 1 đến {0}",
    "lease_s lies between 1 and {}": "Thời gian nhận từ 1 đến {0} giây",
    "the lease has expired": "Đã hết thời gian nhận hồ sơ",
    "the lease has expired or is not yours": "Đã hết thời gian nhận hồ sơ, hoặc hồ sơ không do bạn nhận",
    "the package was not taken yet, so nothing can be acknowledged": "Chưa tải gói chứng cứ nên chưa xác nhận được",
    "the case was not received by you": "Bạn chưa xác nhận đã nhận hồ sơ này",
    "no receipt was given for the case": "Chưa có xác nhận đã nhận hồ sơ này",
    "you may not use the queue {}": "Bạn không được dùng hàng chờ {0}",
    "{} is no step of this door; it is one of {}": "Không có bước {0} ở đây",
    "the ward of the act is not known, so nobody knows to whom it is referred": (
        "Chưa biết hành vi ở phường nào nên chưa biết chuyển cho ai"
    ),
    "there is no queue of {}": "Không có hàng chờ của {0}",
    "form {} is made where a case is one of {}; this one is {}": "Chưa lập được mẫu {0}: hồ sơ đang ở trạng thái {2}",
    "a case that is {} has no notice: the owner is identified first, and it has not ended": (
        "Hồ sơ đang ở trạng thái {0} nên chưa có thông báo: phải xác định chủ xe trước, và hồ sơ chưa kết thúc"
    ),
    "no free number was found; try again": "Chưa tìm được số thông báo còn trống, hãy thử lại",
    # one's own account
    "the password is wrong": "Mật khẩu không đúng",
    "the code is wrong; check the phone's clock": "Mã không đúng; hãy kiểm tra giờ trên điện thoại",
    "there is a second factor already; remove it first": "Đã có xác thực hai lớp, hãy tắt trước",
    "there is no second factor": "Chưa bật xác thực hai lớp",
    "no second factor was begun": "Chưa bắt đầu bật xác thực hai lớp",
    "only people have a second factor": "Chỉ tài khoản của người mới có xác thực hai lớp",
    "only people have sessions and filters": "Chỉ tài khoản của người mới có phiên làm việc và bộ lọc",
    "this centre has no second factors: sessions.second_factor_key is not set": (
        "Trung tâm này chưa cài xác thực hai lớp, hãy hỏi quản trị viên"
    ),
    "{} is refused: {}": "Bạn không có quyền làm việc này: {1}",
    "set up a second factor first": "hãy bật xác thực hai lớp trước",
    "the role {} does not permit it": "vai trò {0} không được phép",
}
"""By the English sentence; ``{0}`` is what fills its first pair of braces."""

BY_KIND: tuple[tuple[type[MatThanError], str], ...] = (
    (errors.Unauthenticated, "Phiên làm việc đã hết hoặc chưa đăng nhập, hãy đăng nhập lại"),
    (errors.StaleVersion, "Nội dung đã thay đổi từ khi bạn xem, hãy xem lại"),
    (errors.TooLarge, "Nội dung gửi lên quá lớn"),
    (errors.HashMismatch, "Gói chứng cứ không khớp với gói trung tâm đã giao"),
    (errors.TooManyAttempts, "Thử quá nhiều lần, hãy chờ rồi thử lại"),
    (errors.TooMuch, "Gửi quá nhiều lúc này, hãy chờ rồi thử lại"),
    (errors.ProviderUnavailable, "Hệ thống tài khoản của thành phố chưa trả lời, hãy thử lại sau"),
    (errors.EvidenceLost, "Tệp chứng cứ đã nhận nay không còn ở chỗ lưu, hãy báo quản trị viên"),
    (errors.StoreUnavailable, "Trung tâm chưa đọc được dữ liệu, chưa có gì thay đổi; hãy thử lại"),
    (NotFound, "Không tìm thấy"),
    (NotAllowed, "Bạn không có quyền làm việc này"),
    (Conflict, "Trạng thái hiện nay không cho phép làm việc này"),
    (Invalid, "Nội dung nhập chưa đúng"),
    (CentreError, "Trung tâm chưa làm được việc này, hãy thử lại"),
    (MatThanError, "Trung tâm chưa làm được việc này, hãy báo quản trị viên"),
)
"""What is said of an error whose sentence has no line of its own; the first that fits counts."""
