// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Names of objects: what Windows lets a name be, as the kernel's names; and how all that
 * make or open an object by a name do so.
 *
 * "Global\" and "Local\" are one name space here, as in session 0 of Windows.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

/* Of this library's own objects: see identity.c. */
static const char own[] = "\001win32 ";

/* @text, which is for free(), or NULL for no name; FALSE with the last error set. */
static BOOL begin(struct win32_name *name, char *text, const char **rest, bool needed)
{
	static const char *const prefixes[] = { "Global\\", "Local\\" };
	size_t i;

	name->kernel = NULL;
	*rest = text;
	if (!text || !*text)
		return needed ? win32_fail(ERROR_INVALID_PARAMETER) : TRUE;
	for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if (!strncmp(text, prefixes[i], strlen(prefixes[i]))) {
			*rest = text + strlen(prefixes[i]);
			break;
		}
	}
	if (strchr(*rest, '\\'))
		return win32_fail(ERROR_PATH_NOT_FOUND);
	if (!**rest || !strncmp(*rest, own, strlen(own)))
		return win32_fail(ERROR_INVALID_NAME);
	if (strlen(*rest) > WAPI_NAME_MAX)
		return win32_fail(ERROR_FILENAME_EXCED_RANGE);
	return TRUE;
}

static BOOL make(struct win32_name *name, char *text, bool needed)
{
	const char *rest;

	if (!begin(name, text, &rest, needed)) {
		free(text);
		return FALSE;
	}
	if (text && *text) {
		memmove(text, rest, strlen(rest) + 1);
		name->kernel = text;
	} else {
		free(text);
	}
	return TRUE;
}

BOOL win32_name_a(struct win32_name *name, const char *text, bool needed)
{
	WCHAR *wide;
	char *copy;

	name->kernel = NULL;
	if (!text)
		return make(name, NULL, needed);
	if (strlen(text) > MAX_PATH)
		return win32_fail(ERROR_FILENAME_EXCED_RANGE);
	/* Only to see that it is UTF-8. */
	wide = win32_utf16_of(text);
	if (!wide)
		return FALSE;
	free(wide);
	copy = strdup(text);
	if (!copy)
		return win32_fail(ERROR_NOT_ENOUGH_MEMORY);
	return make(name, copy, needed);
}

BOOL win32_name_w(struct win32_name *name, const WCHAR *text, bool needed)
{
	char *copy;

	name->kernel = NULL;
	if (!text)
		return make(name, NULL, needed);
	copy = win32_utf8_of(text);
	return copy ? make(name, copy, needed) : FALSE;
}

static void release(struct win32_name *name)
{
	free(name->kernel);
	name->kernel = NULL;
}

HANDLE win32_not_created(struct win32_name *name)
{
	release(name);
	return NULL;
}

HANDLE win32_created(struct win32_name *name, int error, uint32_t object, bool existed,
		     const SECURITY_ATTRIBUTES *attributes)
{
	HANDLE handle;

	release(name);
	if (error) {
		win32_fail_errno(error);
		return NULL;
	}
	handle = win32_handle_add(object, win32_inherits(attributes));
	if (handle)
		SetLastError(existed ? ERROR_ALREADY_EXISTS : NO_ERROR);
	return handle;
}

HANDLE win32_open_name(struct win32_name *name, uint32_t type, BOOL inherit)
{
	struct wapi_client *client = win32_client();
	uint32_t object;
	int error;

	if (!client)
		return win32_not_created(name);
	error = wapi_open_name(client, name->kernel, type, &object, NULL);
	release(name);
	if (error) {
		win32_fail_errno(error);
		return NULL;
	}
	return win32_handle_add(object, inherit);
}
