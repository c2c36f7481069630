#!/usr/bin/env bash
# Sees to it that the programs are there which a target needs: installs Debian's packages when it may, and otherwise says
# what is missing. Usage: prerequisites.sh demo|cluster|test
set -euo pipefail

case ${1:-} in
  demo) needed=(cargo cc curl) ;;
  cluster) needed=(cargo cc curl go openssl python3) ;;
  test) needed=(cargo cc curl go openssl python3 docker-registry) ;;
  *) sed -n 2,3p "$0" >&2; exit 2 ;;
esac

# The Debian package that brings a program; empty where the newest version must come from elsewhere.
package_of() {
  case $1 in
    cc) echo build-essential ;;

    curl | openssl | python3 | docker-registry) echo "$1" ;;
  esac
}

missing() {
  local program
  for program in "${needed[@]}"; do
    command -v "$program" >/dev/null || echo "$program"
  done
}

packages=()
for program in $(missing); do
  package=$(package_of "$program")
  [ -z "$package" ] || packages+=("$package")
done
if [ ${#packages[@]} -gt 0 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing ${packages[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
fi

left=$(missing)
if [ -n "$left" ]; then
  for program in $left; do
    package=$(package_of "$program")
    case $program in
      cargo) echo "cargo is missing: install Rust with rustup (https://rustup.rs)" ;;
      go) echo "go is missing: install Go 1.26 or newer (https://go.dev/dl)" ;;
      *) echo "$program is missing: as root, apt-get install $package" ;;
    esac
  done >&2
  exit 1
fi
