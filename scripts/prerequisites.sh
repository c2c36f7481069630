#!/usr/bin/env bash
# Sees to it that the programs are there which a target needs: installs Debian's packages when it may, and otherwise says
# what is missing. Usage: prerequisites.sh demo|cluster|graphiql|browser|fuzz|bench|test
set -euo pipefail

case ${1:-} in
  demo) needed=(cargo cc curl) ;;
  cluster) needed=(cargo cc curl go openssl python3) ;;
  test) needed=(cargo cc curl go openssl python3 docker-registry node npm chromium postgres) ;;
  graphiql) needed=(node npm) ;;
  fuzz) needed=(cargo cc c++) ;;
  bench) needed=(cargo cc postgres) ;;
  browser) needed=(cargo cc node npm chromium) ;;
  *) sed -n 2,3p "$0" >&2; exit 2 ;;
esac

# The Debian package that brings a program; empty where the newest version must come from elsewhere.
package_of() {
  case $1 in
    cc | c++) echo build-essential ;;
    node) echo nodejs ;;
    postgres) echo postgresql ;;
    curl | openssl | python3 | docker-registry | npm | chromium) echo "$1" ;;
  esac
}

# Whether a program is there, in the version that is needed.
is_there() {
  case $1 in
    # Debian keeps the programs of the server out of the path.
    postgres) command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null ;;
    node) command -v node >/dev/null && node -e '
      const [major, minor] = process.versions.node.split(".").map(Number);
      process.exit(major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19) ? 0 : 1)' ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

missing() {
  local program
  for program in "${needed[@]}"; do
    is_there "$program" || echo "$program"
  done
}

install() {
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# Tests start servers of their own. Debian's package makes one more for the machine and starts it, which nobody asked for:
# its own setting forbids that, for as long as the package is installed.
install_postgresql() (
  settings=/etc/postgresql-common/createcluster.conf
  install postgresql-common
  cp -p "$settings" "$settings.kept"
  trap 'mv "$settings.kept" "$settings"' EXIT
  sed -i '/^#\{0,1\}create_main_cluster/d; $a create_main_cluster = false' "$settings"
  install postgresql
)

packages=()
for program in $(missing); do
  package=$(package_of "$program")
  [ -z "$package" ] || packages+=("$package")
done
if [ ${#packages[@]} -gt 0 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing ${packages[*]}"
  apt-get update -qq
  for package in "${packages[@]}"; do
    if [ "$package" = postgresql ]; then install_postgresql; else install "$package"; fi
  done
fi

left=$(missing)
if [ -n "$left" ]; then
  for program in $left; do
    package=$(package_of "$program")
    case $program in
      cargo) echo "cargo is missing: install Rust with rustup (https://rustup.rs)" ;;
      node) echo "Node 20.19, 22.12 or newer is missing: as root, apt-get install nodejs (Debian 13 or newer), or https://nodejs.org" ;;
      go) echo "go is missing: install Go 1.26 or newer (https://go.dev/dl)" ;;
      postgres) echo "the programs of a PostgreSQL server are missing: as root, apt-get install postgresql; or have initdb in PATH" ;;
      *) echo "$program is missing: as root, apt-get install $package" ;;
    esac
  done >&2
  exit 1
fi
