// SPDX-License-Identifier: LGPL-2.1-or-later
/* The heritage, as a process gives it to one that it starts: see heritage.h. */
#include "heritage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void win32_heritage_free(struct win32_heritage *heritage)
{
	size_t i;

	for (i = 0; i < heritage->count; i++)
		if (heritage->gifts[i].fd >= 0 && !heritage->gifts[i].is_shared)
			close(heritage->gifts[i].fd);
	free(heritage->gifts);
	heritage->gifts = NULL;
	heritage->count = 0;
}

/* A handle has no fewer descriptors than it needs: two of one object share theirs. */
static int shared_fd(const struct win32_heritage *heritage, const struct win32_gift *gift)
{
	size_t i;

	for (i = 0; i < heritage->count; i++)
		if (heritage->gifts[i].slot.object == gift->slot.object &&
		    heritage->gifts[i].slot.is_file == gift->slot.is_file)
			return heritage->gifts[i].fd;
	return -1;
}

/* A descriptor for the child; not to be inherited by what else is started meanwhile. */
static int open_gift(struct wapi_client *client, struct win32_gift *gift)
{
	HANDLE handle = win32_handle_value(gift->number);
	struct win32_file *file;
	int error, fd = -1;

	if (gift->slot.is_file) {
		file = win32_file_get(handle);
		if (!file)
			return -EBADF;
		fd = fcntl(file->fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
		error = fd < 0 ? -errno : 0;
		win32_file_put(file);
		return error ? error : fd;
	}
	error = wapi_to_fd(client, gift->slot.object, O_CLOEXEC, &fd);
	if (error)
		return error;
	fd = win32_fd_above_standard(fd);
	return fd < 0 ? -errno : fd;
}

static int add_gift(struct wapi_client *client, struct win32_heritage *heritage, int number,
		    struct win32_slot slot)
{
	struct win32_gift gift = { .number = number, .slot = slot }, *more;

	if (heritage->count == heritage->room) {
		heritage->room = heritage->room ? 2 * heritage->room : 16;
		more = realloc(heritage->gifts, heritage->room * sizeof(*more));
		if (!more)
			return -ENOMEM;
		heritage->gifts = more;
	}
	gift.fd = shared_fd(heritage, &gift);
	gift.is_shared = gift.fd >= 0;
	if (!gift.is_shared)
		gift.fd = open_gift(client, &gift);
	/* It was closed meanwhile. */
	if (gift.fd == -EBADF)
		return 0;
	if (gift.fd < 0)
		return gift.fd;
	heritage->gifts[heritage->count++] = gift;
	return 0;
}

int win32_heritage_collect(const struct win32_process *process,
			   struct win32_heritage *heritage)
{
	struct win32_slot slot;
	int number = -1, error = 0;

	while (!error && (number = win32_table_next(process->table, number)) >= 0)
		if (win32_table_look(process->table, number, &slot) && slot.inherit)
			error = add_gift(process->client, heritage, number, slot);
	if (error)
		win32_heritage_free(heritage);
	return error;
}

const struct win32_gift *win32_heritage_find(const struct win32_heritage *heritage,
					     HANDLE handle)
{
	size_t i;

	for (i = 0; i < heritage->count; i++)
		if ((int)heritage->gifts[i].number == win32_handle_number(handle))
			return &heritage->gifts[i];
	return NULL;
}

/* What a child's block holds, of zeros that nobody else sees yet. */
static void fill(struct win32_table *table, const struct win32_heritage *heritage)
{
	struct win32_record *record = win32_record_of(table);
	const struct win32_gift *gift;
	struct win32_slot slot;
	size_t i;

	win32_table_begin(table);
	for (i = 0; i < heritage->count; i++) {
		gift = &heritage->gifts[i];
		slot = gift->slot;
		/* The child has files of its own, and this is none of them yet. */
		if (slot.is_file)
			slot.object = WIN32_NO_FILE;
		win32_table_place(table, gift->number, slot);
		record->legacy[i] = (struct win32_legacy){
			.number = gift->number,
			.fd = gift->fd,
			.is_file = gift->slot.is_file,
		};
	}
	/* The last is of the child's object: see win32_heritage_complete(). */
	record->legacy[i] = (struct win32_legacy){ .number = WIN32_NO_NUMBER, .fd = -1 };
	record->legacies = i + 1;
	for (i = 0; i < 3; i++)
		record->standard[i] = heritage->is_standard[i] ? heritage->standard[i] :
								 WIN32_OF_DESCRIPTOR;
	atomic_store(&record->resume, heritage->resume);
	record->command_line_size = strlen(heritage->command_line) + 1;
	memcpy(record->legacy + record->legacies, heritage->command_line,
	       record->command_line_size);
	atomic_store(&record->is_waiting, WIN32_WAITS);
}

int win32_heritage_give(struct wapi_client *client, const struct win32_heritage *heritage,
			uint32_t process, struct win32_table **child)
{
	size_t size = win32_block_size() +
		      (heritage->count + 1) * sizeof(struct win32_legacy) +
		      strlen(heritage->command_line) + 1;
	struct win32_table *table;
	uint64_t block;
	void *memory;
	int error;

	error = wapi_scratch(client, size, &block);
	if (error)
		return error;
	error = wapi_scratch_ptr(client, block, size, &memory);
	if (!error) {
		table = memory;
		fill(table, heritage);
		error = wapi_attach(client, process, block);
	}
	if (error)
		wapi_scratch_free(client, block);
	else
		*child = table;
	return error;
}

void win32_heritage_complete(struct win32_table *child, int fd)
{
	struct win32_record *record = win32_record_of(child);

	record->legacy[record->legacies - 1].fd = fd;
}
