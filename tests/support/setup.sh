# What tests/run, examples/run, fuzz/run and .ci/run share: finding what is missing on this machine
# and installing it from Debian's packages. To be sourced by bash.

handfast_tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
handfast_cache=${XDG_CACHE_HOME:-$HOME/.cache}/handfast
handfast_missing=()

say() { echo "$*"; }

# need PACKAGE PROBE [ARGUMENT]...
# notes the Debian package as missing unless the probe succeeds. PACKAGE may be a choice: "a|b" is
# a where the archive has it, else b.
need() {
  local package=$1
  shift
  "$@" >/dev/null 2>&1 || handfast_missing+=("$package")
}

have_command() { command -v "$1"; }
have_package() { pkg-config --exists "$1" || { (($# > 1)) && pkg-config --exists "$2"; }; }
have_header() { echo "#include <$1>" | c++ -std=c++20 -E -x c++ -; }
have_clang_runtime() { compgen -G "$("$1" -print-resource-dir)/lib/*/libclang_rt.fuzzer*"; }

need_to_build() {
  need g++ have_command c++
  need meson have_command meson
  need ninja-build have_command ninja
  need pkg-config have_command pkg-config
  need python3 have_command python3
  need 'libbotan-3-dev|libbotan-2-dev' have_package botan-3 botan-2
  need nlohmann-json3-dev have_package nlohmann_json
  need libprotozero-dev have_header protozero/pbf_reader.hpp
}

need_to_test() {
  need_to_build
  need catch2 have_package catch2
  need librapidcheck-dev have_header rapidcheck.h
}

# For the examples that speak over sockets.
need_for_servers() {
  need libboost-dev have_header boost/beast/version.hpp
  need libssl-dev have_package openssl
  need libcli11-dev have_header CLI/CLI.hpp
  need libqrencode-dev have_package libqrencode
}

# python_with MODULE: a Python that has it; Debian's packages are Debian's own Python's.
python_with() {
  local python
  for python in python3 /usr/bin/python3; do
    if "$python" -c "import $1" 2>/dev/null; then
      echo "$python"
      return 0
    fi
  done
  return 1
}

need_clang() {
  need clang-19 have_command clang++-19
  need libclang-rt-19-dev have_clang_runtime clang++-19
}

need_npm() {
  need nodejs have_command node
  need npm have_command npm
}

# as_root COMMAND...: runs it as root, directly or through sudo.
as_root() {
  if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

# Installs what the calls of `need` found missing; says nothing when that is nothing.
install_missing() {
  ((${#handfast_missing[@]} > 0)) || return 0
  if ! command -v apt-get >/dev/null; then
    say "Missing on this machine: ${handfast_missing[*]} (the names are Debian's, a|b is one of"
    say "them). There is no apt-get here to install them with: install them by this system's own"
    say "means and run this again."
    exit 1
  fi
  if ((EUID != 0)) && ! command -v sudo >/dev/null; then
    choose_packages
    say "Missing on this machine: ${handfast_missing[*]}. Only root can install them, and there is"
    say "no sudo here: as root, run"
    say "  apt-get update && apt-get install ${handfast_missing[*]}"
    say "and then this again."
    exit 1
  fi
  local log
  log=$(mktemp)
  say "Missing on this machine: ${handfast_missing[*]}"
  say "Running apt-get update, as root."
  as_root apt-get update >"$log" 2>&1 || apt_failed "$log"
  choose_packages
  say "Running apt-get install ${handfast_missing[*]}, as root; this may take minutes."
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
    "${handfast_missing[@]}" >"$log" 2>&1 || apt_failed "$log"
  rm -f "$log"
  say "Installed."
  handfast_missing=()
}

# Of each choice among the missing packages, the one that the archive has.
choose_packages() {
  local i package
  for i in "${!handfast_missing[@]}"; do
    package=${handfast_missing[i]}
    [[ $package == *'|'* ]] || continue
    if apt_has "${package%%|*}"; then
      handfast_missing[i]=${package%%|*}
    else
      handfast_missing[i]=${package#*|}
    fi
  done
}

apt_has() { [[ $(apt-cache policy "$1" 2>/dev/null) == *Candidate:\ [0-9]* ]]; }

apt_failed() {
  cat "$1"
  say "apt-get failed; its output is above."
  exit 1
}

# The npm packages of the interop peers and of the page, in a folder of the cache named after their list.
npm_folder() {
  local digest
  digest=$(sha256sum "$handfast_tree/tests/interop/package.json" | cut -c 1-16)
  echo "$handfast_cache/npm-$digest"
}

install_npm_packages() {
  local folder
  folder=$(npm_folder)
  [[ ! -e $folder/.complete ]] || return 0
  say "Running npm install for the checks that need it, in $folder."
  rm -rf "$folder"
  mkdir -p "$folder"
  cp "$handfast_tree/tests/interop/package.json" "$folder"
  # deno's own script only saves a moment at its first start, which is here.
  if ! (cd "$folder" &&
    npm install --ignore-scripts --no-package-lock --no-audit --no-fund &&
    node_modules/.bin/deno --version) >"$folder/npm.log" 2>&1; then
    cat "$folder/npm.log"
    say "npm install failed; its output is above."
    exit 1
  fi
  touch "$folder/.complete"
}

# Puts the npm packages' programs on the path, where they are installed.
use_npm_packages() {
  local folder
  folder=$(npm_folder)
  if [[ -e $folder/.complete ]]; then
    export PATH="$folder/node_modules/.bin:$PATH"
  fi
}
