"""A broker's folder: the plan, nats-server's configuration made from it, and new passwords until they are carried away.

``plan.json`` and ``nats-server.json`` hold hashes; ``secrets/USER`` holds a password in clear, for the peer that it was
made for. Every file is 0600, every folder 0700; a file is replaced whole, so that a broker never reads half of one.
"""

import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from deploy.broker.first_visit import visit
from deploy.broker.permissions import CENTRE, CONTROLLER_PREFIX, QUEUE_PREFIX, WARD_PREFIX, nats_config
from deploy.broker.plan import BrokerPlan, hashed
from domain.errors import ConfigurationError

CONFIG = "nats-server.json"
_PLAN = "plan.json"
_SECRETS = "secrets"
_PASSWORD_BYTES = 32


class BrokerFolder:
    """Makes and changes one broker's files.

    Args:
        root: the folder.
        new_password: makes a password; tests hand in their own.
    """

    def __init__(self, root: Path, *, new_password: Callable[[], str] | None = None) -> None:
        self.root = root.resolve()
        self._new_password = new_password or (lambda: secrets.token_urlsafe(_PASSWORD_BYTES))

    @property
    def config_file(self) -> Path:
        """What nats-server reads."""
        return self.root / CONFIG

    def password_file(self, user: str) -> Path:
        """Where the password of a user stands until it is carried away."""
        return self.root / _SECRETS / user

    def create(self, *, cert_file: Path, key_file: Path, store_dir: Path, **settings: object) -> BrokerPlan:
        """Begin a broker with the centre's account; ``settings`` are further fields of the plan.

        Raises:
            ConfigurationError: there is one already, or a setting is wrong.
        """
        if (self.root / _PLAN).exists():
            raise ConfigurationError(f"{self.root} holds a broker already")
        document = {
            **settings,
            "store_dir": store_dir,
            "cert_file": cert_file.resolve(),
            "key_file": key_file.resolve(),
            "centre": self._password_for(CENTRE),
        }
        return self._save(BrokerPlan.of(document))

    def plan(self) -> BrokerPlan:
        """The plan as it stands.

        Raises:
            ConfigurationError: there is none, or it cannot be read.
        """
        path = self.root / _PLAN
        try:
            return BrokerPlan.of(json.loads(path.read_text("utf-8")))
        except (OSError, ValueError) as error:
            raise ConfigurationError(f"{path} cannot be read; begin with: python -m deploy.broker create") from error

    def add_box(self, box_id: str) -> Path:
        """Give a box an account, or a new password; returns where the password stands.

        Raises:
            ConfigurationError: the name cannot be an account.
        """
        plan = self.plan()
        plan.with_changes(boxes={**plan.boxes, box_id: plan.centre})  # refuses a bad name before a file is written
        self._save(plan.with_changes(boxes={**plan.boxes, box_id: self._password_for(box_id)}))
        return self.password_file(box_id)

    def add_queue(self, queue: str) -> Path:
        """Give the police of a queue an account, or a new password; returns where the password stands.

        Raises:
            ConfigurationError: the name cannot be an account.
        """
        plan = self.plan()
        user = QUEUE_PREFIX + queue
        plan.with_changes(queues={**plan.queues, queue: plan.centre})
        self._save(plan.with_changes(queues={**plan.queues, queue: self._password_for(user)}))
        return self.password_file(user)

    def add_ward(self, ward: str) -> Path:
        """Give a ward an account, or a new password; returns where the password stands.

        Raises:
            ConfigurationError: the name cannot be an account.
        """
        plan = self.plan()
        user = WARD_PREFIX + ward
        plan.with_changes(wards={**plan.wards, ward: plan.centre})
        self._save(plan.with_changes(wards={**plan.wards, ward: self._password_for(user)}))
        return self.password_file(user)

    def add_controller(self, box_id: str) -> Path:
        """Give the signal controllers of a box an account, or a new password; returns where the password stands.

        Raises:
            ConfigurationError: there is no such box.
        """
        plan = self.plan()
        user = CONTROLLER_PREFIX + box_id
        plan.with_changes(controllers={**plan.controllers, box_id: plan.centre})
        self._save(plan.with_changes(controllers={**plan.controllers, box_id: self._password_for(user)}))
        return self.password_file(user)

    def remove(
        self,
        *,
        box_id: str | None = None,
        queue: str | None = None,
        ward: str | None = None,
        controller: str | None = None,
    ) -> None:
        """Take an account away, that of a box's controllers with the box's; nothing happens when there is none."""
        before = self.plan()
        after = before.with_changes(
            boxes={name: password for name, password in before.boxes.items() if name != box_id},
            queues={name: password for name, password in before.queues.items() if name != queue},
            wards={name: password for name, password in before.wards.items() if name != ward},
            controllers={
                name: password for name, password in before.controllers.items() if name not in {box_id, controller}
            },
        )
        self._save(after)
        for user in set(_users(before)) - set(_users(after)):
            self.password_file(user).unlink(missing_ok=True)

    def first_visits(self) -> list[str]:
        """Log in once as every user whose password still lies here; the broker runs and has read the plan.

        Returns:
            The users.

        Raises:
            ConfigurationError: the broker cannot be reached, or does not let one in.
        """
        plan = self.plan()
        waiting = [user for user in _users(plan) if self.password_file(user).exists()]
        for user in waiting:
            visit(plan, user, self.password_file(user).read_text("utf-8").strip())
        return waiting

    def _password_for(self, user: str) -> str:
        """Make a password, leave it for its user, and return its hash."""
        password = self._new_password()
        path = self.password_file(user)
        for folder in (self.root, path.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(path, password + "\n")
        return hashed(password)

    def _save(self, plan: BrokerPlan) -> BrokerPlan:
        _write(self.root / _PLAN, json.dumps(plan.model_dump(mode="json"), indent=1) + "\n")
        _write(self.config_file, json.dumps(nats_config(plan), indent=1) + "\n")
        return plan


def _users(plan: BrokerPlan) -> list[str]:
    queues, wards = (QUEUE_PREFIX + each for each in plan.queues), (WARD_PREFIX + each for each in plan.wards)
    return [*plan.boxes, *queues, *wards, *(CONTROLLER_PREFIX + each for each in plan.controllers)]


def _write(path: Path, text: str) -> None:
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
