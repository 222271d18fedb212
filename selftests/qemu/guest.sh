#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# guest.sh - boot a kernel with the module under QEMU and run a command there
#
# The command's output comes out here as it is written, and its exit status is
# ours. It is 1, and stderr tells why, when the kernel complained on its console,
# when something of the module was left at the end, when the guest did not get
# there, or was late. See init.c for the other side.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
build=${here%/*/*}/build

usage()
{
	cat >&2 <<-END
	Usage: guest.sh [OPTION]... [--] COMMAND [WORD]...
	  -k SERIES     the kernel: 6.1, 6.12, rt, 6.12-kasan...: see kernel.sh (6.12)
	  -r DIR        what to put into the guest's root (build/root, if it is there)
	  -a DIR:PATH   what else to put into the guest, and where; repeatable
	  -o OPTIONS    module options, as for modprobe
	  -N            do not load the module
	  -i            run COMMAND (a shell) on this terminal; Ctrl-A X stops the guest
	  -t SECONDS    the time limit (600; with -i none)
	  -m MB         memory (512; 2048 for a checking kernel)
	  -c CPUS       processors (2)
	  -1            one thread of this machine emulates all processors in turn
	  -I            the guest's clock counts instructions, 2 ns each: one processor
	  -M PATH       QEMU's monitor reads from the pipe PATH.in, writes to PATH.out
	  -A ARGUMENTS  more for the kernel's command line
	END
	exit 2
}

# What the kernel says on its console when something is wrong, as regular
# expressions. Not what it says of a user's program that crashes.
complaints='BUG( at |:)
WARNING:
Call Trace:
Oops
\[#[0-9]+\]
Kernel panic
general protection fault[,:]
unable to handle
KASAN|KCSAN|KFENCE|KMSAN|UBSAN
kmemleak: [1-9][0-9]* new|unreferenced object
possible (circular|deadlock|irq|recursive)
(circular|inconsistent|recursive) lock
lock order inversion|lock held when|locks? held by|held lock freed
bad unlock balance|bad contention detected|non-static key
suspicious RCU usage|Invalid wait context
scheduling while atomic|sleeping function called
soft lockup|hard LOCKUP|blocked for more than
rcu.*(stall|starved)
refcount_t:
(list_add|list_del|object|slab) corruption
Objects remaining|still has objects
(Freepointer|Padding|Poison|Redzone) .*(corrupt|overwritten)
[Bb]ad page|Bad rss-counter
page allocation failure|vmalloc error
nobody cared'

say()
{
	echo "guest.sh: $*" >&2
}

kernel=6.12 root='' add=() options='' load=load mode=batch limit=600
memory='' cpus=2 arguments='' emulation=parallel monitor=''
while getopts k:r:a:o:Nit:m:c:1IM:A: option; do
	case $option in
	k) kernel=$OPTARG ;;
	r) root=$OPTARG ;;
	a) add+=("$OPTARG") ;;
	o) options=$OPTARG ;;
	N) load=noload ;;
	i) mode=console limit=0 ;;
	t) limit=$OPTARG ;;
	m) memory=$OPTARG ;;
	c) cpus=$OPTARG ;;
	1) emulation=inturn ;;
	I) emulation=counted cpus=1 ;;
	M) monitor=$OPTARG ;;
	A) arguments=$OPTARG ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
if [ $mode = console ] && [ $# -eq 0 ]; then
	set -- sh -l
fi
[ $# -gt 0 ] || usage
if [ -z "$root" ] && [ -d "$build/root" ]; then
	root=$build/root
fi

"$here/deps.sh" qemu-system-x86 busybox-static cpio gcc kmod libc6-dev
variables=$("$here/kernel.sh" "$kernel")
ARGUMENTS=
eval "$variables"
arguments="$ARGUMENTS $arguments"
if [ -z "$memory" ]; then
	case $kernel in
	*-*)	memory=2048 ;;
	*)	memory=512 ;;
	esac
fi
module=$build/$KVER/wapi.ko
if [ ! -e "$module" ]; then
	say "no module for Linux $KVER here: make module-$kernel"
	exit 1
fi

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

# Sets accelerator, QEMU's options for it. Hardware only where it has booted this
# kernel, once for each boot of this machine: /dev/kvm can be there, open, and
# still hang every guest. Processors emulated in parallel may miss code that one
# of them patches: QEMU 7.2 translates a page anew without a lock against
# writers. So what loads the module while others run wants -1.
accelerate()
{
	local cache=${WAPI_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/wapi}/accel
	local boot found=tcg

	boot=$(cat /proc/sys/kernel/random/boot_id)
	if [ -z "${WAPI_ACCEL-}" ] && [ -w /dev/kvm ]; then
		if ! grep -qs "^$boot " "$cache"; then
			# Without a root the kernel panics, and QEMU ends well.
			timeout -k 1 5 qemu-system-x86_64 -accel kvm -cpu max \
				-m 256 -display none -nic none -no-reboot \
				-kernel "$VMLINUZ" -append panic=-1 \
				>/dev/null 2>&1 </dev/null && found=kvm
			echo "$boot $found" >"$dir/accel"
			mv "$dir/accel" "$cache"
		fi
		read -r _ found <"$cache"
	fi
	case ${WAPI_ACCEL:-$found}-$emulation in
	*-counted)
		accelerator=(-accel 'tcg,thread=single' -icount 'shift=1,sleep=off'
			-rtc 'base=2026-01-01T00:00:00,clock=vm' -seed 1)
		arguments+=' nokaslr norandmaps'
		;;
	kvm-*)	accelerator=(-accel kvm) ;;
	*-inturn) accelerator=(-accel 'tcg,thread=single') ;;
	*)	accelerator=(-accel 'tcg,thread=multi') ;;
	esac
}

nonce=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
mkdir "$dir/guest"
printf '%s\0' "$nonce" $load $mode "$@" >"$dir/guest/guest"
"$here/initramfs.sh" "$dir/initramfs" "$KVER" "$MODULES" "$module" \
	${root:+"$root:/"} "${add[@]}" "$dir/guest:/"

# modprobe takes the module's options from the kernel's command line.
for option in $options; do
	arguments+=" wapi.$option"
done

console=$dir/console
case $mode in
batch)	terminal=file,id=console,path=$console ;;
console) terminal=stdio,id=console,mux=on,signal=off,logfile=$console ;;
esac
accelerate

# A busy host lets a processor of the guest wait for long: that is no lockup.
arguments="console=ttyS0 loglevel=5 panic=-1 oops=panic watchdog_thresh=60 \
rcupdate.rcu_cpu_stall_timeout=120 TERM=${TERM:-dumb} $arguments"

problems=()
boot()
{
	# What comes from the second serial port, with init's own lines kept for us.
	: >"$dir/told"
	exec 3> >(exec stdbuf -oL sed -e "/wapi-guest $nonce /{
		w $dir/told
		s/wapi-guest $nonce .*//
		/^\$/d
	}")
	reader=$!
	timeout --foreground -k 5 "$limit" qemu-system-x86_64 \
		"${accelerator[@]}" -cpu max -smp "$cpus" -m "$memory" \
		-display none -monitor none -nic none -no-reboot \
		${monitor:+-chardev "pipe,id=monitor,path=$monitor" -mon monitor} \
		-chardev "$terminal" -serial chardev:console -serial file:/dev/fd/3 \
		-kernel "$VMLINUZ" -initrd "$dir/initramfs" -append "$arguments" <&0 &
	pid=$!
	exec 3>&-
	ended=0
	wait "$pid" || ended=$?
	pid=
	wait "$reader" || problems+=('its output could not be written')
}

# A stock kernel on emulated processors panics in one boot of a hundred or so,
# before process 1 runs: that says nothing of the module, which is not there yet.
for _ in 1 2 3; do
	boot
	if [ "$ended" -ne 0 ] || [ -s "$dir/told" ]; then
		break
	fi
	say "Linux $KVER did not come up: $(grep -a -m 1 -E 'panic|Oops|BUG' "$console" |
		tr -d '\r')"
done

tail -n 1 "$dir/told" | grep -a 'status=' >"$dir/last" || :
case $ended in
0)   [ -s "$dir/last" ] || problems+=('the guest ended without its last line') ;;
124) problems+=("the guest was stopped after $limit s") ;;
*)   problems+=("QEMU failed with status $ended") ;;
esac

last=$(sed "s/.*wapi-guest $nonce //" "$dir/last")
status=${last#status=} status=${status%% *}
case $last in
'' | *' checks=ok') ;;
*)   problems+=("${last#*checks=}") ;;
esac

"$here/races.sh" "$console" "$build/$KVER/wapi.ko" "$KDIR" >"$dir/heard" ||
	problems+=('its console could not be read')

# A process killed for lack of memory is no complaint, though it shows a trace, nor
# is a cache of objects that could not be made.
said=$(sed -e '/invoked oom-killer:/,/Tasks state/d' \
		-e '/kmem_cache_create.* failed with error/,/<\/TASK>/d' "$dir/heard" |
		grep -a -m 1 -A 40 -E -e "$complaints" | tr -d '\r') || :
[ -z "$said" ] || problems+=("the kernel said: ${said%%$'\n'*}")

[ ${#problems[@]} -gt 0 ] || exit "$status"

log=$build/console-$KVER-$$.log
mv "$console" "$log"
tail -n 30 "$log" >&2
[ -z "$said" ] || printf '%s\n' "$said" >&2
for problem in "${problems[@]}"; do
	say "Linux $KVER: $problem"
done
say "Linux $KVER: its console is in $log"
exit 1
