#!/usr/bin/env bash
# Makes the README's pictures from the demo: the support review of the week of an outage, as a mail and as a page.
# Needs Chromium on the PATH. Usage: .github/pictures.sh
set -euo pipefail
cd "$(dirname "$0")/.."
chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || {
  echo "no Chromium on the PATH: install it to make the pictures" >&2
  exit 1
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export BIZREVIEW_NOW=2026-11-16T09:00:00Z
cargo run --quiet -- demo --out "$work/demo"
cargo run --quiet -- -c "$work/demo/bizreview.toml" run support --period 2026-W42 --dry-run --no-pull
edition=$work/demo/store/dry-run/support/2026-W42

shoot() { # FILE PICTURE WIDTH HEIGHT
  "$chromium" --headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --hide-scrollbars \
    --user-data-dir="$work/profile" --window-size="$3,$4" --screenshot="$PWD/.github/$2" "file://$1" 2>/dev/null
}
shoot "$edition/email.html" mail.png 680 1180
shoot "$edition/index.html" page.png 1000 1300
# small enough for a repository
if command -v pngquant >/dev/null; then pngquant --force --ext .png --speed 1 64 .github/*.png; fi
ls -l .github/*.png
