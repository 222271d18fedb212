// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Two processes share a handle and its data block.
 *
 *   cc share.c -o share $(pkg-config --cflags --libs libwapi)
 *   ./share
 *
 * The parent makes an object with a question in its data block; the child opens
 * it by the handle's number, reads the question, writes an answer, and dies
 * without closing anything.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <wapi/wapi.h>

#define ROOM	64

static void check(int error, const char *what)
{
	if (!error)
		return;
	fprintf(stderr, "share: %s: %s\n", what, strerror(-error));
	exit(1);
}

/* The inherited client becomes one of this process's own at its first use. */
static void answer(struct wapi_client *client, uint32_t handle)
{
	struct wapi_open opened;
	char *question;
	void *room;

	check(wapi_open(client, handle, &opened), "open");
	check(wapi_load_string(client, opened.block, &question), "load");
	printf("child:  handle %08" PRIx32 " asks: %s\n", handle, question);
	fflush(stdout);
	check(wapi_scratch_ptr(client, opened.block, ROOM, &room), "pointer");
	snprintf(room, ROOM, "42, says process %d", (int)getpid());
	raise(SIGKILL);
}

int main(void)
{
	char question[ROOM] = "what is 6 times 7?";
	struct wapi_client *client;
	struct wapi_query query;
	struct wapi_close closed;
	uint32_t handle;
	uint64_t block;
	char *text;
	pid_t child;

	check(wapi_client_open(&client), "/dev/wapi");
	check(wapi_new_data(client, WAPI_TYPE_FILE, question, ROOM, &handle,
			    &block), "new");
	child = fork();
	if (!child)
		answer(client, handle);
	waitpid(child, NULL, 0);

	check(wapi_load_string(client, block, &text), "load");
	printf("parent: the answer is: %s\n", text);
	free(text);
	check(wapi_query(client, handle, &query), "query");
	printf("parent: the child was killed; references left: %" PRIu32 "\n",
	       query.references);
	check(wapi_close(client, handle, &closed), "close");
	printf("parent: closed; the object is %s\n",
	       closed.destroyed ? "gone" : "still there");
	wapi_client_close(client);
	return 0;
}
