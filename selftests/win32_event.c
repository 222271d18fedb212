// SPDX-License-Identifier: GPL-2.0
/*
 * libwapi-win32: events, and what is the same for all that has a name: creating what
 * exists, opening what does not, names that are malformed.
 */
#include "win32_sync.h"

FIXTURE(event) {
	struct wapi_client *client;
};

FIXTURE_SETUP(event)
{
	self->client = lonely_client();
	ASSERT_NE(NULL, self->client);
}

FIXTURE_TEARDOWN(event)
{
	wapi_client_close(self->client);
}

static DWORD poll(HANDLE handle)
{
	return WaitForSingleObject(handle, 0);
}

TEST_F(event, a_fresh_create_sets_the_last_error_to_0)
{
	HANDLE handle;

	SetLastError(UNTOUCHED);
	handle = CreateEventA(NULL, TRUE, FALSE, "fresh");
	EXPECT_LAST_ERROR(0);
	EXPECT_NE(NULL, handle);
	SetLastError(UNTOUCHED);
	EXPECT_NE(NULL, CreateEventA(NULL, TRUE, FALSE, NULL));
	EXPECT_LAST_ERROR(0);
	SetLastError(UNTOUCHED);
	EXPECT_NE(NULL, CreateEventExW(NULL, u"fresher", 0, EVENT_ALL_ACCESS));
	EXPECT_LAST_ERROR(0);
}

TEST_F(event, an_existing_name_gives_a_handle_and_already_exists)
{
	HANDLE first = CreateEventA(NULL, TRUE, FALSE, "name"), second;

	SetLastError(UNTOUCHED);
	second = CreateEventA(NULL, TRUE, FALSE, "name");
	EXPECT_LAST_ERROR(ERROR_ALREADY_EXISTS);
	ASSERT_NE(NULL, second);
	EXPECT_NE(first, second);
	EXPECT_TRUE(SetEvent(second));
	EXPECT_EQ(WAIT_OBJECT_0, poll(first));
	EXPECT_TRUE(CloseHandle(first));
	EXPECT_EQ(WAIT_OBJECT_0, poll(second));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, WAIT_FAILED, poll(first));
}

TEST_F(event, an_existing_event_keeps_its_state_and_its_kind)
{
	HANDLE first = CreateEventA(NULL, TRUE, FALSE, "name"), second;

	second = CreateEventA(NULL, FALSE, TRUE, "name");
	EXPECT_EQ(WAIT_TIMEOUT, poll(second));
	EXPECT_TRUE(SetEvent(second));
	EXPECT_EQ(WAIT_OBJECT_0, poll(second));
	EXPECT_EQ(WAIT_OBJECT_0, poll(first));
}

TEST_F(event, a_and_w_are_one_name_space)
{
	HANDLE a = CreateEventA(NULL, TRUE, FALSE, "z\xc3\xbcndend \xf0\x9f\x94\xa5"), w;

	SetLastError(UNTOUCHED);
	w = CreateEventW(NULL, TRUE, FALSE, u"z\u00fcndend \U0001f525");
	EXPECT_LAST_ERROR(ERROR_ALREADY_EXISTS);
	EXPECT_TRUE(SetEvent(w));
	EXPECT_EQ(WAIT_OBJECT_0, poll(a));
	EXPECT_QUIET(TRUE, CloseHandle(OpenEventW(0, FALSE, u"z\u00fcndend \U0001f525")));
}

TEST_F(event, it_is_manual_and_set_as_it_was_made)
{
	static const DWORD flags[] = {
		0, CREATE_EVENT_INITIAL_SET, CREATE_EVENT_MANUAL_RESET,
		CREATE_EVENT_INITIAL_SET | CREATE_EVENT_MANUAL_RESET,
	};

	for (int i = 0; i < 4; i++) {
		BOOL manual = !!(flags[i] & CREATE_EVENT_MANUAL_RESET);
		BOOL set = !!(flags[i] & CREATE_EVENT_INITIAL_SET);
		HANDLE made[] = {
			CreateEventA(NULL, manual, set, NULL),
			CreateEventW(NULL, manual, set, NULL),
			CreateEventExA(NULL, NULL, flags[i], EVENT_ALL_ACCESS),
			CreateEventExW(NULL, NULL, flags[i], EVENT_ALL_ACCESS),
		};

		for (int n = 0; n < 4; n++) {
			ASSERT_NE(NULL, made[n]);
			EXPECT_EQ(set ? WAIT_OBJECT_0 : WAIT_TIMEOUT, poll(made[n]));
			EXPECT_QUIET(TRUE, SetEvent(made[n]));
			EXPECT_EQ(WAIT_OBJECT_0, poll(made[n]));
			EXPECT_EQ(manual ? WAIT_OBJECT_0 : WAIT_TIMEOUT, poll(made[n]));
			EXPECT_QUIET(TRUE, ResetEvent(made[n]));
			EXPECT_EQ(WAIT_TIMEOUT, poll(made[n]));
		}
	}
}

TEST_F(event, any_other_value_than_0_is_true)
{
	HANDLE handle = CreateEventA(NULL, 2, 0x100, NULL);

	EXPECT_EQ(WAIT_OBJECT_0, poll(handle));
	EXPECT_EQ(WAIT_OBJECT_0, poll(handle));
}

TEST_F(event, other_flags_are_refused)
{
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, NULL, CreateEventExA(NULL, "name", 4, 0));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, NULL, CreateEventExW(NULL, u"name", 4, 0));
	EXPECT_EQ(0, kernel_handle(self->client, "name"));
}

TEST_F(event, a_name_of_another_type_is_an_invalid_handle)
{
	ASSERT_NE(NULL, CreateMutexA(NULL, FALSE, "a mutex"));
	ASSERT_NE(NULL, CreateSemaphoreA(NULL, 0, 1, "a semaphore"));
	ASSERT_NE(NULL, CreateEventA(NULL, FALSE, FALSE, "an event"));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, NULL, CreateEventA(NULL, TRUE, FALSE, "a mutex"));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, NULL, CreateEventW(NULL, TRUE, FALSE,
							      u"a semaphore"));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, NULL, OpenEventA(0, FALSE, "a mutex"));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, NULL, OpenEventW(0, FALSE, u"a semaphore"));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, NULL, CreateMutexA(NULL, TRUE, "an event"));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, NULL, CreateMutexW(NULL, TRUE, u"a semaphore"));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, NULL, OpenMutexA(0, FALSE, "an event"));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, NULL, OpenMutexW(0, FALSE, u"a semaphore"));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, NULL, CreateSemaphoreA(NULL, 0, 1, "an event"));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, NULL, CreateSemaphoreW(NULL, 0, 1, u"a mutex"));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, NULL, OpenSemaphoreA(0, FALSE, "an event"));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, NULL, OpenSemaphoreW(0, FALSE, u"a mutex"));
}

TEST_F(event, a_missing_name_is_file_not_found)
{
	EXPECT_FAILS(ERROR_FILE_NOT_FOUND, NULL, OpenEventA(0, FALSE, "missing"));
	EXPECT_FAILS(ERROR_FILE_NOT_FOUND, NULL, OpenEventW(0, FALSE, u"missing"));
	EXPECT_FAILS(ERROR_FILE_NOT_FOUND, NULL, OpenMutexA(0, FALSE, "missing"));
	EXPECT_FAILS(ERROR_FILE_NOT_FOUND, NULL, OpenMutexW(0, FALSE, u"missing"));
	EXPECT_FAILS(ERROR_FILE_NOT_FOUND, NULL, OpenSemaphoreA(0, FALSE, "missing"));
	EXPECT_FAILS(ERROR_FILE_NOT_FOUND, NULL, OpenSemaphoreW(0, FALSE, u"missing"));
}

TEST_F(event, a_null_name_is_an_invalid_parameter_to_open)
{
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, NULL, OpenEventA(0, FALSE, NULL));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, NULL, OpenEventW(0, FALSE, NULL));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, NULL, OpenMutexA(0, FALSE, NULL));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, NULL, OpenMutexW(0, FALSE, NULL));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, NULL, OpenSemaphoreA(0, FALSE, NULL));
	EXPECT_FAILS(ERROR_INVALID_PARAMETER, NULL, OpenSemaphoreW(0, FALSE, NULL));
}

TEST_F(event, an_empty_name_is_no_name_at_creation)
{
	HANDLE first = CreateEventA(NULL, TRUE, FALSE, ""), second;

	ASSERT_NE(NULL, first);
	SetLastError(UNTOUCHED);
	second = CreateEventW(NULL, TRUE, FALSE, u"");
	EXPECT_LAST_ERROR(0);
	ASSERT_NE(NULL, second);
	EXPECT_TRUE(SetEvent(first));
	EXPECT_EQ(WAIT_TIMEOUT, poll(second));
}

TEST_F(event, an_a_name_beyond_max_path_is_filename_exced_range)
{
	char name[MAX_PATH + 2];

	memset(name, 'n', sizeof(name));
	name[MAX_PATH + 1] = '\0';
	EXPECT_FAILS(ERROR_FILENAME_EXCED_RANGE, NULL, CreateEventA(NULL, TRUE, FALSE, name));
	EXPECT_FAILS(ERROR_FILENAME_EXCED_RANGE, NULL, OpenEventA(0, FALSE, name));
	EXPECT_FAILS(ERROR_FILENAME_EXCED_RANGE, NULL, CreateMutexA(NULL, TRUE, name));
	EXPECT_FAILS(ERROR_FILENAME_EXCED_RANGE, NULL, OpenMutexA(0, FALSE, name));
	EXPECT_FAILS(ERROR_FILENAME_EXCED_RANGE, NULL, CreateSemaphoreA(NULL, 0, 1, name));
	EXPECT_FAILS(ERROR_FILENAME_EXCED_RANGE, NULL, OpenSemaphoreA(0, FALSE, name));
	name[MAX_PATH] = '\0';
	EXPECT_NE(NULL, CreateEventA(NULL, TRUE, FALSE, name));
	EXPECT_EQ(WAPI_TYPE_EVENT, look_at(self->client, name).type);
}

TEST_F(event, a_w_name_takes_thousands_of_characters)
{
	static WCHAR name[WAPI_NAME_MAX + 2];

	for (int i = 0; i <= WAPI_NAME_MAX; i++)
		name[i] = u'n';
	EXPECT_FAILS(ERROR_FILENAME_EXCED_RANGE, NULL, CreateEventW(NULL, TRUE, FALSE, name));
	EXPECT_FAILS(ERROR_FILENAME_EXCED_RANGE, NULL, OpenEventW(0, FALSE, name));
	name[WAPI_NAME_MAX] = 0;
	EXPECT_NE(NULL, CreateEventW(NULL, TRUE, FALSE, name));
	EXPECT_QUIET(TRUE, CloseHandle(OpenEventW(0, FALSE, name)));
}

TEST_F(event, global_and_local_are_accepted_and_no_other_backslash)
{
	HANDLE plain = CreateEventA(NULL, TRUE, FALSE, "name"), opened;

	opened = OpenEventA(0, FALSE, "Global\\name");
	EXPECT_TRUE(SetEvent(opened));
	EXPECT_EQ(WAIT_OBJECT_0, poll(plain));
	opened = OpenEventW(0, FALSE, u"Local\\name");
	EXPECT_TRUE(ResetEvent(opened));
	EXPECT_EQ(WAIT_TIMEOUT, poll(plain));

	EXPECT_FAILS(ERROR_PATH_NOT_FOUND, NULL, CreateEventA(NULL, TRUE, FALSE, "a\\name"));
	EXPECT_FAILS(ERROR_PATH_NOT_FOUND, NULL, CreateEventW(NULL, TRUE, FALSE,
							      u"Global\\a\\name"));
	EXPECT_FAILS(ERROR_PATH_NOT_FOUND, NULL, OpenEventA(0, FALSE, "\\name"));
	EXPECT_FAILS(ERROR_PATH_NOT_FOUND, NULL, CreateMutexA(NULL, TRUE, "a\\name"));
	EXPECT_FAILS(ERROR_PATH_NOT_FOUND, NULL, OpenMutexW(0, FALSE, u"a\\name"));
	EXPECT_FAILS(ERROR_PATH_NOT_FOUND, NULL, CreateSemaphoreA(NULL, 0, 1, "a\\name"));
	EXPECT_FAILS(ERROR_PATH_NOT_FOUND, NULL, OpenSemaphoreW(0, FALSE, u"a\\name"));
}

TEST_F(event, text_that_is_none_is_no_unicode_translation)
{
	static const WCHAR unpaired[] = { u'a', 0xd800, u'b', 0 };

	EXPECT_FAILS(ERROR_NO_UNICODE_TRANSLATION, NULL,
		     CreateEventA(NULL, TRUE, FALSE, "a\xff"));
	EXPECT_FAILS(ERROR_NO_UNICODE_TRANSLATION, NULL,
		     CreateEventW(NULL, TRUE, FALSE, unpaired));
}

static DWORD flags_of(HANDLE handle)
{
	DWORD flags = POISON32;

	GetHandleInformation(handle, &flags);
	return flags;
}

TEST_F(event, the_attributes_say_whether_the_handle_is_inherited)
{
	SECURITY_ATTRIBUTES yes = { .nLength = sizeof(yes), .bInheritHandle = TRUE };
	SECURITY_ATTRIBUTES no = { .nLength = sizeof(no) };

	EXPECT_EQ(HANDLE_FLAG_INHERIT, flags_of(CreateEventA(&yes, TRUE, FALSE, "name")));
	EXPECT_EQ(0, flags_of(CreateEventA(&no, TRUE, FALSE, "name")));
	EXPECT_EQ(0, flags_of(CreateEventW(NULL, TRUE, FALSE, NULL)));
	EXPECT_EQ(HANDLE_FLAG_INHERIT, flags_of(OpenEventA(0, TRUE, "name")));
	EXPECT_EQ(0, flags_of(OpenEventW(0, FALSE, u"name")));
	EXPECT_EQ(HANDLE_FLAG_INHERIT, flags_of(CreateMutexW(&yes, FALSE, u"mutex")));
	EXPECT_EQ(HANDLE_FLAG_INHERIT, flags_of(OpenMutexA(0, TRUE, "mutex")));
	EXPECT_EQ(HANDLE_FLAG_INHERIT, flags_of(CreateSemaphoreA(&yes, 0, 1, "semaphore")));
	EXPECT_EQ(HANDLE_FLAG_INHERIT, flags_of(OpenSemaphoreW(0, TRUE, u"semaphore")));
}

TEST_F(event, a_duplicate_is_another_value_of_the_same_object)
{
	HANDLE process = (HANDLE)(LONG_PTR)-1, event = CreateEventA(NULL, TRUE, FALSE, NULL);
	HANDLE mutex = CreateMutexA(NULL, TRUE, NULL), duplicate = NULL;
	HANDLE semaphore = CreateSemaphoreA(NULL, 0, 1, NULL);

	ASSERT_TRUE(DuplicateHandle(process, event, process, &duplicate, 0, FALSE,
				    DUPLICATE_SAME_ACCESS));
	EXPECT_TRUE(SetEvent(duplicate));
	EXPECT_EQ(WAIT_OBJECT_0, poll(event));
	ASSERT_TRUE(DuplicateHandle(process, mutex, process, &duplicate, 0, FALSE,
				    DUPLICATE_SAME_ACCESS));
	EXPECT_TRUE(ReleaseMutex(duplicate));
	EXPECT_FALSE(ReleaseMutex(mutex));
	ASSERT_TRUE(DuplicateHandle(process, semaphore, process, &duplicate, 0, FALSE,
				    DUPLICATE_CLOSE_SOURCE));
	EXPECT_TRUE(ReleaseSemaphore(duplicate, 1, NULL));
	EXPECT_FAILS(ERROR_INVALID_HANDLE, WAIT_FAILED, poll(semaphore));
	EXPECT_EQ(WAIT_OBJECT_0, poll(duplicate));
}

TEST_F(event, set_reset_and_pulse_refuse_bad_handles)
{
	HANDLE mutex = CreateMutexA(NULL, FALSE, NULL);

	EXPECT_STREQ("", refuses_bad_handles(SetEvent, mutex));
	EXPECT_STREQ("", refuses_bad_handles(ResetEvent, mutex));
	EXPECT_STREQ("", refuses_bad_handles(PulseEvent, mutex));
}

TEST_F(event, the_two_low_bits_of_a_handle_are_ignored)
{
	HANDLE handle = CreateEventA(NULL, TRUE, FALSE, NULL);

	EXPECT_QUIET(TRUE, SetEvent((HANDLE)((uintptr_t)handle | 3)));
	EXPECT_EQ(WAIT_OBJECT_0, poll((HANDLE)((uintptr_t)handle | 1)));
}

static void *wait_once(void *handle)
{
	return (void *)(uintptr_t)WaitForSingleObject(handle, PATIENCE_MS);
}

TEST_F(event, a_pulse_releases_only_those_waiting_now)
{
	HANDLE handle = CreateEventA(NULL, TRUE, FALSE, "pulsed");
	pthread_t threads[3];
	void *result;

	EXPECT_QUIET(TRUE, PulseEvent(handle));
	EXPECT_EQ(WAIT_TIMEOUT, poll(handle));
	for (int i = 0; i < 3; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, wait_once, handle));
	ASSERT_TRUE(has_waiters(self->client, "pulsed", 3));
	EXPECT_QUIET(TRUE, PulseEvent(handle));
	for (int i = 0; i < 3; i++) {
		pthread_join(threads[i], &result);
		EXPECT_EQ(WAIT_OBJECT_0, (uintptr_t)result);
	}
	EXPECT_EQ(WAIT_TIMEOUT, poll(handle));
}

TEST_F(event, a_pulse_of_one_that_resets_itself_releases_one)
{
	HANDLE handle = CreateEventA(NULL, FALSE, FALSE, "pulsed");
	pthread_t threads[3];
	void *result;

	for (int i = 0; i < 3; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, wait_once, handle));
	for (uint32_t left = 3; left--;) {
		ASSERT_TRUE(has_waiters(self->client, "pulsed", left + 1));
		EXPECT_TRUE(PulseEvent(handle));
		ASSERT_TRUE(has_waiters(self->client, "pulsed", left));
		EXPECT_EQ(WAIT_TIMEOUT, poll(handle));
	}
	for (int i = 0; i < 3; i++) {
		pthread_join(threads[i], &result);
		EXPECT_EQ(WAIT_OBJECT_0, (uintptr_t)result);
	}
}

static void sets_and_waits(struct peer *parent)
{
	HANDLE there = OpenEventA(EVENT_ALL_ACCESS, FALSE, "there");
	HANDLE back = OpenEventW(EVENT_ALL_ACCESS, FALSE, u"back");

	CHILD_ASSERT(there && back);
	CHILD_ASSERT(SetEvent(there));
	CHILD_ASSERT(WaitForSingleObject(back, PATIENCE_MS) == WAIT_OBJECT_0);
	CHILD_ASSERT(tell(parent, 1));
}

TEST_F(event, two_processes_share_one_by_name)
{
	HANDLE there = CreateEventA(NULL, FALSE, FALSE, "there");
	HANDLE back = CreateEventA(NULL, FALSE, FALSE, "back");
	struct peer child;
	pid_t pid = start_child(&child, sets_and_waits);

	ASSERT_LT(0, pid);
	EXPECT_EQ(WAIT_OBJECT_0, WaitForSingleObject(there, PATIENCE_MS));
	EXPECT_TRUE(SetEvent(back));
	EXPECT_EQ(1, told_by(&child));
	EXPECT_EQ(0, end_of(pid));
}

static void makes_one_and_stays(struct peer *parent)
{
	CHILD_ASSERT(CreateEventA(NULL, TRUE, TRUE, "theirs"));
	CHILD_ASSERT(tell(parent, 1));
	pause();
}

TEST_F(event, one_outlives_its_maker_while_another_has_it_and_no_longer)
{
	struct peer child;
	HANDLE handle;
	pid_t pid = start_child(&child, makes_one_and_stays);

	ASSERT_EQ(1, told_by(&child));
	handle = OpenEventA(0, FALSE, "theirs");
	ASSERT_NE(NULL, handle);
	EXPECT_EQ(0, end_by_sigkill(pid));
	EXPECT_EQ(WAIT_OBJECT_0, poll(handle));
	EXPECT_TRUE(CloseHandle(handle));
	EXPECT_FAILS(ERROR_FILE_NOT_FOUND, NULL, OpenEventA(0, FALSE, "theirs"));

	pid = start_child(&child, makes_one_and_stays);
	ASSERT_EQ(1, told_by(&child));
	EXPECT_EQ(0, end_by_sigkill(pid));
	EXPECT_FAILS(ERROR_FILE_NOT_FOUND, NULL, OpenEventA(0, FALSE, "theirs"));
}

static void waits_for_it(struct peer *parent)
{
	HANDLE handle = OpenEventA(0, FALSE, "awaited");

	CHILD_ASSERT(handle && tell(parent, 1));
	WaitForSingleObject(handle, INFINITE);
	tell(parent, 2);
}

TEST_F(event, who_is_killed_while_it_waits_takes_nothing)
{
	HANDLE handle = CreateEventA(NULL, FALSE, FALSE, "awaited");
	struct peer child;
	pid_t pid = start_child(&child, waits_for_it);

	ASSERT_EQ(1, told_by(&child));
	ASSERT_TRUE(has_waiters(self->client, "awaited", 1));
	EXPECT_EQ(0, end_by_sigkill(pid));
	EXPECT_EQ(0, look_at(self->client, "awaited").state.waiters);
	EXPECT_TRUE(SetEvent(handle));
	EXPECT_EQ(WAIT_OBJECT_0, poll(handle));
}

TEST_HARNESS_MAIN
