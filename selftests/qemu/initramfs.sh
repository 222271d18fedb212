#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# initramfs.sh OUT KVER MODULES WAPI_KO DIR:PATH... - make the guest's initramfs
#
# Into it go init, busybox, kmod, the module where modprobe finds it, and what is
# in each DIR (laid out with /usr merged) at PATH, with the shared libraries that
# its programs need. MODULES is the directory of the kernel's own module lists.
set -eu

out=$1 kver=$2 modules=$3 wapi_ko=$4
shift 4
here=$(dirname "$0")
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
trap 'exit 1' HUP INT TERM

for dir in bin lib lib32 lib64 sbin; do
	mkdir -p "$root/usr/$dir"
	ln -s "usr/$dir" "$root/$dir"
done
mkdir -p "$root/dev" "$root/etc" "$root/proc" "$root/root" "$root/run" \
	"$root/sys" "$root/tmp" "$root/usr/lib/modules/$kver/updates"

cat >"$root/etc/passwd" <<-END
	root:x:0:0:root:/root:/bin/sh
	alice:x:1000:1000:alice:/tmp:/bin/sh
	bob:x:1001:1001:bob:/tmp:/bin/sh
	nobody:x:65534:65534:nobody:/tmp:/bin/sh
END
cat >"$root/etc/group" <<-END
	root:x:0:
	alice:x:1000:
	bob:x:1001:
	nogroup:x:65534:
END

"${CC:-gcc}" -O2 -Wall -static -o "$root/init" "$here/init.c"

busybox=$(command -v busybox)
cp "$busybox" "$root/bin"
"$busybox" --install -s "$root/bin"
kmod=$(command -v kmod)
cp "$kmod" "$root/bin"
for applet in depmod insmod lsmod modinfo modprobe rmmod; do
	rm -f "$root/bin/$applet"
	ln -s ../bin/kmod "$root/sbin/$applet"
done

cp "$modules"/modules.order "$modules"/modules.builtin* \
	"$root/lib/modules/$kver"
cp "$wapi_ko" "$root/lib/modules/$kver/updates"
# The KUnit tests, on a kernel that has KUnit.
[ ! -e "${wapi_ko%.ko}_kunit.ko" ] ||
	cp "${wapi_ko%.ko}_kunit.ko" "$root/lib/modules/$kver/updates"
PATH=$PATH:/usr/sbin:/sbin depmod -b "$root" "$kver"

# Not through a link: that of an applet leads to the busybox of this machine.
for pair; do
	mkdir -p "$root/${pair#*:}"
	cp -a --remove-destination "${pair%%:*}/." "$root/${pair#*:}"
done
chmod 755 "$root"

# What the C library knows of UTF-8, if it does not bring that along itself.
mkdir -p "$root/usr/lib/locale"
[ ! -d /usr/lib/locale/C.utf8 ] || cp -a /usr/lib/locale/C.utf8 "$root/usr/lib/locale"

# The shared libraries that the programs need and do not bring along.
find "$root" -type f -perm /111 \
	-exec env LD_LIBRARY_PATH="$root/usr/lib" ldd {} + 2>/dev/null |
	sed -n 's/^.*[[:space:]]\(\/[^ ]*\) (0x.*/\1/p' | sort -u |
	while read -r library; do
		case $library in "$root"/*) continue ;; esac
		mkdir -p "$root${library%/*}"
		cp -L "$library" "$root$library"
	done

(cd "$root" && find . | cpio --quiet -o -H newc -R +0:+0) >"$out"
