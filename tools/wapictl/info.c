// SPDX-License-Identifier: GPL-2.0
/*
 * wapictl info - versions, limits and counts
 */
#include <stdio.h>
#include <string.h>

#include <wapi/wapi.h>

#include "json.h"
#include "text.h"
#include "wapictl.h"

static const struct {
	uint64_t bit;
	const char *name;
} features[] = {
	{ WAPI_FEATURE_HANDLES, "handles" },
	{ WAPI_FEATURE_SCRATCH, "scratch" },
	{ WAPI_FEATURE_JOIN, "join" },
	{ WAPI_FEATURE_LIST, "list" },
	{ WAPI_FEATURE_WAIT, "wait" },
	{ WAPI_FEATURE_NAMES, "names" },
	{ WAPI_FEATURE_SHARE, "share" },
	{ WAPI_FEATURE_POLL, "poll" },
	{ WAPI_FEATURE_STATES, "states" },
	{ WAPI_FEATURE_BATCH, "batch" },
	{ WAPI_FEATURE_TIMER, "timer" },
};

#define FEATURE_COUNT	(sizeof(features) / sizeof(features[0]))

/* A newer module has bits that have no name here. */
static void feature_name(char *name, size_t size, unsigned int bit)
{
	for (size_t i = 0; i < FEATURE_COUNT; i++) {
		if (features[i].bit == 1ULL << bit) {
			snprintf(name, size, "%s", features[i].name);
			return;
		}
	}
	snprintf(name, size, "bit %u", bit);
}

static void print_features(uint64_t bits)
{
	char name[16];

	printf("features  ");
	for (unsigned int bit = 0; bit < 64; bit++) {
		if (!(bits & 1ULL << bit))
			continue;
		feature_name(name, sizeof(name), bit);
		printf(" %s", name);
	}
	putchar('\n');
}

static void print_count(const char *name, uint64_t count, uint64_t limit)
{
	printf("%-10s %llu of %llu\n", name, (unsigned long long)count,
	       (unsigned long long)limit);
}

static void print_info(const struct wapi_info *info)
{
	char version[sizeof(info->module_version) * TEXT_ESCAPED + 1];

	text_escape(version, info->module_version,
		    text_length(info->module_version,
				sizeof(info->module_version)));
	printf("module     %s, ABI %u\n", version, info->abi_version);
	printf("library    %s, ABI %u\n", wapi_version(), WAPI_ABI_VERSION);
	print_features(info->features);
	printf("domain     %llu\n", (unsigned long long)info->domain_id);
	print_count("handles", info->handles, info->max_handles);
	print_count("clients", info->clients - 1, info->max_clients);
	print_count("blocks", info->blocks, info->max_blocks);
	print_count("arena", info->arena_used, info->max_arena);
	printf("refused    %llu\n", (unsigned long long)info->domain_refused);
}

static json_t *json_features(uint64_t bits)
{
	json_t *array = need(json_array());
	char name[16];

	for (unsigned int bit = 0; bit < 64; bit++) {
		if (!(bits & 1ULL << bit))
			continue;
		feature_name(name, sizeof(name), bit);
		json_array_append_new(array, json_string(name));
	}
	return array;
}

static json_t *json_count(uint64_t count, uint64_t limit)
{
	return json_pack("{s:I, s:I}", "count", (json_int_t)count,
			 "limit", (json_int_t)limit);
}

static void emit_info(const struct wapi_info *info)
{
	size_t length = text_length(info->module_version,
				    sizeof(info->module_version));

	emit_begin(NULL, '{');
	emit("module", json_pack("{s:o, s:I}", "version",
				 json_text(info->module_version, length),
				 "abi", (json_int_t)info->abi_version));
	emit("library", json_pack("{s:s, s:i}", "version", wapi_version(),
				  "abi", WAPI_ABI_VERSION));
	emit("features", json_features(info->features));
	emit("domain", json_integer(info->domain_id));
	emit("handles", json_count(info->handles, info->max_handles));
	emit("clients", json_count(info->clients - 1, info->max_clients));
	emit("blocks", json_count(info->blocks, info->max_blocks));
	emit("arena", json_count(info->arena_used, info->max_arena));
	emit("refused", json_integer(info->domain_refused));
	emit_end();
}

int command_info(int argc, char **argv)
{
	struct wapi_client *client;
	struct options options;
	struct wapi_info info;
	int status, error;

	if (!options_parse(argc, argv, OPTION_JSON, &options, &status))
		return status;
	if (!connect_client(&client))
		return STATUS_FAILED;

	error = wapi_info(client, &info);
	wapi_client_close(client);
	if (error)
		return failed("no answer from /dev/wapi: %s", strerror(-error));
	/* This command's own client is no user. */
	if (options.json)
		emit_info(&info);
	else
		print_info(&info);
	return STATUS_OK;
}
