#!/usr/bin/env bash
# Copies the primary when the folder is empty, then follows it.
set -euo pipefail
export PGDATA=${PGDATA:-/var/lib/postgresql/data}
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  install -d -o postgres -g postgres -m 700 "$PGDATA"
  password=$(tr -d '\n' < /run/secrets/replication)
  umask 077
  printf 'primary:5432:*:replication:%s\n' "$password" > /tmp/pgpass
  chown postgres /tmp/pgpass
  PGPASSFILE=/tmp/pgpass gosu postgres pg_basebackup -h primary -U replication -D "$PGDATA" -S standby -X stream -c fast
  cat >> "$PGDATA/postgresql.auto.conf" <<CONF
primary_conninfo = 'host=primary user=replication password=$password application_name=standby'
primary_slot_name = 'standby'
CONF
  touch "$PGDATA/standby.signal"
  chown postgres:postgres "$PGDATA/standby.signal"
fi
exec gosu postgres postgres -D "$PGDATA" -c config_file=/etc/postgresql/postgresql.conf
