// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * An application of which one instance runs at a time.
 *
 *   cc single.c -o single $(pkg-config --cflags --libs libwapi-win32)
 *   ./single		the first: runs; another: makes the running one show itself
 *   ./single --quit	asks the running one to end
 *
 * With -DUNICODE it is the same program with strings of 16 bits.
 *
 * The mutex belongs to the running instance.  If that is killed, the next one owns
 * it and is the running one; nothing is left behind that would have to be removed.
 * An instance that waits for the running one to show itself waits for the mutex too,
 * so that it does not wait for one that died meanwhile.
 */
#include <stdio.h>
#include <string.h>

#include <wapi/win32.h>

#define NAME(what)	TEXT("Local\\single instance " what)

static HANDLE running;			/* a mutex: of the running instance */
static HANDLE asking;			/* a mutex: of who waits for that to show itself */
static HANDLE show, shown, quit;	/* events */

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "single: %s: error %u\n", what, GetLastError());
	ExitProcess(100);
}

static void say(const char *what, unsigned int times)
{
	printf("%u: %s", GetCurrentProcessId(), what);
	printf(times ? " (%u)\n" : "\n", times);
	fflush(stdout);
}

/* A window would come to the front here. */
static void show_window(unsigned int times)
{
	say("here I am", times);
	if (!SetEvent(shown))
		die("SetEvent");
}

/* Until it is asked to end.  Returns how often it showed itself. */
static int run(void)
{
	HANDLE events[] = { quit, show };
	unsigned int times = 0;

	/* If somebody asked for it, it was the one before. */
	ResetEvent(quit);
	say("running", 0);
	for (;;) {
		switch (WaitForMultipleObjects(2, events, FALSE, INFINITE)) {
		case WAIT_OBJECT_0:
			say("ending", times);
			ReleaseMutex(running);
			return (int)times;
		case WAIT_OBJECT_0 + 1:
			show_window(++times);
			break;
		default:
			die("WaitForMultipleObjects");
		}
	}
}

/* Does the running instance show itself?  If not, it is this one now. */
static BOOL ask_the_other(void)
{
	HANDLE answers[] = { shown, running };
	BOOL answered;

	if (WaitForSingleObject(asking, INFINITE) == WAIT_FAILED)
		die("WaitForSingleObject");
	/* What is left of one that was killed while it asked. */
	ResetEvent(shown);
	SetEvent(show);
	switch (WaitForMultipleObjects(2, answers, FALSE, INFINITE)) {
	case WAIT_OBJECT_0:
		answered = TRUE;
		break;
	case WAIT_OBJECT_0 + 1:
	case WAIT_ABANDONED_0 + 1:
		ResetEvent(show);
		answered = FALSE;
		break;
	default:
		die("WaitForMultipleObjects");
	}
	ReleaseMutex(asking);
	return answered;
}

static int show_the_other(void)
{
	if (!ask_the_other()) {
		say("it ended before it could show itself", 0);
		return run();
	}
	say("it runs already, and has shown itself", 0);
	return 0;
}

static HANDLE event_named(LPCTSTR name)
{
	HANDLE event = CreateEvent(NULL, FALSE, FALSE, name);

	if (!event)
		die("CreateEvent");
	return event;
}

static HANDLE mutex_named(LPCTSTR name)
{
	HANDLE mutex = CreateMutex(NULL, FALSE, name);

	if (!mutex)
		die("CreateMutex");
	return mutex;
}

int main(int argc, char *argv[])
{
	/* Before the mutex: who finds that has these too. */
	show = event_named(NAME("show"));
	shown = event_named(NAME("shown"));
	quit = event_named(NAME("quit"));

	asking = mutex_named(NAME("asking"));
	running = mutex_named(NAME("running"));
	switch (WaitForSingleObject(running, 0)) {
	case WAIT_OBJECT_0:
	case WAIT_ABANDONED:
		break;
	case WAIT_TIMEOUT:
		if (argc > 1 && !strcmp(argv[1], "--quit"))
			return !SetEvent(quit);
		return show_the_other();
	default:
		die("WaitForSingleObject");
	}
	if (argc > 1 && !strcmp(argv[1], "--quit")) {
		say("none runs", 0);
		return 1;
	}
	return run();
}
