// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * DuplicateHandle(): a handle to the object of another one, in this process or others.
 *
 * What is put into the table of another process works there at once, see table.c.  A
 * descriptor cannot be put into another process, so handles of files stay in theirs.
 */
#include "record.h"

#include <errno.h>

/* A process between the two moments: its object is held, and so is its table. */
struct side {
	const struct win32_process *self;
	uint32_t object;
	struct win32_table *table;	/* NULL: it does not use this library */
	bool is_self;
};

/* What is duplicated: a reference that this process holds, or one of a file. */
struct source {
	int number;		/* -1: of a pseudo-handle */
	struct win32_slot seen;
	struct win32_file *file;
	uint32_t object;
};

static BOOL find_side(HANDLE handle, struct side *side)
{
	side->self = win32_this_process();
	side->is_self = handle == WIN32_PSEUDO_PROCESS;
	if (!side->self)
		return FALSE;
	side->object = side->self->object;
	side->table = side->self->table;
	if (side->is_self)
		return TRUE;
	if (handle == WIN32_PSEUDO_THREAD)
		return win32_fail(ERROR_INVALID_HANDLE);
	if (!win32_handle_hold(handle, &side->object))
		return FALSE;
	if (wapi_handle_type(side->self->client, side->object) != WAPI_TYPE_PROCESS) {
		wapi_close(side->self->client, side->object, NULL);
		return win32_fail(ERROR_INVALID_HANDLE);
	}
	if (side->object == side->self->object) {
		wapi_close(side->self->client, side->object, NULL);
		side->is_self = true;
		return TRUE;
	}
	side->table = win32_table_of(side->self->client, side->object);
	return TRUE;
}

static void leave_side(const struct side *side)
{
	if (!side->is_self)
		wapi_close(side->self->client, side->object, NULL);
}

/* FALSE with ERROR_INVALID_HANDLE. */
static BOOL find_source(const struct side *side, HANDLE handle, struct source *source)
{
	*source = (struct source){ .number = -1 };
	if (handle == WIN32_PSEUDO_PROCESS || handle == WIN32_PSEUDO_THREAD)
		return TRUE;
	source->number = win32_handle_number(handle);
	if (source->number < 0 || !side->table ||
	    !win32_table_look(side->table, source->number, &source->seen))
		return win32_fail(ERROR_INVALID_HANDLE);
	return TRUE;
}

/* Take what goes to the new handle. */
static BOOL take_source(const struct side *side, HANDLE handle, struct source *source)
{
	int error;

	if (handle == WIN32_PSEUDO_THREAD)
		return win32_handle_hold(handle, &source->object);
	if (source->seen.is_file) {
		if (!side->is_self)
			return win32_fail(ERROR_NOT_SUPPORTED);
		source->file = win32_file_get(handle);
		return source->file ? TRUE : FALSE;
	}
	/* The process whose handle it is, not the one that calls. */
	source->object = handle == WIN32_PSEUDO_PROCESS ? side->object : source->seen.object;
	error = wapi_open(side->self->client, source->object, NULL);
	return error ? win32_fail_errno(error) : TRUE;
}

/* Why a process has no table that others can put handles in. */
static DWORD why_not(const struct side *side)
{
	struct wapi_query query;

	if (wapi_query(side->self->client, side->object, &query) ||
	    query.state.flags & WAPI_STATE_ENDED)
		return ERROR_ACCESS_DENIED;
	return ERROR_NOT_SUPPORTED;
}

/*
 * To a program that has not used this library yet: who gives it keeps the reference.  If
 * it begins at the same time, it may have a reference too many, until it ends.
 */
static DWORD give_later(const struct side *side, int number, struct win32_slot slot)
{
	struct wapi_client *client = side->self->client;
	struct win32_record *record = win32_record_of(side->table);
	DWORD error = why_not(side);

	if (error != ERROR_NOT_SUPPORTED || atomic_load(&record->is_waiting) != WIN32_WAITS) {
		win32_table_unclaim(side->table, number);
		return error;
	}
	slot.pending = true;
	win32_table_publish(side->table, number, slot);
	if (atomic_load(&record->is_waiting) == WIN32_WAITS) {
		if (win32_grant_hold(client, side->object, slot.object))
			return NO_ERROR;
		error = ERROR_NOT_ENOUGH_MEMORY;
	} else if (!wapi_dup_to(client, slot.object, side->object, WAPI_DUP_MOVE, NULL)) {
		slot.pending = false;
		win32_table_publish(side->table, number, slot);
		return NO_ERROR;
	} else {
		error = why_not(side);
	}
	win32_table_take(side->table, number, &slot);
	return error;
}

/* Put an object into the table of another process; the reference goes over. */
static DWORD give(const struct side *side, struct win32_slot slot, HANDLE *value)
{
	struct wapi_client *client = side->self->client;
	int number, error;

	win32_grant_end(client);
	if (!side->table || win32_table_refuses_others(side->table))
		return why_not(side);
	number = win32_table_claim(side->table);
	if (number < 0)
		return ERROR_NO_SYSTEM_RESOURCES;
	*value = win32_handle_value(number);
	error = wapi_dup_to(client, slot.object, side->object, WAPI_DUP_MOVE, NULL);
	if (error == -ESRCH)
		return give_later(side, number, slot);
	if (error) {
		win32_table_unclaim(side->table, number);
		return win32_error_of(error);
	}
	win32_table_publish(side->table, number, slot);
	return NO_ERROR;
}

/* Make the new handle of what was taken, which is given back if that fails. */
static BOOL put(const struct side *side, const struct source *source, bool inherit,
		HANDLE *value)
{
	struct win32_slot slot = { .object = source->object, .inherit = inherit };
	DWORD error;

	if (side->is_self) {
		*value = source->file ? win32_handle_add_file(source->file->index, inherit) :
					win32_handle_add(source->object, inherit);
		return *value ? TRUE : FALSE;
	}
	if (source->file) {
		win32_file_put(source->file);
		return win32_fail(ERROR_NOT_SUPPORTED);
	}
	error = give(side, slot, value);
	if (!error)
		return TRUE;
	wapi_close(side->self->client, source->object, NULL);
	return win32_fail(error);
}

static BOOL duplicate(const struct side *from, HANDLE handle, struct source *source,
		      HANDLE target_process, LPHANDLE target, bool inherit)
{
	struct side to;
	HANDLE value = NULL;
	BOOL done;

	if (!find_side(target_process, &to))
		return FALSE;
	done = take_source(from, handle, source) && put(&to, source, inherit, &value);
	leave_side(&to);
	if (done && target)
		*target = value;
	return done;
}

/* Whatever became of the rest; nobody is told whether it was still there. */
static void close_source(const struct side *side, HANDLE handle, const struct source *source)
{
	DWORD error = GetLastError();

	if (source->number < 0)
		return;
	if (!side->is_self)
		win32_table_leave(side->table, source->number, source->seen);
	else if (!CloseHandle(handle))
		SetLastError(error);
}

WIN32_EXPORT BOOL WINAPI DuplicateHandle(HANDLE source_process, HANDLE source_handle,
					 HANDLE target_process, LPHANDLE target, DWORD access,
					 BOOL inherit, DWORD options)
{
	struct source source;
	struct side from;
	BOOL done;

	(void)access;
	if (!find_side(source_process, &from))
		return FALSE;
	if (!find_source(&from, source_handle, &source)) {
		leave_side(&from);
		return FALSE;
	}
	if (options & ~(DUPLICATE_CLOSE_SOURCE | DUPLICATE_SAME_ACCESS) ||
	    (!target_process && !(options & DUPLICATE_CLOSE_SOURCE)))
		done = win32_fail(ERROR_INVALID_PARAMETER);
	else
		done = !target_process || duplicate(&from, source_handle, &source,
						    target_process, target, inherit);
	if (options & DUPLICATE_CLOSE_SOURCE)
		close_source(&from, source_handle, &source);
	leave_side(&from);
	return done;
}
