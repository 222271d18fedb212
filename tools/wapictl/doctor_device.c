// SPDX-License-Identifier: GPL-2.0
/*
 * wapictl doctor: the device - its node, opening it, the answer to a request.
 *
 * The library is left out here: it would say less about what is wrong.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <wapi/wapi.h>

#include "doctor.h"

/* As the kernel tells it, "10:123"; false where there is no /sys. */
static bool device_number(unsigned int *major, unsigned int *minor)
{
	char line[32];

	return read_line("/sys/class/misc/wapi/dev", line, sizeof(line)) &&
	       /* NOLINTNEXTLINE(cert-err34-c): the kernel writes no others */
	       sscanf(line, "%u:%u", major, minor) == 2;
}

/* How to get the right node, with the command if its number is known. */
static void advise_node(const char *first)
{
	unsigned int major, minor;

	if (device_number(&major, &minor))
		advise("%sas root: 'mknod -m 0666 " DEVICE_PATH " c %u %u'",
		       first, major, minor);
	else
		advise("%sas root: 'modprobe -r wapi; modprobe wapi'", first);
}

static bool in_container(void)
{
	return !access("/run/.containerenv", F_OK) ||
	       !access("/.dockerenv", F_OK) || getenv("container");
}

static void report_absent(void)
{
	if (!module_loaded()) {
		report("device", VERDICT_NOTE,
		       DEVICE_PATH " comes when the module is loaded");
		return;
	}
	report("device", VERDICT_PROBLEM,
	       "the module is loaded, but there is no " DEVICE_PATH " here");
	if (in_container())
		advise("start the container with '--device " DEVICE_PATH "', or bind the host's node into it");
	else
		advise_node("in a container, let the host pass the device in; else mount devtmpfs on /dev, or ");
}

static bool right_number(const struct stat *node)
{
	unsigned int major, minor;

	return !device_number(&major, &minor) ||
	       (major(node->st_rdev) == major && minor(node->st_rdev) == minor);
}

/* One finding: the first thing that is wrong with the node, or that it is well. */
static void report_node(const struct stat *node)
{
	unsigned int mode = node->st_mode & 07777;

	if (!S_ISCHR(node->st_mode)) {
		report("device", VERDICT_PROBLEM,
		       DEVICE_PATH " is not a character device");
		advise_node("remove it, then ");
	} else if (module_loaded() && !right_number(node)) {
		report("device", VERDICT_PROBLEM,
		       DEVICE_PATH " is device %u:%u, which is not wapi's",
		       major(node->st_rdev), minor(node->st_rdev));
		advise_node("remove it, then ");
	} else if (!module_loaded()) {
		report("device", VERDICT_PROBLEM,
		       DEVICE_PATH " is there without the module: an old node");
		advise("as root: 'rm " DEVICE_PATH "; modprobe wapi'");
	} else if (mode != 0666) {
		report("device", VERDICT_PROBLEM,
		       DEVICE_PATH " has mode %04o, not 0666: other users cannot use it",
		       mode);
		advise("as root: 'chmod 0666 " DEVICE_PATH "'; if it comes back, a udev rule sets it");
	} else {
		report("device", VERDICT_OK, DEVICE_PATH ", %u:%u, mode %04o",
		       major(node->st_rdev), minor(node->st_rdev), mode);
	}
}

void check_device(void)
{
	struct stat node;

	if (!stat(DEVICE_PATH, &node)) {
		report_node(&node);
	} else if (errno == ENOENT) {
		report_absent();
	} else {
		report("device", VERDICT_PROBLEM, "cannot look at " DEVICE_PATH ": %s",
		       strerror(errno));
		advise("look at the permissions of /dev");
	}
}

static void report_open_error(int error)
{
	report("open", VERDICT_PROBLEM, "user %u cannot open " DEVICE_PATH ": %s",
	       (unsigned int)geteuid(), strerror(error));
	switch (error) {
	case EACCES:
		advise("as root: 'chmod 0666 " DEVICE_PATH "'; a security policy (SELinux, AppArmor) can forbid it too");
		break;
	case EPERM:
		advise("in a container: the device must be allowed, as '--device " DEVICE_PATH "' does it");
		break;
	case ENXIO:
	case ENODEV:
		advise("nothing answers behind this node: 'modprobe wapi'");
		break;
	case EMFILE:
	case ENFILE:
		advise("too many open files: see 'ulimit -n'");
		break;
	case ENOSPC:
		advise("the domain is at its limit of clients: see 'max_clients' in /sys/module/wapi/parameters");
		break;
	default:
		advise("see 'dmesg'");
	}
}

static void report_answer(const struct wapi_info *info)
{
	int length = strnlen(info->module_version,
			     sizeof(info->module_version));

	if (info->abi_version == WAPI_ABI_VERSION) {
		report("requests", VERDICT_OK,
		       "answered by version %.*s; ABI %u, as in the library, version %s",
		       length, info->module_version, info->abi_version,
		       wapi_version());
		return;
	}
	report("requests", VERDICT_PROBLEM,
	       "the module has ABI %u, this program and its library have ABI %u",
	       info->abi_version, WAPI_ABI_VERSION);
	if (info->abi_version < WAPI_ABI_VERSION)
		advise("the module is the older one: install that of the same version and load it anew");
	else
		advise("the module is the newer one: install libwapi and wapictl of the same version");
}

static void report_limit(const char *name, uint64_t count, uint64_t limit)
{
	if (count < limit - limit / 10)
		return;
	report("limits", VERDICT_NOTE, "%llu of %llu %s are in use",
	       (unsigned long long)count, (unsigned long long)limit, name);
	advise("a new domain takes its limits from /sys/module/wapi/parameters");
}

void check_requests(void)
{
	struct wapi_info info = { 0 };
	int fd = open(DEVICE_PATH, O_RDWR | O_CLOEXEC);

	if (fd < 0) {
		/* That it is not there has been said. */
		if (errno != ENOENT)
			report_open_error(errno);
		return;
	}
	if (ioctl(fd, WAPI_IOC_INFO, &info)) {
		report("requests", VERDICT_PROBLEM,
		       "no answer from " DEVICE_PATH ": %s", strerror(errno));
		advise(errno == ENOTTY ? "this node is not wapi's" :
					 "see 'dmesg'");
	} else {
		report_answer(&info);
		report_limit("handles", info.handles, info.max_handles);
		report_limit("clients", info.clients, info.max_clients);
		report_limit("blocks", info.blocks, info.max_blocks);
		report_limit("bytes of the arena", info.arena_used,
			     info.max_arena);
	}
	close(fd);
}
