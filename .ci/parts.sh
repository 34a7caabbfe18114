# Parts of a long run: what each prints is shown, their closing lines are added up. For bash scripts
# in the tree's first folder that have `set -euo pipefail`.

source tests/support/setup.sh

seconds_start=$SECONDS
passed=0
failed=0
summary=()
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

# part NAME COMMAND...: shows its output, adds its closing line up.
part() {
  local name=$1 log status=0 start=$SECONDS
  shift
  log=$logs/part
  echo
  echo "######## $name"
  "$@" </dev/null 2>&1 | tee "$log" || status=$?
  local line part_passed=0 part_failed=0
  line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$log" | tail -n 1) || line=
  if [[ -n $line ]]; then
    part_passed=${line%% passed*}
    part_failed=${line##*, }
    part_failed=${part_failed%% failed}
    # A part that ends badly has failed, whatever it counted.
    if ((status != 0 && part_failed == 0)); then part_failed=1; fi
  elif ((status == 0)); then
    part_passed=1
  else
    part_failed=1
  fi
  passed=$((passed + part_passed))
  failed=$((failed + part_failed))
  summary+=("$name: $part_passed passed, $part_failed failed, $((SECONDS - start)) s")
}

# What all parts have come to; ends with 1 where one has failed.
sum_up() {
  echo
  printf '%s\n' "${summary[@]}"
  echo "all parts: $((SECONDS - seconds_start)) s"
  echo "$passed passed, $failed failed"
  ((failed == 0))
}
