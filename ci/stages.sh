# shellcheck shell=bash disable=SC2034
# Sourced by ci/demo and ci/test: they consist of stages, each timed and reported as one line.

project=$(dirname "$(dirname "$(realpath "${BASH_SOURCE[0]}")")")
cd "$project" || exit 2
build=$project/build
logs=$build/logs
mkdir -p "$logs"
jobs=$(nproc)

# stage NAME COMMAND...: runs the command with its output kept in build/logs; where it fails, shows the
# end of that and returns its status.
stage() {
  local name=$1 began=$SECONDS status=0 log
  shift
  log=$logs/${name//[^a-z0-9]/-}.log
  [ ! -t 1 ] || printf '== %s ...\r' "$name"
  "$@" >"$log" 2>&1 </dev/null || status=$?
  stage_ends "$name" $((SECONDS - began)) "$status"
  if [ "$status" -ne 0 ]; then
    tail -n 200 "$log"
    echo "== the whole output: $log"
  fi
  return "$status"
}

# As `stage`, for a command whose output is what the reader came for.
shown_stage() {
  local name=$1 began=$SECONDS status=0
  shift
  "$@" </dev/null || status=$?
  stage_ends "$name" $((SECONDS - began)) "$status"
  return "$status"
}

stage_ends() {
  local outcome=
  [ "$3" -eq 0 ] || outcome=" FAILED with exit status $3"
  printf '== %s (%d s)%s\n' "$1" "$2" "$outcome"
}
