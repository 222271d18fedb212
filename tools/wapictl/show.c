// SPDX-License-Identifier: GPL-2.0
/*
 * A command that shows one domain after the other, as text or as JSON.
 */
#include <stdio.h>

#include <wapi/wapi.h>

#include "json.h"
#include "listing.h"
#include "show.h"
#include "wapictl.h"

struct context {
	const struct show *show;
	struct options options;
	size_t shown;
};

const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

static void show_text(struct context *context, struct wapi_client *client,
		      const struct listing *listing)
{
	const struct wapi_domain_record *domain = &listing->domain;

	if (context->options.all)
		printf("%sdomain %llu of user %u%s\n",
		       context->shown ? "\n" : "",
		       (unsigned long long)domain->id, domain->uid,
		       domain->own ? ", your own" : "");
	context->show->text(client, listing);
}

static void show_json(struct context *context, struct wapi_client *client,
		      const struct listing *listing)
{
	emit_begin(NULL, '{');
	emit("domain", json_integer(listing->domain.id));
	emit("user", json_integer(listing->domain.uid));
	emit("own", json_boolean(listing->domain.own));
	context->show->json(client, listing);
	emit_end();
}

static void show_domain(struct wapi_client *client,
			const struct listing *listing, void *data)
{
	struct context *context = data;

	if (context->options.json)
		show_json(context, client, listing);
	else
		show_text(context, client, listing);
	context->shown++;
}

int show_domains(int argc, char **argv, const struct show *show)
{
	struct context context = { .show = show };
	struct wapi_client *client;
	int status;

	if (!options_parse(argc, argv, OPTION_ALL | OPTION_JSON,
			   &context.options, &status))
		return status;
	if (context.options.all && !listing_may_read_all())
		return failed("--all needs CAP_SYS_ADMIN, as root has it");
	if (!connect_client(&client))
		return STATUS_FAILED;

	if (context.options.json) {
		emit_begin(NULL, '{');
		emit_begin("domains", '[');
	}
	status = listing_each(client, context.options.all, show->what,
			      show_domain, &context);
	if (context.options.json) {
		emit_end();
		emit_end();
	}
	wapi_client_close(client);
	return status;
}
