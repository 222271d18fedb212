// SPDX-License-Identifier: GPL-2.0
/*
 * wapictl doctor: the module - loaded, or installed where it can be found, and
 * signed where that is demanded.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "doctor.h"

#define MODULES		"/lib/modules"
#define SIGNATURE	"~Module signature appended~\n"

static struct utsname kernel;

bool module_loaded(void)
{
	char line[256];
	bool found = false;
	FILE *modules;

	if (!access("/sys/module/wapi", F_OK))
		return true;
	/* Where there is no /sys, as in a bare chroot. */
	modules = fopen("/proc/modules", "re");
	while (modules && !found && fgets(line, sizeof(line), modules))
		found = !strncmp(line, "wapi ", 5);
	if (modules)
		fclose(modules);
	return found;
}

void check_kernel(void)
{
	uname(&kernel);
	report("kernel", VERDICT_OK, "%s %s", kernel.release, kernel.machine);
}

/* Is this line of modules.dep about our module?  Then it is cut to its path. */
static bool module_line(char *line)
{
	char *colon = strchr(line, ':'), *name;

	if (!colon)
		return false;
	*colon = '\0';
	name = strrchr(line, '/');
	name = name ? name + 1 : line;
	return !strcmp(name, "wapi.ko") || !strncmp(name, "wapi.ko.", 8);
}

/* Where modprobe would find the module for a kernel. */
static bool module_find(const char *release, char path[PATH_MAX])
{
	char dependencies[PATH_MAX], *line = NULL;
	bool found = false;
	size_t size = 0;
	FILE *file;

	snprintf(dependencies, PATH_MAX, MODULES "/%.255s/modules.dep",
		 release);
	file = fopen(dependencies, "re");
	if (!file)
		return false;
	while (!found && getline(&line, &size, file) > 0)
		found = module_line(line);
	if (found)
		snprintf(path, PATH_MAX, MODULES "/%.255s/%.3000s", release,
			 line);
	free(line);
	fclose(file);
	return found;
}

/* A kernel that the module is installed for, though not this one. */
static bool other_kernel(char release[NAME_MAX + 1])
{
	DIR *modules = opendir(MODULES);
	char path[PATH_MAX];
	struct dirent *entry;
	bool found = false;

	while (modules && !found && (entry = readdir(modules))) {
		if (entry->d_name[0] == '.' ||
		    !module_find(entry->d_name, path))
			continue;
		strcpy(release, entry->d_name);
		found = true;
	}
	if (modules)
		closedir(modules);
	return found;
}

static void report_missing(void)
{
	char release[NAME_MAX + 1];

	if (other_kernel(release)) {
		report("module", VERDICT_PROBLEM,
		       "not loaded; installed for kernel %s, not for this one",
		       release);
		advise("install it for this kernel: 'dkms autoinstall', or 'make && make modules_install' in wapi's source");
		return;
	}
	report("module", VERDICT_PROBLEM, "not loaded and not installed");
	advise("in wapi's source: 'make && make modules_install', then 'modprobe wapi'");
}

void check_module(void)
{
	char version[64], path[PATH_MAX];

	if (module_loaded()) {
		if (read_line("/sys/module/wapi/version", version,
			      sizeof(version)))
			report("module", VERDICT_OK, "loaded, version %s",
			       version);
		else
			report("module", VERDICT_OK, "loaded");
	} else if (module_find(kernel.release, path)) {
		report("module", VERDICT_PROBLEM, "installed, not loaded: %s",
		       path);
		advise("as root: 'modprobe wapi'; at every boot: 'echo wapi > /etc/modules-load.d/wapi.conf'");
	} else {
		report_missing();
	}
}

/* What makes the kernel refuse modules without a signature; NULL if nothing. */
static const char *signature_demand(void)
{
	char line[128];

	if (read_line("/sys/kernel/security/lockdown", line, sizeof(line)) &&
	    strchr(line, '[') && !strstr(line, "[none]"))
		return "the kernel is locked down, as Secure Boot does it";
	if (read_line("/sys/module/module/parameters/sig_enforce", line,
		      sizeof(line)) && line[0] == 'Y')
		return "the kernel demands signatures (module.sig_enforce)";
	return NULL;
}

/* A compressed file does not show its signature: taken as signed. */
static bool signature_missing(const char *path)
{
	char end[sizeof(SIGNATURE) - 1];
	size_t length = strlen(path);
	bool missing;
	FILE *file;

	if (length < 3 || strcmp(path + length - 3, ".ko"))
		return false;
	file = fopen(path, "re");
	if (!file)
		return false;
	missing = fseek(file, -(long)sizeof(end), SEEK_END) ||
		  fread(end, sizeof(end), 1, file) != 1 ||
		  memcmp(end, SIGNATURE, sizeof(end));
	fclose(file);
	return missing;
}

void check_signature(void)
{
	const char *demand = signature_demand();
	char path[PATH_MAX];

	if (!demand)
		return;
	if (!module_find(kernel.release, path)) {
		report("signature", VERDICT_NOTE,
		       "%s: the module will have to be signed", demand);
	} else if (signature_missing(path)) {
		report("signature", VERDICT_PROBLEM,
		       "%s, and the module is not signed", demand);
		advise("sign it with a key that is enrolled ('mokutil --import'; DKMS has one in /var/lib/dkms/mok.pub), or switch Secure Boot off");
		return;
	} else {
		report("signature", VERDICT_NOTE, "%s: if 'modprobe wapi' says 'Key was rejected', the key is not enrolled",
		       demand);
	}
	advise("enroll the signing key with 'mokutil --import' and boot again");
}
