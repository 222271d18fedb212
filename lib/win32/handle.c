// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Handles of this process: what they are of, their flags, closing and comparing them.
 */
#include "internal.h"

int win32_handle_number(HANDLE handle)
{
	uintptr_t value = (uintptr_t)handle / 4;

	return value && value <= WIN32_HANDLES ? (int)value - 1 : -1;
}

HANDLE win32_handle_value(int number)
{
	return (HANDLE)(((uintptr_t)number + 1) * 4);
}

static bool is_pseudo(HANDLE handle)
{
	return handle == WIN32_PSEUDO_PROCESS || handle == WIN32_PSEUDO_THREAD;
}

static void give_back(struct win32_slot slot)
{
	if (slot.is_file)
		win32_file_close(slot.object);
	else if (!slot.pending)
		wapi_close(win32_client(), slot.object, NULL);
}

static HANDLE add(struct win32_slot slot)
{
	const struct win32_process *process = win32_this_process();
	int number;

	if (!process)
		return NULL;
	win32_table_collect(process->table, give_back);
	number = win32_table_claim(process->table);
	if (number < 0) {
		give_back(slot);
		win32_fail(ERROR_NO_SYSTEM_RESOURCES);
		return NULL;
	}
	win32_table_publish(process->table, number, slot);
	return win32_handle_value(number);
}

HANDLE win32_handle_add(uint32_t object, bool inherit)
{
	return add((struct win32_slot){ .object = object, .inherit = inherit });
}

HANDLE win32_handle_add_file(uint32_t index, bool inherit)
{
	return add((struct win32_slot){ .object = index, .is_file = true, .inherit = inherit });
}

/* What a handle of this process is. */
static BOOL look(HANDLE handle, struct win32_slot *slot)
{
	const struct win32_process *process = win32_this_process();
	int number = win32_handle_number(handle);

	*slot = (struct win32_slot){ 0 };
	if (!process)
		return FALSE;
	if (number < 0 || !win32_table_look(process->table, number, slot))
		return win32_fail(ERROR_INVALID_HANDLE);
	return TRUE;
}

BOOL win32_handle_object(HANDLE handle, uint32_t *object)
{
	struct win32_slot slot;

	if (!look(handle, &slot))
		return FALSE;
	if (slot.is_file)
		return win32_fail(ERROR_INVALID_HANDLE);
	*object = slot.object;
	return TRUE;
}

BOOL win32_handle_object_of(HANDLE handle, uint32_t type, uint32_t *object)
{
	uint32_t found = 0;

	if (!win32_handle_object(handle, &found))
		return FALSE;
	if (wapi_handle_type(win32_client(), found) != (int)type)
		return win32_fail(ERROR_INVALID_HANDLE);
	*object = found;
	return TRUE;
}

BOOL win32_handle_file(HANDLE handle, uint32_t *index)
{
	struct win32_slot slot;

	if (!look(handle, &slot))
		return FALSE;
	if (!slot.is_file)
		return win32_fail(ERROR_INVALID_HANDLE);
	*index = slot.object;
	return TRUE;
}

BOOL win32_handle_hold(HANDLE handle, uint32_t *object)
{
	const struct win32_process *process = win32_this_process();
	struct win32_thread *self;
	int error;

	if (!process)
		return FALSE;
	if (handle == WIN32_PSEUDO_THREAD) {
		self = win32_self();
		if (!self)
			return FALSE;
		*object = self->object;
	} else if (handle == WIN32_PSEUDO_PROCESS) {
		*object = process->object;
	} else if (!win32_handle_object(handle, object)) {
		return FALSE;
	}
	error = wapi_open(process->client, *object, NULL);
	/* EBADF: another thread has closed it just now. */
	return error ? win32_fail_errno(error) : TRUE;
}

bool win32_inherits(const SECURITY_ATTRIBUTES *attributes)
{
	return attributes && attributes->bInheritHandle;
}

/* A pseudo-handle has no flags. */
static BOOL look_at_any(HANDLE handle, struct win32_slot *slot)
{
	if (!is_pseudo(handle))
		return look(handle, slot);
	*slot = (struct win32_slot){ 0 };
	return TRUE;
}

WIN32_EXPORT BOOL WINAPI CloseHandle(HANDLE handle)
{
	const struct win32_process *process;
	int number = win32_handle_number(handle);
	struct win32_slot slot;

	if (is_pseudo(handle))
		return TRUE;
	process = win32_this_process();
	if (!process)
		return FALSE;
	win32_table_collect(process->table, give_back);
	win32_grant_end(process->client);
	if (number < 0 || !win32_table_take(process->table, number, &slot))
		return win32_fail(ERROR_INVALID_HANDLE);
	give_back(slot);
	return TRUE;
}

WIN32_EXPORT BOOL WINAPI GetHandleInformation(HANDLE handle, LPDWORD flags)
{
	struct win32_slot slot;

	if (!look_at_any(handle, &slot))
		return FALSE;
	if (!flags)
		return win32_fail(ERROR_INVALID_PARAMETER);
	*flags = (slot.inherit ? HANDLE_FLAG_INHERIT : 0) |
		 (slot.protect ? HANDLE_FLAG_PROTECT_FROM_CLOSE : 0);
	return TRUE;
}

WIN32_EXPORT BOOL WINAPI SetHandleInformation(HANDLE handle, DWORD mask, DWORD flags)
{
	struct win32_slot slot;

	if (!look(handle, &slot))
		return FALSE;
	if (mask & ~(HANDLE_FLAG_INHERIT | HANDLE_FLAG_PROTECT_FROM_CLOSE))
		return win32_fail(ERROR_INVALID_PARAMETER);
	if (!win32_table_change(win32_this_process()->table, win32_handle_number(handle),
				mask & HANDLE_FLAG_INHERIT, flags & HANDLE_FLAG_INHERIT,
				mask & HANDLE_FLAG_PROTECT_FROM_CLOSE,
				flags & HANDLE_FLAG_PROTECT_FROM_CLOSE))
		return win32_fail(ERROR_INVALID_HANDLE);
	return TRUE;
}

/* What a handle is of, for a comparison only: nothing is kept. */
static BOOL identify(HANDLE handle, struct win32_slot *slot)
{
	if (!is_pseudo(handle))
		return look(handle, slot);
	*slot = (struct win32_slot){ 0 };
	if (!win32_handle_hold(handle, &slot->object))
		return FALSE;
	wapi_close(win32_client(), slot->object, NULL);
	return TRUE;
}

WIN32_EXPORT BOOL WINAPI CompareObjectHandles(HANDLE first, HANDLE second)
{
	struct win32_slot one, other;

	if (!identify(first, &one) || !identify(second, &other))
		return FALSE;
	if (one.object != other.object || one.is_file != other.is_file)
		return win32_fail(ERROR_NOT_SAME_OBJECT);
	return TRUE;
}
