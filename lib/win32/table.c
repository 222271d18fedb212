// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The table: which handles a process has, and what each is of.
 *
 * It is in the arena, as the data block of the process's own object, so that another
 * process can put a handle in that it duplicates for it: with no help of the one
 * that gets it, which need not even be running.  So all is done in steps that leave
 * the table whole wherever a process is killed: a number is claimed, which only sets
 * a bit; the kernel is asked for the reference; and the handle is there when its word
 * is written.  Who dies in between leaves a number that nothing has, until the
 * process ends whose table it is.
 *
 * A number is taken by the one who changes its word, so that of two who close the
 * same handle one is told that there is none.
 *
 *	used bit	word		the handle of the number
 *	0		0		is none, and may be claimed
 *	1		0		is none yet
 *	1		PUBLISHED	is there
 *	1		LEFT		is none, and its reference is to be given back
 *
 * Other processes of the domain could write anything here.  What is read is an
 * index within bounds, or a handle that the kernel checks.
 */
#include "internal.h"

#define MAGIC		0x32336e6957697061u	/* apiWin32 */
#define VERSION		1
#define BITS		64
#define WORDS		((WIN32_HANDLES + BITS - 1) / BITS)

/* The parts of a slot's word; 0 is none. */
#define OBJECT		0x7fffffffu		/* the kernel's handle, or a file's index */
#define PUBLISHED	(UINT64_C(1) << 32)
#define LEFT		(UINT64_C(1) << 33)
#define IS_FILE		(UINT64_C(1) << 34)
#define PENDING		(UINT64_C(1) << 35)
#define INHERIT		(UINT64_C(1) << 40)
#define PROTECT		(UINT64_C(1) << 41)

/* The same in programs of 32 and of 64 bits. */
struct win32_table {
	_Atomic uint64_t magic;
	uint32_t version;
	_Atomic uint32_t refuses_others;
	_Atomic uint32_t any_left;	/* there may be bits in left[] */
	uint32_t reserved[11];
	_Atomic uint64_t used[WORDS];
	_Atomic uint64_t left[WORDS];
	_Atomic uint64_t slots[WORDS * BITS];
};

_Static_assert(sizeof(struct win32_table) == 64 + 2 * 8 * 1024 + 8 * 65536,
	       "one layout for all processes");

size_t win32_table_size(void)
{
	return sizeof(struct win32_table);
}

bool win32_table_is_one(const struct win32_table *table)
{
	return atomic_load(&table->magic) == MAGIC && table->version == VERSION;
}

/* Of zeros, as the arena gives them. */
void win32_table_begin(struct win32_table *table)
{
	table->version = VERSION;
	/* The last word has more bits than there are numbers. */
	atomic_fetch_or(&table->used[WORDS - 1],
			WIN32_HANDLES % BITS ? ~UINT64_C(0) << WIN32_HANDLES % BITS : 0);
	atomic_store(&table->magic, MAGIC);
}

static uint64_t bit_of(int number)
{
	return UINT64_C(1) << number % BITS;
}

/* A free bit of a word, which is then set; or -1. */
static int claim_in(_Atomic uint64_t *word)
{
	uint64_t used = atomic_load(word);
	int bit;

	while (~used) {
		bit = __builtin_ctzll(~used);
		if (atomic_compare_exchange_weak(word, &used, used | bit_of(bit)))
			return bit;
	}
	return -1;
}

/* No summary of what is full, which who dies could leave wrong: 1,024 words are few. */
int win32_table_claim(struct win32_table *table)
{
	int word, bit;

	for (word = 0; word < WORDS; word++) {
		bit = claim_in(&table->used[word]);
		if (bit >= 0)
			return word * BITS + bit;
	}
	return -1;
}

void win32_table_unclaim(struct win32_table *table, int number)
{
	atomic_fetch_and(&table->used[number / BITS], ~bit_of(number));
}

static uint64_t word_of(struct win32_slot slot)
{
	return PUBLISHED | slot.object | (slot.is_file ? IS_FILE : 0) |
	       (slot.pending ? PENDING : 0) | (slot.inherit ? INHERIT : 0) |
	       (slot.protect ? PROTECT : 0);
}

static struct win32_slot slot_of(uint64_t word)
{
	return (struct win32_slot){
		.object = word & OBJECT,
		.is_file = word & IS_FILE,
		.pending = word & PENDING,
		.inherit = word & INHERIT,
		.protect = word & PROTECT,
	};
}

void win32_table_publish(struct win32_table *table, int number, struct win32_slot slot)
{
	atomic_store(&table->slots[number], word_of(slot));
}

void win32_table_place(struct win32_table *table, int number, struct win32_slot slot)
{
	atomic_fetch_or(&table->used[number / BITS], bit_of(number));
	win32_table_publish(table, number, slot);
}

bool win32_table_look(struct win32_table *table, int number, struct win32_slot *slot)
{
	uint64_t word = atomic_load(&table->slots[number]);

	*slot = slot_of(word);
	return word & PUBLISHED;
}

bool win32_table_take(struct win32_table *table, int number, struct win32_slot *slot)
{
	uint64_t word = atomic_load(&table->slots[number]);

	do {
		if (!(word & PUBLISHED) || word & PROTECT)
			return false;
	} while (!atomic_compare_exchange_weak(&table->slots[number], &word, 0));
	*slot = slot_of(word);
	win32_table_unclaim(table, number);
	return true;
}

bool win32_table_leave(struct win32_table *table, int number, struct win32_slot seen)
{
	uint64_t word = atomic_load(&table->slots[number]), what = word_of(seen);

	do {
		if (word & PROTECT || (word ^ what) & (PUBLISHED | IS_FILE | OBJECT))
			return false;
	} while (!atomic_compare_exchange_weak(&table->slots[number], &word,
					       (word & ~PUBLISHED) | LEFT));
	atomic_fetch_or(&table->left[number / BITS], bit_of(number));
	atomic_store(&table->any_left, 1);
	return true;
}

static void collect_one(struct win32_table *table, int number,
			void (*give_back)(struct win32_slot slot))
{
	uint64_t word = atomic_load(&table->slots[number]);

	/* Not what somebody else has written there. */
	if (!(word & LEFT) ||
	    !atomic_compare_exchange_strong(&table->slots[number], &word, 0))
		return;
	give_back(slot_of(word));
	win32_table_unclaim(table, number);
}

/* Each bit is found by one of the threads that do this at once. */
void win32_table_collect(struct win32_table *table, void (*give_back)(struct win32_slot slot))
{
	uint64_t left;
	int word;

	if (!atomic_load(&table->any_left) || !atomic_exchange(&table->any_left, 0))
		return;
	for (word = 0; word < WORDS; word++) {
		if (!atomic_load(&table->left[word]))
			continue;
		left = atomic_exchange(&table->left[word], 0);
		for (; left; left &= left - 1)
			collect_one(table, word * BITS + __builtin_ctzll(left), give_back);
	}
}

bool win32_table_change(struct win32_table *table, int number, bool inherit_too, bool inherit,
			bool protect_too, bool protect)
{
	uint64_t word = atomic_load(&table->slots[number]), changed;

	do {
		if (!(word & PUBLISHED))
			return false;
		changed = word;
		if (inherit_too)
			changed = inherit ? changed | INHERIT : changed & ~INHERIT;
		if (protect_too)
			changed = protect ? changed | PROTECT : changed & ~PROTECT;
	} while (!atomic_compare_exchange_weak(&table->slots[number], &word, changed));
	return true;
}

int win32_table_next(struct win32_table *table, int after)
{
	int number = after + 1;
	uint64_t used;

	while (number < WIN32_HANDLES) {
		used = atomic_load(&table->used[number / BITS]) >> number % BITS;
		if (used) {
			number += __builtin_ctzll(used);
			return number < WIN32_HANDLES ? number : -1;
		}
		number = (number / BITS + 1) * BITS;
	}
	return -1;
}

void win32_table_clear(struct win32_table *table)
{
	int number = -1;

	while ((number = win32_table_next(table, number)) >= 0) {
		atomic_store(&table->slots[number], 0);
		atomic_fetch_and(&table->left[number / BITS], ~bit_of(number));
		win32_table_unclaim(table, number);
	}
}

void win32_table_refuse_others(struct win32_table *table, bool refuse)
{
	atomic_store(&table->refuses_others, refuse);
}

bool win32_table_refuses_others(const struct win32_table *table)
{
	return atomic_load(&table->refuses_others);
}
