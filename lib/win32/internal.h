/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files of libwapi-win32 share.
 *
 * Data goes one way: a function of the API finds the kernel's handle of what it
 * was given in the table, table.c, and asks libwapi; nothing below knows of the
 * API's types.
 */
#ifndef WIN32_INTERNAL_H
#define WIN32_INTERNAL_H

#include <semaphore.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include <wapi/wapi.h>
#include <wapi/win32.h>

/* A function of libwapi-win32.map; everything else is hidden. */
#define WIN32_EXPORT	__attribute__((visibility("default")))

#define WIN32_PSEUDO_PROCESS	((HANDLE)(LONG_PTR)-1)
#define WIN32_PSEUDO_THREAD	((HANDLE)(LONG_PTR)-2)

/* ---- error.c ---- */

/* FALSE, with @error as the last error. */
BOOL win32_fail(DWORD error);

/* The last error that stands for a negative errno of libwapi. */
DWORD win32_error_of(int error);

/* FALSE, with the last error that stands for a negative errno. */
BOOL win32_fail_errno(int error);

/* ---- client.c: this process, and others that use this library ---- */

struct win32_table;

/* The client of this process, or NULL with the last error set. */
struct wapi_client *win32_client(void);

/*
 * This process: its client, its object and its table.  Made by its first use; a
 * forked child has one of its own.
 */
struct win32_process {
	struct wapi_client *client;
	uint32_t object;
	struct win32_table *table;
	/* By CreateProcess(), with these standard handles: see heritage.h. */
	bool was_started;
	uint32_t standard[3];
};

/* NULL with the last error set. */
const struct win32_process *win32_this_process(void);

/* The table of this process, or NULL if nothing has used it yet. */
struct win32_table *win32_own_table(void);

/*
 * The table of the process of an object that the caller holds a reference to, or
 * NULL: it does not use this library.
 */
struct win32_table *win32_table_of(struct wapi_client *client, uint32_t process);

/* The same of one that does not use it, but was found or ended by one that does. */
struct win32_table *win32_block_of(struct wapi_client *client, uint32_t process);

/* The table of a process, with a block made for it if it has none.  0 or a negative errno. */
int win32_table_make(struct wapi_client *client, uint32_t process, struct win32_table **table,
		     size_t *size);

/* ---- table.c: the handles of a process, in memory that others can write ---- */

/* What a handle is, at one moment. */
struct win32_slot {
	uint32_t object;	/* the kernel's handle; or the index of a file */
	bool is_file;		/* see file.c */
	bool inherit;
	bool protect;		/* from being closed */
	bool pending;		/* its process has no reference yet: see grant.c */
};

#define WIN32_HANDLES	65535

size_t win32_table_size(void);
bool win32_table_is_one(const struct win32_table *table);
void win32_table_begin(struct win32_table *table);

/* A number that nothing else has now, or -1 if there is none; for the next two. */
int win32_table_claim(struct win32_table *table);
void win32_table_publish(struct win32_table *table, int number, struct win32_slot slot);
void win32_table_unclaim(struct win32_table *table, int number);

/* Publish without a claim, in a table that nobody else sees yet. */
void win32_table_place(struct win32_table *table, int number, struct win32_slot slot);

/* What the handle of a number is; false if there is none. */
bool win32_table_look(struct win32_table *table, int number, struct win32_slot *slot);

/*
 * Take the handle of a number out.  Of several who do so at once, one is told true.
 * Whose table it is gives back the kernel's reference.  Not what is protected.
 */
bool win32_table_take(struct win32_table *table, int number, struct win32_slot *slot);

/*
 * The same from another process, if the handle is still of what was seen: whose table
 * it is will find it to be given back.
 */
bool win32_table_leave(struct win32_table *table, int number, struct win32_slot seen);

/* Give back, by a function, all that others have left; only whose table it is. */
void win32_table_collect(struct win32_table *table,
			 void (*give_back)(struct win32_slot slot));

/* Change the flags; false if there is no such handle. */
bool win32_table_change(struct win32_table *table, int number, bool inherit_too, bool inherit,
			bool protect_too, bool protect);

/* The next number behind one that something has, or -1; -1 to begin. */
int win32_table_next(struct win32_table *table, int after);

/* Take all out, without giving anything back. */
void win32_table_clear(struct win32_table *table);

/* What others put in would not reach the client whose table it is. */
void win32_table_refuse_others(struct win32_table *table, bool refuse);
bool win32_table_refuses_others(const struct win32_table *table);

/* ---- handle.c ---- */

/*
 * A new handle for a reference that the client has, which is taken over; NULL, with
 * the last error set and the reference given back, if there is no room.
 */
HANDLE win32_handle_add(uint32_t object, bool inherit);

/* The same for a handle's reference to a file. */
HANDLE win32_handle_add_file(uint32_t index, bool inherit);

/* The object of a handle; FALSE with ERROR_INVALID_HANDLE.  Not of pseudo-handles. */
BOOL win32_handle_object(HANDLE handle, uint32_t *object);

/* The same of one type; of another it is ERROR_INVALID_HANDLE. */
BOOL win32_handle_object_of(HANDLE handle, uint32_t type, uint32_t *object);

/* The index of a file; FALSE with ERROR_INVALID_HANDLE. */
BOOL win32_handle_file(HANDLE handle, uint32_t *index);

/*
 * A reference of its own, for wapi_close(), to what a handle is of, pseudo-handles of
 * the process and the thread included; FALSE with ERROR_INVALID_HANDLE.
 */
BOOL win32_handle_hold(HANDLE handle, uint32_t *object);

/* The number of a value, or -1 if none has that value; and the other way. */
int win32_handle_number(HANDLE handle);
HANDLE win32_handle_value(int number);

/* Whether a handle made with these attributes is inherited. */
bool win32_inherits(const SECURITY_ATTRIBUTES *attributes);

/* ---- identity.c: the names of processes and threads ---- */

#define WIN32_IDENTITY_SIZE	64

/* Of /proc/PID/stat, in clock ticks. */
struct win32_stat {
	uint64_t user;
	uint64_t kernel;
	uint64_t start;
};

/*
 * What a file of /proc that is like that tells behind the name, which may be anything:
 * @rest is the ')' there.  Needs no memory.  0 or a negative errno, as for all here.
 */
int win32_read_stat(const char *path, char *line, size_t size, const char **rest);
int win32_stat_of(pid_t pid, struct win32_stat *stat);
int win32_name_of_process(pid_t pid, char name[WIN32_IDENTITY_SIZE]);
int win32_name_of_thread(pid_t tid, char name[WIN32_IDENTITY_SIZE]);
int win32_open_pidfd(pid_t pid);
int win32_signal_pidfd(int pidfd, int signal);

/* A reference to the object of a process, which is made if it is not there. */
int win32_process_object_of(struct wapi_client *client, pid_t pid, int pidfd, uint32_t *object);

/* ---- file.c: descriptors that handles are of ---- */

#define WIN32_NO_FILE	0x7fffffffu	/* an index that none has */

struct win32_file {
	int fd;
	uint32_t users;
	uint32_t index;
};

/* A file with one reference, which takes over @fd; false with the last error set. */
bool win32_file_new(int fd, uint32_t *index);

/* The same, with a handle that has the reference; NULL with the last error set. */
HANDLE win32_file_handle(int fd, bool inherit);

/* The file of a handle, to be put; NULL with ERROR_INVALID_HANDLE. */
struct win32_file *win32_file_get(HANDLE handle);
void win32_file_put(struct win32_file *file);

/* One reference more, or less, for a handle. */
bool win32_file_hold(uint32_t index);
void win32_file_close(uint32_t index);

/* The same descriptor, or a copy above those of the standard streams, or -1. */
int win32_fd_above_standard(int fd);

/* ---- standard.c ---- */

bool win32_fd_is_writable(int fd);

/* Whether a standard handle is another than that of its descriptor, and which. */
bool win32_standard_is_set(unsigned int index, HANDLE *handle);

/* ---- record.c: what is behind the table of a process ---- */

/* The least size of the block of a process: the table and what is behind it. */
size_t win32_block_size(void);

/* ---- grant.c: what was given to programs that do not use this library yet ---- */

/* Hold a reference for a process, which is taken over; false if there is no memory. */
bool win32_grant_hold(struct wapi_client *client, uint32_t process, uint32_t object);

/* Give back those that are not needed any more. */
void win32_grant_end(struct wapi_client *client);

/* ---- inherit.c: what this process has from the one that started it ---- */

/* Take it over, with a block of that size; if there is none, the table is cleared. */
int win32_heritage_take(struct win32_process *process, size_t size);

/* A standard handle, if not that of the descriptor; the command line for free(), or NULL. */
bool win32_heritage_standard(unsigned int index, HANDLE *handle);
char *win32_heritage_command_line(void);

/* ---- exit.c ---- */

/* All 32 bits of what this process's exit code will be. */
void win32_exit_note(DWORD code);

/* ---- process.c ---- */

/* The object of a process, the pseudo-handle included; FALSE with ERROR_INVALID_HANDLE. */
BOOL win32_process_object(HANDLE handle, uint32_t *object);

/* ---- resume.c ---- */

/*
 * Let a process begin that was created suspended, by the object of its first thread:
 * true, and how often that was suspended before; false if it is no such thread.
 */
bool win32_process_resume(uint32_t thread, DWORD *previous);

/* ---- search.c: the programs that are to be started ---- */

/*
 * The path of one, and its command line if that must be another; both for free(); or
 * FALSE with the last error set.
 */
BOOL win32_program_find(const char *application, const char *command_line, char **path,
			char **line);

/* Whether execve() will very likely take it: NO_ERROR, or why not. */
DWORD win32_program_check(const char *path);

/* Of a program that could not be executed, by its errno. */
DWORD win32_program_error(int error);

/* ---- environment.c ---- */

/*
 * The variables of a block, or, for NULL, of this process; a NULL behind the last, in
 * one piece for free(); or NULL with the last error set.
 */
char **win32_environment_of(const void *block, bool unicode);

/* A copy of a value, for free(), or NULL; the last error stays. */
char *win32_environment_value(const char *name);

/* ---- commandline.c ---- */

/*
 * The arguments, a NULL behind the last, in one piece for free(); or NULL.  @pairs: as
 * C programs do, take two quotes between quotes for one that is a character.
 */
char **win32_arguments_of(const char *command_line, bool pairs);

/* The other way; for free(), or NULL. */
char *win32_command_line_of(char *const arguments[]);

/* ---- program.c ---- */

/* The path of this program, for free(); or NULL with the last error set. */
char *win32_program_path(void);

/* ---- text.c: UTF-8 and UTF-16 ---- */

/* A copy for free(), or NULL with the last error set. */
char *win32_utf8_of(const WCHAR *text);
WCHAR *win32_utf16_of(const char *text);

/* The same of so many characters, which may be zeros; and how many they become. */
char *win32_utf8_of_part(const WCHAR *text, size_t length, size_t *bytes);
WCHAR *win32_utf16_of_part(const char *text, size_t bytes, size_t *length);

size_t win32_length(const WCHAR *text);

/* ---- name.c: the names of objects ---- */

/* A name as the kernel has it: for free(); NULL for none. */
struct win32_name {
	char *kernel;
};

/*
 * FALSE with the last error set, if it is malformed.  @needed: NULL and an empty
 * name are wrong; else they are no name.
 */
BOOL win32_name_a(struct win32_name *name, const char *text, bool needed);
BOOL win32_name_w(struct win32_name *name, const WCHAR *text, bool needed);

/*
 * How every Create... ends: @error is libwapi's.  The handle, with the last error
 * ERROR_ALREADY_EXISTS or 0; or NULL.  Frees @name.
 */
HANDLE win32_created(struct win32_name *name, int error, uint32_t object, bool existed,
		     const SECURITY_ATTRIBUTES *attributes);

/* How every Open... begins and ends. */
HANDLE win32_open_name(struct win32_name *name, uint32_t type, BOOL inherit);

/* How a Create... ends that got nowhere, with the last error set.  Frees @name. */
HANDLE win32_not_created(struct win32_name *name);

/* ---- system_message.c: what the errors mean ---- */

/* Or NULL. */
const char *win32_system_message(DWORD id);

/* ---- message_expand.c: what is put into a message ---- */

#define WIN32_INSERTS	99	/* and the arguments of their widths and precisions */

struct win32_inserts {
	bool wide;		/* text is UTF-16 unless its format says else */
	bool ignore;		/* leave the numbers where they are */
	const ULONG_PTR *array;	/* or */
	va_list *list;		/* or neither */
	ULONG_PTR values[WIN32_INSERTS];
	unsigned int fetched;	/* from the list */
};

/* UTF-8, for free(); or NULL with the last error set.  @line: as FormatMessage() has it. */
char *win32_message_expand(const char *text, unsigned int line, struct win32_inserts *inserts);

/* ---- apc.c: what is queued to a thread ---- */

struct win32_apc;

/* A routine that becomes due at times; its memory belongs to who adds it. */
struct win32_apc_timer {
	struct win32_apc_timer *next;
	/* When next, of CLOCK_MONOTONIC; or WAPI_WAIT_FOREVER: not any more. */
	int64_t (*due)(const struct win32_apc_timer *timer);
	/* It is due, and is run.  It may remove the timer, and then free it. */
	void (*run)(struct win32_apc_timer *timer);
	/* The thread has ended, and the timer is in no list any more; by any thread. */
	void (*forget)(struct win32_apc_timer *timer);
};

/* A part of struct win32_thread. */
struct win32_apcs {
	struct win32_apc *_Atomic pushed;	/* by anybody; the last is the first */
	atomic_int sleeps;			/* how the thread does */

	/* All else is the thread's own, and after its end whose frees it. */
	struct win32_apc *first;		/* what it took, in order */
	struct win32_apc *left;			/* what it did not, when it ended */
	struct win32_apc_timer *timers;
	uint32_t alert;				/* an event; 0: not made yet */
	sem_t wake;
};

/* Before the thread is known to others; and when it ends, also in a signal handler. */
void win32_apc_begin(struct win32_apcs *apcs);
void win32_apc_end(struct win32_apcs *apcs);

/* After its end, when nobody else can know of it. */
void win32_apc_free(struct win32_apcs *apcs);

/* By anybody.  NO_ERROR, ERROR_GEN_FAILURE if the thread has ended, or no memory. */
DWORD win32_apc_queue(struct win32_apcs *apcs, void (*function)(ULONG_PTR), ULONG_PTR data);

/*
 * All that follows is only for the thread itself.
 */

/* Run all that is queued or due, in order; false if there was nothing. */
bool win32_apc_run(struct win32_apcs *apcs);
bool win32_apc_is_pending(const struct win32_apcs *apcs);

void win32_apc_add_timer(struct win32_apcs *apcs, struct win32_apc_timer *timer);

/* False if it is not there. */
bool win32_apc_remove_timer(struct win32_apcs *apcs, struct win32_apc_timer *timer);

/* When the next timer is due, or WAPI_WAIT_FOREVER. */
int64_t win32_apc_next_timer(const struct win32_apcs *apcs);

/* Sleep until something is queued, or for as long; may end for nothing. */
void win32_apc_sleep(struct win32_apcs *apcs, int64_t deadline);

/* The same with a request: as wapi_wait(), or WIN32_ALERTED if it did not end it. */
#define WIN32_ALERTED	1
int win32_apc_wait(struct win32_apcs *apcs, struct wapi_client *client,
		   struct wapi_wait *request);

/* ---- time.c: ticks, which are the units of 100 ns that a FILETIME counts ---- */

#define WIN32_TICKS_PER_SECOND	INT64_C(10000000)
#define WIN32_UNIX_EPOCH	INT64_C(116444736000000000)	/* 1970 */

FILETIME win32_file_time(uint64_t ticks);

/* The date, and that of a time of CLOCK_BOOTTIME, in ns. */
uint64_t win32_now(void);
uint64_t win32_date_of(uint64_t boottime);

/* Of a duration as /proc tells it. */
uint64_t win32_ticks_of_clock(uint64_t clock_ticks);

/* ---- deadline.c: milliseconds, and times of CLOCK_MONOTONIC in ns ---- */

#define WIN32_NS_PER_MS		INT64_C(1000000)
#define WIN32_NS_PER_SECOND	INT64_C(1000000000)

/* WAPI_WAIT_FOREVER for INFINITE, and 0 for 0: not to wait. */
int64_t win32_deadline(DWORD milliseconds);

struct timespec win32_timespec_of(int64_t ns);

/* ---- routine.c: what a thread calls when a timer was signalled ---- */

struct win32_routine;

/*
 * For the calling thread: first make one, then set the timer, then forget what it had of
 * that timer, then add it, or discard it.  NULL with the last error set.
 */
struct win32_routine *win32_routine_prepare(PTIMERAPCROUTINE function, LPVOID argument);
void win32_routine_discard(struct win32_routine *routine);
void win32_routine_add(struct win32_routine *routine, const struct wapi_timer_set *told);

/* Of a timer, by the kernel's handle. */
void win32_routine_forget_of(uint32_t object);

/* ---- thread.c: threads that this library knows ---- */

struct win32_thread;

/* The calling thread, or NULL with the last error set. */
struct win32_thread *win32_self(void);

/*
 * The thread of this process that a handle is of, pseudo-handles included, kept until
 * it is put; or NULL with ERROR_INVALID_HANDLE if it is no thread, ERROR_NOT_SUPPORTED
 * if it is of another process, ERROR_GEN_FAILURE if it has ended.
 */
struct win32_thread *win32_thread_get(HANDLE handle);
void win32_thread_put(struct win32_thread *thread);

/* ---- critical.c ---- */

bool win32_critical_is_own(PCRITICAL_SECTION section);

/* ---- srwlock.c ---- */

/* As the functions of the API; false if there is nothing to release. */
bool win32_srwlock_release_exclusive(PSRWLOCK lock);
bool win32_srwlock_release_shared(PSRWLOCK lock);

#include "thread.h"

#endif /* WIN32_INTERNAL_H */
