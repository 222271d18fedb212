// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Producers and consumers in several processes, some of which are killed.
 *
 *   cc producers.c -o producers $(pkg-config --cflags --libs libwapi-win32)
 *   ./producers
 *
 * A ring of parcels in scratch memory, a semaphore that counts its empty places,
 * one that counts the parcels, and a mutex.  Each process takes a semaphore and the
 * mutex in one step and gives both back before it lets the mutex go: so whoever has
 * the mutex knows what the semaphores must count, and if a producer is killed
 * anywhere, the next one that gets the mutex is told and puts things right.  What
 * the ring holds is the truth.
 *
 * The first run of each producer kills itself, each in another bad moment, and it is
 * started again.  Each makes 100 parcels, or as many as the argument says; in the
 * end no parcel is lost and none came twice.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wapi/wapi.h>
#include <wapi/win32.h>

#define PLACES		8	/* more than the one that a killed process can keep */
#define PRODUCERS	3
#define CONSUMERS	2
#define LAST_PARCEL	(-1)
#define KILLED		0xdead	/* the exit code of one that kills itself */
#define FAILED		1	/* the exit code of one that said why */

struct parcel {
	LONG producer;	/* or LAST_PARCEL */
	LONG number;
};

/* In scratch memory.  Who has the mutex writes to it. */
struct ring {
	struct parcel parcels[PLACES];
	LONG put, taken;		/* how many, ever */
	LONG made[PRODUCERS];		/* parcels of each that are in the ring, or were */
	LONG arrived[PRODUCERS];
	LONG mended;			/* how often somebody was killed with the mutex */
};

static struct ring *ring;
static HANDLE places, parcels, mutex;

/* Where a producer is killed the first time. */
enum moment { NEVER, BEFORE_PUT, AFTER_PUT, AFTER_RELEASE };

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "producers: %s: error %u\n", what, GetLastError());
	ExitProcess(FAILED);
}

static HANDLE check(HANDLE handle, const char *what)
{
	if (!handle)
		die(what);
	return handle;
}

/* The caller has the mutex, so nobody else can take or release a semaphore. */
static void set_count(HANDLE semaphore, LONG count)
{
	while (WaitForSingleObject(semaphore, 0) == WAIT_OBJECT_0)
		;
	if (count && !ReleaseSemaphore(semaphore, count, NULL))
		die("ReleaseSemaphore");
}

/*
 * Somebody was killed while he had the mutex, and the caller has it now, and a unit
 * of @mine.  It may be killed in here too: then the next one begins anew.
 */
static void mend(HANDLE mine)
{
	LONG held = ring->put - ring->taken;
	const struct parcel *last = &ring->parcels[(ring->put - 1) % PLACES];

	if (ring->put && last->producer != LAST_PARCEL)
		ring->made[last->producer] = last->number + 1;
	set_count(parcels, held - (mine == parcels));
	set_count(places, PLACES - held - (mine == places));
	ring->mended++;
}

/* Both or nothing: nobody can be killed with one of the two. */
static void take(HANDLE semaphore)
{
	HANDLE both[] = { semaphore, mutex };
	DWORD result = WaitForMultipleObjects(2, both, TRUE, INFINITE);

	if (result >= WAIT_ABANDONED_0 && result <= WAIT_ABANDONED_0 + 1)
		mend(semaphore);
	else if (result > WAIT_OBJECT_0 + 1)
		die("WaitForMultipleObjects");
}

static void give(HANDLE semaphore)
{
	if (!ReleaseSemaphore(semaphore, 1, NULL))
		die("ReleaseSemaphore");
}

static void leave(void)
{
	if (!ReleaseMutex(mutex))
		die("ReleaseMutex");
}

static void killed_if(BOOL now)
{
	if (now)
		TerminateProcess(GetCurrentProcess(), KILLED);
}

/* A place in the ring is the caller's, and the mutex. */
static void put(LONG producer, LONG number, enum moment killed)
{
	struct parcel *place = &ring->parcels[ring->put % PLACES];

	place->producer = producer;
	place->number = number;
	killed_if(killed == BEFORE_PUT);
	InterlockedIncrement(&ring->put);	/* from here on the parcel is there */
	killed_if(killed == AFTER_PUT);
	if (producer != LAST_PARCEL)
		ring->made[producer] = number + 1;
	give(parcels);
	killed_if(killed == AFTER_RELEASE);
}

/* Goes on where one before it was killed. */
static int produce(LONG producer, LONG count, enum moment killed)
{
	LONG number = 0;

	while (number < count) {
		take(places);
		number = ring->made[producer];
		if (number < count)
			put(producer, number, number == count / 2 ? killed : NEVER);
		else
			give(places);	/* the one before it had made the last one */
		leave();
		number++;
	}
	return 0;
}

/* Returns 0 when it is told to end, 1 if a parcel came that must not come now. */
static int consume(void)
{
	struct parcel parcel;
	BOOL expected;

	for (;;) {
		take(parcels);
		parcel = ring->parcels[ring->taken % PLACES];
		expected = parcel.producer == LAST_PARCEL ||
			   parcel.number == ring->arrived[parcel.producer];
		if (parcel.producer != LAST_PARCEL)
			ring->arrived[parcel.producer]++;
		InterlockedIncrement(&ring->taken);
		give(places);
		leave();
		if (!expected)
			return 1;
		if (parcel.producer == LAST_PARCEL)
			return 0;
	}
}

static HANDLE semaphore_named(const char *what, DWORD owner, LONG count)
{
	char name[64];

	snprintf(name, sizeof(name), "Local\\producers %u %s", owner, what);
	return check(CreateSemaphoreA(NULL, count, PLACES, name), name);
}

/* The first process makes them, the others find them. */
static void open_all(DWORD owner)
{
	char name[64];

	places = semaphore_named("places", owner, PLACES);
	parcels = semaphore_named("parcels", owner, 0);
	snprintf(name, sizeof(name), "Local\\producers %u mutex", owner);
	mutex = check(CreateMutexA(NULL, FALSE, name), name);
}

/* Scratch memory is libwapi's: an object that has a block, known by its number. */
static void map_ring(struct wapi_client *client, uint32_t object)
{
	struct wapi_open opened;
	void *memory;

	if (wapi_open(client, object, &opened) ||
	    wapi_scratch_ptr(client, opened.block, sizeof(*ring), &memory))
		die("scratch memory");
	ring = memory;
}

static HANDLE start(const char *role, uint32_t object, int number, LONG count,
		    enum moment killed)
{
	STARTUPINFOA startup = { .cb = sizeof(startup) };
	char program[MAX_PATH], line[MAX_PATH + 128];
	PROCESS_INFORMATION process;

	if (!GetModuleFileNameA(NULL, program, sizeof(program)))
		die("GetModuleFileName");
	snprintf(line, sizeof(line), "\"%s\" %s %u %u %d %d %d", program, role,
		 GetCurrentProcessId(), object, number, (int)count, killed);
	if (!CreateProcessA(program, line, NULL, NULL, FALSE, 0, NULL, NULL, &startup,
			    &process))
		die("CreateProcess");
	CloseHandle(process.hThread);
	return process.hProcess;
}

/* Until each producer has ended well; one that was killed is started again. */
static int await_producers(HANDLE *producers, uint32_t object, LONG count)
{
	int alive = PRODUCERS, killed = 0, numbers[PRODUCERS];
	DWORD which, code;

	for (int i = 0; i < PRODUCERS; i++)
		numbers[i] = i;
	while (alive) {
		which = WaitForMultipleObjects(alive, producers, FALSE, INFINITE);
		if (which >= (DWORD)alive || !GetExitCodeProcess(producers[which], &code))
			die("waiting for producers");
		CloseHandle(producers[which]);
		if (code == FAILED)
			ExitProcess(FAILED);
		if (code) {
			killed++;
			producers[which] = start("produce", object, numbers[which], count,
						 NEVER);
			continue;
		}
		alive--;
		producers[which] = producers[alive];
		numbers[which] = numbers[alive];
	}
	return killed;
}

static int direct(LONG count)
{
	HANDLE producers[PRODUCERS], consumers[CONSUMERS];
	struct wapi_client *client;
	int killed, status = 0;
	uint32_t object;
	DWORD code;

	if (wapi_client_open(&client) ||
	    wapi_new_data(client, WAPI_TYPE_FILE, NULL, sizeof(*ring), &object, NULL))
		die("scratch memory");
	map_ring(client, object);
	open_all(GetCurrentProcessId());
	for (int i = 0; i < CONSUMERS; i++)
		consumers[i] = start("consume", object, i, count, NEVER);
	for (int i = 0; i < PRODUCERS; i++)
		producers[i] = start("produce", object, i, count, BEFORE_PUT + i);

	killed = await_producers(producers, object, count);
	for (int i = 0; i < CONSUMERS; i++) {
		take(places);
		put(LAST_PARCEL, 0, NEVER);
		leave();
	}
	WaitForMultipleObjects(CONSUMERS, consumers, TRUE, INFINITE);
	for (int i = 0; i < CONSUMERS; i++)
		if (!GetExitCodeProcess(consumers[i], &code) || code)
			status = 1;
	for (int i = 0; i < PRODUCERS; i++) {
		printf("producer %d: %d parcels made, %d arrived\n", i,
		       (int)ring->made[i], (int)ring->arrived[i]);
		if (ring->made[i] != count || ring->arrived[i] != count)
			status = 1;
	}
	printf("%d producers were killed; the ring was mended %d times; %s\n", killed,
	       (int)ring->mended, status ? "it is NOT well" : "all is well");
	return status;
}

static LONG number_of(const char *argument)
{
	return (LONG)strtol(argument, NULL, 10);
}

int main(int argc, char *argv[])
{
	struct wapi_client *client;

	if (argc < 7)
		return direct(argc > 1 ? number_of(argv[1]) : 100);
	if (wapi_client_open(&client))
		die("/dev/wapi");
	map_ring(client, number_of(argv[3]));
	open_all(number_of(argv[2]));
	if (!strcmp(argv[1], "consume"))
		return consume();
	return produce(number_of(argv[4]), number_of(argv[5]), number_of(argv[6]));
}
