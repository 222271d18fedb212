// SPDX-License-Identifier: GPL-2.0
/* The serving side of a daemon like that of 2002: see daemon.h. */
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon.h"
#include "row.h"

enum { CLIENTS = 64 };

/* One more, always unused, ends the search. */
static struct daemon_handle {
	uint32_t type;			/* 0: unused */
	uint32_t references;
} handles[DAEMON_HANDLES + 1];

/* The first is the listener. */
static struct pollfd polled[1 + CLIENTS];
/* How often each client holds each handle. */
static uint32_t (*held)[DAEMON_HANDLES];
static nfds_t connected = 1;

/* In front of each piece of the segment, which they fill completely. */
struct header {
	uint32_t used;
	uint32_t length;		/* without the header */
};

static unsigned char *segment;

static struct header *header_at(uint32_t index)
{
	return (struct header *)(segment + index);
}

static uint32_t next_index(uint32_t index)
{
	return index + sizeof(struct header) + header_at(index)->length;
}

/* The first piece that is long enough; free ones are joined on the way. */
static uint32_t scratch(uint32_t length)
{
	struct header *header;
	uint32_t index, next;

	length = (length + 7) & ~7u;
	for (index = 0; index < DAEMON_SEGMENT; index = next_index(index)) {
		header = header_at(index);
		if (header->used)
			continue;
		while ((next = next_index(index)) < DAEMON_SEGMENT &&
		       !header_at(next)->used)
			header->length += sizeof(*header) + header_at(next)->length;
		if (header->length < length)
			continue;
		if (header->length >= length + 2 * sizeof(*header)) {
			next = index + sizeof(*header) + length;
			*header_at(next) = (struct header){
				.length = header->length - length - sizeof(*header),
			};
			header->length = length;
		}
		header->used = 1;
		memset(header + 1, 0, header->length);
		return index + sizeof(*header);
	}
	return 0;
}

static void scratch_free(uint32_t index)
{
	header_at(index - sizeof(struct header))->used = 0;
}

static uint32_t new_handle(uint32_t client, uint32_t type)
{
	const struct daemon_handle *unused = handles;
	uint32_t handle;

	do
		unused++;
	while (unused->type);
	handle = unused - handles;
	if (handle == DAEMON_HANDLES)
		return 0;
	handles[handle].type = type;
	handles[handle].references = 1;
	held[client][handle]++;
	return handle;
}

static uint32_t open_handle(uint32_t client, uint32_t handle)
{
	if (handle >= DAEMON_HANDLES || !handles[handle].type)
		return 0;
	handles[handle].references++;
	held[client][handle]++;
	return handles[handle].type;
}

/* Whether this client has no more of it. */
static bool close_handle(uint32_t client, uint32_t handle)
{
	if (handle >= DAEMON_HANDLES || !held[client][handle])
		return true;
	if (!--handles[handle].references)
		handles[handle].type = 0;
	return !--held[client][handle];
}

static void come(void)
{
	int fd = accept(polled[0].fd, NULL, NULL);

	MUST(fd >= 0 && connected <= CLIENTS);
	polled[connected++] = (struct pollfd){ .fd = fd, .events = POLLIN };
}

static void leave(nfds_t client)
{
	for (uint32_t handle = 1; handle < DAEMON_HANDLES; handle++)
		while (held[client][handle])
			close_handle(client, handle);
	close(polled[client].fd);
	connected--;
	polled[client] = polled[connected];
	memcpy(held[client], held[connected], sizeof(held[client]));
	memset(held[connected], 0, sizeof(held[connected]));
}

static void serve(nfds_t client)
{
	struct daemon_reply reply = { 0 };
	struct daemon_request request;

	if (read(polled[client].fd, &request, sizeof(request)) != sizeof(request)) {
		leave(client);
		return;
	}
	reply.type = request.type;
	switch (request.type) {
	case DAEMON_NEW:
		reply.value = new_handle(client, request.value);
		break;
	case DAEMON_OPEN:
		reply.value = open_handle(client, request.value);
		break;
	case DAEMON_CLOSE:
		reply.value = close_handle(client, request.value);
		break;
	case DAEMON_SCRATCH:
		reply.value = scratch(request.value);
		break;
	case DAEMON_SCRATCH_FREE:
		scratch_free(request.value);
		break;
	}
	MUST(write(polled[client].fd, &reply, sizeof(reply)) == sizeof(reply));
}

void daemon_serve(int listener, void *memory)
{
	segment = memory;
	*header_at(0) = (struct header){
		.length = DAEMON_SEGMENT - sizeof(struct header),
	};
	held = calloc(1 + CLIENTS, sizeof(held[0]));
	MUST(held);
	polled[0] = (struct pollfd){ .fd = listener, .events = POLLIN };
	do {
		MUST(poll(polled, connected, -1) > 0);
		/* From the last: one that leaves is replaced by the last. */
		for (nfds_t i = connected - 1; i > 0; i--)
			if (polled[i].revents)
				serve(i);
		if (polled[0].revents)
			come();
	} while (connected > 1);
}
