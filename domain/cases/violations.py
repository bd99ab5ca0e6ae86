"""What a case or reminder says of its row of the catalogue."""

from domain.cases.case import ViolationRef
from domain.law.catalogue import Catalogue, CatalogueRow


def violation_of(row: CatalogueRow, catalogue: Catalogue) -> ViolationRef:
    """What a case or reminder says of its row."""
    return ViolationRef(
        code=row.code,
        vehicle_kind=row.vehicle,
        name_vi=row.name_vi,
        name_en=row.name_en,
        legal_ref=row.legal_ref,
        sanction_route=row.sanction_route,
        catalogue_version=catalogue.version,
        catalogue_sha256=catalogue.sha256,
        signed_off_by_police=row.signed_off_by_police,
    )
