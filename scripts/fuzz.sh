#!/usr/bin/env bash
# Fuzzes what strangers' bytes reach: image references, admission reviews, GraphQL documents. Each target runs for so many
# seconds (60 when not given) from the committed corpus; a fault ends the script, with the input that shows it in a file.
# Usage: fuzz.sh [SECONDS [TARGET…]]
#
# libFuzzer needs code that counts where it has been. The flags below make the stable compiler do that; they are those that
# cargo-fuzz passes, without a sanitizer, which safe Rust has little use for and which only a nightly compiler has. Only our
# own crates are made so, by this script as Cargo's wrapper for them. Cargo tells what a wrapper made from what it did not,
# so the others are those that the tests were built with.
set -euo pipefail

case ${1:-} in
  rustc | */rustc)
    exec "$@" -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
      -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
      -Cllvm-args=-sanitizer-coverage-trace-compares
    ;;
esac

cd "$(dirname "$0")/.."
seconds=${1:-60}
shift || true
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(reference review document)

# What is built on the way lies with the rest; the programs and what they find have a folder of their own.
shared=${CARGO_TARGET_DIR:-target}
own=$shared/fuzz
RUSTC_WORKSPACE_WRAPPER=$PWD/scripts/fuzz.sh CARGO_BUILD_BUILD_DIR=$shared \
  ${CARGO:-cargo} build --locked --workspace --target-dir "$own" "${targets[@]/#/--bin=fuzz-}" \
  --config 'profile.dev.package.wharfinger-domain.opt-level=2' --config 'profile.dev.package.wharfinger-webhook.opt-level=2'

# The words that a format is made of, as the engine reads them; a document has those of the schema too.
words() {
  {
    cat "tests/fuzz/words/$1"
    [ "$1" != document ] || grep -oE '@?[A-Za-z_]+' graphql/schema.graphql | sort -u
  } | sed 's/[\\"]/\\&/g; s/.*/"&"/'
}

for target in "${targets[@]}"; do
  # What is found stays here; what is worth keeping goes into tests/fuzz/corpus by hand.
  found=$own/found/$target
  log=$own/$target.log
  mkdir -p "$found"
  words "$target" >"$own/$target.dict"
  echo "fuzzing $target for $seconds s"
  "$own/debug/fuzz-$target" "$found" "tests/fuzz/corpus/$target" -max_total_time="$seconds" -dict="$own/$target.dict" -timeout=10 -max_len=8192 \
    -rss_limit_mb=2048 -artifact_prefix="$own/$target-" -print_final_stats=1 >"$log" 2>&1 || { tail -n 40 "$log" >&2; exit 1; }
  grep -E '^stat::(number_of_executed|average_exec|new_units)' "$log"
done
