// SPDX-License-Identifier: GPL-2.0
/*
 * wapictl with named objects: lock, event, sem, wait, run and who, what ps shows
 * of them, and what scripts rely on: exit statuses, signals, and that nothing is
 * left behind.
 *
 * wapictl is taken from the path.
 */
#include <sys/prctl.h>

#include "observe.h"
#include "wapictl_runs.h"

/* A domain of its own, with a client that holds nothing. */
FIXTURE(shell)
{
	int fd;
};

FIXTURE_SETUP(shell)
{
	if (!wapictl(0, "help"))
		SKIP(return, "there is no wapictl in the path");
	prctl(PR_SET_NAME, "maker");
	self->fd = open_private_domain();
	ASSERT_LE(0, self->fd);
	ASSERT_NE(0, read_info(self->fd).abi_version);
}

FIXTURE_TEARDOWN(shell)
{
	/* Whatever was killed. */
	for (int i = 0; i < 20000 && read_info(self->fd).clients != 1; i++)
		usleep(1000);
	EXPECT_EQ(1, read_info(self->fd).clients);
	EXPECT_EQ(0, read_info(self->fd).handles);
	close(self->fd);
}

/* In the background. */
static pid_t start(const char *arguments)
{
	char command[256];
	pid_t pid;

	snprintf(command, sizeof(command), "exec wapictl %s", arguments);
	fflush(NULL);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	return pid;
}

/* As a shell has it. */
static int end(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* What is known of a named object without holding it; 0 if there is none. */
static __u32 look(int fd, const char *name, struct wapi_query *query)
{
	struct wapi_open_name r = {
		.name = address(name),
		.name_size = strlen(name),
	};

	if (wapi_ioctl(fd, WAPI_IOC_OPEN_NAME, &r))
		return 0;
	query_handle(fd, r.handle, query);
	close_handle(fd, r.handle);
	return r.handle;
}

static bool is_there(int fd, const char *name)
{
	struct wapi_query query;

	for (int i = 0; i < 20000; i++) {
		if (look(fd, name, &query))
			return true;
		usleep(1000);
	}
	return false;
}

/* With a reference of the test's: the handle. */
static int keep(int fd, const char *name)
{
	struct wapi_open_name open = { .name = address(name), .name_size = strlen(name) };
	int error = wapi_ioctl(fd, WAPI_IOC_OPEN_NAME, &open);

	return error ? error : (int)open.handle;
}

static bool is_owned(int fd, const char *name)
{
	struct wapi_query query;

	for (int i = 0; i < 20000; i++) {
		if (look(fd, name, &query) && query.state.count)
			return true;
		usleep(1000);
	}
	return false;
}

static bool has_waiters(int fd, const char *name, __u32 count)
{
	struct wapi_query query;

	for (int i = 0; i < 20000; i++) {
		if (look(fd, name, &query) && query.state.waiters == count)
			return true;
		usleep(1000);
	}
	return false;
}

static __u32 new_named(int fd, __u32 type, __u32 flags, const void *name,
		       size_t size)
{
	struct wapi_new r = new_request(type);

	r.flags = flags;
	r.name = address(name);
	r.name_size = size;
	return wapi_ioctl(fd, WAPI_IOC_NEW, &r) ? 0 : r.handle;
}

TEST_F(shell, lock_runs_the_command_and_exits_with_its_status)
{
	EXPECT_TRUE(wapictl(0, "lock it -- echo hello"));
	EXPECT_STREQ("hello\n", run.out);
	EXPECT_STREQ("", run.err);
	EXPECT_TRUE(wapictl(7, "lock it -- sh -c 'exit 7'"));
	EXPECT_TRUE(wapictl(128 + SIGKILL, "lock it -- sh -c 'kill -9 $$'"));
	EXPECT_TRUE(wapictl(0, "lock it -- echo a --timeout -x --"));
	EXPECT_STREQ("a --timeout -x --\n", run.out);
}

TEST_F(shell, a_command_that_cannot_be_run_is_told_as_shells_do)
{
	EXPECT_TRUE(wapictl(127, "lock it -- /nowhere/to/be/found"));
	EXPECT_TRUE(prints("cannot run '/nowhere/to/be/found': No such file"));
	EXPECT_TRUE(wapictl(126, "lock it -- /"));
	EXPECT_TRUE(prints("cannot run '/': Permission denied"));
}

TEST_F(shell, lock_waits_for_its_turn)
{
	pid_t pid = start("lock it -- sleep 1");

	ASSERT_TRUE(is_owned(self->fd, "it"));
	EXPECT_TRUE(wapictl(0, "lock it -- wapictl ps --json"));
	EXPECT_STREQ("", run.err);
	EXPECT_STREQ("1", value("domains.0.handles.0.state.recursion"));
	EXPECT_EQ(0, end(pid));
}

TEST_F(shell, lock_gives_up_after_its_timeout)
{
	pid_t pid = start("lock it -- sleep 100");

	ASSERT_TRUE(is_owned(self->fd, "it"));
	EXPECT_TRUE(wapictl(124, "lock it --timeout 0 -- echo run"));
	EXPECT_STREQ("", run.out);
	EXPECT_TRUE(wapictl(124, "lock --timeout 0.2 it -- echo run"));
	EXPECT_TRUE(wapictl(9, "lock --conflict-exit-code 9 --timeout 0 it -- echo run"));
	EXPECT_STREQ("", run.out);
	EXPECT_EQ(0, kill(pid, SIGTERM));
	EXPECT_EQ(128 + SIGTERM, end(pid));
}

TEST_F(shell, lock_reports_a_holder_that_was_killed_and_goes_on)
{
	pid_t killed = start("lock it -- sleep 100"), waiter;

	ASSERT_TRUE(is_owned(self->fd, "it"));
	fflush(NULL);
	waiter = fork();
	if (!waiter) {
		char text[64];

		snprintf(text, sizeof(text), "thread %d", killed);
		REQUIRE(wapictl(3, "lock it -- sh -c 'echo run; exit 3'"));
		REQUIRE(prints("wapictl lock: 'it' was abandoned"));
		REQUIRE(prints("%s, ended without releasing it", text));
		REQUIRE(!strcmp(run.out, "run\n"));
		/* Once. */
		REQUIRE(wapictl(0, "lock it -- true"));
		REQUIRE(!strcmp(run.err, ""));
		_exit(0);
	}
	ASSERT_TRUE(has_waiters(self->fd, "it", 1));
	EXPECT_EQ(0, kill(killed, SIGKILL));
	EXPECT_EQ(128 + SIGKILL, end(killed));
	EXPECT_EQ(0, end(waiter));
}

/* Nothing is locked any more, so the command must not go on as if it were. */
TEST_F(shell, the_command_of_a_killed_lock_is_terminated)
{
	int line[2];
	pid_t pid;
	char c;

	ASSERT_EQ(0, pipe(line));
	dup2(line[1], 9);
	pid = start("lock it -- sleep 100");
	close(line[1]);
	close(9);
	ASSERT_TRUE(is_owned(self->fd, "it"));
	usleep(200000);
	EXPECT_EQ(0, kill(pid, SIGKILL));
	EXPECT_EQ(128 + SIGKILL, end(pid));
	/* Nobody has the other end. */
	alarm(60);
	EXPECT_EQ(0, read(line[0], &c, 1));
	alarm(0);
}

TEST_F(shell, the_command_does_not_have_the_lock)
{
	EXPECT_TRUE(wapictl(124, "lock it -- wapictl lock --timeout 0 it -- true"));
	/* Nor anything of the device. */
	EXPECT_TRUE(wapictl(0, "lock it -- sh -c '! ls -l /proc/self/fd | grep wapi'"));
}

TEST_F(shell, signals_to_wapictl_go_on_to_the_command)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1 };
	__u32 ready = new_named(self->fd, WAPI_TYPE_EVENT, 0, "ready", 5);
	struct wapi_wait wait = {
		.handles = address(&ready),
		.count = 1,
		.timeout = WAPI_WAIT_FOREVER,
	};

	for (unsigned int i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		pid_t pid = start("lock it -- sh -c '"
				  "trap \"exit 41\" TERM; trap \"exit 42\" INT; "
				  "trap \"exit 43\" HUP; trap \"exit 44\" USR1; "
				  "wapictl event set ready; "
				  "while :; do sleep 0.1; done'");

		ASSERT_EQ(0, wapi_ioctl(self->fd, WAPI_IOC_WAIT, &wait));
		EXPECT_EQ(0, kill(pid, signals[i]));
		EXPECT_EQ(41 + (int)i, end(pid));
	}
	close_handle(self->fd, ready);
}

TEST_F(shell, an_event_is_set_reset_pulsed_and_waited_for)
{
	__u32 handle = new_named(self->fd, WAPI_TYPE_EVENT, WAPI_NEW_MANUAL, "go", 2);
	struct wapi_query query;
	pid_t pid;

	ASSERT_NE(0, handle);
	EXPECT_TRUE(wapictl(124, "event wait --timeout 0.1 go"));
	EXPECT_TRUE(wapictl(5, "event wait --timeout 0 --conflict-exit-code 5 go"));
	EXPECT_TRUE(wapictl(0, "event set go"));
	query_handle(self->fd, handle, &query);
	EXPECT_EQ(1, query.signalled);
	EXPECT_TRUE(wapictl(0, "event wait go"));
	EXPECT_STREQ("", run.out);
	EXPECT_TRUE(wapictl(0, "event reset go"));
	EXPECT_TRUE(wapictl(124, "event wait go --timeout 0"));
	pid = start("event wait go");
	ASSERT_TRUE(has_waiters(self->fd, "go", 1));
	EXPECT_TRUE(wapictl(0, "event pulse go"));
	EXPECT_EQ(0, end(pid));
	EXPECT_EQ(0, close_handle(self->fd, handle) < 0);
}

TEST_F(shell, event_create_holds_it_until_it_is_terminated)
{
	pid_t pid = start("event create go --set >/dev/null"), other;
	struct wapi_query query;

	ASSERT_TRUE(is_there(self->fd, "go"));
	ASSERT_NE(0, look(self->fd, "go", &query));
	EXPECT_EQ(1, query.signalled);
	EXPECT_EQ(0, query.state.flags);
	other = start("event create --manual go >/dev/null 2>&1");
	/* Both hold it, and so does who looks. */
	for (int i = 0; i < 20000; i++) {
		if (look(self->fd, "go", &query) && query.clients == 3)
			break;
		usleep(1000);
	}
	EXPECT_EQ(3, query.clients);
	EXPECT_EQ(0, kill(pid, SIGTERM));
	EXPECT_EQ(0, end(pid));
	/* It was there: opened, and left as it was. */
	ASSERT_NE(0, look(self->fd, "go", &query));
	EXPECT_EQ(0, query.state.flags);
	EXPECT_EQ(0, kill(other, SIGINT));
	EXPECT_EQ(0, end(other));
	EXPECT_EQ(0, look(self->fd, "go", &query));
	EXPECT_TRUE(wapictl(1, "event set go"));
	EXPECT_TRUE(prints("'go': there is none of that name"));
}

TEST_F(shell, event_create_holds_it_while_a_command_runs)
{
	EXPECT_TRUE(wapictl(3, "event create go --manual -- sh -c "
			       "'wapictl event set go && wapictl event wait go && exit 3'"));
	EXPECT_STREQ("", run.err);
	EXPECT_TRUE(wapictl(0, "event create go -- "
			       "wapictl event create go -- true"));
	EXPECT_TRUE(prints("'go' was there already, and stays as it is"));
	EXPECT_TRUE(wapictl(125, "event create go -- "
				 "wapictl event create --exclusive go -- true"));
	EXPECT_TRUE(prints("there is one of that name already"));
}

TEST_F(shell, a_semaphore_lets_so_many_in)
{
	EXPECT_TRUE(wapictl(0, "sem create slots --maximum 2 -- sh -c '"
			       "wapictl sem acquire slots && wapictl sem acquire slots && "
			       "! wapictl sem acquire --timeout 0 slots && "
			       "wapictl sem release slots && wapictl sem acquire slots &&"
			       "wapictl sem release --count 2 slots'"));
	EXPECT_TRUE(wapictl(1, "sem create slots --count 1 --maximum 2 -- sh -c '"
			       "wapictl sem release --count 2 slots'"));
	EXPECT_TRUE(prints("'slots': it would have more than its maximum"));
}

TEST_F(shell, sem_acquire_gives_back_after_its_command)
{
	struct wapi_query query;
	pid_t pid = start("sem acquire --maximum 2 slots -- sleep 100");

	ASSERT_TRUE(is_there(self->fd, "slots"));
	EXPECT_TRUE(wapictl(124, "sem acquire --maximum 2 slots -- "
				 "wapictl sem acquire slots --timeout 0"));
	for (int i = 0; i < 20000; i++)
		if (look(self->fd, "slots", &query) && query.state.count == 1)
			break;
	EXPECT_EQ(1, query.state.count);
	EXPECT_EQ(2, query.state.maximum);
	EXPECT_EQ(0, kill(pid, SIGTERM));
	EXPECT_EQ(128 + SIGTERM, end(pid));
	EXPECT_TRUE(wapictl(1, "sem acquire slots"));
	EXPECT_TRUE(wapictl(125, "sem acquire slots -- true"));
}

TEST_F(shell, wait_tells_which_ended_it)
{
	__u32 a = new_named(self->fd, WAPI_TYPE_EVENT, 0, "a", 1);
	__u32 b = new_named(self->fd, WAPI_TYPE_EVENT, WAPI_NEW_SIGNALLED, "b", 1);
	__u32 m = new_named(self->fd, WAPI_TYPE_MUTEX, 0, "m", 1);
	struct wapi_query query;

	EXPECT_TRUE(wapictl(0, "wait a b m"));
	EXPECT_STREQ("b\n", run.out);
	EXPECT_TRUE(wapictl(0, "wait a b m"));
	EXPECT_STREQ("m\n", run.out);
	/* Not left behind as abandoned. */
	query_handle(self->fd, m, &query);
	EXPECT_EQ(0, query.state.flags);
	EXPECT_EQ(0, query.state.count);
	EXPECT_TRUE(wapictl(124, "wait --timeout 0 a b"));
	EXPECT_STREQ("", run.out);
	EXPECT_TRUE(wapictl(124, "wait --all --timeout 0.1 m a"));
	EXPECT_TRUE(wapictl(0, "event set a"));
	EXPECT_TRUE(wapictl(0, "wait m --all Global\\\\a"));
	EXPECT_STREQ("", run.out);
	query_handle(self->fd, m, &query);
	EXPECT_EQ(0, query.state.count);
	/* Without a request that is refused. */
	EXPECT_EQ(0, read_info(self->fd).domain_refused);
	EXPECT_TRUE(wapictl(1, "wait a nothing"));
	EXPECT_TRUE(prints("'nothing': there is none of that name"));
	EXPECT_TRUE(wapictl(1, "wait --all a Global\\\\a"));
	EXPECT_TRUE(prints("are one object"));
	close_handle(self->fd, a);
	close_handle(self->fd, b);
	close_handle(self->fd, m);
}

TEST_F(shell, run_names_a_process_for_others_to_wait_for)
{
	pid_t pid, waiter;

	EXPECT_TRUE(wapictl(7, "run job -- sh -c 'exit 7'"));
	EXPECT_TRUE(wapictl(0, "run job -- wapictl ps --json"));
	EXPECT_STREQ("\"job\"", value("domains.0.handles.0.name.text"));
	EXPECT_STREQ("\"process\"", value("domains.0.handles.0.type"));
	EXPECT_STREQ("false", value("domains.0.handles.0.state.ended"));

	pid = start("run job -- sleep 100");
	ASSERT_TRUE(is_there(self->fd, "job"));
	EXPECT_TRUE(wapictl(125, "run job -- echo run"));
	EXPECT_STREQ("", run.out);
	EXPECT_TRUE(wapictl(124, "wait --timeout 0.1 job"));
	waiter = start("wait job >/dev/null");
	ASSERT_TRUE(has_waiters(self->fd, "job", 1));
	EXPECT_EQ(0, kill(pid, SIGTERM));
	EXPECT_EQ(128 + SIGTERM, end(pid));
	EXPECT_EQ(0, end(waiter));
}

TEST_F(shell, the_end_of_a_run_is_seen_though_wapictl_was_killed)
{
	pid_t pid = start("run job -- sh -c \"trap '' TERM; sleep 100\""), waiter;
	struct wapi_query query;

	ASSERT_TRUE(is_there(self->fd, "job"));
	ASSERT_TRUE(look(self->fd, "job", &query));
	EXPECT_LT(0, query.state.pid);
	EXPECT_NE(pid, query.state.pid);
	waiter = start("wait job >/dev/null");
	ASSERT_TRUE(has_waiters(self->fd, "job", 1));
	/* Its command is asked to end, and does not hear it. */
	EXPECT_EQ(0, kill(pid, SIGKILL));
	EXPECT_EQ(128 + SIGKILL, end(pid));
	EXPECT_TRUE(wapictl(124, "wait --timeout 0.2 job"));
	EXPECT_TRUE(wapictl(8, "wait --conflict-exit-code 8 --timeout 0 job"));
	EXPECT_EQ(0, kill(query.state.pid, SIGKILL));
	EXPECT_EQ(0, end(waiter));
}

TEST_F(shell, wait_reports_an_abandoned_mutex_once)
{
	pid_t holder = start("lock it -- sleep 100");
	char text[64];
	int handle;

	ASSERT_TRUE(is_owned(self->fd, "it"));
	/* So that it stays without its holder. */
	handle = keep(self->fd, "it");
	ASSERT_LT(0, handle);
	EXPECT_EQ(0, kill(holder, SIGKILL));
	EXPECT_EQ(128 + SIGKILL, end(holder));
	snprintf(text, sizeof(text), "thread %d", holder);
	EXPECT_TRUE(wapictl(0, "wait it"));
	EXPECT_NE(NULL, strstr(run.err, text));
	EXPECT_TRUE(wapictl(0, "wait it"));
	EXPECT_STREQ("", run.err);
	EXPECT_EQ(1, close_handle(self->fd, handle));
}

TEST_F(shell, who_tells_owner_and_waiters)
{
	pid_t owner = start("lock it -- sleep 100"), waiter;
	double begin, waited;

	ASSERT_TRUE(is_owned(self->fd, "it"));
	begin = seconds();
	waiter = start("wait it >/dev/null");
	ASSERT_TRUE(has_waiters(self->fd, "it", 1));

	ASSERT_TRUE(wapictl(0, "who it"));
	EXPECT_TRUE(prints("mutex \"it\", handle "));
	EXPECT_TRUE(prints("owned by %d wapictl, not signalled\n", owner));
	EXPECT_TRUE(prints("\nwaits: %d wapictl, for 0.", waiter) ||
		    prints("\nwaits: %d wapictl, for 1", waiter));
	EXPECT_TRUE(prints("\nuses:  %d wapictl\n", owner));
	ASSERT_TRUE(wapictl(0, "who --json it"));
	EXPECT_EQ(owner, atoi(value("state.owner.pid")));
	EXPECT_EQ(owner, atoi(value("state.owner.tid")));
	EXPECT_STREQ("\"wapictl\"", value("state.owner.command"));
	EXPECT_EQ(waiter, atoi(value("waiters.0.tid")));
	EXPECT_STREQ("false", value("waiters.0.all"));
	/* It began between the two looks at the clock, and has waited since then. */
	EXPECT_LE(begin, strtod(value("waiters.0.since"), NULL));
	EXPECT_GE(seconds(), strtod(value("waiters.0.since"), NULL));
	waited = strtod(value("waiters.0.seconds"), NULL);
	EXPECT_LE(0, waited);
	EXPECT_GE(seconds() - begin, waited);
	EXPECT_EQ(owner, atoi(value("users.0.pid")));
	/* Not wapictl who itself. */
	EXPECT_STREQ("(nothing)", value("users.2"));
	EXPECT_TRUE(wapictl(1, "who nobody"));
	EXPECT_TRUE(prints("'nobody': there is none of that name"));

	EXPECT_EQ(0, kill(owner, SIGTERM));
	EXPECT_EQ(128 + SIGTERM, end(owner));
	EXPECT_EQ(0, end(waiter));
}

TEST_F(shell, ps_shows_the_state_of_each_type)
{
	struct wapi_new sem = new_request(WAPI_TYPE_SEM);
	struct wapi_new process = new_request(WAPI_TYPE_PROCESS);
	pid_t pid = fork();
	int fd;

	if (!pid)
		_exit(3);
	/* In a client that ends before the fixture looks. */
	fd = open_device();
	new_named(fd, WAPI_TYPE_EVENT, WAPI_NEW_MANUAL, "e", 1);
	new_handle(fd, WAPI_TYPE_EVENT);
	new_named(fd, WAPI_TYPE_MUTEX, WAPI_NEW_OWNED, "m", 1);
	sem.count = 3;
	sem.maximum = 5;
	ASSERT_EQ(0, wapi_ioctl(fd, WAPI_IOC_NEW, &sem));
	process.flags = WAPI_NEW_PIDFD;
	process.pidfd = syscall(SYS_pidfd_open, pid, 0);
	ASSERT_EQ(0, wapi_ioctl(fd, WAPI_IOC_NEW, &process));
	close(process.pidfd);
	EXPECT_EQ(3, end(pid));
	new_handle(fd, WAPI_TYPE_PROCESS);

	ASSERT_TRUE(wapictl(0, "ps"));
	EXPECT_TRUE(prints("\"e\"   manual "));
	EXPECT_TRUE(prints("-     auto "));
	EXPECT_TRUE(prints("owned by %d maker", getpid()));
	EXPECT_TRUE(prints("3 of 5"));
	EXPECT_TRUE(prints("exited with 3"));
	ASSERT_TRUE(wapictl(0, "ps --json"));
	EXPECT_STREQ("true", value("domains.0.handles.0.state.manual"));
	EXPECT_STREQ("false", value("domains.0.handles.1.state.manual"));
	EXPECT_STREQ("null", value("domains.0.handles.1.name"));
	EXPECT_EQ(getpid(), atoi(value("domains.0.handles.2.state.owner.pid")));
	EXPECT_STREQ("\"maker\"", value("domains.0.handles.2.state.owner.command"));
	EXPECT_STREQ("3", value("domains.0.handles.3.state.count"));
	EXPECT_STREQ("5", value("domains.0.handles.3.state.maximum"));
	EXPECT_STREQ("3", value("domains.0.handles.4.state.exit_code"));
	EXPECT_STREQ("true", value("domains.0.handles.4.state.ended"));
	EXPECT_STREQ("null", value("domains.0.handles.4.state.signal"));
	EXPECT_STREQ("null", value("domains.0.handles.5.state"));
	close(fd);
}

TEST_F(shell, ps_shows_the_times_of_timers)
{
	const __s64 hour = 3600 * 1000000000ll;
	struct wapi_timer_set soon = { .due = hour - 1, .period = hour / 2 };
	struct wapi_timer_set never = {
		.flags = WAPI_TIMER_ABSOLUTE | WAPI_TIMER_REALTIME, .due = WAPI_TIMER_NEVER,
	};
	struct wapi_new manual = new_request(WAPI_TYPE_TIMER);
	int fd = open_device();

	new_named(fd, WAPI_TYPE_TIMER, 0, "t", 1);
	soon.handle = new_handle(fd, WAPI_TYPE_TIMER);
	ASSERT_EQ(0, wapi_ioctl(fd, WAPI_IOC_TIMER_SET, &soon));
	manual.flags = WAPI_NEW_MANUAL;
	ASSERT_EQ(0, wapi_ioctl(fd, WAPI_IOC_NEW, &manual));
	never.handle = manual.handle;
	ASSERT_EQ(0, wapi_ioctl(fd, WAPI_IOC_TIMER_SET, &never));
	ASSERT_TRUE(wapictl(0, "ps"));
	EXPECT_TRUE(prints("\"t\"   auto "));
	EXPECT_TRUE(prints("auto, in 3"));
	EXPECT_TRUE(prints(", every 1800 s "));
	EXPECT_TRUE(prints("manual, never "));
	ASSERT_TRUE(wapictl(0, "ps --json"));
	EXPECT_STREQ("\"timer\"", value("domains.0.handles.0.type"));
	EXPECT_STREQ("false", value("domains.0.handles.0.state.manual"));
	EXPECT_STREQ("false", value("domains.0.handles.0.state.armed"));
	EXPECT_STREQ("null", value("domains.0.handles.0.state.due"));
	EXPECT_STREQ("0", value("domains.0.handles.0.state.count"));
	EXPECT_STREQ("true", value("domains.0.handles.1.state.armed"));
	EXPECT_STREQ("\"monotonic\"", value("domains.0.handles.1.state.clock"));
	EXPECT_LE(3600 - 1, atoi(value("domains.0.handles.1.state.due")));
	EXPECT_EQ(1800, atoi(value("domains.0.handles.1.state.period")));
	EXPECT_STREQ("\"realtime\"", value("domains.0.handles.2.state.clock"));
	EXPECT_STREQ("null", value("domains.0.handles.2.state.due"));
	EXPECT_STREQ("1", value("domains.0.handles.2.state.count"));
	close(fd);
}

TEST_F(shell, ps_shows_who_waits_for_hostile_names)
{
	static const char name[] = "\033[2J\r\n\"\x9b\xff/../";
	__u32 handle = new_named(self->fd, WAPI_TYPE_EVENT, 0, name, sizeof(name) - 1);
	struct wapi_wait wait = {
		.handles = address(&handle),
		.count = 1,
		.timeout = WAPI_WAIT_FOREVER,
	};
	struct peer peer;

	ASSERT_NE(0, handle);
	if (!start_peer(&peer)) {
		int fd;

		prctl(PR_SET_NAME, "\033waiter");
		fd = open_device();
		REQUIRE(!open_handle(fd, handle));
		_exit(wapi_ioctl(fd, WAPI_IOC_WAIT, &wait) ? 1 : 0);
	}
	ASSERT_TRUE(has_waiters(self->fd, name, 1));
	ASSERT_TRUE(wapictl(0, "ps"));
	EXPECT_TRUE(prints("\"\\x1b[2J\\x0d\\x0a\\\"\\x9b\\xff/../\""));
	EXPECT_TRUE(prints("  %d \\x1bwaiter 0.", peer.pid) ||
		    prints("  %d \\x1bwaiter ", peer.pid));
	for (const char *c = run.out; *c; c++)
		EXPECT_TRUE(*c == '\n' || (*c >= ' ' && *c <= '~'));
	ASSERT_TRUE(wapictl(0, "ps --json"));
	EXPECT_STREQ("\"\\\\x1b[2J\\\\x0d\\\\x0a\\\\\\\"\\\\x9b\\\\xff/../\"",
		     value("domains.0.handles.0.name.text"));
	EXPECT_EQ(peer.pid, atoi(value("domains.0.handles.0.waiters.0.pid")));
	EXPECT_EQ(0, kill_peer(&peer) < 0);
	close_handle(self->fd, handle);
}

TEST_F(shell, wrong_usage_is_told)
{
	static const struct {
		const char *arguments;
		const char *says;
	} wrong[] = {
		{ "lock", "wapictl lock: which name?" },
		{ "lock it", "wapictl lock: which command? It comes behind '--'" },
		{ "lock it --", "wapictl lock: no command behind '--'" },
		{ "lock it true", "unexpected argument 'true'; a command comes behind '--'" },
		{ "lock --shared it -- true", "wapictl lock: no option '--shared'" },
		{ "lock --timeout", "wapictl lock: '--timeout' needs a value" },
		{ "lock --timeout x it -- true", "wapictl lock: 'x' is no good value here" },
		{ "lock --timeout -1 it -- true", "wapictl lock: '-1' is no good value here" },
		{ "lock --timeout nan it -- true", "wapictl lock: 'nan' is no good value here" },
		{ "lock --conflict-exit-code 256 it -- true", "'256' is no good value here" },
		{ "event", "wapictl event: to do what?" },
		{ "event eat go", "wapictl event: cannot 'eat'" },
		{ "event set", "wapictl event: which name?" },
		{ "event set a b", "wapictl event: unexpected argument 'b'" },
		{ "event set a -- b", "wapictl event: unexpected argument 'b'" },
		{ "event wait --manual a", "wapictl event: no option '--manual'" },
		{ "sem create s --maximum 0", "wapictl sem: '0' is no good value here" },
		{ "sem release --count -2 s", "wapictl sem: '-2' is no good value here" },
		{ "wait", "wapictl wait: which name?" },
		{ "run job", "wapictl run: which command? It comes behind '--'" },
		{ "who", "wapictl who: which name?" },
	};

	for (unsigned int i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		EXPECT_TRUE(wapictl(2, wrong[i].arguments));
		EXPECT_TRUE(prints("%s", wrong[i].says));
		EXPECT_STREQ("", run.out);
	}
	EXPECT_TRUE(wapictl(1, "event set 'a\\b'"));
	EXPECT_TRUE(wapictl(125, "lock '' -- true"));
}

TEST_HARNESS_MAIN
