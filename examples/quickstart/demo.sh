#!/bin/sh
# Brings up a simulated cluster whose log is corrupt on every host, restores it from the backup beside this file, puts it back into
# normal service, and compares. Nothing of it is left, and nothing outside of one temporary folder is touched.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
restorectl=${RESTORECTL:-$here/../../bin/restorectl}
work=$(mktemp -d)
cluster=$work/cluster
plan=$work/restore.plan

cleanup() {
  status=$?
  if [ -e "$cluster/sandbox.json" ]; then
    "$restorectl" sandbox down "$cluster" || status=1
  fi
  if [ "$status" -eq 0 ]; then
    rm -rf "$work"
  else
    echo "The demo failed; what it left is in $work." >&2
  fi
  exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

say() { printf '\n\033[1m# %s\033[0m\n' "$*"; }
show() { printf '\n\033[1m$ restorectl %s\033[0m\n' "$*"; "$restorectl" "$@"; }

# The files that a restore edits, and what is in them.
files() { (cd "$cluster" && find scheduler-*/etc -type f -exec sha256sum {} + | sort -k 2); }

say "A cluster of three schedulers; the log of every one of them is corrupt."
show sandbox up "$cluster" --corrupt-log --backup "$here/scheduler-backup-2026-11-20-09-15"
show sandbox status "$cluster"
files > "$work/before"

say "Look, change nothing, write a plan for the change ticket."
show plan "$here/restore.hcl" --var "sandbox=$cluster" --out "$plan"

say "Execute that plan and nothing else. (A person would say yes here, and once more before the commit.)"
show apply "$plan" --auto-approve

say "Put the cluster back into normal service."
show revert "$plan" --auto-approve

say "What is running now, and does any file differ from before?"
show sandbox status "$cluster" | tee "$work/status"
# More where a leader died, on a busy machine, before it had launched what it had assigned.
grep -q 'ACTIVE, registered, has 3[3-9] tasks' "$work/status" || { echo "The leader does not have the backup's 33 tasks." >&2; exit 1; }
if "$restorectl" sandbox tasks "$cluster" | grep 'TASK_KILLED'; then echo "The restore killed these tasks." >&2; exit 1; fi
files > "$work/after"
diff -u "$work/before" "$work/after"
echo "Every file under etc is byte for byte as before, on every host."
