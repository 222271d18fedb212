// SPDX-License-Identifier: GPL-2.0
/*
 * libwapi: scratch memory, its mapping, and what is stored in it, against
 * clients that write whatever they like.
 */
#include "lib_test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>

FIXTURE(scratch) {
	struct wapi_client *client;
	struct wapi_client *other;	/* same process and domain */
};

FIXTURE_SETUP(scratch)
{
	self->client = lonely_client();
	ASSERT_NE(NULL, self->client);
	ASSERT_EQ(0, wapi_client_open(&self->other));
}

FIXTURE_TEARDOWN(scratch)
{
	wapi_client_close(self->other);
	wapi_client_close(self->client);
}

TEST_F(scratch, a_block_is_zeros_and_aligned)
{
	static const char zeros[1000];
	uint64_t block;
	void *p;

	for (size_t size = 1; size <= sizeof(zeros); size += 37) {
		block = 1;
		ASSERT_EQ(0, wapi_scratch(self->client, size, &block));
		EXPECT_EQ(0, block % WAPI_BLOCK_ALIGN);
		EXPECT_NE(0, block);
		ASSERT_EQ(0, wapi_scratch_ptr(self->client, block, size, &p));
		EXPECT_EQ(0, memcmp(zeros, p, size));
		memset(p, POISON, size);
		if (size % 2)
			ASSERT_EQ(0, wapi_scratch_free(self->client, block));
	}
}

TEST_F(scratch, a_size_that_cannot_be_is_refused)
{
	uint64_t block = POISON64;

	EXPECT_EQ(-EINVAL, wapi_scratch(self->client, 0, &block));
	EXPECT_EQ(-ENOSPC, wapi_scratch(self->client, SIZE_MAX, &block));
	EXPECT_EQ(-EINVAL, wapi_store(self->client, "", 0, &block));
	EXPECT_EQ(POISON64, block);
	EXPECT_EQ(0, info_of(self->client).blocks);
}

TEST_F(scratch, only_a_block_of_the_client_is_freed)
{
	uint64_t own, others, attached;
	uint32_t handle;

	ASSERT_EQ(0, wapi_scratch(self->client, 64, &own));
	ASSERT_EQ(0, wapi_scratch(self->other, 64, &others));
	ASSERT_EQ(0, wapi_new_data(self->client, WAPI_TYPE_FILE, NULL, 8, &handle,
				   &attached));
	EXPECT_EQ(-EINVAL, wapi_scratch_free(self->client, 0));
	EXPECT_EQ(-EINVAL, wapi_scratch_free(self->client, own + 16));
	EXPECT_EQ(-EPERM, wapi_scratch_free(self->client, others));
	EXPECT_EQ(-EPERM, wapi_scratch_free(self->client, attached));
	EXPECT_EQ(3, info_of(self->client).blocks);
	EXPECT_EQ(0, wapi_scratch_free(self->client, own));
	EXPECT_EQ(-EINVAL, wapi_scratch_free(self->client, own));
}

TEST_F(scratch, block_tells_where_whose_and_how_large)
{
	struct wapi_block block, poisoned;
	uint64_t offset;

	ASSERT_EQ(0, wapi_scratch(self->client, 100, &offset));
	poison(&block, sizeof(block));
	ASSERT_EQ(0, wapi_block(self->client, offset + 99, &block));
	EXPECT_EQ(offset, block.block);
	EXPECT_EQ(100, block.size);
	EXPECT_EQ(WAPI_OWNER_CLIENT, block.owner_kind);
	EXPECT_EQ(info_of(self->client).client_id, block.owner);
	EXPECT_EQ(1, block.own);
	ASSERT_EQ(0, wapi_block(self->other, offset, &block));
	EXPECT_EQ(0, block.own);

	poison(&block, sizeof(block));
	poison(&poisoned, sizeof(poisoned));
	EXPECT_EQ(-ENOENT, wapi_block(self->client, 0, &block));
	EXPECT_EQ(-ENOENT, wapi_block(self->client, UINT64_MAX, &block));
	EXPECT_EQ(0, memcmp(&block, &poisoned, sizeof(block)));
}

TEST_F(scratch, the_arena_is_mapped_once_for_a_client)
{
	void *base = NULL, *again = NULL, *others = NULL;
	size_t size = 0;

	ASSERT_EQ(0, wapi_scratch_map(self->client, &base, &size));
	EXPECT_EQ(info_of(self->client).max_arena, size);
	ASSERT_EQ(0, wapi_scratch_map(self->client, &again, NULL));
	EXPECT_EQ(base, again);
	ASSERT_EQ(0, wapi_scratch_map(self->other, &others, NULL));
	EXPECT_NE(base, others);
}

TEST_F(scratch, both_clients_see_the_same_memory)
{
	char *mine, *theirs;
	uint64_t block;
	void *base;

	ASSERT_EQ(0, wapi_scratch(self->client, 100, &block));
	ASSERT_EQ(0, wapi_scratch_map(self->client, &base, NULL));
	mine = (char *)base + block;
	ASSERT_EQ(0, wapi_scratch_map(self->other, &base, NULL));
	theirs = (char *)base + block;
	strcpy(mine, "seen");
	EXPECT_STREQ("seen", theirs);
}

/* The VmFlags of the mapping that begins at an address. */
static void flags_of(void *base, char *flags, size_t size)
{
	FILE *file = fopen("/proc/self/smaps", "r");
	char line[512], start[32];
	bool found = false;

	flags[0] = '\0';
	snprintf(start, sizeof(start), "%lx-", (unsigned long)base);
	while (file && fgets(line, sizeof(line), file)) {
		if (!strncmp(line, start, strlen(start)))
			found = true;
		if (found && !strncmp(line, "VmFlags:", 8)) {
			snprintf(flags, size, "%.200s", line + 8);
			break;
		}
	}
	if (file)
		fclose(file);
}

TEST_F(scratch, the_mapping_is_neither_dumped_nor_inherited)
{
	char flags[256];
	void *base;

	ASSERT_EQ(0, wapi_scratch_map(self->client, &base, NULL));
	flags_of(base, flags, sizeof(flags));
	EXPECT_NE(NULL, strstr(flags, " dd"));
	EXPECT_NE(NULL, strstr(flags, " dc"));
	EXPECT_NE(NULL, strstr(flags, " sh"));
}

TEST_F(scratch, where_the_address_space_is_short_a_part_is_mapped)
{
	struct rlimit limit = { .rlim_cur = 256 << 20, .rlim_max = RLIM_INFINITY };
	uint64_t block, used, kept = POISON64, size_max;
	void *base, *p = POISON_POINTER;
	size_t size = 0;

	size_max = info_of(self->client).max_arena;
	ASSERT_EQ(0, setrlimit(RLIMIT_AS, &limit));
	ASSERT_EQ(0, wapi_scratch_map(self->client, &base, &size));
	EXPECT_LT(size, size_max);
	EXPECT_GE(size, 1 << 20);

	ASSERT_EQ(0, wapi_store_string(self->client, "reached", &block));
	EXPECT_STREQ("reached", (char *)base + block);

	/* And the rest is refused, not touched. */
	ASSERT_EQ(0, wapi_scratch(self->client, size, &block));
	EXPECT_EQ(-ENOMEM, wapi_scratch_ptr(self->client, block, size, &p));
	EXPECT_EQ(-ENOMEM, wapi_scratch_ptr(self->client, block, 1, &p));
	EXPECT_EQ(POISON_POINTER, p);
	used = info_of(self->client).arena_used;
	EXPECT_EQ(-ENOMEM, wapi_store(self->client, base, size, &kept));
	EXPECT_EQ(POISON64, kept);
	EXPECT_EQ(used, info_of(self->client).arena_used);
}

TEST_F(scratch, ptr_is_refused_for_all_but_the_clients_own_memory)
{
	void *p = POISON_POINTER, *good = NULL;
	uint64_t own, others;

	ASSERT_EQ(0, wapi_scratch(self->client, 100, &own));
	ASSERT_EQ(0, wapi_scratch(self->other, 100, &others));

	EXPECT_EQ(-EINVAL, wapi_scratch_ptr(self->client, own, 0, &p));
	EXPECT_EQ(-ENOENT, wapi_scratch_ptr(self->client, 0, 1, &p));
	EXPECT_EQ(-ENOENT, wapi_scratch_ptr(self->client, 1 << 29, 1, &p));
	EXPECT_EQ(-ENOENT, wapi_scratch_ptr(self->client, UINT64_MAX, 1, &p));
	/* A block ends where was asked for, not where alignment put its end. */
	EXPECT_EQ(-EFAULT, wapi_scratch_ptr(self->client, own, 101, &p));
	EXPECT_EQ(-EFAULT, wapi_scratch_ptr(self->client, own + 99, 2, &p));
	EXPECT_EQ(-EFAULT, wapi_scratch_ptr(self->client, own, SIZE_MAX, &p));
	EXPECT_EQ(-ENOENT, wapi_scratch_ptr(self->client, own + 100, 1, &p));
	EXPECT_EQ(-EPERM, wapi_scratch_ptr(self->client, others, 1, &p));
	EXPECT_EQ(POISON_POINTER, p);

	EXPECT_EQ(0, wapi_scratch_ptr(self->client, own, 100, &good));
	EXPECT_EQ(0, wapi_scratch_ptr(self->client, own + 99, 1, &p));
	EXPECT_EQ((char *)good + 99, p);
}

TEST_F(scratch, ptr_needs_a_reference_to_the_object_of_the_block)
{
	void *p = POISON_POINTER;
	uint32_t handle;
	uint64_t block;

	ASSERT_EQ(0, wapi_new_data(self->client, WAPI_TYPE_FILE, "x", 2, &handle,
				   &block));
	EXPECT_EQ(-EPERM, wapi_scratch_ptr(self->other, block, 2, &p));
	EXPECT_EQ(POISON_POINTER, p);
	ASSERT_EQ(0, wapi_open(self->other, handle, NULL));
	ASSERT_EQ(0, wapi_scratch_ptr(self->other, block, 2, &p));
	EXPECT_STREQ("x", p);
}

TEST_F(scratch, offset_leads_back)
{
	uint64_t block, offset = 0;
	char *p;

	ASSERT_EQ(0, wapi_scratch(self->client, 100, &block));
	ASSERT_EQ(0, wapi_scratch_ptr(self->client, block, 100, (void **)&p));
	EXPECT_EQ(0, wapi_scratch_offset(self->client, p, &offset));
	EXPECT_EQ(block, offset);
	EXPECT_EQ(0, wapi_scratch_offset(self->client, p + 99, &offset));
	EXPECT_EQ(block + 99, offset);
}

TEST_F(scratch, offset_is_refused_for_all_but_the_clients_own_memory)
{
	uint64_t own, others, offset = POISON64;
	size_t size;
	char *base;

	ASSERT_EQ(0, wapi_scratch(self->client, 100, &own));
	ASSERT_EQ(0, wapi_scratch(self->other, 100, &others));
	EXPECT_EQ(-EFAULT, wapi_scratch_offset(self->client, NULL, &offset));
	ASSERT_EQ(0, wapi_scratch_map(self->client, (void **)&base, &size));

	EXPECT_EQ(-EFAULT, wapi_scratch_offset(self->client, NULL, &offset));
	EXPECT_EQ(-EFAULT, wapi_scratch_offset(self->client, &own, &offset));
	EXPECT_EQ(-EFAULT, wapi_scratch_offset(self->client, base - 1, &offset));
	EXPECT_EQ(-EFAULT, wapi_scratch_offset(self->client, base + size, &offset));
	EXPECT_EQ(-ENOENT, wapi_scratch_offset(self->client, base, &offset));
	EXPECT_EQ(-ENOENT, wapi_scratch_offset(self->client, base + size - 1,
					       &offset));
	EXPECT_EQ(-ENOENT, wapi_scratch_offset(self->client, base + own + 100,
					       &offset));
	EXPECT_EQ(-EPERM, wapi_scratch_offset(self->client, base + others, &offset));
	EXPECT_EQ(POISON64, offset);
}

TEST_F(scratch, store_copies)
{
	char data[5000];
	uint64_t block = 0;
	void *p;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = i * 7;
	ASSERT_EQ(0, wapi_store(self->client, data, sizeof(data), &block));
	ASSERT_EQ(0, wapi_scratch_ptr(self->client, block, sizeof(data), &p));
	EXPECT_EQ(0, memcmp(data, p, sizeof(data)));
	EXPECT_EQ(5000 + 8, info_of(self->client).arena_used);
}

TEST_F(scratch, strings_come_back)
{
	static const char *const strings[] = { "", "a", "sixteen letters.", "/usr" };
	const char *string;
	size_t length;
	uint64_t block;
	char *copy;

	for (unsigned int i = 0; i < 4; i++) {
		block = 0;
		ASSERT_EQ(0, wapi_store_string(self->client, strings[i], &block));
		string = copy = NULL;
		length = POISON32;
		ASSERT_EQ(0, wapi_lookup_string(self->client, block, &string,
						&length));
		EXPECT_STREQ(strings[i], string);
		EXPECT_EQ(strlen(strings[i]), length);
		ASSERT_EQ(0, wapi_load_string(self->client, block, &copy));
		EXPECT_STREQ(strings[i], copy);
		EXPECT_NE(string, copy);
		free(copy);
	}
	/* From the middle too. */
	ASSERT_EQ(0, wapi_load_string(self->client, block + 1, &copy));
	EXPECT_STREQ("usr", copy);
	free(copy);
}

TEST_F(scratch, a_string_that_does_not_end_in_its_block_is_refused)
{
	const char *string = POISON_POINTER;
	char *copy = POISON_POINTER;
	size_t length = POISON32;
	uint64_t block;

	/* The byte behind it is 0: alignment put it there. */
	ASSERT_EQ(0, wapi_store(self->client, "unfinished", 10, &block));
	EXPECT_EQ(-EBADMSG, wapi_lookup_string(self->client, block, &string,
					       &length));
	EXPECT_EQ(-EBADMSG, wapi_load_string(self->client, block, &copy));
	EXPECT_EQ(-EBADMSG, wapi_load_string(self->client, block + 9, &copy));
	EXPECT_EQ(-ENOENT, wapi_load_string(self->client, block + 10, &copy));
	EXPECT_EQ(POISON_POINTER, string);
	EXPECT_EQ(POISON_POINTER, copy);
	EXPECT_EQ(POISON32, length);
}

TEST_F(scratch, a_string_in_anothers_block_is_refused)
{
	const char *string = POISON_POINTER;
	char *copy = POISON_POINTER, **copies = POISON_POINTER;
	size_t length = POISON32;
	uint64_t block;

	ASSERT_EQ(0, wapi_store_string(self->other, "theirs", &block));
	EXPECT_EQ(-EPERM, wapi_lookup_string(self->client, block, &string, &length));
	EXPECT_EQ(-EPERM, wapi_load_string(self->client, block, &copy));
	EXPECT_EQ(-EPERM, wapi_load_strings(self->client, block, &copies));
	EXPECT_EQ(-ENOENT, wapi_lookup_string(self->client, 0, &string, &length));
	EXPECT_EQ(-ENOENT, wapi_load_string(self->client, 0, &copy));
	EXPECT_EQ(-ENOENT, wapi_load_strings(self->client, 0, &copies));
	EXPECT_EQ(POISON_POINTER, string);
	EXPECT_EQ(POISON_POINTER, copy);
	EXPECT_EQ(POISON_POINTER, copies);
	EXPECT_EQ(POISON32, length);
}

TEST_F(scratch, arrays_of_strings_come_back)
{
	static const char *const arrays[][4] = {
		{ NULL }, { "", NULL }, { "one", NULL }, { "", "", "", NULL },
		{ "PATH=/bin", "", "HOME=/root", NULL },
	};
	uint64_t block;
	char **strings;

	for (unsigned int i = 0; i < 5; i++) {
		unsigned int n;

		strings = NULL;
		ASSERT_EQ(0, wapi_store_strings(self->client, arrays[i], &block));
		ASSERT_EQ(0, wapi_load_strings(self->client, block, &strings));
		for (n = 0; arrays[i][n]; n++)
			EXPECT_STREQ(arrays[i][n], strings[n]);
		EXPECT_EQ(NULL, strings[n]);
		wapi_free_strings(strings);
	}
	wapi_free_strings(NULL);
}

TEST_F(scratch, an_array_has_the_format_that_is_documented)
{
	static const char *const strings[] = { "ab", "", "c", NULL };
	static const char bytes[] = "\3\0\0\0ab\0\0c";
	uint64_t block;
	void *p;

	ASSERT_EQ(0, wapi_store_strings(self->client, strings, &block));
	ASSERT_EQ(0, wapi_scratch_ptr(self->client, block, sizeof(bytes), &p));
	if (*(const unsigned char *)&(unsigned int){ 1 } == 1)
		EXPECT_EQ(0, memcmp(bytes, p, sizeof(bytes)));
	EXPECT_EQ(-EFAULT, wapi_scratch_ptr(self->client, block,
					    sizeof(bytes) + 1, &p));
}

TEST_F(scratch, a_block_that_holds_no_array_is_refused)
{
	static const struct {
		size_t size;
		uint32_t count;
		const char *bytes;
	} bad[] = {
		{ 1, 0, "" }, { 3, 0, "" },		/* no room for a count */
		{ 4, 1, "" },				/* one, and no byte */
		{ 8, 5, "\0\0\0" },			/* one more than bytes */
		{ 8, 2, "a\0b\0!" },			/* padding would end it */
		{ 8, 1, "abcd" },			/* does not end */
		{ 4, UINT32_MAX, "" }, { 64, UINT32_MAX, "" },
		{ 64, UINT32_MAX / 8, "" }, { 64, 1u << 31, "" },
	};
	char **strings = POISON_POINTER;
	uint64_t block;
	void *base;

	ASSERT_EQ(0, wapi_scratch_map(self->client, &base, NULL));
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char *p;

		ASSERT_EQ(0, wapi_scratch(self->client, bad[i].size, &block));
		p = (char *)base + block;
		if (bad[i].size >= 4)
			memcpy(p, &bad[i].count, 4);
		if (bad[i].size == 8)
			memcpy(p + 4, bad[i].bytes, 4);
		if (i == 4)
			p[7] = '!';
		EXPECT_EQ(-EBADMSG, wapi_load_strings(self->client, block, &strings))
			TH_LOG("case %u", i);
	}
	EXPECT_EQ(POISON_POINTER, strings);
}

/* A page without neighbours would be better still; the arena has none. */
TEST_F(scratch, whatever_bytes_a_block_holds_what_is_loaded_is_whole)
{
	__u64 seed = 20021117;
	uint64_t block;
	unsigned int loaded = 0, refused = 0;
	size_t size = 97;
	void *p;

	ASSERT_EQ(0, wapi_scratch(self->client, size, &block));
	ASSERT_EQ(0, wapi_scratch_ptr(self->client, block, size, &p));
	/* If anything looks beyond the block, it finds no end there. */
	memset((char *)p + size, 'x', 112 - size);

	for (int round = 0; round < 20000; round++) {
		unsigned char *bytes = p;
		char **strings = POISON_POINTER, *string = POISON_POINTER;
		size_t total = 0;
		uint32_t count;
		int error;

		for (size_t i = 0; i < size; i++)
			bytes[i] = next_random(&seed) % 5 ? next_random(&seed) : 0;
		count = next_random(&seed) % 32;
		if (next_random(&seed) % 8)
			memcpy(bytes, &count, 4);
		memcpy(&count, bytes, 4);

		error = wapi_load_strings(self->client, block, &strings);
		if (error) {
			ASSERT_EQ(-EBADMSG, error);
			ASSERT_EQ(POISON_POINTER, strings);
			refused++;
		} else {
			for (uint32_t i = 0; i < count; i++) {
				ASSERT_EQ(0, memcmp(strings[i], bytes + 4 + total,
						    strlen(strings[i]) + 1));
				total += strlen(strings[i]) + 1;
			}
			ASSERT_EQ(NULL, strings[count]);
			ASSERT_LE(total, size - 4);
			wapi_free_strings(strings);
			loaded++;
		}

		error = wapi_load_string(self->client, block + 50, &string);
		if (error) {
			ASSERT_EQ(-EBADMSG, error);
			ASSERT_EQ(NULL, memchr(bytes + 50, 0, size - 50));
		} else {
			ASSERT_LT(strlen(string), size - 50);
			free(string);
		}
	}
	EXPECT_GT(loaded, 1000);
	EXPECT_GT(refused, 1000);
}

/*
 * The instant between a look at a block and the copy of it: the library
 * allocates the memory for the copy then, with this function.
 */
static void *scribble_at;
static size_t scribble_size;

void *__libc_malloc(size_t size);

void *malloc(size_t size)
{
	if (scribble_at)
		memset(scribble_at, 'y', scribble_size);
	scribble_at = NULL;
	return __libc_malloc(size);
}

TEST_F(scratch, a_block_that_changes_before_it_is_copied_is_read_in_its_bounds)
{
	static const char *const array[] = { "one", "two", "three", NULL };
	char **strings = POISON_POINTER, *string = NULL;
	uint64_t block;
	void *p;

	ASSERT_EQ(0, wapi_store_strings(self->client, array, &block));
	ASSERT_EQ(0, wapi_scratch_ptr(self->client, block, 18, &p));
	scribble_size = 18;
	scribble_at = p;
	EXPECT_EQ(-EBADMSG, wapi_load_strings(self->client, block, &strings));
	EXPECT_EQ(NULL, scribble_at);
	EXPECT_EQ(POISON_POINTER, strings);

	memcpy(p, "seventeen letters", 18);
	scribble_at = p;
	EXPECT_EQ(0, wapi_load_string(self->client, block, &string));
	EXPECT_EQ(NULL, scribble_at);
	EXPECT_STREQ("yyyyyyyyyyyyyyyyy", string);
	free(string);
}

struct scribbler {
	volatile char *memory;
	size_t size;
	atomic_bool stop;
};

static void *scribble(void *context)
{
	struct scribbler *scribbler = context;
	__u64 seed = 1;

	while (!atomic_load(&scribbler->stop)) {
		__u64 random = next_random(&seed);
		size_t at = (random >> 8) % scribbler->size;

		/* The count, mostly as it should be. */
		if (at < 4)
			scribbler->memory[at] = at ? 0 : random % 24;
		else
			scribbler->memory[at] = random % 4 ? 'y' : 0;
	}
	return NULL;
}

TEST_F(scratch, strings_that_change_while_they_are_read_are_whole_or_refused)
{
	struct scribbler scribbler = { .size = 200 };
	unsigned int loaded = 0, refused = 0;
	double end = seconds() + 3;
	pthread_t thread;
	uint64_t block;
	void *p;

	ASSERT_EQ(0, wapi_scratch(self->client, scribbler.size, &block));
	ASSERT_EQ(0, wapi_scratch_ptr(self->client, block, scribbler.size, &p));
	scribbler.memory = p;
	memset((char *)p + 200, 'x', 8);
	ASSERT_EQ(0, pthread_create(&thread, NULL, scribble, &scribbler));

	while (seconds() < end) {
		const char *string;
		char **strings, *copy;
		size_t length;
		int error;

		error = wapi_load_strings(self->client, block, &strings);
		if (!error) {
			size_t i, total = 0;

			for (i = 0; strings[i]; i++)
				total += strlen(strings[i]) + 1;
			ASSERT_LE(total, 196);
			ASSERT_LT(i, 256);
			wapi_free_strings(strings);
			loaded++;
		} else {
			ASSERT_EQ(-EBADMSG, error);
			refused++;
		}
		error = wapi_load_string(self->client, block + 4, &copy);
		if (!error) {
			ASSERT_LT(strlen(copy), 196);
			free(copy);
		} else {
			ASSERT_EQ(-EBADMSG, error);
		}
		error = wapi_lookup_string(self->client, block + 4, &string, &length);
		if (error) {
			ASSERT_EQ(-EBADMSG, error);
		} else {
			ASSERT_LT(length, 196);
		}
	}
	atomic_store(&scribbler.stop, true);
	pthread_join(thread, NULL);
	EXPECT_GT(loaded, 0);
	TH_LOG("%u loaded, %u refused", loaded, refused);
}

TEST_F(scratch, a_limit_reached_leaves_all_as_it_was)
{
	struct wapi_info before = info_of(self->client), after;
	const char *strings[] = { "does not fit", NULL };
	uint64_t block, small = POISON64;
	uint32_t handle = POISON32;

	ASSERT_EQ(0, wapi_scratch(self->client, before.max_arena - 8192, &block));
	while (!wapi_scratch(self->other, 16, &small))
		;
	before = info_of(self->client);
	small = POISON64;
	EXPECT_EQ(-ENOSPC, wapi_scratch(self->client, 16, &small));
	EXPECT_EQ(-ENOSPC, wapi_store(self->client, "x", 1, &small));
	EXPECT_EQ(-ENOSPC, wapi_store_string(self->client, "x", &small));
	EXPECT_EQ(-ENOSPC, wapi_store_strings(self->client, strings, &small));
	EXPECT_EQ(-ENOSPC, wapi_new_data(self->client, WAPI_TYPE_FILE, "x", 1,
					 &handle, &small));
	EXPECT_EQ(POISON64, small);
	EXPECT_EQ(POISON32, handle);
	after = info_of(self->client);
	EXPECT_EQ(before.blocks, after.blocks);
	EXPECT_EQ(before.arena_used, after.arena_used);
	EXPECT_EQ(before.handles, after.handles);

	EXPECT_EQ(0, wapi_scratch_free(self->client, block));
	EXPECT_EQ(0, wapi_store_string(self->client, "fits again", &small));
}

TEST_HARNESS_MAIN
