// SPDX-License-Identifier: GPL-2.0
/* The examples that use libwapi-win32: what they promise, while they are killed. */
#include "wapi_test.h"

#include <dirent.h>
#include <poll.h>

#define PATIENCE (100000 * patience())	/* ms, then it hangs */

struct run {
	pid_t pid;
	int output;
	char text[4096];	/* what it has said so far */
	size_t length;
};

/* Starts an example of this program's directory.  Whether it could. */
static bool start(struct run *run, const char *name, const char *argument)
{
	char path[4096];
	int pipes[2];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 100);

	if (length < 0 || pipe2(pipes, O_CLOEXEC))
		return false;
	path[length] = '\0';
	sprintf(strrchr(path, '/'), "/examples/%s", name);
	memset(run, 0, sizeof(*run));
	run->output = pipes[0];
	run->pid = fork();
	if (!run->pid) {
		dup2(pipes[1], STDOUT_FILENO);
		execl(path, name, argument, NULL);
		_exit(127);
	}
	close(pipes[1]);
	return run->pid > 0;
}

/* Reads on.  False at the end of the output. */
static bool hear(struct run *run)
{
	struct pollfd readable = { .fd = run->output, .events = POLLIN };
	ssize_t length;

	if (poll(&readable, 1, PATIENCE) != 1)
		return false;
	length = read(run->output, run->text + run->length,
		      sizeof(run->text) - 1 - run->length);
	if (length <= 0)
		return false;
	run->length += length;
	return true;
}

static bool says(struct run *run, const char *what)
{
	while (!strstr(run->text, what))
		if (!hear(run))
			return false;
	return true;
}

/* What it exited with, or 128 and a signal. */
static int end_of(struct run *run)
{
	int status;

	while (hear(run))
		;
	close(run->output);
	if (waitpid(run->pid, &status, 0) != run->pid)
		return -1;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

FIXTURE(examples) {
};

FIXTURE_SETUP(examples)
{
	int fd = open_private_domain();

	ASSERT_LE(0, fd);
	close(fd);
}

FIXTURE_TEARDOWN(examples)
{
}

TEST_F(examples, producers_are_killed_in_each_bad_moment_and_nothing_is_lost)
{
	struct run run;

	ASSERT_TRUE(start(&run, "producers", "50"));
	EXPECT_EQ(0, end_of(&run));
	EXPECT_TRUE(says(&run, "producer 0: 50 parcels made, 50 arrived\n"
			 "producer 1: 50 parcels made, 50 arrived\n"
			 "producer 2: 50 parcels made, 50 arrived\n"
			 "3 producers were killed; the ring was mended 3 times; "
			 "all is well\n"))
		TH_LOG("%s", run.text);
}

static bool produces_for(const char *pid, const char *words, size_t size)
{
	char path[300], line[4096];
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/cmdline", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	length = fd < 0 ? 0 : read(fd, line, sizeof(line));
	close(fd);
	return length > 0 && memmem(line, length, words, size);
}

/* A process that is told to produce for another, or 0. It is nobody's child. */
static pid_t a_producer_of(pid_t director, unsigned int which)
{
	DIR *processes = opendir("/proc");
	struct dirent *entry;
	pid_t producers[64];
	unsigned int count = 0;
	char words[64];
	int size;

	/* With the zeros before and behind each. */
	size = sprintf(words, "%cproduce%c%d", 0, 0, director) + 1;
	while (processes && (entry = readdir(processes)) && count < 64)
		if (atoi(entry->d_name) && produces_for(entry->d_name, words, size))
			producers[count++] = atoi(entry->d_name);
	if (processes)
		closedir(processes);
	return count ? producers[which % count] : 0;
}

TEST_F_TIMEOUT(examples, producers_are_killed_at_any_moment_and_nothing_is_lost, 900)
{
	unsigned int seed = 6, killed = 0;
	struct run run;
	pid_t pid;

	ASSERT_TRUE(start(&run, "producers", "3000"));
	while (killed < 40 && !waitid(P_PID, run.pid, &(siginfo_t) { 0 },
				      WEXITED | WNOHANG | WNOWAIT)) {
		struct pollfd ended = { .fd = run.output, .events = POLLIN };

		if (poll(&ended, 1, rand_r(&seed) % 20))
			break;
		pid = a_producer_of(run.pid, rand_r(&seed));
		if (pid && !kill(pid, SIGKILL))
			killed++;
	}
	EXPECT_EQ(0, end_of(&run));
	EXPECT_TRUE(says(&run, "all is well\n")) TH_LOG("%s", run.text);
	EXPECT_LT(0, killed);
	TH_LOG("%u killed: %s", killed, strrchr(run.text, ':') ? run.text : "");
}

FIXTURE(single) {
	struct run first, second;
};

FIXTURE_VARIANT(single) {
	const char *name;
};

FIXTURE_VARIANT_ADD(single, utf8) {
	.name = "single",
};

FIXTURE_VARIANT_ADD(single, utf16) {
	.name = "single_wide",
};

FIXTURE_SETUP(single)
{
	int fd = open_private_domain();

	ASSERT_LE(0, fd);
	close(fd);
	ASSERT_TRUE(start(&self->first, variant->name, NULL));
	ASSERT_TRUE(says(&self->first, "running\n"));
}

FIXTURE_TEARDOWN(single)
{
}

TEST_F(single, another_instance_makes_the_running_one_show_itself)
{
	struct run quit;

	for (int i = 1; i <= 3; i++) {
		ASSERT_TRUE(start(&self->second, variant->name, NULL));
		EXPECT_EQ(0, end_of(&self->second));
		EXPECT_TRUE(says(&self->second, "it runs already, and has shown itself\n"));
	}
	EXPECT_TRUE(says(&self->first, "here I am (3)\n"));
	ASSERT_TRUE(start(&quit, variant->name, "--quit"));
	EXPECT_EQ(0, end_of(&quit));
	EXPECT_EQ(3, end_of(&self->first));
	EXPECT_TRUE(says(&self->first, "ending (3)\n"));
}

TEST_F(single, several_ask_at_once_and_each_is_answered)
{
	struct run asking[8], quit;

	for (int i = 0; i < 8; i++)
		ASSERT_TRUE(start(&asking[i], variant->name, NULL));
	for (int i = 0; i < 8; i++)
		EXPECT_EQ(0, end_of(&asking[i]));
	EXPECT_TRUE(says(&self->first, "here I am (8)\n"));
	ASSERT_TRUE(start(&quit, variant->name, "--quit"));
	EXPECT_EQ(0, end_of(&quit));
	EXPECT_EQ(8, end_of(&self->first));
}

TEST_F(single, after_a_kill_the_next_one_runs)
{
	struct run quit;

	ASSERT_EQ(0, kill(self->first.pid, SIGKILL));
	EXPECT_EQ(128 + SIGKILL, end_of(&self->first));
	ASSERT_TRUE(start(&quit, variant->name, "--quit"));
	EXPECT_EQ(1, end_of(&quit));
	EXPECT_TRUE(says(&quit, "none runs\n"));
	ASSERT_TRUE(start(&self->second, variant->name, NULL));
	ASSERT_TRUE(says(&self->second, "running\n"));
	ASSERT_TRUE(start(&quit, variant->name, "--quit"));
	EXPECT_EQ(0, end_of(&quit));
	EXPECT_EQ(0, end_of(&self->second));
}

TEST_F(single, who_waits_for_one_that_is_killed_runs)
{
	struct run third, quit;

	/* It cannot answer any more. */
	ASSERT_EQ(0, kill(self->first.pid, SIGSTOP));
	ASSERT_TRUE(start(&self->second, variant->name, NULL));
	usleep(200000);
	ASSERT_EQ(0, kill(self->first.pid, SIGKILL));
	EXPECT_EQ(128 + SIGKILL, end_of(&self->first));
	ASSERT_TRUE(says(&self->second, "running\n"));
	ASSERT_TRUE(start(&third, variant->name, NULL));
	EXPECT_EQ(0, end_of(&third));
	EXPECT_TRUE(says(&self->second, "here I am (1)\n"));
	ASSERT_TRUE(start(&quit, variant->name, "--quit"));
	EXPECT_EQ(0, end_of(&quit));
	EXPECT_EQ(1, end_of(&self->second));
}

TEST_HARNESS_MAIN
