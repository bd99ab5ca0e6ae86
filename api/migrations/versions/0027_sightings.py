"""Sightings by month, without plates; PostgreSQL drops a month as a whole.

Revision: 0027
After: 0026
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

INSTANT = sa.String(24)
_MAKE_MONTH = """
CREATE FUNCTION {schema}.make_sightings_month(month text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
DECLARE
  first_day date;
BEGIN
  IF month !~ '^[0-9]{{4}}-[0-9]{{2}}$' THEN
    RAISE EXCEPTION 'no month: %', month;
  END IF;
  first_day := (month || '-01')::date;
  PERFORM pg_advisory_xact_lock(hashtext('make_sightings_month'));
  EXECUTE format(
    'CREATE TABLE IF NOT EXISTS {schema}.%I PARTITION OF {schema}.sightings FOR VALUES FROM (%L) TO (%L)',
    'sightings_' || replace(month, '-', '_'), month || '-01', to_char(first_day + interval '1 month', 'YYYY-MM-DD')
  );
END $$
"""
_DROP_MONTHS = """
CREATE FUNCTION {schema}.drop_sightings_before(month text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
DECLARE
  old record;
  dropped integer := 0;
BEGIN
  IF month !~ '^[0-9]{{4}}-[0-9]{{2}}$' THEN
    RAISE EXCEPTION 'no month: %', month;
  END IF;
  FOR old IN
    SELECT child.oid::regclass AS name FROM pg_inherits
    JOIN pg_class AS child ON child.oid = inhrelid
    WHERE inhparent = '{schema}.sightings'::regclass AND child.relname < 'sightings_' || replace(month, '-', '_')
  LOOP
    EXECUTE format('DROP TABLE %s', old.name);
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
END $$
"""


def upgrade() -> None:
    """Make the tables; months are made by whoever brings the first sighting, and dropped by the centre's job."""
    is_postgres = op.get_bind().dialect.name == "postgresql"
    op.create_table(
        "sightings",
        sa.Column("plate_hash", sa.String(16), primary_key=True),
        sa.Column("seen_at", sa.String(24, collation="C" if is_postgres else None), primary_key=True),
        sa.Column("camera_id", sa.String(63), primary_key=True),
        sa.Column("box_id", sa.String(63), primary_key=True),
        postgresql_partition_by="RANGE (seen_at)",
    )
    op.create_index("ix_sightings_seen_at", "sightings", ["seen_at"], postgresql_using="brin")
    op.create_table(
        "sighting_days",
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("box_id", sa.String(63), primary_key=True),
        sa.Column("sightings", sa.Integer(), nullable=False),
    )
    op.create_table(
        "sighting_keys",
        sa.Column("month", sa.String(7), primary_key=True),
        sa.Column("key_sealed", sa.Text(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
    )
    op.add_column("plate_look_ups", sa.Column("case_id", sa.String(36), nullable=True))
    if is_postgres:
        schema = op.get_bind().execute(sa.text("SELECT quote_ident(current_schema())")).scalar_one()
        for function in (_MAKE_MONTH, _DROP_MONTHS):
            op.execute(function.format(schema=schema))
        for name in ("make_sightings_month", "drop_sightings_before"):
            op.execute(f"REVOKE EXECUTE ON FUNCTION {schema}.{name}(text) FROM PUBLIC")
