#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# profile.sh - how many instructions each function of the kernel executes in one
# round of an operation of the module's
#
# A guest repeats the operation (repeat.c) while QEMU logs each instruction, and
# profile.pl counts them. The numbers are exact, and the same for each run.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
top=${here%/*/*}
guest=$top/selftests/qemu/guest.sh

usage()
{
	cat >&2 <<-END
	Usage: profile.sh [OPTION]... OPERATION...
	  -k SERIES     the kernel: 6.1 or 6.12 (6.12)
	  -n ROUNDS     how many to watch (300)
	  -t LINES      only so many functions of each operation
	  -a FUNCTION   list its instructions too; repeatable
	  -o OPTIONS    module options, as for modprobe
	  -A ARGUMENTS  more for the kernel's command line
	Before: make module-SERIES root
	Operations: $(sed -n 's/^\t{ "\([a-z0-9_]*\)",.*/\1/p' "$here/repeat.c" | xargs)
	END
	exit 2
}

kernel=6.12 rounds=300 lines=0 options='' arguments='' functions=()
while getopts k:n:t:a:o:A: option; do
	case $option in
	k) kernel=$OPTARG ;;
	n) rounds=$OPTARG ;;
	t) lines=$OPTARG ;;
	a) functions+=(-a "$OPTARG") ;;
	o) options=$OPTARG ;;
	A) arguments=$OPTARG ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || usage

variables=$("$top/selftests/qemu/kernel.sh" "$kernel")
eval "$variables"

dir=$(mktemp -d)
pid=
# shellcheck disable=SC2317 # the trap calls it
cleanup()
{
	[ -z "$pid" ] || kill "$pid" 2>/dev/null || :
	wait
	rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# At a fixed address, so that the host knows where a round begins.
mkdir "$dir/bin"
"${CC:-gcc}" -O2 -Wall -static -no-pie -I"$top/uapi" -o "$dir/bin/repeat" \
	"$here/repeat.c"
mark=$(nm "$dir/bin/repeat" | sed -n 's/ T mark$//p')

socket()
{
	echo "-chardev socket,id=$1,path=$dir/$1,server=on,wait=off"
}

"$guest" -I -k "$kernel" -o "$options" -A "$arguments" -t 1800 \
	-a "$dir/bin:/bin" \
	-Q "$(socket monitor) -mon chardev=monitor $(socket port) -serial chardev:port" \
	-- repeat /dev/ttyS2 "$@" &
pid=$!

status=0
perl "$here/profile.pl" -n "$rounds" -t "$lines" "${functions[@]}" \
	"$dir" "$pid" "$mark" "$top/build/$KVER/wapi.ko" || status=$?
if [ $status -eq 0 ]; then
	wait "$pid" || status=$?
	pid=
fi
exit "$status"
