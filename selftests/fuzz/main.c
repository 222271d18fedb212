// SPDX-License-Identifier: GPL-2.0
/*
 * fuzz [-t SECONDS | -n PROGRAMS] [-s SEED] [-c DIR] [-p]  fuzz, and tell figures
 * fuzz -r FILE [-n TIMES]                            run one program
 * fuzz -m FILE                                       make it smaller
 * fuzz -k DIR [-n PROGRAMS]                          run all of DIR as a test
 *
 * -s begins with that seed, so that a run in one lane repeats itself; -c begins
 * with the programs of a directory; -p prints those that were worth keeping.
 * Ends with status 1, and the program that did it, at the first thing wrong.
 */
#include "fuzz.h"

#include <dirent.h>
#include <signal.h>
#include <time.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define MAX_CORPUS	1500
#define PATIENCE	5	/* with calls that sleep, in milliseconds */
#define GRACE		3000	/* for what takes its time to end, likewise */
#define GRACE_AGAIN	100	/* when it is known to be wrong */
#define SHRINK_SECONDS	60	/* to make what is wrong smaller */
#define PATIENCE_TEST	2000	/* where they should come to their result */
#define HANGS_AFTER	120	/* seconds without a program that ends */

static struct program corpus[MAX_CORPUS];
static unsigned int nr_corpus;
extern uint64_t nr_late;

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static char *read_text(const char *name)
{
	static char text[65536];
	FILE *file = fopen(name, "r");

	if (!file) {
		perror(name);
		exit(2);
	}
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	return text;
}

static void load(const char *name, struct program *program)
{
	char error[256];

	if (!read_program(program, read_text(name), error, sizeof(error))) {
		fprintf(stderr, "%s: %s\n", name, error);
		exit(2);
	}
}

static void print_run(FILE *file)
{
	int results[MAX_CALLS];

	for (unsigned int i = 0; i < MAX_CALLS; i++)
		results[i] = shared->done[i] && shared->results[i] < 0 ? shared->results[i] : 0;
	print_program(file, &shared->program, results);
}

static double shrink_until;

/* Is the same thing wrong with it? Not always, if it takes several lanes. */
static bool still_wrong(const struct program *program, const char *complaint)
{
	for (unsigned int i = 0; i < 3 && now() < shrink_until; i++) {
		run_program(program);
		if (shared->complains && !strncmp(shared->complaint, complaint, 12))
			return true;
	}
	return false;
}

static bool try_without(struct program *program, const struct program *candidate,
			const char *complaint)
{
	if (!memcmp(program, candidate, sizeof(*program)) || !still_wrong(candidate, complaint))
		return false;
	*program = *candidate;
	return true;
}

static void minimise(struct program *program, const char *complaint)
{
	struct program candidate;
	struct call *call;

	for (unsigned int i = program->nr_calls; i-- > 0;) {
		candidate = *program;
		if (candidate.nr_calls > 1) {
			remove_call(&candidate, i);
			try_without(program, &candidate, complaint);
		}
	}
	for (unsigned int i = 0; i < program->nr_calls; i++) {
		candidate = *program;
		call = &candidate.calls[i];
		call->place = call->fail = call->longer = call->tail = 0;
		try_without(program, &candidate, complaint);
		candidate = *program;
		call->lane = call->async = 0;
		try_without(program, &candidate, complaint);
		for (unsigned int j = 0; j < ops[call->op].nr_fields; j++) {
			candidate = *program;
			memset(&call->fields[j], 0, sizeof(call->fields[j]));
			try_without(program, &candidate, complaint);
		}
	}
}

/* Says what is wrong with the program that has run; true if something is. */
static bool tell_wrong(const char *what)
{
	char complaint[sizeof(shared->complaint)];
	struct program program;

	if (!shared->complains)
		return false;
	memcpy(complaint, shared->complaint, sizeof(complaint));
	program = shared->program;
	printf("# fuzz: %s: %s\n", what, complaint);
	print_run(stdout);
	fflush(stdout);
	shared->grace = GRACE_AGAIN;
	shrink_until = now() + SHRINK_SECONDS;
	minimise(&program, complaint);
	shrink_until += SHRINK_SECONDS;
	if (still_wrong(&program, complaint))
		printf("# fuzz: it is also wrong with\n");
	else
		printf("# fuzz: it is not wrong each time\n");
	print_run(stdout);
	fflush(stdout);
	return true;
}

/* What a program is worth without each of its calls. */
static void shrink(struct program *program)
{
	struct program candidate;
	unsigned int found;

	run_program(program);
	found = cover_new(false);
	for (unsigned int i = program->nr_calls; found && !shared->complains && i-- > 1;) {
		candidate = *program;
		remove_call(&candidate, i);
		run_program(&candidate);
		if (!shared->complains && cover_new(false) >= found)
			*program = candidate;
	}
}

static void keep(struct program *program)
{
	unsigned int at = nr_corpus;

	shrink(program);
	if (shared->complains)
		return;
	run_program(program);
	cover_new(true);
	if (nr_corpus < MAX_CORPUS)
		nr_corpus++;
	else
		at = shared->runs % MAX_CORPUS;
	corpus[at] = *program;
}

static void run_and_judge(struct program *program)
{
	run_program(program);
	if (!shared->complains && cover_new(false))
		keep(program);
}

struct options {
	double seconds;
	uint64_t programs, seed;
	const char *begin_with, *file;
	bool print;
	int mode;
};

static int compare_names(const void *one, const void *other)
{
	return strcmp(*(char *const *)one, *(char *const *)other);
}

static unsigned int read_directory(const char *name, char **files, unsigned int limit)
{
	DIR *directory = opendir(name);
	struct dirent *entry;
	unsigned int n = 0;

	if (!directory) {
		perror(name);
		exit(2);
	}
	while ((entry = readdir(directory)))
		if (entry->d_name[0] != '.' && n < limit &&
		    asprintf(&files[n], "%s/%s", name, entry->d_name) > 0)
			n++;
	closedir(directory);
	qsort(files, n, sizeof(files[0]), compare_names);
	return n;
}

static void figures(double seconds)
{
	printf("# fuzz: programs=%llu calls=%llu seconds=%.0f corpus=%u %s=%u late=%llu\n",
	       (unsigned long long)shared->runs, (unsigned long long)shared->calls,
	       seconds, nr_corpus,
	       guided ? "points" : "results", cover_points(), (unsigned long long)nr_late);
	fflush(stdout);
}

static int fuzz(const struct options *options)
{
	struct random random = { options->seed * 0x9e3779b97f4a7c15ull | 1 };
	double begin = now(), told = begin;
	static char *files[MAX_CORPUS];
	struct program program;
	unsigned int n = 0;

	printf("# fuzz: seed %llu, %s\n", (unsigned long long)options->seed,
	       guided ? "guided by KCOV" : "not guided");
	if (options->begin_with)
		n = read_directory(options->begin_with, files, MAX_CORPUS);
	for (unsigned int i = 0; i < n && !shared->complains; i++) {
		load(files[i], &program);
		for (unsigned int j = 0; j < program.nr_calls; j++)
			program.calls[j].expects = false;
		run_and_judge(&program);
	}
	while (!shared->complains) {
		if (options->programs && shared->runs >= options->programs)
			break;
		if (now() - begin > options->seconds)
			break;
		if (nr_corpus && !one_in(&random, 4)) {
			program = corpus[below(&random, nr_corpus)];
			mutate(&random, &program, &corpus[below(&random, nr_corpus)]);
		} else {
			generate(&random, &program);
		}
		run_and_judge(&program);
		if (now() - told > 60) {
			figures(now() - begin);
			told = now();
		}
	}
	figures(now() - begin);
	if (options->print) {
		for (unsigned int i = 0; i < nr_corpus; i++) {
			printf("# program %u\n", i);
			print_program(stdout, &corpus[i], NULL);
		}
	}
	return tell_wrong("found");
}

static int replay(const struct options *options)
{
	struct program program;
	uint64_t times = options->programs ?: 1;

	load(options->file, &program);
	for (uint64_t i = 0; i < times && !shared->complains; i++)
		run_program(&program);
	print_run(stdout);
	if (shared->complains)
		printf("# fuzz: %s\n", shared->complaint);
	return shared->complains;
}

static int make_smaller(const struct options *options)
{
	struct program program;

	load(options->file, &program);
	run_program(&program);
	if (!tell_wrong(options->file))
		printf("# fuzz: nothing is wrong with it\n");
	return 0;
}

/* Each a few times, as what takes several lanes is not the same each time. */
static int test(const struct options *options)
{
	static char *files[MAX_CORPUS];
	unsigned int n = read_directory(options->file, files, MAX_CORPUS);
	struct random random = { options->seed * 0x9e3779b97f4a7c15ull | 1 };
	struct program program;
	bool failed = false;

	printf("KTAP version 1\n1..%u\n", n + 1);
	for (unsigned int i = 0; i < n; i++) {
		load(files[i], &program);
		for (unsigned int j = 0; j < 3 && (!j || !shared->complains); j++)
			run_program(&program);
		if (shared->complains)
			printf("# %s\n", shared->complaint);
		printf("%s %u %s\n", shared->complains ? "not ok" : "ok", i + 1,
		       strrchr(files[i], '/') + 1);
		failed |= shared->complains;
	}
	shared->complains = 0;
	shared->patience = PATIENCE;
	for (uint64_t i = 0; i < options->programs && !shared->complains; i++) {
		generate(&random, &program);
		run_program(&program);
	}
	failed |= shared->complains;
	if (shared->complains) {
		printf("# %s\n", shared->complaint);
		print_run(stdout);
	}
	printf("%s %u %llu programs of seed %llu\n", shared->complains ? "not ok" : "ok", n + 1,
	       (unsigned long long)options->programs, (unsigned long long)options->seed);
	return failed;
}

/* An oops is to end the thread only, so that the program can be told that did it. */
static void survive(void)
{
	int fd = open("/proc/sys/kernel/panic_on_oops", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "0", 1) != 1)
		perror("fuzz: panic_on_oops");
	close(fd);
}

static int work(const struct options *options)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	oracle_begin();
	shared->grace = GRACE;
	shared->patience = options->mode == 'r' || options->mode == 'k' ? PATIENCE_TEST : PATIENCE;
	lanes_begin();
	switch (options->mode) {
	case 'r':
		return replay(options);
	case 'm':
		return make_smaller(options);
	case 'k':
		return test(options);
	default:
		survive();
		return fuzz(options);
	}
}

/* The process that runs programs must not end by itself, nor hang. */
static int supervise(pid_t worker)
{
	double changed = now();
	uint64_t runs = 0;
	int status;

	while (!waitpid(worker, &status, WNOHANG)) {
		if (shared->runs != runs) {
			runs = shared->runs;
			changed = now();
		} else if (now() - changed > HANGS_AFTER) {
			printf("# fuzz: this program does not end\n");
			print_program(stdout, &shared->program, NULL);
			fflush(stdout);
			return 1;
		}
		usleep(20000);
	}
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	printf("# fuzz: this program ended with signal %d\n", WTERMSIG(status));
	print_program(stdout, &shared->program, NULL);
	kernel_complains();
	printf("# fuzz: %s\n", shared->complaint);
	return 1;
}

static void usage(void)
{
	fprintf(stderr, "usage: fuzz [-t SECONDS] [-n PROGRAMS] [-s SEED] [-c DIR] [-p]\n"
			"       fuzz -r FILE [-n TIMES] | -m FILE | -k DIR [-n PROGRAMS]\n");
	exit(2);
}

int main(int argc, char **argv)
{
	struct options options = { .seconds = 1e9, .seed = 1 };
	pid_t worker;
	int option;

	while ((option = getopt(argc, argv, "t:n:s:c:pr:m:k:L:")) != -1) {
		switch (option) {
		case 't':
			options.seconds = strtod(optarg, NULL);
			break;
		case 'n':
			options.programs = strtoull(optarg, NULL, 0);
			break;
		case 's':
			options.seed = strtoull(optarg, NULL, 0);
			break;
		case 'c':
			options.begin_with = optarg;
			break;
		case 'p':
			options.print = true;
			break;
		case 'r':
		case 'm':
		case 'k':
			options.mode = option;
			options.file = optarg;
			break;
		case 'L':
			lane_again(atoi(optarg));
		default:
			usage();
		}
	}
	if (optind != argc)
		usage();
	share();
	cover_begin();
	fflush(stdout);
	worker = fork();
	if (!worker)
		exit(work(&options));
	return worker < 0 ? 1 : supervise(worker);
}
