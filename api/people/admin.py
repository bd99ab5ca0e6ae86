"""Who may manage accounts, keys, boxes and organisations."""

from api.principals import Permission, Principal
from domain.cases.roles import Role


def require_admin(actor: Principal) -> None:
    """Refuse whoever is no admin, the command line on the centre's own machine aside."""
    if actor.role != Role.SYSTEM:  # the command line on the centre's own machine acts as the centre
        actor.require(Permission.ACCOUNTS_MANAGE)
