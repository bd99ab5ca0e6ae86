"""What a migration does to tables that an older process is using."""

from collections.abc import Mapping

from alembic import op


def create_indexes(indexes: Mapping[str, str]) -> None:
    """Build indexes; on PostgreSQL nobody is kept from reading or writing meanwhile.

    It commits what the migration did before, so let it stand first there; one that broke off is built again.

    Args:
        indexes: by name, each the table and columns as they follow ``ON``.
    """
    if op.get_bind().dialect.name != "postgresql":
        for name, on in indexes.items():
            op.execute(f"DROP INDEX IF EXISTS {name}")
            op.execute(f"CREATE INDEX {name} ON {on}")
        return
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")  # it waits for whoever reads and writes, and nobody waits for it
        for name, on in indexes.items():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"CREATE INDEX CONCURRENTLY {name} ON {on}")
        op.execute("RESET lock_timeout")
