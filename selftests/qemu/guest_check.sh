#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# guest_check.sh KERNEL - does guest.sh tell what it is there for?  KTAP
#
# Each guest does one thing that must not go unnoticed, or one that must not count.
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
kernel=$1
said=$(mktemp)
trap 'rm -f "$said"' EXIT
number=0 status=0

# ends NAME STATUS SAID GUEST_OPTION... -- COMMAND... - how a guest must end
ends()
{
	local name=$1 expected=$2 text=$3 got=0

	shift 3
	number=$((number + 1))
	timeout -k 5 300 "$here/guest.sh" -k "$kernel" "$@" >"$said" 2>&1 </dev/null || got=$?
	if [ "$got" -eq "$expected" ] && grep -qE "$text" "$said"; then
		echo "ok $number $name"
		return
	fi
	sed 's/^/# /' "$said" | tail -n 20
	echo "# it ended with $got, not $expected, or did not say: $text"
	echo "not ok $number $name"
	status=1
}

# report_of_a_race FUNCTION MODULE FUNCTION MODULE - a command that says what KCSAN would
report_of_a_race()
{
	local rule='=================================================================='

	printf 'echo "<3>%s" >/dev/kmsg\n' "$rule" \
		"BUG: KCSAN: data-race in $1${2:+ $2} / $3${4:+ $4}" \
		'write to 0xffff888000b13950 of 4 bytes by task 1 on cpu 0:' \
		" $1+0x91/0xe0${2:+ $2}" ' wapi_ioctl+0x171/0x4a0 [wapi]' \
		'read to 0xffff888000b13950 of 4 bytes by task 2 on cpu 1:' \
		" $3+0x91/0xe0${4:+ $4}" ' wapi_ioctl+0xbf/0x4a0 [wapi]' "$rule"
	echo 'echo reported'
}

echo 'TAP version 13'
echo '1..12'
ends a_command_is_run_and_its_output_and_status_come_out 3 '^it ran$' -- \
	sh -c 'echo it ran; exit 3'
ends a_warning_of_the_kernel_is_a_failure 1 'the kernel said: .*WARNING: CPU: 0' -- \
	sh -c 'echo "<3>WARNING: CPU: 0 PID: 1 at nowhere" >/dev/kmsg'
ends a_report_of_kasan_is_a_failure 1 'the kernel said: .*KASAN' -- \
	sh -c 'echo "<3>BUG: KASAN: slab-use-after-free in nothing" >/dev/kmsg'
ends a_report_of_lockdep_is_a_failure 1 'the kernel said: .*possible circular locking' -- \
	sh -c 'echo "<3>WARN: possible circular locking dependency detected" >/dev/kmsg'
ends a_race_in_the_module_is_a_failure 1 'the kernel said: .*KCSAN: .*wapi_a' -- \
	sh -c "$(report_of_a_race wapi_a '[wapi]' wapi_b '[wapi]')"
ends a_race_in_the_rest_of_the_kernel_is_none 0 '^reported$' -- \
	sh -c "$(report_of_a_race a '' b '')"
ends an_oops_is_a_failure 1 'the guest ended without its last line|the kernel said' -- \
	sh -c 'echo c >/proc/sysrq-trigger; sleep 5'
ends a_guest_that_is_late_is_stopped 1 'the guest was stopped after 25 s' -t 25 -- sleep 100
ends a_module_that_does_not_unload_is_a_failure 1 'rmmod failed with status 1' -- \
	sh -c 'rm /sbin/rmmod; printf "#!/bin/sh\nexit 1\n" >/sbin/rmmod; chmod 755 /sbin/rmmod'
ends a_reference_to_the_module_that_stays_is_a_failure 1 "reference count is 1, not 0" -- \
	sh -c 'echo 1 >/tmp/one; mount --bind /tmp/one /sys/module/wapi/refcnt'
ends a_device_that_stays_is_a_failure 1 '/dev/wapi outlives the module' -- \
	sh -c 'rm /dev/wapi; mknod /dev/wapi c 10 1'
ends a_line_that_looks_like_the_guests_own_is_none 3 '^wapi-guest 00 status=0' -- \
	sh -c 'echo "wapi-guest 00 status=0 checks=ok"; exit 3'
exit $status
