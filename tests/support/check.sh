# What the scripts of tests/*/run share. To be sourced by bash, with a folder in $work.

status=0 # of the script

# check NAME COMMAND...: prints `ok NAME`, or what the command has said and `FAILED NAME`.
check() {
  local name=$1 code
  shift
  # Not as a condition: `set -e` means nothing there, and of a function only the last command would
  # count.
  set +e
  (set -e; "$@") >"$work/log" 2>&1
  code=$?
  set -e
  if ((code == 0)); then
    echo "ok $name"
  else
    cat "$work/log"
    echo "FAILED $name"
    status=1
  fi
}
