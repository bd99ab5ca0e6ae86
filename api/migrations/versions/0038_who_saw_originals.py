"""How many cases' originals somebody saw is bounded and counted: found by an index of its own, built beside the work.

Revision: 0038
After: 0037
"""

from api.migrations.online import create_indexes

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the index."""
    create_indexes({"ix_events_unblur": "events (at, actor) WHERE action = 'unblur'"})
