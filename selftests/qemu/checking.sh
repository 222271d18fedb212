#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# checking.sh SERIES-FLAVOUR - build a checking kernel (6.12-kasan, 6.1-kcsan,
# 6.12-gcov...) from Debian's source package of the series
#
# Prints KVER=, VMLINUZ=, MODULES= and KDIR= for the shell to evaluate, as
# kernel.sh does for Debian's own kernels, and ARGUMENTS= for its command line.
# The kernel is built into a cache, one
# directory for each set of inputs: the package's version, the options that the
# flavour's fragments in config/ ask for, and the compiler. The directory is good
# when it has the file "done"; without it a build goes on where it was
# interrupted, and who comes meanwhile waits for it.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
series=${1%%-*} flavour=${1#*-}
cache=${WAPI_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/wapi}

fragments=()
for fragment in base "$flavour"; do
	fragments+=("$here/config/$fragment.config")
	[ ! -e "$here/config/$fragment-$series.config" ] ||
		fragments+=("$here/config/$fragment-$series.config")
done
if ! ls "${fragments[@]}" >/dev/null; then
	echo "wapi: there is no kernel $1" >&2
	exit 1
fi

"$here/deps.sh" "linux-source-$series" bc bison ccache cpio flex gcc libc6-dev \
	libelf-dev libssl-dev make patch perl rsync xz-utils
version=$(dpkg-query -W -f '${Version}' "linux-source-$series")
source=$cache/linux-source-${series}_$version
options=$(cat "${fragments[@]}" | grep -E '^(# )?CONFIG_')
key=$({ echo "$version"; gcc --version | head -n 1; sort <<<"$options"; } |
	sha256sum | cut -c 1-12)
tree=$cache/linux-$1_$key

# The source tree stays: a build tree refers to it by its path.
unpack()
{
	local tmp

	[ ! -d "$source" ] || return 0
	echo "wapi: unpacking linux-source-$series $version" >&2
	tmp=$(mktemp -d "$cache/tmp.XXXXXX")
	# shellcheck disable=SC2064 # this one
	trap "rm -rf '$tmp'" EXIT
	tar -x -f "/usr/src/linux-source-$series.tar.xz" -C "$tmp" --strip-components=1
	chmod 755 "$tmp"
	mv -T "$tmp" "$source"
	trap - EXIT
}

# Same inputs, same kernel, to the bit; nothing of the caller's make.
make_kernel()
{
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u MAKEOVERRIDES -u KVER -u KDIR \
		CCACHE_DIR="$cache/ccache" CCACHE_NOHASHDIR=1 CCACHE_MAXSIZE=8G \
		KBUILD_BUILD_TIMESTAMP='2026-01-01' KBUILD_BUILD_USER=wapi \
		KBUILD_BUILD_HOST=wapi \
		nice make -C "$source" O="$tree" CC='ccache gcc' \
		HOSTCC='ccache gcc' -j"$(nproc)" "$@"
}

# What the fragments ask for and Kconfig did not do: an option that is not there,
# or that lacks another one.
not_taken()
{
	local line

	# The last line about an option is the one that counts.
	tac <<<"$options" |
		awk '{ o = $0; sub(/^# /, "", o); sub(/[= ].*/, "", o) } !seen[o]++' |
		while read -r line; do
			case $line in
			'# '*)
				line=${line#'# '}
				line=${line%' is not set'}
				! grep -q "^$line=" "$tree/.config" || echo "$line is set"
				;;
			*)	grep -qxF "$line" "$tree/.config" || echo "$line" ;;
			esac
		done
}

configure()
{
	local missing

	[ ! -e "$tree/.config" ] || return 0
	echo "$options" >"$tree/asked" &&
		echo "CONFIG_LOCALVERSION=\"-wapi-$flavour\"" >>"$tree/asked" &&
		make_kernel KCONFIG_ALLCONFIG="$tree/asked" allnoconfig || return
	missing=$(not_taken)
	if [ -n "$missing" ]; then
		rm "$tree/.config"
		echo 'wapi: options that did not take:'
		echo "$missing"
		return 1
	fi
}

# What modules are built with, boots, and names lines stays.
trim()
{
	find "$tree" \( -name '*.o' -o -name '*.a' -o -name '.*.cmd' -o -name '.tmp_*' \) \
		-delete
}

mkdir -p "$cache"
exec 9>"$tree.lock"
if [ ! -e "$tree/done" ] && ! flock -n 9; then
	echo "wapi: another one builds Linux $1 for the cache; waiting for it" >&2
	flock 9
fi
if [ ! -e "$tree/done" ]; then
	unpack
	echo "wapi: building Linux $1 $version, which takes some minutes;" \
		"its log is $tree.log" >&2
	mkdir -p "$tree"
	# Without set -e: && alone says what follows what.
	if ! { configure && make_kernel all && trim && touch "$tree/done"; } \
			</dev/null >"$tree.log" 2>&1; then
		tail -n 30 "$tree.log" >&2
		echo "wapi: Linux $1 could not be built" >&2
		exit 1
	fi
fi
exec 9>&-

# SLUB's own checks, of the module's caches alone: those of all cost too much.
arguments='sysctl.kernel.hung_task_timeout_secs=240'
[ "$flavour" != kasan ] || arguments+=' slab_nomerge slub_debug=FZPU,wapi_*'
# A report is the end. Not of KCSAN, which tells of races all over the kernel; and
# lockdep goes on anyway: guest.sh searches the console for both.
[ "$flavour" = kcsan ] || arguments+=' panic_on_warn=1'

KVER=$(cat "$tree/include/config/kernel.release")
echo "KVER='$KVER'"
echo "VMLINUZ='$tree/arch/x86/boot/bzImage'"
echo "MODULES='$tree'"
echo "KDIR='$tree'"
echo "ARGUMENTS='$arguments'"
