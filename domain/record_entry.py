"""One entry of the record by itself: its fields and the hash that ties it to the one before."""

import hashlib
from json.encoder import encode_basestring as _quoted


def entry_hash(*, seq: int, at: str, actor: str, action: str, case_id: str | None, body: str, prev_hash: str) -> str:
    """Hex SHA-256 that binds an event to all before it, over the canonical JSON of its fields.

    Examples:
        >>> one = entry_hash(seq=1, at="t", actor="a", action="x", case_id=None, body="{}", prev_hash="0" * 64)
        >>> one == entry_hash(seq=2, at="t", actor="a", action="x", case_id=None, body="{}", prev_hash="0" * 64)
        False
    """
    known = entry_before_link(at=at, actor=actor, action=action, case_id=case_id, body=body)
    return hashlib.sha256(f'{known}{_quoted(prev_hash)[1:]},"seq":{seq}}}'.encode()).hexdigest()


def entry_before_link(*, at: str, actor: str, action: str, case_id: str | None, body: str) -> str:
    """What is hashed of an event before its place in the chain is known: ``PREV_HASH","seq":SEQ}`` follows it.

    The canonical form, written out: a check hashes millions of them.

    Examples:
        >>> entry_before_link(at="t", actor="a", action="x", case_id=None, body="{}")
        '{"action":"x","actor":"a","at":"t","body":"{}","case_id":null,"prev_hash":"'
    """
    case = "null" if case_id is None else _quoted(case_id)
    return (
        f'{{"action":{_quoted(action)},"actor":{_quoted(actor)},"at":{_quoted(at)},"body":{_quoted(body)},'
        f'"case_id":{case},"prev_hash":"'
    )
