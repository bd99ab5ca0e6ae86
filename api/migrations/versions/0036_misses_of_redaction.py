"""What somebody could still read on a blurred copy is counted: found by an index of its own, built beside the work.

Revision: 0036
After: 0035
"""

from api.migrations.online import create_indexes

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the index."""
    create_indexes({"ix_events_redaction": "events (seq) WHERE action = 'redaction_missed'"})
