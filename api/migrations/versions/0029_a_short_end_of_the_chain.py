"""The database appends to the record itself, and what waits for the police has an index of its own.

Revision: 0029
After: 0028
"""

import sqlalchemy as sa
from alembic import op

from api.migrations.online import create_indexes

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_APPEND_RECORD = """
CREATE FUNCTION {schema}.append_record(entries json, counted json, tallied json)
RETURNS TABLE (seq bigint, prev_hash text, hash text)
LANGUAGE plpgsql SET search_path = {schema}, pg_temp AS $$
#variable_conflict use_column
DECLARE
  entry record;
  head_seq bigint;
  head_hash text;
  next_hash text;
BEGIN
  PERFORM pg_advisory_xact_lock(21780725466947950);  -- one chain a database
  PERFORM set_config('synchronous_commit', 'off', true);
  SELECT e.seq, e.hash INTO head_seq, head_hash FROM events AS e ORDER BY e.seq DESC LIMIT 1;
  head_seq := coalesce(head_seq, 0);
  head_hash := coalesce(head_hash, repeat('0', 64));
  FOR entry IN
    SELECT * FROM json_to_recordset(entries)
    AS e(at text, actor text, action text, case_id text, body text, before_link text)
  LOOP
    head_seq := head_seq + 1;
    next_hash := encode(
      sha256(convert_to(entry.before_link || head_hash || '","seq":' || head_seq || '}}', 'UTF8')), 'hex'
    );
    INSERT INTO events (seq, at, actor, action, case_id, body, prev_hash, hash)
    VALUES (head_seq, entry.at, entry.actor, entry.action, entry.case_id, entry.body, head_hash, next_hash);
    RETURN QUERY SELECT head_seq, head_hash, next_hash;
    head_hash := next_hash;
  END LOOP;
  INSERT INTO case_counts AS k (shadow, state, cases)
  SELECT shadow, state, cases FROM json_to_recordset(counted) AS c(shadow boolean, state text, cases integer)
  ON CONFLICT (shadow, state) DO UPDATE SET cases = k.cases + excluded.cases;
  INSERT INTO reviewer_counts AS k (actor, shift, what, number)
  SELECT actor, shift, what, number
  FROM json_to_recordset(tallied) AS t(actor text, shift text, what text, number integer)
  ON CONFLICT (actor, shift, what) DO UPDATE SET number = k.number + excluded.number;
  IF json_array_length(entries) > 0 THEN
    PERFORM pg_notify('matthan_record', head_seq::text);
  END IF;
END $$
"""


def upgrade() -> None:
    """Make the function, then the index beside the work; the one that it replaces goes."""
    is_postgres = op.get_bind().dialect.name == "postgresql"
    if is_postgres:
        schema = op.get_bind().execute(sa.text("SELECT quote_ident(current_schema())")).scalar_one()
        op.execute(_APPEND_RECORD.format(schema=schema))
    waiting = "lease_holder IS NULL AND state IN ('ready', 'referred_commune', 'referred_ward_pc')"
    create_indexes({"ix_cases_waiting": f"cases (queue, ready_at, case_id) WHERE {waiting}"})
    if not is_postgres:
        op.execute("DROP INDEX ix_cases_queue")
        return
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_cases_queue")
