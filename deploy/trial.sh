#!/usr/bin/env bash
# Tries a new compose of this folder out, with nothing of value in it: signs in and
# registers through the proxy, kills a copy, then the primary, promotes the standby,
# starts the copy again and kills the others, and looks for every case that was
# acknowledged. Afterwards: compose down -v.
#   deploy/trial.sh [ENGINE [PROJECT]]     podman and deploy where nothing is said
#   EXEC=...  is put before every command of the engine
set -euo pipefail
engine="${EXEC:-} ${1:-podman}" project=${2:-deploy} host=xiaobao.bank.example sep=_
$engine ps --format '{{.Names}}' | grep -q "^$project-" && sep=-
box() { echo "$project$sep$1${sep}1"; }
call() { curl -sk --max-time 20 --resolve "$host:443:127.0.0.1" "$@"; }
inside() { local name=$1; shift; $engine exec "$(box "$name")" "$@"; }
# field NAME: the first of that name in JSON.
field() { grep -om1 "\"$1\": *[^,}]*" | sed -n '1s/^[^:]*: *//;1s/"//g;1p' || true; }
fail() { echo "FAILED: $*" >&2; exit 1; }
told=$(mktemp)
trap 'rm -f "$told" "$told.jar"' EXIT

for n in 1 2 3; do inside "xiaobao-$n" xiaobao ready || fail "copy $n is not ready"; done
[ "$(call -o /dev/null -w '%{http_code}' "https://$host/sign-in")" = 200 ] || fail "no page through the proxy"
[ "$(call -o /dev/null -w '%{http_code}' "https://$host/metrics")" = 404 ] || fail "metrics are told outside"
[ "$(inside primary psql -U xiaobao -Atc "SELECT sync_state FROM pg_stat_replication")" = sync ] || fail "the standby is not synchronous"

login=trial$RANDOM
password=$(inside xiaobao-1 xiaobao user add --login "$login" --name 试用 --roles handler --json | field password)
to=$(call -c "$told.jar" -o /dev/null -w '%{http_code} %{redirect_url}' -H "Origin: https://$host" -d "name=$login" --data-urlencode "password=$password" "https://$host/sign-in")
[ "${to%% *}" = 303 ] && grep -q TRUE "$told.jar" || fail "signing in answers $to"
echo "signed in through the proxy, sent to ${to##* }"
token=$(inside xiaobao-2 xiaobao token create --as "$login" --name trial --scopes read,write --json | field token)

# register KEY: one case, sent again until it is answered, as a client should.
register() {
  local answer
  for _ in $(seq 60); do
    answer=$(call -H "Authorization: Bearer $token" -H "Idempotency-Key: $1" -H 'Content-Type: application/json' \
      -d "{\"channel\":\"phone\",\"complainant\":{\"name\":\"王$1\"},\"narrative\":\"来电反映扣费不明，编号 $1，请核实后退还。\"}" "https://$host/api/v1/complaints" || true)
    if [ -n "$(field number <<<"$answer")" ]; then
      echo "$(field id <<<"$answer") $(field number <<<"$answer")" >>"$told"
      return
    fi
    sleep 0.5
  done
  fail "$1 was never answered: $answer"
}
several() { for i in $(seq "$2"); do register "$login-$1-$i"; done; }

several whole 20
$engine kill -s KILL "$(box xiaobao-1)" >/dev/null
begun=$(date +%s.%N)
several two-copies 20
echo "a copy killed: 20 cases in $(date +%s.%N | awk -v b="$begun" '{printf "%.1f", $1-b}') s through the others"

$engine kill -s KILL "$(box primary)" >/dev/null
begun=$(date +%s.%N)
inside standby psql -qU xiaobao -c "SELECT pg_promote()" >/dev/null
inside standby psql -qU xiaobao -c "ALTER SYSTEM SET synchronous_standby_names = ''" -c "SELECT pg_reload_conf()" >/dev/null
register "$login-after-0"
echo "the primary killed, the standby promoted: the next case after $(date +%s.%N | awk -v b="$begun" '{printf "%.1f", $1-b}') s"
several after 20

$engine start "$(box xiaobao-1)" >/dev/null
for _ in $(seq 30); do inside xiaobao-1 xiaobao ready && break; sleep 1; done
for n in 2 3; do $engine kill -s KILL "$(box "xiaobao-$n")" >/dev/null; done
several first-again 5
echo "the first copy started again and the others killed: 5 cases through it alone"
for n in 2 3; do $engine start "$(box "xiaobao-$n")" >/dev/null; done

[ "$(sort -u "$told" | wc -l)" = 66 ] || fail "$(sort -u "$told" | wc -l) different numbers, want 66"
while read -r id number; do
  call -H "Authorization: Bearer $token" "https://$host/api/v1/complaints/$id" | grep -qF "$number" || fail "$number is lost"
done <"$told"
inside xiaobao-1 xiaobao verify || fail "the ledger does not verify"
echo "66 cases acknowledged, all there once"
