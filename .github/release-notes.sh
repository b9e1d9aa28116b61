#!/usr/bin/env bash
# Prints what changed in a version, from the change log: .github/release-notes.sh v0.1.0
# Fails where the version is not Cargo.toml's, or nothing was written about it.
set -euo pipefail
cd "$(dirname "$0")/.."
version=${1#v}
package=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
if [ "${version%%-*}" != "${package%%-*}" ]; then
  echo "error: the tag says $version, Cargo.toml says $package" >&2
  exit 1
fi
notes=$(awk -v heading="## ${version%%-*}" '/^## /{ inside = ($0 == heading || index($0, heading " ") == 1); next } inside' .github/CHANGELOG.md)
if [ -z "${notes//[[:space:]]/}" ]; then
  echo "error: .github/CHANGELOG.md has no section \"## ${version%%-*}\"" >&2
  exit 1
fi
printf '%s\n' "$notes"
