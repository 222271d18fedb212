// SPDX-License-Identifier: GPL-2.0
/*
 * The command that wapictl runs as a child while it holds something.
 *
 * Signals are blocked before the child is there and taken one after the other,
 * so none comes too early or too late.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "wapictl.h"

static const int forwarded[] = {
	SIGHUP, SIGINT, SIGPIPE, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2,
};

static void block(sigset_t *blocked, sigset_t *before)
{
	sigemptyset(blocked);
	for (size_t i = 0; i < sizeof(forwarded) / sizeof(forwarded[0]); i++)
		sigaddset(blocked, forwarded[i]);
	sigaddset(blocked, SIGCHLD);
	sigprocmask(SIG_BLOCK, blocked, before);
	/* Who ignores it has no children to wait for. */
	signal(SIGCHLD, SIG_DFL);
}

/* Waits at the gate; if that is closed, nothing is to be run. */
static void be_the_command(char **command, bool guarded, int gate,
			   const sigset_t *mask)
{
	int error;
	char c;

	if (guarded)
		prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (read(gate, &c, 1) != 1)
		_exit(STATUS_NOT_RUN);
	sigprocmask(SIG_SETMASK, mask, NULL);
	execvp(*command, command);
	error = errno;
	failed("cannot run '%s': %s", *command, strerror(error));
	_exit(error == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE);
}

/* What the kernel sent because of the terminal, it sent to both. */
static bool is_from_a_process(const siginfo_t *info)
{
	return info->si_code <= 0;
}

static int wait_and_forward(pid_t pid, const sigset_t *blocked)
{
	siginfo_t info;
	int status;

	for (;;) {
		if (sigwaitinfo(blocked, &info) < 0)
			continue;
		if (info.si_signo == SIGCHLD) {
			if (waitpid(pid, &status, WNOHANG) == pid)
				break;
		} else if (is_from_a_process(&info)) {
			kill(pid, info.si_signo);
		}
	}
	return WIFSIGNALED(status) ? STATUS_SIGNALLED + WTERMSIG(status) :
				     WEXITSTATUS(status);
}

int child_run(char **command, bool guarded, child_function *begin, void *data)
{
	sigset_t blocked, before;
	int gate[2], status;
	bool go = true;
	pid_t pid;

	if (pipe2(gate, O_CLOEXEC)) {
		failed("no pipe: %s", strerror(errno));
		return STATUS_NOT_RUN;
	}
	block(&blocked, &before);
	fflush(NULL);
	pid = fork();
	if (pid < 0) {
		failed("no process: %s", strerror(errno));
		return STATUS_NOT_RUN;
	}
	if (!pid) {
		close(gate[1]);
		be_the_command(command, guarded, gate[0], &before);
	}
	close(gate[0]);
	if (begin)
		go = begin(pid, data);
	/* Who was killed meanwhile does not read it; its end tells. */
	if (go && write(gate[1], "g", 1) < 0)
		failed("'%s' is gone", *command);
	close(gate[1]);
	status = wait_and_forward(pid, &blocked);
	return go ? status : STATUS_NOT_RUN;
}

static sigset_t ends(void)
{
	sigset_t ends;

	sigemptyset(&ends);
	sigaddset(&ends, SIGHUP);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	return ends;
}

void child_none_yet(void)
{
	sigset_t blocked = ends();

	sigprocmask(SIG_BLOCK, &blocked, NULL);
}

void child_none(void)
{
	sigset_t blocked = ends();
	int ended;

	while (sigwait(&blocked, &ended))
		;
}
