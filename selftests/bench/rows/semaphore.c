// SPDX-License-Identifier: GPL-2.0
/* Rows: semaphores of POSIX and of System V. */
#include <fcntl.h>
#include <semaphore.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/sem.h>

#include "row.h"
#include "syscall.h"

static const char name[] = "/bench";
static sem_t *shared;
static long id;

static void open_close_unlink(void)
{
	sem_t *sem = sem_open(name, O_CREAT | O_EXCL, 0600, 0);

	MUST(sem != SEM_FAILED);
	MUST(!sem_close(sem));
	MUST(!sem_unlink(name));
}

static void begin_shared(unsigned long argument)
{
	(void)argument;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	MUST(shared != MAP_FAILED);
	MUST(!sem_init(shared, 1, 0));
}

static void post_wait(void)
{
	MUST(!sem_post(shared));
	MUST(!sem_wait(shared));
}

static long get(void)
{
	long got = sys3(SYS_semget, IPC_PRIVATE, 1, 0600);

	MUST(got >= 0);
	return got;
}

static void get_remove(void)
{
	MUST(!sys4(SYS_semctl, get(), 0, IPC_RMID, 0));
}

static void begin_sysv(unsigned long argument)
{
	(void)argument;
	id = get();
}

static void end_sysv(void)
{
	MUST(!sys4(SYS_semctl, id, 0, IPC_RMID, 0));
}

static void operate(short by)
{
	/* SEM_UNDO: as little may be left behind as with ours. */
	struct sembuf operation = { .sem_op = by, .sem_flg = SEM_UNDO };

	MUST(!sys3(SYS_semop, id, (long)&operation, 1));
}

static void release_acquire(void)
{
	operate(1);
	operate(-1);
}

const struct row semaphore_rows[] = {
	{ "POSIX", "sem_open + close + unlink", .round = open_close_unlink,
	  .garbage = true },
	{ "POSIX", "sem_post + wait", begin_shared, 0, post_wait },
	{ "System V", "semget + remove", .round = get_remove, .garbage = true },
	{ "System V", "semop, release + acquire, with undo", begin_sysv, 0,
	  release_acquire, end_sysv },
	{ 0 }
};
