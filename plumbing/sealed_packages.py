"""The whole check of a package, as a ZIP archive or an unpacked folder: what the box signed, what the centre sealed."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.x509 import Certificate

from domain.errors import EvidenceError, IntegrityError
from plumbing.package_archive import extract
from plumbing.package_checks import Overall, PackageReport, verify_package
from plumbing.seal_checks import SealFinding, SealVerdict, check_seal, is_sealed
from plumbing.seals import CENTRE_FILES


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedReport:
    """The outcome of a check."""

    box: PackageReport | None  # None: the archive itself is broken, nothing in it can be looked at
    seal: tuple[SealFinding, ...]  # empty: the package was never sealed by a centre
    broken: str | None = None  # what is wrong with the archive
    seal_wanted: bool = False  # keys of centres were given: whoever takes a seal off must not make it look whole

    @property
    def overall(self) -> Overall:
        """Altered before unknown signer before not sealed before not bound before valid."""
        verdicts = {finding.verdict for finding in self.seal}
        if self.box is None or Overall.ALTERED is self.box.overall or SealVerdict.ALTERED in verdicts:
            return Overall.ALTERED
        if Overall.UNKNOWN_SIGNER is self.box.overall or SealVerdict.UNKNOWN_SIGNER in verdicts:
            return Overall.UNKNOWN_SIGNER
        if self.seal_wanted and not self.seal:
            return Overall.NOT_SEALED
        return self.box.overall


def verify_sealed(
    path: Path,
    box_keys: Mapping[str, Ed25519PublicKey],
    centre_keys: Mapping[str, Ed25519PublicKey],
    authorities: Sequence[Certificate] = (),
) -> SealedReport:
    """Check a package offline.

    Args:
        path: a ZIP archive as the centre gave it, or a folder.
        box_keys: public keys of known boxes, by key id.
        centre_keys: public keys of known centres, by key id; where there are any, a package must be sealed.
        authorities: root certificates of known time stamp authorities.

    Raises:
        EvidenceError: there is no such file or folder, or no manifest that could be checked against.
    """
    if path.is_dir():
        return _verify_folder(path, box_keys, centre_keys, authorities)
    if not path.is_file():
        raise EvidenceError(f"there is no package {path}")
    with tempfile.TemporaryDirectory(prefix="matthan-verify-") as name:
        folder = Path(name)
        try:
            extract(path, folder)
            return _verify_folder(folder, box_keys, centre_keys, authorities)
        except IntegrityError as error:
            return SealedReport(box=None, seal=(), broken=str(error))


def _verify_folder(
    folder: Path,
    box_keys: Mapping[str, Ed25519PublicKey],
    centre_keys: Mapping[str, Ed25519PublicKey],
    authorities: Sequence[Certificate],
) -> SealedReport:
    if not is_sealed(folder):
        box = verify_package(folder, box_keys, centre_keys=centre_keys)
        return SealedReport(box=box, seal=(), seal_wanted=bool(centre_keys))
    box = verify_package(folder, box_keys, beside=CENTRE_FILES, centre_keys=centre_keys)
    return SealedReport(box=box, seal=check_seal(folder, centre_keys, authorities))
