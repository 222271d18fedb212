// SPDX-License-Identifier: GPL-2.0
/* The client whose requests are measured: see client.h. */
#include <fcntl.h>

#include "client.h"

int client = -1;

int new_client(void)
{
	int fd = open("/dev/wapi", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		die("open /dev/wapi: %m");
	read_info(fd);
	return fd;
}

void open_client(void)
{
	if (client >= 0)
		return;
	client = new_client();
	for (int i = 0; i < USED_HANDLES; i++)
		close_handle(new_event());
	for (int i = 0; i < OTHER_HANDLES; i++)
		new_event();
}

static void null_ioctl(void)
{
	MUST(ask(client, NULL_IOCTL, NULL) == -ENOTTY);
}

static void begin_null(unsigned long argument)
{
	(void)argument;
	open_client();
}

const struct row null_row = {
	"null", "ioctl", begin_null, .round = null_ioctl,
};
