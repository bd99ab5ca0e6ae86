"""What a case and a sighting take on the disk."""

from collections.abc import Iterator

from sqlalchemy import text

from api.persistence.database import Database

_SIZES = """
SELECT relation, sum(pg_table_size(part)) AS rows, sum(pg_indexes_size(part)) AS indexes FROM (
  SELECT c.oid AS part, coalesce(i.inhparent::regclass::text, c.relname) AS relation
  FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
  WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
) AS parts GROUP BY relation ORDER BY 2 + 3 DESC
"""
_OF = {"cases": "cases", "case_documents": "cases", "evidence_files": "cases", "events": "cases", "leases": "cases"}


def sizes(database: Database) -> Iterator[str]:
    """Rows of the table of sizes: megabytes, and bytes of each case or sighting."""
    with database.read() as connection:
        count = {
            name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()  # noqa: S608 - constants
            for name in ("cases", "sightings")
        }
        yield "| table | MB rows | MB indexes | bytes of each |"
        yield "|---|---|---|---|"
        total = 0
        for name, *sizes_bytes in connection.execute(text(_SIZES)):
            rows, indexes = (float(each) for each in sizes_bytes)
            of = _OF.get(name, name)
            if of not in count:
                continue
            each = int(rows + indexes) // max(1, count[of])
            total += each if of == "cases" else 0
            yield f"| {name} | {rows / 1e6:,.0f} | {indexes / 1e6:,.0f} | {each:,} of {count[of]:,} {of} |"
        yield f"| a case in all | | | {total:,} |"
