#!/usr/bin/env bash
# Runs once, when the primary's folder is made: the role that the standby uses.
set -euo pipefail
password=$(tr -d '\n' < /run/secrets/replication)
psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" -v password="$password" <<'SQL'
CREATE ROLE replication LOGIN REPLICATION PASSWORD :'password';
SELECT pg_create_physical_replication_slot('standby');
-- Takes effect when this first start, which has no standby to wait for, is over.
ALTER SYSTEM SET synchronous_standby_names = 'standby';
SQL
cat > "$PGDATA/pg_hba.conf" <<'HBA'
local   all          all                      trust
host    all          xiaobao      samenet     scram-sha-256
host    replication  replication  samenet     scram-sha-256
HBA
