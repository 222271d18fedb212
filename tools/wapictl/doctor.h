/* SPDX-License-Identifier: GPL-2.0 */
/*
 * wapictl doctor - what it looks at, one check after the other
 *
 * A check reports what it found, once or more.  It only looks: nothing is
 * loaded, created or changed.
 */
#ifndef WAPICTL_DOCTOR_H
#define WAPICTL_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>

#define DEVICE_PATH	"/dev/wapi"

enum verdict {
	VERDICT_OK,
	VERDICT_NOTE,		/* worth knowing, not wrong */
	VERDICT_PROBLEM,
};

/* What is found, in words, about something. */
__attribute__((format(printf, 3, 4)))
void report(const char *about, enum verdict verdict, const char *format, ...);
/* What to do about what was reported last. */
__attribute__((format(printf, 1, 2)))
void advise(const char *format, ...);

/* Whether the module is loaded, or can be. */
bool module_loaded(void);
void check_kernel(void);
void check_module(void);
void check_signature(void);
/* The device node, opening it, and the answer to a request. */
void check_device(void);
void check_requests(void);

/* Reads a small file as a string without its newline; false if it cannot. */
bool read_line(const char *path, char *line, size_t size);

#endif /* WAPICTL_DOCTOR_H */
