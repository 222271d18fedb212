// SPDX-License-Identifier: GPL-2.0
/*
 * repeat - do one operation again and again, for profile.sh to watch
 *
 *	repeat PORT OPERATION...
 *
 * PORT is a serial port with the host at its other end. The kernel's symbols go
 * out there first, then a line with the name of each operation once that is
 * warm; it is repeated until the host answers with a line. What went wrong goes
 * out as a line that begins with "!".
 *
 * A new operation is a function or two and a line in the table below.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <linux/wapi.h>

#define DEVICE "/dev/wapi"
#define WARM 4000	/* rounds before the host is told */
#define MANY 64
#define SETTLE 10	/* seconds */

static int fd;
static __u32 handle, handles[MANY];

/* A round begins here: the host looks for this address. */
void __attribute__((noipa)) mark(void)
{
	asm volatile("");
}

/* The system call itself: the library's way to it is not what is measured. */
static long call(long number, long a, long b, long c)
{
	long result;

	asm volatile("syscall" : "=a" (result)
		     : "0" (number), "D" (a), "S" (b), "d" (c)
		     : "rcx", "r11", "memory");
	return result;
}

static long request(unsigned long number, void *argument)
{
	return call(SYS_ioctl, fd, number, (long)argument);
}

/* Before the rounds: each of these returns 0 or -errno. */

static long make(__u32 type, __u32 flags, __u32 *made)
{
	struct wapi_new r = { .type = type, .flags = flags };
	long error;

	if (type == WAPI_TYPE_SEM)
		r.maximum = 1;
	error = request(WAPI_IOC_NEW, &r);
	*made = r.handle;
	return error;
}

static long auto_event(void)
{
	return make(WAPI_TYPE_EVENT, 0, &handle);
}

static long manual_event(void)
{
	return make(WAPI_TYPE_EVENT, WAPI_NEW_MANUAL, &handle);
}

static long free_mutex(void)
{
	return make(WAPI_TYPE_MUTEX, 0, &handle);
}

static long owned_mutex(void)
{
	return make(WAPI_TYPE_MUTEX, WAPI_NEW_OWNED, &handle);
}

static long empty_sem(void)
{
	return make(WAPI_TYPE_SEM, 0, &handle);
}

static long auto_events(void)
{
	long error = 0;
	int i;

	for (i = 0; i < MANY && !error; i++)
		error = make(WAPI_TYPE_EVENT, 0, handles + i);
	handle = handles[MANY - 1];
	return error;
}

static long two_set(void)
{
	return make(WAPI_TYPE_EVENT, WAPI_NEW_MANUAL | WAPI_NEW_SIGNALLED,
		    handles) ?:
	       make(WAPI_TYPE_EVENT, WAPI_NEW_MANUAL | WAPI_NEW_SIGNALLED,
		    handles + 1);
}

/* One round each: 0 or -errno too. */

static long do_null(void)
{
	return request(_IO(WAPI_IOC_MAGIC, 0xff), NULL) == -ENOTTY ? 0 : -EIO;
}

static long do_getppid(void)
{
	return call(SYS_getppid, 0, 0, 0) > 0 ? 0 : -ESRCH;
}

static long do_info(void)
{
	struct wapi_info r = { .flags = 0 };

	return request(WAPI_IOC_INFO, &r);
}

static long do_query(void)
{
	struct wapi_query r = { .handle = handle };

	return request(WAPI_IOC_QUERY, &r);
}

static long do_set(void)
{
	struct wapi_signal r = { .handle = handle };

	return request(WAPI_IOC_SET, &r);
}

/* The time of the timeout has passed: this does not block. */
static long wait_for(const __u32 *which, __u32 count, __u32 flags)
{
	struct wapi_wait r = {
		.handles = (unsigned long)which,
		.count = count,
		.flags = flags,
	};

	return request(WAPI_IOC_WAIT, &r);
}

static long do_set_wait(void)
{
	return do_set() ?: wait_for(&handle, 1, 0);
}

static long do_any64(void)
{
	return do_set() ?: wait_for(handles, MANY, 0);
}

static long do_all2(void)
{
	return wait_for(handles, 2, WAPI_WAIT_ALL);
}

static long do_mutex(void)
{
	struct wapi_mutex_release r = { .handle = handle };

	return wait_for(&handle, 1, 0) ?: request(WAPI_IOC_MUTEX_RELEASE, &r);
}

static long do_sem(void)
{
	struct wapi_sem_release r = { .handle = handle, .count = 1 };

	return request(WAPI_IOC_SEM_RELEASE, &r) ?: wait_for(&handle, 1, 0);
}

static long do_open_close(void)
{
	struct wapi_open o = { .handle = handle };
	struct wapi_close c = { .handle = handle };

	return request(WAPI_IOC_OPEN, &o) ?: request(WAPI_IOC_CLOSE, &c);
}

static long new_and_close(const char *name)
{
	struct wapi_new n = {
		.type = WAPI_TYPE_EVENT,
		.name = (unsigned long)name,
		.name_size = name ? strlen(name) : 0,
	};
	struct wapi_close c = { .handle = 0 };
	long error = request(WAPI_IOC_NEW, &n);

	c.handle = n.handle;
	return error ?: request(WAPI_IOC_CLOSE, &c);
}

static long do_new_close(void)
{
	return new_and_close(NULL);
}

static long do_new_name_close(void)
{
	return new_and_close("repeated");
}

static long do_scratch_free(void)
{
	struct wapi_scratch s = { .size = 64 };
	struct wapi_scratch_free f = { .block = 0 };
	long error = request(WAPI_IOC_SCRATCH, &s);

	f.block = s.block;
	return error ?: request(WAPI_IOC_SCRATCH_FREE, &f);
}

static const struct {
	const char *name;
	long (*round)(void);
	long (*before)(void);
} operations[] = {
	{ "null",		do_null,		NULL },
	{ "getppid",		do_getppid,		NULL },
	{ "info",		do_info,		NULL },
	{ "query",		do_query,		auto_event },
	{ "set",		do_set,			manual_event },
	{ "set_wait",		do_set_wait,		auto_event },
	{ "any64",		do_any64,		auto_events },
	{ "all2",		do_all2,		two_set },
	{ "mutex",		do_mutex,		free_mutex },
	{ "mutex_recursive",	do_mutex,		owned_mutex },
	{ "sem",		do_sem,			empty_sem },
	{ "open_close",		do_open_close,		auto_event },
	{ "new_close",		do_new_close,		NULL },
	{ "new_name_close",	do_new_name_close,	NULL },
	{ "scratch_free",	do_scratch_free,	NULL },
};

#define OPERATIONS (sizeof(operations) / sizeof(operations[0]))

static FILE *port;

static void __attribute__((noreturn, format(printf, 1, 2)))
give_up(const char *fmt, ...)
{
	va_list args;

	fputc('!', port);
	va_start(args, fmt);
	vfprintf(port, fmt, args);
	va_end(args);
	fputc('\n', port);
	fflush(port);
	tcdrain(fileno(port));
	_exit(1);
}

/* Only what is code. */
static void tell_symbols(void)
{
	FILE *symbols = fopen("/proc/kallsyms", "r");
	char line[1024], type;

	if (!symbols)
		give_up("/proc/kallsyms: %m");
	while (fgets(line, sizeof(line), symbols))
		if (sscanf(line, "%*s %c", &type) == 1 && strchr("tTwW", type))
			fputs(line, port);
	fclose(symbols);
	fputs(".\n", port);
	fflush(port);
}

/* In a process of its own, which the other ends. */
static void __attribute__((noreturn)) repeat(size_t i)
{
	long error, n;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		give_up(DEVICE ": %m");
	error = operations[i].before ? operations[i].before() : 0;
	for (n = 0; !error && n < WARM; n++)
		error = operations[i].round();
	if (error)
		give_up("%s: %s", operations[i].name, strerror(-error));
	fprintf(port, "%s\n", operations[i].name);
	fflush(port);
	for (;;) {
		mark();
		operations[i].round();
	}
}

int main(int argc, char **argv)
{
	struct termios tio;
	char answer[16];
	size_t i;
	pid_t pid;

	port = argc > 2 ? fopen(argv[1], "r+") : NULL;
	if (!port || tcgetattr(fileno(port), &tio))
		return 2;
	cfmakeraw(&tio);
	tio.c_lflag |= ICANON;
	tio.c_cflag |= CLOCAL;
	cfsetspeed(&tio, B115200);
	tcsetattr(fileno(port), TCSANOW, &tio);

	/*
	 * A kernel that has just come up tests its ciphers in the background.
	 * Where the clock counts instructions an idle guest skips this time.
	 */
	sleep(SETTLE);
	tell_symbols();
	for (argv += 2; *argv; argv++) {
		for (i = 0; i < OPERATIONS; i++)
			if (!strcmp(*argv, operations[i].name))
				break;
		if (i == OPERATIONS)
			give_up("no operation %s", *argv);
		pid = fork();
		if (!pid)
			repeat(i);
		if (read(fileno(port), answer, sizeof(answer)) <= 0)
			return 1;
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	return 0;
}
