/* SPDX-License-Identifier: GPL-2.0 */
/* What the tests share of what is queued to a thread. */
#ifndef WIN32_APC_H
#define WIN32_APC_H

#include "win32_sync.h"

/* What was run, in order, one digit for each. */
static _Atomic unsigned long ran;
static atomic_int runner;

static inline VOID CALLBACK note(ULONG_PTR digit)
{
	ran = ran * 10 + digit;
	runner = gettid();
}

static inline BOOL queue(ULONG_PTR digit)
{
	return QueueUserAPC(note, PSEUDO_THREAD, digit) != 0;
}

/* Until a thread of this process is asleep. */
static inline bool sleeps(DWORD tid)
{
	char path[64], state = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%u/stat", tid);
	for (int i = 0; i < PATIENCE_MS && state != 'S'; i++) {
		usleep(5000);
		file = fopen(path, "r");
		if (!file || fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
			state = 0;
		if (file)
			fclose(file);
	}
	return state == 'S';
}

#endif /* WIN32_APC_H */
