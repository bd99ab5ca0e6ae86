"""The byte form that is signed: RFC 8785 for everything new, and the earlier form for what was signed in it."""

import base64
import hashlib
import json
import struct
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from domain.canonical import FIRST_FORM, canonical_bytes, sha256_of
from domain.cases.case import Case
from domain.cases.evidence import CaseMessage
from plumbing.package_checks import Overall, verify_package
from tests.builders.cases import build_case, build_message
from tests.builders.centre import CentreBuilder, evidence_of, full_manifest

# RFC 8785, appendix B: the bits of a double and how it is written
NUMBERS = {
    "0000000000000000": "0",
    "8000000000000000": "0",
    "0000000000000001": "5e-324",
    "8000000000000001": "-5e-324",
    "7fefffffffffffff": "1.7976931348623157e+308",
    "ffefffffffffffff": "-1.7976931348623157e+308",
    "4340000000000000": "9007199254740992",
    "c340000000000000": "-9007199254740992",
    "4430000000000000": "295147905179352830000",
    "44b52d02c7e14af5": "9.999999999999997e+22",
    "44b52d02c7e14af6": "1e+23",
    "44b52d02c7e14af7": "1.0000000000000001e+23",
    "444b1ae4d6e2ef4e": "999999999999999700000",
    "444b1ae4d6e2ef4f": "999999999999999900000",
    "444b1ae4d6e2ef50": "1e+21",
    "3eb0c6f7a0b5ed8c": "9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d": "0.000001",
    "41b3de4355555553": "333333333.3333332",
    "41b3de4355555554": "333333333.33333325",
    "41b3de4355555555": "333333333.3333333",
    "41b3de4355555556": "333333333.3333334",
    "41b3de4355555557": "333333333.33333343",
    "becbf647612f3696": "-0.0000033333333333333333",
    "43143ff3c1cb0959": "1424953923781206.2",
}


@pytest.mark.parametrize(("bits", "text"), NUMBERS.items())
def test_numbers_are_written_as_the_rfc_says(bits: str, text: str) -> None:
    number = struct.unpack(">d", bytes.fromhex(bits))[0]
    assert canonical_bytes({"n": number}).decode() == f'{{"n":{text}}}'


def test_the_example_of_the_rfc() -> None:
    """RFC 8785, 3.2.2 and 3.2.3."""
    document = json.loads(
        r"""{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}"""
    )
    expected = (
        r'{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        r'"string":"€$\u000f\nA' + "'" + r'B\"\\\\\"/"}'
    )
    assert canonical_bytes(document).decode() == expected


def test_keys_stand_in_order_of_utf_16_units() -> None:
    names = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]  # RFC 8785, 3.2.3
    assert list(json.loads(canonical_bytes(dict.fromkeys(names, 0)))) == [
        "\r",
        "1",
        "\u0080",
        "\u00f6",
        "\u20ac",
        "\U0001f600",
        "\ufb33",
    ]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53, -(2**53), "\ud800", object()])
def test_what_has_no_form_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"exceeds|not representable|non-UTF-8|unsupported"):
        canonical_bytes({"a": value})


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(min_value=-(2**53) + 1, max_value=2**53 - 1)
    | st.floats(-(2**53) + 1, 2**53 - 1)  # beyond, a whole double reads back as an integer that is refused
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["a", "Đ", "\U0001f600", "\ufb33"]), plain))
def test_reading_and_writing_again_changes_nothing(document: dict[str, object]) -> None:
    written = canonical_bytes(document)
    assert canonical_bytes(json.loads(written)) == written


# the earlier form

KEY = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)


def earlier_bytes(plain: object) -> bytes:
    """As software before RFC 8785 wrote it."""
    return json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def earlier_package(folder: Path) -> tuple[Case, Path]:
    """A package whose bytes, hash and signature were made by the earlier software."""
    case = build_case(schema_version=FIRST_FORM)
    contents = evidence_of(case)
    case_bytes = earlier_bytes(case.model_dump(mode="json"))
    assert b'"dwell_s":60.0' in case_bytes
    manifest = full_manifest(case, schema_version=FIRST_FORM, case_sha256=hashlib.sha256(case_bytes).hexdigest())
    manifest_bytes = earlier_bytes(manifest.model_dump(mode="json"))
    signature = {
        "algorithm": "Ed25519",
        "key_id": hashlib.sha256(KEY.public_key().public_bytes_raw()).hexdigest(),
        "signature_b64": base64.b64encode(KEY.sign(manifest_bytes)).decode(),
    }
    folder.mkdir()
    files = {"case.json": case_bytes, "manifest.json": manifest_bytes, "signature.json": earlier_bytes(signature)}
    for name, content in (contents | files).items():
        (folder / name).write_bytes(content)
    return case, folder


def test_a_package_of_the_earlier_form_still_verifies(tmp_path: Path) -> None:
    _, folder = earlier_package(tmp_path / "package")
    key_id = json.loads((folder / "signature.json").read_bytes())["key_id"]
    assert verify_package(folder, {key_id: KEY.public_key()}).overall is Overall.VALID


def test_a_case_of_the_earlier_form_comes_in_and_goes_out_byte_for_byte(tmp_path: Path) -> None:
    """An older box sends it to a newer centre: its hash, its signature and what the police get stay what they were."""
    centre = CentreBuilder(tmp_path)
    try:
        centre.register("box-1", KEY)
        case, folder = earlier_package(tmp_path / "package")
        texts = {name: (folder / f"{name}.json").read_bytes() for name in ("case", "manifest", "signature")}
        message = CaseMessage.model_validate_json(earlier_bytes({n: json.loads(text) for n, text in texts.items()}))
        answer = centre.take_in(message, evidence_of(case))
        assert answer.on_record
        assert answer.message_sha256 == hashlib.sha256(canonical_bytes(message)).hexdigest()
        stored = centre.stored(case.case_id)
        assert stored.integrity == "valid"
        documents = {"case": stored.case, "manifest": stored.manifest, "signature": stored.signature}
        assert {name: canonical_bytes(document) for name, document in documents.items()} == texts
    finally:
        centre.close()


def test_both_forms_of_one_case_differ_in_numbers_only() -> None:
    new, old = build_case(), build_case(schema_version=FIRST_FORM)
    assert sha256_of(new) != sha256_of(old)
    assert b'"dwell_s":60,' not in canonical_bytes(old)
    assert b'"dwell_s":60}' in canonical_bytes(new)


def test_a_message_of_two_forms_is_refused() -> None:
    case = build_case()
    manifest = full_manifest(case, schema_version=FIRST_FORM)
    with pytest.raises(ValueError, match="different schema versions"):
        build_message(case, KEY, manifest)
