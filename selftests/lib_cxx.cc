// SPDX-License-Identifier: GPL-2.0
/*
 * libwapi from C++: the headers compile, the functions link, structures and
 * functions of the same name live together, exceptions pass.  The harness is C,
 * so this program prints its KTAP itself.
 */
#include <cerrno>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <sched.h>

#include <wapi/wapi.h>

#include "layout.h"

namespace {

struct closer {
	void operator()(wapi_client *client) const { wapi_client_close(client); }
};
using client_ptr = std::unique_ptr<wapi_client, closer>;

void expect(bool condition, const char *what)
{
	if (!condition)
		throw std::runtime_error(what);
}
#define EXPECT(condition) expect(condition, #condition)

client_ptr open_client()
{
	wapi_client *client = nullptr;

	EXPECT(wapi_client_open(&client) == 0);
	return client_ptr(client);
}

void structures_and_functions_of_one_name()
{
	client_ptr client = open_client();
	struct wapi_open opened = {};
	struct wapi_close closed = {};
	struct wapi_query query = {};
	struct wapi_info info = {};
	uint32_t handle = 0;

	EXPECT(wapi_info(client.get(), &info) == 0);
	EXPECT(wapi_new(client.get(), WAPI_TYPE_EVENT, &handle) == 0);
	EXPECT(wapi_open(client.get(), handle, &opened) == 0);
	EXPECT(opened.type == WAPI_TYPE_EVENT && opened.references == 2);
	EXPECT(wapi_query(client.get(), handle, &query) == 0);
	EXPECT(query.own_references == 2);
	EXPECT(wapi_close(client.get(), handle, &closed) == 0);
	EXPECT(closed.references == 1);
}

void waits_of_the_same_name_as_their_structures()
{
	client_ptr client = open_client();
	struct wapi_wait wait = {};
	struct wapi_waited waited = {};
	uint32_t handle = 0;
	bool existed = true;

	EXPECT(wapi_event_new(client.get(), WAPI_NEW_SIGNALLED, "c++", &handle,
			      &existed) == 0);
	EXPECT(!existed);
	wait.handles = reinterpret_cast<uintptr_t>(&handle);
	wait.count = 1;
	wait.timeout = wapi_deadline(-1);
	EXPECT(wapi_wait(client.get(), &wait) == 0);
	EXPECT(wait.index == 0 && wait.abandoned == WAPI_WAIT_NOT_ABANDONED);
	EXPECT(wapi_wait_one(client.get(), handle, 0, &waited) == -ETIMEDOUT);
}

void strings_of_the_arena()
{
	client_ptr client = open_client();
	std::vector<const char *> strings = { "c", "plus plus", nullptr };
	const char *string = nullptr;
	uint64_t block = 0;
	size_t length = 0;
	char **copies = nullptr;

	EXPECT(wapi_store_strings(client.get(), strings.data(), &block) == 0);
	EXPECT(wapi_load_strings(client.get(), block, &copies) == 0);
	EXPECT(copies[1] == std::string("plus plus") && !copies[2]);
	wapi_free_strings(copies);
	EXPECT(wapi_store_string(client.get(), "in place", &block) == 0);
	EXPECT(wapi_lookup_string(client.get(), block, &string, &length) == 0);
	EXPECT(std::string(string, length) == "in place");
}

int throws(const void *, void *)
{
	throw 42;
}

void an_exception_passes_through_a_listing()
{
	client_ptr client = open_client();
	int thrown = 0;

	try {
		wapi_list(client.get(), WAPI_LIST_CLIENTS, 0,
			  sizeof(wapi_client_record), throws, nullptr);
	} catch (int value) {
		thrown = value;
	}
	EXPECT(thrown == 42);
}

const struct {
	const char *name;
	void (*run)();
} tests[] = {
#define TEST(name) { #name, name }
	TEST(structures_and_functions_of_one_name),
	TEST(waits_of_the_same_name_as_their_structures),
	TEST(strings_of_the_arena),
	TEST(an_exception_passes_through_a_listing),
};

} // namespace

int main()
{
	unsigned int number = 0, failed = 0;

	if (unshare(CLONE_NEWIPC) && unshare(CLONE_NEWUSER | CLONE_NEWIPC))
		std::puts("# no domain of its own");
	std::printf("TAP version 13\n1..%zu\n", sizeof(tests) / sizeof(tests[0]));
	for (const auto &test : tests) {
		const char *result = "ok";

		try {
			test.run();
		} catch (const std::exception &what) {
			std::printf("# not so: %s\n", what.what());
			result = "not ok";
			failed++;
		}
		std::printf("%s %u %s\n", result, ++number, test.name);
	}
	return failed ? 1 : 0;
}
