# Hands a driver that has been swapped and confirmed to DKMS, which builds it again for every kernel that is installed from now on.
# The package holds PF_RING's module too, for the driver is linked against its symbols; only the driver is installed from it.
# in: FAMILY KERNEL SOURCE TREE BUILD STATE
set -eu
umask 022

fail() { printf '%s\n' "$*" >&2; exit 1; }

command -v dkms >/dev/null || fail 'dkms is not installed: the role pfring does that with pfring_dkms: true'
source=$(chosen_source)
relative=${source#"$TREE/"}
[ "$relative" != "$source" ] || fail "$source is not part of $TREE, which DKMS would need"
head=$(tree_head)
log=$STATE/$KERNEL/$FAMILY.dkms.log
: >"$log"

forget_dkms >>"$log" 2>&1
if [ -d "$TREE/.svn" ]; then version=r$head; else version=$(git -C "$TREE" describe --tags --always | tr -c 'A-Za-z0-9.\n' .); fi
kept=/usr/src/ringmaster-$FAMILY-$version
mkdir -p "$kept/kernel" "$kept/$relative"
cp -R "$TREE/kernel/." "$kept/kernel"
[ ! -f "$TREE/VERSION" ] || cp "$TREE/VERSION" "$kept"
cp -R "$TREE/$relative/." "$kept/$relative"
cd "$BUILD/$relative"
from=$relative/$(build_folder .)
module=$(find . -name "$FAMILY.ko" | head -n 1)
module=${module#./}
case $module in */*) place=$relative/${module%/*} ;; *) place=$relative ;; esac
cat >"$kept/dkms.conf" <<EOF
PACKAGE_NAME="ringmaster-$FAMILY"
PACKAGE_VERSION="$version"
BUILT_MODULE_NAME[0]="$FAMILY"
BUILT_MODULE_LOCATION[0]="$place"
DEST_MODULE_LOCATION[0]="/updates/dkms"
MAKE[0]="make -C kernel BUILD_KERNEL=\${kernelver} && make -C $from BUILD_KERNEL=\${kernelver}"
CLEAN="make -C kernel clean BUILD_KERNEL=\${kernelver}; make -C $from clean BUILD_KERNEL=\${kernelver}"
AUTOINSTALL="yes"
EOF
echo "$head $relative" >"$kept/.ringmaster"

try() {
  "$@" >>"$log" 2>&1 || {
    cat "/var/lib/dkms/ringmaster-$FAMILY/$version/build/make.log" >>"$log" 2>/dev/null || true
    tail -n 30 "$log" >&2
    fail "failed: $*   (all of it: $log)"
  }
}
try dkms add "ringmaster-$FAMILY/$version"
try dkms install --force "ringmaster-$FAMILY/$version" -k "$KERNEL"
rm -f "/lib/modules/$KERNEL/updates/ringmaster/$FAMILY.ko"
depmod "$KERNEL"
# The next boot may be into another kernel that is there already.
for other in /lib/modules/*; do
  other=${other##*/}
  [ "$other" = "$KERNEL" ] || [ ! -d "/lib/modules/$other/build/include" ] ||
    dkms install --force "ringmaster-$FAMILY/$version" -k "$other" >>"$log" 2>&1 ||
    echo "$FAMILY does not build for the installed kernel $other (all of it: $log)"
done
