#!/usr/bin/env bash
# Finds Chromium for the browser journeys, or installs Debian's where it may.
set -euo pipefail
if [ -n "${BILIN_TEST_CHROMIUM:-}" ]; then
  if [ -x "$BILIN_TEST_CHROMIUM" ]; then exit 0; fi
  echo "BILIN_TEST_CHROMIUM=$BILIN_TEST_CHROMIUM is not a program" >&2
  exit 1
fi
have() { command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; }
fonts() { command -v fc-list >/dev/null && [ -n "$(fc-list :lang=zh 2>/dev/null | head -1)" ]; }
if have && fonts; then exit 0; fi
if [ "$(id -u)" = 0 ]; then sudo=""; elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo="sudo -n"; else
  echo "The browser journeys need Chromium and a Chinese font. Please run:" >&2
  echo "    sudo apt-get install chromium fonts-noto-cjk" >&2
  echo "or name a Chromium in BILIN_TEST_CHROMIUM." >&2
  exit 1
fi
echo "installing chromium and fonts-noto-cjk from Debian"
$sudo apt-get update -qq
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk fontconfig >/dev/null
have
