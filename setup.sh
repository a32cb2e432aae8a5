#!/usr/bin/env bash
# Sets a fresh Debian or Ubuntu machine up, and says what it does. Quick when there is nothing to do.
#   ./setup.sh system service|test|verifier    system packages (fonts, LibreOffice, …)
#   ./setup.sh python service|dev|verifier     the environment in .venv/, from the locked, hashed requirements
#   ./setup.sh packages service|test|verifier  only prints the package names (the Dockerfile reads them here)
# On other systems `system` prints what is missing and stops.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

VERIFIER=(python3 python3-venv)
SERVICE=("${VERIFIER[@]}" libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig poppler-utils
         libreoffice-writer-nogui
         fonts-lxgw-wenkai fonts-noto-cjk fonts-babelstone-han fonts-dejavu-core)
TEST=("${SERVICE[@]}" libreoffice-calc-nogui openssl unzip curl zstd shellcheck postgresql)

say() { printf 'setup: %s\n' "$*" >&2; }

packages() {
  case "$1" in
    verifier) printf '%s\n' "${VERIFIER[@]}" ;;
    service)  printf '%s\n' "${SERVICE[@]}" ;;
    test)     printf '%s\n' "${TEST[@]}" ;;
    *) say "no such set of packages: $1"; exit 2 ;;
  esac
}

missing() {
  local name
  while read -r name; do
    # A Python of the machine's owner (pyenv, a container image) serves as well as Debian's.
    [[ $name == python3* ]] && find_python >/dev/null && continue
    dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null | grep -qx installed || printf '%s\n' "$name"
  done < <(packages "$1")
}

find_python() {
  local candidate
  for candidate in "${PYTHON:-}" python3 python3.13 python3.12 python3.11; do
    command -v "${candidate:-/nowhere}" >/dev/null || continue
    "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
    command -v "$candidate"
    return 0
  done
  return 1
}

system() {
  if ! command -v apt-get >/dev/null; then
    say "this is not Debian or Ubuntu. Please install by hand: Python 3.11 or newer with venv, Pango, HarfBuzz with"
    say "hb-subset, fontconfig, poppler-utils, LibreOffice Writer, and the fonts LXGW WenKai, Noto CJK (Serif and Sans),"
    say "BabelStone Han and DejaVu; for the tests also LibreOffice Calc, openssl, unzip, curl, zstd, shellcheck and a"
    say "PostgreSQL server. Then: ./setup.sh python dev && make run-only"
    exit 1
  fi
  local names; mapfile -t names < <(missing "$1")
  if (( ${#names[@]} == 0 )); then say "system packages: all there"; return; fi
  say "installing system packages: ${names[*]}"
  local root=(); (( EUID == 0 )) || root=(sudo)
  "${root[@]}" apt-get update -q >/dev/null
  DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install -y -q --no-install-recommends "${names[@]}" >/dev/null
}

python() {
  local lock=requirements/$1.lock interpreter stamp
  interpreter=$(find_python) || { say "Python 3.11 or newer with venv is missing"; exit 1; }
  stamp=$(cat "$lock" requirements/build.lock pyproject.toml setup.py | sha256sum | cut -c1-64)
  if [[ -f .venv/.stamp && $(<.venv/.stamp) == "$stamp" ]]; then say "Python environment: up to date"; return; fi
  say "building .venv with $("$interpreter" --version) from $lock"
  [[ -x .venv/bin/python ]] || "$interpreter" -m venv .venv
  .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r "$lock" -r requirements/build.lock
  .venv/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
  printf '%s' "$stamp" >.venv/.stamp
}

case "${1:-}" in
  system)   system "${2:?which set?}" ;;
  python)   python "${2:?which set?}" ;;
  packages) packages "${2:?which set?}" ;;
  *) sed -n '2,7p' "$0"; exit 2 ;;
esac
