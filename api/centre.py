"""The centre as one bundle of services; HTTP, MQTT, the console and the command line all stand on it."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from api.alerts import Alerts
from api.audit.audit import Audit
from api.audit.checkpoints import centre_key
from api.audit.record_search import RecordSearch
from api.cameras.drawings import Drawings
from api.cameras.pages import CameraPages
from api.cameras.reports import CameraIntake
from api.cases.case_reader import CaseReader
from api.cases.centre_cases import CentreCases
from api.cases.clone_files import CloneFiles
from api.cases.clones import Clones
from api.cases.duplicates import Duplicates
from api.cases.entered_plates import EnteredPlates
from api.cases.evidence_view import EvidenceView
from api.cases.figures import CaseFigures
from api.cases.floods import Floods
from api.cases.holds import Holds
from api.cases.notifier import CaseNotifier
from api.cases.plate_look_ups import PlateLookUps
from api.cases.redaction_misses import RedactionMisses
from api.cases.review import Draws, Review
from api.cases.review_queue import ReviewQueue
from api.cases.rule_standing import RuleStanding
from api.cases.saved_filters import SavedFilters
from api.cases.unblur import Unblurring
from api.cases.view_log import ViewLog
from api.cases.workload import Workload
from api.citizens.analyses import ReportAnalyses
from api.citizens.figures import PublicFigures
from api.citizens.own_case import CitizenDoor
from api.citizens.report_cases import ReportCases
from api.citizens.report_intake import ReportIntake
from api.citizens.reports import Reports
from api.counts.intake import LedgerIntake
from api.counts.reading import CountsReader
from api.evidence_store.directory import DirectoryEvidenceStore
from api.evidence_store.port import EvidenceStore
from api.evidence_store.s3 import S3EvidenceStore, s3_client
from api.exports.exports import Exports
from api.fleet_health import FleetHealth
from api.intake.admission import Admission
from api.intake.packages import Intake
from api.intake.refusals import Refusals
from api.people.accounts import Accounts
from api.people.linked_identities import LinkedIdentities
from api.people.machines import Machines
from api.people.open_sessions import OpenSessions
from api.people.organisations import Organisations
from api.people.reviewer_figures import ReviewerCounts
from api.people.second_factor import SecondFactors
from api.people.secrets_of_accounts import Passwords
from api.people.sign_in import SessionLimits, SignIn
from api.people.throttle import Door, Throttle
from api.persistence.database import Database
from api.persistence.store import Store
from api.places.camera_registry import CameraRegistry
from api.places.routing import ReceiverRule, Router
from api.places.ward_file import read_wards
from api.police.forms import Forms
from api.police.long_poll import LongPolls
from api.police.notices import Notices
from api.police.queue_of_cases import PoliceQueue, QueueLimits
from api.police.sealing import Sealing
from api.police.steps import PoliceSteps
from api.police.time_stamp_request import TimeStampAuthority
from api.reminders.intake import ReminderIntake
from api.reminders.pictures import ReminderPictures
from api.reminders.reminders import Reminders
from api.retention import Retention
from api.retention_limits import RetentionLimits
from api.settings import CentreSettings, EvidenceSettings, RecordSettings, SightingSettings
from api.sightings.intake import SightingIntake
from api.sightings.keys import SightingKeys
from api.sightings.look_up import SightingLookUps
from api.standing_problems import PROVIDER_DOWN, StandingProblems
from domain.errors import ConfigurationError
from domain.instants import Clock
from domain.law.rejection import rejection_reasons
from plumbing.time_stamps import read_authorities

if TYPE_CHECKING:
    from api.people.identity_provider import IdentityProvider

_BESIDE_SQLITE = ("-wal", "-shm", "-journal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Centre:
    """Every service of the centre."""

    store: Store
    notifier: CaseNotifier
    sign_in: SignIn
    provider: "IdentityProvider | None"  # None: people have passwords here alone
    problems: StandingProblems
    linked_identities: LinkedIdentities
    second_factors: SecondFactors
    open_sessions: OpenSessions
    accounts: Accounts
    machines: Machines
    organisations: Organisations
    intake: Intake
    admission: Admission
    centre_cases: CentreCases
    evidence: EvidenceView
    unblurring: Unblurring
    redaction_misses: RedactionMisses
    cases: CaseReader
    plates: PlateLookUps
    saved_filters: SavedFilters
    review: Review
    duplicates: Duplicates
    clones: Clones
    exports: Exports
    entered_plates: EnteredPlates
    holds: Holds
    reviewers: ReviewerCounts
    review_queue: ReviewQueue
    floods: Floods
    rules: RuleStanding
    workload: Workload
    figures: CaseFigures
    police: PoliceQueue
    police_steps: PoliceSteps
    notices: Notices
    forms: Forms
    citizens: CitizenDoor
    public_figures: PublicFigures
    report_intake: ReportIntake
    reports: Reports
    report_cases: ReportCases
    report_analyses: ReportAnalyses
    long_polls: LongPolls
    health: FleetHealth
    cameras: CameraRegistry
    camera_intake: CameraIntake
    camera_pages: CameraPages
    map_tiles_path: str | None  # None: maps are drawn from the wards' borders
    drawings: Drawings
    alerts: Alerts
    reminder_intake: ReminderIntake
    reminder_pictures: ReminderPictures
    reminders: Reminders
    ledger_intake: LedgerIntake
    counts: CountsReader
    sighting_intake: SightingIntake
    sightings: SightingLookUps
    audit: Audit
    record_search: RecordSearch
    retention: Retention

    def close(self) -> None:
        """Close the database's connections."""
        self.store.database.close()


def open_centre(settings: CentreSettings, *, clock: Clock, passwords: Passwords | None = None) -> Centre:
    """Build the services on the database and evidence store of the settings.

    Args:
        settings: of the centre.
        clock: where the time comes from.
        passwords: how passwords are hashed; None: at full cost.

    Raises:
        ConfigurationError: a secret, driver or folder is missing, or the borders of the wards are wrong.
    """
    store = Store(open_database(settings), clock)
    files = open_evidence_store(settings.evidence)
    notifier = CaseNotifier()
    views = ViewLog(store, clock)
    unblurring = Unblurring(store)
    throttle, citizens_throttle = Throttle(store, Door.STAFF), Throttle(store, Door.CITIZENS)
    hasher = passwords or Passwords()
    reasons = rejection_reasons()
    sessions = settings.sessions
    limits = SessionLimits(idle_s=sessions.idle_minutes * 60.0, absolute_s=sessions.absolute_hours * 3600.0)
    factor_key = sessions.second_factor_key
    factors = SecondFactors(
        store, hasher, key=factor_key.read() if factor_key else None, required=sessions.second_factor_roles
    )
    problems = StandingProblems(store)
    provider = _provider(settings, clock, problems)
    linked = LinkedIdentities(store, issuer=None if provider is None else provider.issuer)
    police, review = settings.police, settings.review
    draws = Draws(
        key=review.draw_key.read().encode() if review.draw_key else secrets.token_bytes(32),
        second_look_share=review.second_look_share,
        seed_share=review.seed_share,
    )
    rules = RuleStanding(store)
    router = open_router(settings)
    admission = Admission(store, notifier, router)
    key = None if settings.record is None else centre_key(settings.record)
    centre_cases = CentreCases(store, files, admission, key=key)
    cameras = CameraRegistry(store, router)
    sighting_keys, kept, basis = _sightings(settings.sightings)
    return Centre(
        store=store,
        notifier=notifier,
        sign_in=SignIn(store, passwords=hasher, factors=factors, throttle=throttle, limits=limits, linked=linked),
        provider=provider,
        problems=problems,
        linked_identities=linked,
        second_factors=factors,
        open_sessions=OpenSessions(store),
        accounts=Accounts(store, hasher),
        machines=Machines(store),
        organisations=Organisations(store),
        intake=Intake(
            store, files=files, admission=admission, refusals=Refusals(store), limits=settings.intake.limits()
        ),
        admission=admission,
        centre_cases=centre_cases,
        evidence=EvidenceView(store, files=files, views=views, unblurring=unblurring),
        unblurring=unblurring,
        redaction_misses=RedactionMisses(store),
        cases=CaseReader(store, views, notifier),
        plates=PlateLookUps(store),
        saved_filters=SavedFilters(store),
        review=Review(store, notifier, reasons, draws),
        duplicates=Duplicates(store, notifier, views),
        clones=Clones(store, CloneFiles(files), centre_cases),
        exports=Exports(store, files),
        entered_plates=EnteredPlates(store, notifier),
        holds=Holds(store, lasts=timedelta(minutes=review.hold_minutes), cases_a_shift=review.cases_a_shift),
        reviewers=ReviewerCounts(store),
        rules=rules,
        workload=Workload(store),
        figures=CaseFigures(store, rules),
        review_queue=ReviewQueue(store, notifier, limit=review.queue_limit),
        floods=Floods(store, notifier, reasons, draws),
        police=PoliceQueue(
            store,
            files=files,
            notifier=notifier,
            reasons=reasons,
            limits=QueueLimits(
                max_cases=police.max_cases, default_lease_s=police.default_lease_s, max_lease_s=police.max_lease_s
            ),
            sealing=None if settings.record is None else _sealing(settings.record, store, files),
        ),
        police_steps=PoliceSteps(store, notifier, reasons, views, router=router),
        notices=Notices(store, notifier),
        forms=Forms(store, views, public_url=settings.listen.public_url),
        citizens=CitizenDoor(store, notifier, files=files, views=views, throttle=citizens_throttle),
        public_figures=PublicFigures(store),
        report_intake=ReportIntake(store, files=files, throttle=citizens_throttle, wards=router.wards),
        reports=Reports(store, files),
        report_cases=ReportCases(store, files, centre_cases),
        report_analyses=ReportAnalyses(store, files),
        long_polls=LongPolls(notifier),
        health=FleetHealth(store, silent_after=timedelta(seconds=settings.fleet.silent_after_s)),
        cameras=cameras,
        camera_intake=CameraIntake(store, files),
        camera_pages=CameraPages(store, files=files, cameras=cameras),
        map_tiles_path=settings.places.tiles_path,
        drawings=Drawings(store),
        alerts=Alerts(store),
        reminder_intake=ReminderIntake(store, router),
        reminder_pictures=ReminderPictures(store, files),
        reminders=Reminders(store),
        ledger_intake=LedgerIntake(store),
        counts=CountsReader(store),
        sighting_intake=SightingIntake(store, sighting_keys, kept=kept, basis=basis),
        sightings=SightingLookUps(store, sighting_keys, kept=kept, basis=basis),
        audit=Audit(store),
        record_search=RecordSearch(store),
        retention=Retention(store, files=files, notifier=notifier, limits=_limits(settings)),
    )


def _provider(settings: CentreSettings, clock: Clock, problems: StandingProblems) -> "IdentityProvider | None":
    wanted, public_url = settings.sign_in_provider, settings.listen.public_url
    if wanted is None or public_url is None:
        return None
    from api.people.identity_provider import IdentityProvider, provider_trust  # noqa: PLC0415 - only where there is one

    return IdentityProvider(
        issuer=wanted.issuer,
        client_id=wanted.client_id,
        secret=wanted.client_secret.read(),
        public_url=public_url,
        clock=clock,
        trust=provider_trust(wanted.ca_file),
        tell_down=lambda down: problems.note(PROVIDER_DOWN) if down else problems.clear(PROVIDER_DOWN),
    )


def _sightings(settings: SightingSettings | None) -> tuple[SightingKeys | None, timedelta, str]:
    """The keys, how long a sighting stays, and by which decision; where none are taken, what is here goes at once."""
    if settings is None:
        return None, timedelta(0), ""
    return SightingKeys(settings.key.read()), timedelta(days=settings.kept_days), settings.basis


def open_router(settings: CentreSettings) -> Router:
    """Finds wards and receivers as the settings say.

    Raises:
        ConfigurationFaults: everything that is wrong with the borders of the wards.
    """
    police, places = settings.police, settings.places
    rules = [
        ReceiverRule(receiver=each.receiver, codes=each.codes, vehicles=each.vehicles, wards=each.wards)
        for each in police.receivers
    ]
    wards = None if places.wards_file is None else read_wards(places.wards_file)
    return Router(wards=wards, queues=police.queues, rules=rules, fallback=places.fallback_queue)


def _limits(settings: CentreSettings) -> RetentionLimits:
    return RetentionLimits() if settings.retention is None else settings.retention.limits()


def _sealing(settings: RecordSettings, store: Store, files: EvidenceStore) -> Sealing:
    stamps = settings.time_stamps
    roots = read_authorities(stamps.ca_file) if stamps is not None and stamps.ca_file is not None else ()
    authority = None if stamps is None else TimeStampAuthority(url=stamps.url, roots=roots)
    return Sealing(store, files=files, key=centre_key(settings), authority=authority)


def open_database(settings: CentreSettings) -> Database:
    """The database of the settings; a folder for SQLite is made when missing.

    Raises:
        ConfigurationError: URL, driver, password or folder is wrong.
    """
    url = settings.database_url()
    if url.startswith("sqlite:///"):
        path = Path(url.removeprefix("sqlite:///"))
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(mode=0o600)
            for each in (path, *(path.with_name(f"{path.name}{end}") for end in _BESIDE_SQLITE)):
                if each.exists():
                    each.chmod(0o600)  # it holds personal data; what SQLite makes beside it later is like it
        except OSError as error:
            raise ConfigurationError(f"the database {path} cannot be made ({error.strerror})") from error
    return Database(url)


def open_evidence_store(settings: EvidenceSettings) -> EvidenceStore:
    """The evidence store of the settings.

    Raises:
        ConfigurationError: a secret or the extra s3 is missing.
        StoreUnavailable: the directory cannot be made.
    """
    if settings.s3 is None:
        return DirectoryEvidenceStore(Path(str(settings.directory)))
    client = s3_client(
        endpoint_url=settings.s3.endpoint_url,
        region=settings.s3.region,
        access_key=settings.s3.access_key.read(),
        secret_key=settings.s3.secret_key.read(),
    )
    return S3EvidenceStore(client, bucket=settings.s3.bucket, prefix=settings.s3.prefix.strip("/"))
