// SPDX-License-Identifier: LGPL-2.1-or-later
/* The heritage, as a process takes it over that was started so: see heritage.h. */
#include "heritage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What this program was started with; its forked children too. */
static char *command_line;

/* A file becomes one of this process's; its handle may have been closed by another. */
static void take_file(struct win32_table *table, const struct win32_legacy *legacy)
{
	struct win32_slot slot;
	uint32_t index;

	if (fcntl(legacy->fd, F_SETFD, FD_CLOEXEC) || !win32_file_new(legacy->fd, &index))
		return;
	if (!win32_table_look(table, legacy->number, &slot) || !slot.is_file) {
		win32_file_close(index);
		return;
	}
	slot.object = index;
	win32_table_publish(table, legacy->number, slot);
}

/* There is no such handle, also if it is protected. */
static void drop_handle(struct win32_table *table, int number)
{
	struct win32_slot slot;

	win32_table_change(table, number, false, false, true, false);
	win32_table_take(table, number, &slot);
}

/*
 * An object: a reference to it for each handle, true if the descriptor is one.  Of a
 * handle that another process has closed meanwhile the reference is given back with it.
 */
static bool take_object(struct wapi_client *client, struct win32_table *table,
			const struct win32_legacy *legacy)
{
	bool has_handle = legacy->number != WIN32_NO_NUMBER;
	uint32_t object;

	if (!wapi_from_fd(client, legacy->fd, &object, NULL)) {
		if (!has_handle)
			wapi_close(client, object, NULL);
		return true;
	}
	/* The program has closed it before it used this library. */
	if (has_handle)
		drop_handle(table, legacy->number);
	return false;
}

static int by_fd(const void *one, const void *other)
{
	int a = *(const int *)one, b = *(const int *)other;

	return (a > b) - (a < b);
}

/* Two handles of one file are two of one struct win32_file in the parent; here too. */
static bool take_again(struct win32_table *table, const struct win32_legacy *legacies,
		       uint32_t i)
{
	struct win32_slot slot, first;
	uint32_t j;

	for (j = 0; j < i; j++) {
		if (!legacies[j].is_file || legacies[j].fd != legacies[i].fd)
			continue;
		if (win32_table_look(table, legacies[j].number, &first) && first.is_file &&
		    win32_table_look(table, legacies[i].number, &slot) && slot.is_file &&
		    win32_file_hold(first.object)) {
			slot.object = first.object;
			win32_table_publish(table, legacies[i].number, slot);
		}
		return true;
	}
	return false;
}

static void take_all(const struct win32_process *process, const struct win32_legacy *legacies,
		     uint32_t count, int *fds)
{
	uint32_t i, n = 0;

	for (i = 0; i < count; i++) {
		if (legacies[i].number != WIN32_NO_NUMBER && legacies[i].number >= WIN32_HANDLES)
			continue;
		if (legacies[i].is_file) {
			if (!take_again(process->table, legacies, i))
				take_file(process->table, &legacies[i]);
		} else if (take_object(process->client, process->table, &legacies[i])) {
			fds[n++] = legacies[i].fd;
		}
	}
	/* Several can share one. */
	qsort(fds, n, sizeof(*fds), by_fd);
	for (i = 0; i < n; i++)
		if (!i || fds[i] != fds[i - 1])
			close(fds[i]);
}

/* What others have put in meanwhile; not what they did not live to keep, see grant.c. */
static void take_pending(const struct win32_process *process)
{
	struct win32_slot slot;
	int number = -1;

	while ((number = win32_table_next(process->table, number)) >= 0) {
		if (!win32_table_look(process->table, number, &slot) || !slot.pending)
			continue;
		if (wapi_open(process->client, slot.object, NULL)) {
			drop_handle(process->table, number);
			continue;
		}
		slot.pending = false;
		win32_table_publish(process->table, number, slot);
	}
}

/* What is said of sizes is read once and not believed: others can write there. */
static bool is_sound(uint32_t count, uint32_t text, size_t size)
{
	size_t room = size - win32_block_size();

	return count <= room / sizeof(struct win32_legacy) && text &&
	       text <= room - count * sizeof(struct win32_legacy);
}

static bool copy_command_line(const struct win32_record *record, uint32_t count, uint32_t text)
{
	command_line = malloc(text);
	if (!command_line)
		return false;
	memcpy(command_line, record->legacy + count, text);
	command_line[text - 1] = '\0';
	return true;
}

int win32_heritage_take(struct win32_process *process, size_t size)
{
	struct win32_record *record = win32_record_of(process->table);
	uint32_t count = record->legacies, text = record->command_line_size, i;
	struct win32_legacy *legacies;
	int *fds;

	if (atomic_load(&record->is_waiting) == WIN32_TAKEN || !is_sound(count, text, size)) {
		/* Of the same process, before an execve() of its own. */
		win32_table_clear(process->table);
		return 0;
	}
	legacies = malloc((count + 1) * sizeof(*legacies));
	fds = malloc((count + 1) * sizeof(*fds));
	if (!legacies || !fds || !copy_command_line(record, count, text)) {
		free(legacies);
		free(fds);
		return -ENOMEM;
	}
	memcpy(legacies, record->legacy, count * sizeof(*legacies));
	/* From now on others give references to the client, which there is. */
	atomic_store(&record->is_waiting, WIN32_BEING_TAKEN);
	take_all(process, legacies, count, fds);
	take_pending(process);
	for (i = 0; i < 3; i++)
		process->standard[i] = record->standard[i];
	process->was_started = true;
	atomic_store(&record->is_waiting, WIN32_TAKEN);
	free(legacies);
	free(fds);
	return 0;
}

bool win32_heritage_standard(unsigned int index, HANDLE *handle)
{
	const struct win32_process *process = win32_this_process();

	if (!process || !process->was_started ||
	    process->standard[index] == WIN32_OF_DESCRIPTOR)
		return false;
	*handle = (HANDLE)(uintptr_t)process->standard[index];
	return true;
}

char *win32_heritage_command_line(void)
{
	DWORD error = GetLastError();

	/* It is known when the heritage has been taken over. */
	if (!win32_client() || !command_line) {
		SetLastError(error);
		return NULL;
	}
	return strdup(command_line);
}
