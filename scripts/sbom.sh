#!/usr/bin/env bash
# Writes the lists of the parts that the binary is made of, as CycloneDX (https://cyclonedx.org): target/sbom/cargo.cdx.json has
# the crates, target/sbom/npm.cdx.json the packages of the pages that are embedded. What only builds or tests is left out.
set -euo pipefail
cd "$(dirname "$0")/.."
to=$PWD/target/sbom
name=wharfinger-sbom   # the tool adds its own ending, and writes one beside the manifest of every room

mkdir -p "$to"
trap 'find . -path ./target -prune -o -name "$name.json" -exec rm {} +' EXIT
cargo-cyclonedx cyclonedx --format json --spec-version 1.5 --no-build-deps --all --quiet --override-filename "$name"
mv "$name.json" "$to/cargo.cdx.json"
(cd console/graphiql && npm sbom --sbom-format cyclonedx --omit dev --package-lock-only) >"$to/npm.cdx.json"
echo "$to"
