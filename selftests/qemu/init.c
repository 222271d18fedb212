// SPDX-License-Identifier: GPL-2.0
/*
 * init - process 1 of the guest: loads the module, runs one command, checks
 * that nothing is left of it, and tells the host.
 *
 * It lives from boot to reboot. The host's side is guest.sh. What to run comes
 * in the file /guest of the initramfs, as strings that each end with a NUL:
 *
 *	nonce, "load" or "noload", "batch" or "console", the command's words
 *
 * The answer is the last line on the second serial port, as there is a first one,
 *
 *	wapi-guest <nonce> up
 *	wapi-guest <nonce> status=<exit status> checks=<"ok" or what failed>
 *
 * which nothing but this program can write: it removes /guest before it starts
 * anything, and no unprivileged process can look into process 1.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define RESULT	"/dev/ttyS1"
#define CONSOLE	"/dev/ttyS0"
#define MODULE	"/sys/module/wapi"
#define KMEMLEAK	"/sys/kernel/debug/kmemleak"
#define KCSAN	"/sys/module/kcsan/parameters/"

#define CONSOLE_LEVEL	8	/* see syslog(2), where it has no name */

/* Seconds for what ought to happen at once, on a host that is busy. */
#define SOON	60

/* One letter for each bit of the kernel's taint mask, and those that may be. */
static const char taint_letters[] = "PFSRMBUDAWCIOELKXTNJ";
#define TAINT_EXPECTED	"OEN"	/* out of tree, unsigned, KUnit has run */

static char failed[512];

/* Note a check that failed; the run goes on. */
static void __attribute__((format(printf, 1, 2))) fail(const char *fmt, ...)
{
	size_t len = strlen(failed);
	va_list args;

	if (len)
		len += snprintf(failed + len, sizeof(failed) - len, "; ");
	if (len >= sizeof(failed))
		return;
	va_start(args, fmt);
	vsnprintf(failed + len, sizeof(failed) - len, fmt, args);
	va_end(args);
}

static void mount_all(void)
{
	static const struct {
		const char *type, *where, *options;
	} mounts[] = {
		{ "proc",	"/proc",			NULL },
		{ "sysfs",	"/sys",			NULL },
		{ "devtmpfs",	"/dev",			NULL },
		{ "devpts",	"/dev/pts",		"mode=620,ptmxmode=666" },
		{ "tmpfs",	"/dev/shm",		"mode=1777" },
		{ "tmpfs",	"/tmp",			"mode=1777" },
		{ "tmpfs",	"/run",			"mode=755" },
		{ "debugfs",	"/sys/kernel/debug",	NULL },
		{ "tracefs",	"/sys/kernel/tracing",	NULL },
		{ "cgroup2",	"/sys/fs/cgroup",	NULL },
	};
	size_t i;

	for (i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		mkdir(mounts[i].where, 0755);
		/* A small kernel may lack some of them. */
		if (mount(mounts[i].type, mounts[i].where, mounts[i].type, 0,
			  mounts[i].options) && errno != ENODEV && errno != ENOENT)
			fail("mount %s: %m", mounts[i].where);
	}
	symlink("/proc/self/fd", "/dev/fd");
	symlink("/proc/self/fd/0", "/dev/stdin");
	symlink("/proc/self/fd/1", "/dev/stdout");
	symlink("/proc/self/fd/2", "/dev/stderr");
}

/* Read a small file as a string, empty when there is none. */
static ssize_t read_file(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len = 0, n;

	while (fd >= 0 && (n = read(fd, buf + len, size - 1 - len)) > 0)
		len += n;
	if (fd >= 0)
		close(fd);
	buf[len] = '\0';
	return len;
}

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int status = -1;

	if (fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text))
		status = 0;
	if (fd >= 0)
		close(fd);
	return status;
}

/*
 * Prepare the kernel's own checkers, where it has them. Returns whether leaks are
 * searched: what was there before the module came is not counted.
 */
static bool start_checkers(void)
{
	/* More watchpoints than by default; on the command line it slows the boot. */
	write_file(KCSAN "skip_watch", "1000");
	return !write_file(KMEMLEAK, "scan") && !write_file(KMEMLEAK, "clear");
}

static int open_result(void)
{
	int fd = open(RESULT, O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct termios tio;

	if (fd < 0 || tcgetattr(fd, &tio))
		return -1;
	cfmakeraw(&tio);
	tio.c_cflag |= CLOCAL;
	cfsetspeed(&tio, B115200);
	tcsetattr(fd, TCSANOW, &tio);
	return fd;
}

/*
 * When the leader of a session ends, what the terminal has not sent yet is lost. So it
 * is this process that leads, and ends when all is sent.
 */
static void lead_session_of(pid_t pid)
{
	int status;

	for (int number = 1; number < NSIG; number++)
		if (number != SIGCHLD)
			signal(number, SIG_IGN);
	if (waitpid(pid, &status, 0) != pid)
		_exit(127);
	tcdrain(STDOUT_FILENO);
	_exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}

/* Start a command in its own session, its output on fd, or all on the console. */
static pid_t start(char **argv, int fd, int console)
{
	pid_t pid = fork();
	sigset_t none;
	int in;

	if (pid)
		return pid;

	setsid();
	if (console) {
		in = fd = open(CONSOLE, O_RDWR);
		ioctl(fd, TIOCSCTTY, 1);
	} else {
		in = open("/dev/null", O_RDONLY);
	}
	dup2(in, STDIN_FILENO);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	if (in > STDERR_FILENO)
		close(in);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (console) {
		pid = fork();
		if (pid)
			lead_session_of(pid);
	}
	execvp(argv[0], argv);
	fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

/*
 * Reap children, orphans included, until this one ends (0: until all have) or
 * until the time is up (0: never). Returns a shell's exit status, -1 when late.
 */
static int reap(pid_t pid, time_t limit)
{
	const struct timespec tick = { .tv_sec = 1 };
	time_t end = time(NULL) + limit;
	sigset_t child;
	int status;
	pid_t p;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	for (;;) {
		while ((p = waitpid(-1, &status, WNOHANG)) > 0)
			if (p == pid)
				return WIFSIGNALED(status) ?
					128 + WTERMSIG(status) :
					WEXITSTATUS(status);
		if (p < 0)
			return 0;
		if (limit && time(NULL) >= end)
			return -1;
		sigtimedwait(&child, NULL, &tick);
	}
}

/* Something hangs: have the kernel tell on the console where. */
static void show_blocked(void)
{
	klogctl(CONSOLE_LEVEL, NULL, 8);
	write_file("/proc/sysrq-trigger", "w");
}

static int run_soon(char **argv, int fd)
{
	int status = reap(start(argv, fd, 0), SOON);

	if (status < 0) {
		fail("%s did not end in %d s", argv[0], SOON);
		show_blocked();
	} else if (status) {
		fail("%s failed with status %d", argv[0], status);
	}
	return status;
}

static void check_processes(void)
{
	kill(-1, SIGKILL);
	if (reap(0, SOON) < 0) {
		fail("a process outlives SIGKILL");
		show_blocked();
	}
}

/* Nothing may be allocated that nobody has a pointer to. */
static void check_leaks(const char *when)
{
	static char text[65536];
	char *line = text;
	int console, n = 0;

	write_file(KMEMLEAK, "scan");
	/* It is silent about what is younger than 5 s, or found only once. */
	sleep(6);
	write_file(KMEMLEAK, "scan");
	if (!read_file(KMEMLEAK, text, sizeof(text)))
		return;
	console = open(CONSOLE, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	dprintf(console, "%s", text);
	close(console);
	while ((line = strstr(line, "unreferenced object"))) {
		line++;
		n++;
	}
	fail("kmemleak found %d objects %s", n, when);
}

/* The module, if loaded, must be unused, go, and leave no device. */
static void check_module(int fd)
{
	char *rmmod[] = { "rmmod", "wapi", NULL };
	char text[64];
	int tries;

	if (!access(MODULE, F_OK)) {
		read_file(MODULE "/initstate", text, sizeof(text));
		if (strcmp(text, "live\n")) {
			fail("the module is left half loaded: %s",
			     strtok(text, "\n") ?: "no state");
			return;
		}
		/* The last file may be put in the background. */
		for (tries = 50; tries; tries--) {
			read_file(MODULE "/refcnt", text, sizeof(text));
			if (!strcmp(text, "0\n"))
				break;
			usleep(100 * 1000);
		}
		if (!tries) {
			fail("the module's reference count is %s, not 0",
			     strtok(text, "\n"));
			return;
		}
		if (run_soon(rmmod, fd))
			return;
	}
	if (!access("/dev/wapi", F_OK))
		fail("/dev/wapi outlives the module");
}

/* The kernel must not have met anything that makes it distrust itself. */
static void check_kernel(void)
{
	static char text[16384];
	unsigned long taint;
	char bad[sizeof(taint_letters)];
	size_t i, n = 0;
	char *locks;

	read_file("/proc/sys/kernel/tainted", text, sizeof(text));
	taint = strtoul(text, NULL, 10);
	for (i = 0; taint_letters[i]; i++)
		if (taint & 1UL << i && !strchr(TAINT_EXPECTED, taint_letters[i]))
			bad[n++] = taint_letters[i];
	bad[n] = '\0';
	if (n)
		fail("the kernel is tainted: %s", bad);

	read_file("/proc/lockdep_stats", text, sizeof(text));
	locks = strstr(text, "debug_locks:");
	if (locks && strtol(locks + strlen("debug_locks:"), NULL, 10) != 1)
		fail("lockdep has switched itself off");
}

int main(void)
{
	static char guest[65536], *words[4096];
	char *modprobe[] = { "modprobe", "wapi", NULL };
	char *p, **command = words + 3;
	int fd, console, status = 1;
	bool leaks;
	sigset_t child;
	ssize_t len;
	size_t n;

	prctl(PR_SET_DUMPABLE, 0);
	len = read_file("/guest", guest, sizeof(guest));
	unlink("/guest");
	for (p = guest, n = 0; p < guest + len && n < 4095; p += strlen(p) + 1)
		words[n++] = p;
	if (n < 4)
		return 1;
	console = !strcmp(words[2], "console");

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);

	setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("HOME", "/root", 1);
	sethostname("guest", 5);
	mount_all();
	fd = open_result();
	if (fd < 0)
		return 1;
	dprintf(fd, "wapi-guest %s up\n", words[0]);

	leaks = start_checkers();
	if (strcmp(words[1], "load") || !run_soon(modprobe, fd))
		status = reap(start(command, fd, console), 0);

	check_processes();
	/* With the module there, its functions have names. */
	if (leaks)
		check_leaks("with the module");
	check_module(fd);
	if (leaks)
		check_leaks("after the module");
	check_kernel();

	dprintf(fd, "wapi-guest %s status=%d checks=%s\n",
		words[0], status, *failed ? failed : "ok");
	tcdrain(fd);
	reboot(RB_AUTOBOOT);
	return 1;
}
