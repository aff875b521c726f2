#!/usr/bin/env bash
# make release: static binaries for four platforms, each built twice from two
# folders with two caches and compared byte by byte, a list of materials
# (CycloneDX), all licences, and digests. Results are in dist/.
#   release/build.sh [--try] [PLATFORM...]    for fewer platforms, e.g. linux/amd64;
#   --try takes the folder as it is, committed or not
set -euo pipefail
cd "$(dirname "$0")/.."

try=
[ "${1:-}" != --try ] || { try=yes && shift; }
platforms=${*:-linux/amd64 linux/arm64 linux/loong64 windows/amd64}
out=$PWD/dist
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rm -rf "$out"
mkdir -p "$out"

# The second tree: what is committed, with the assets that were fetched for the first.
second=$work/elsewhere
mkdir "$second"
if [ -n "$try" ]; then
  tar -c --exclude=./.git --exclude=./bin --exclude=./dist --exclude=./data --exclude=node_modules . | tar -x -C "$second"
else
  git archive HEAD | tar -x -C "$second"
fi
for embedded in internal/web/ui/dist internal/document/fonts/dist; do
  rm -rf "${second:?}/$embedded"
  cp -r "$embedded" "$second/$embedded"
done

# compile TREE CACHE OS ARCH FILE. No stamp of the repository: the second tree has none.
compile() {
  (cd "$1" && CGO_ENABLED=0 GOOS=$3 GOARCH=$4 GOCACHE=$2 GOFLAGS=-mod=readonly \
    go build -trimpath -buildvcs=false -ldflags=-s -o "$5" ./cmd/xiaobao)
}

# sound FILE OS ARCH: it needs nothing beside it, and starts where it or an emulator can.
sound() {
  if [ "$2" = linux ] && command -v readelf >/dev/null && readelf -lW "$1" | grep -q 'INTERP\|DYNAMIC'; then
    echo "$1 is not static" >&2
    return 1
  fi
  local emulator= machine
  machine=$(go env GOHOSTARCH)
  case $2/$3 in
    "linux/$machine") ;;
    linux/arm64) emulator=qemu-aarch64-static ;;
    linux/loong64) emulator=qemu-loongarch64-static ;;
    windows/*) emulator=wine ;; # 10 or newer: older ones lack what Go asks for random numbers
    *) emulator=none ;;
  esac
  if [ -n "$emulator" ] && ! command -v "$emulator" >/dev/null; then
    echo "  not started: $emulator is not installed"
    return 0
  fi
  $emulator "$1" version | sed -n '1s/^/  starts: /p'
}

if [ -z "$try" ] && [ -n "$(git status --porcelain -- . ':!dist')" ]; then
  echo "there are changes that are not committed: a release is made of what is" >&2
  exit 1
fi
for platform in $platforms; do
  os=${platform%/*} arch=${platform#*/} suffix=
  [ "$os" = windows ] && suffix=.exe
  file=$out/xiaobao-$os-$arch$suffix
  compile "$PWD" "$(go env GOCACHE)" "$os" "$arch" "$file"
  compile "$second" "$work/cache" "$os" "$arch" "$work/again"
  if ! cmp -s "$file" "$work/again"; then
    echo "$platform: two builds differ" >&2
    exit 1
  fi
  echo "$platform: two builds, same bytes, $(stat -c %s "$file") bytes"
  sound "$file" "$os" "$arch"
done
node release/materials.mjs "$out"
(cd "$out" && sha256sum -- * > SHA256SUMS && cat SHA256SUMS)
