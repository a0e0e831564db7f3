/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/runner.c - processes: started while there is room, waited for by signals that are held, judged by
 * what they printed and how they ended.
 */
#include "visualizer/compare/runner.h"

#include "core/refuse.h"
#include "visualizer/compare/store.h"
#include "visualizer/message.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { JOBS = 64, LONGEST_LINE = 1 << 16 };

struct job {
	struct plan_run *run; /* NULL: there is room */
	pid_t process;
	FILE *out, *complaints;
};

struct runner {
	struct plan *plan;
	const struct runner_options *options;
	struct store *store;
	struct job job[JOBS];
	unsigned jobs, running;
	unsigned *order, next; /* of runs that are to be made */
	unsigned left;         /* in `order` */
	sigset_t held, before;
	struct progress progress;
	int caught;  /* the signal that ends all; 0 */
	bool failed; /* after a message */
	char line[LONGEST_LINE];
};

/* ---- one process ---- */

static void end_job(struct runner *runner, struct job *job)
{
	if (job->out)
		fclose(job->out);
	if (job->complaints)
		fclose(job->complaints);
	*job = (struct job){ .run = NULL };
	(void)runner;
}

static int spawn(const struct runner *runner, struct job *job)
{
	char program[] = "/proc/self/exe";
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t usual;
	char *arguments[160] = { (char[]){ "ringside" } };
	int failure;

	for (unsigned i = 0; job->run->arguments[i] && i < 158; i++)
		arguments[i + 1] = job->run->arguments[i];
	sigemptyset(&usual);
	sigaddset(&usual, SIGPIPE);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", 0, 0);
	posix_spawn_file_actions_adddup2(&actions, fileno(job->out), STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, fileno(job->complaints), STDERR_FILENO);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigdefault(&attributes, &usual);
	posix_spawnattr_setsigmask(&attributes, &runner->before);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	failure = posix_spawn(&job->process, program, &actions, &attributes, arguments, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return failure;
}

static bool start(struct runner *runner, struct job *job, struct plan_run *run)
{
	int failure;

	job->run = run;
	job->out = tmpfile();
	job->complaints = tmpfile();
	failure = job->out && job->complaints ? spawn(runner, job) : errno;
	if (!failure) {
		runner->running++;
		return true;
	}
	message("cannot start a run: %s; make room in /tmp, close other programs, or take fewer --jobs", strerror(failure));
	end_job(runner, job);
	runner->failed = true;
	return false;
}

/* The first line of a file that begins so, without its end. False: there is none. */
static bool find_line(FILE *file, const char *beginning, char *line, size_t size)
{
	rewind(file);
	while (fgets(line, (int)size, file))
		if (strncmp(line, beginning, strlen(beginning)) == 0) {
			line[strcspn(line, "\n")] = '\0';
			return true;
		}
	line[0] = '\0';
	return false;
}

static void take_message(struct runner *runner, struct job *job, const char *otherwise)
{
	static const char prefix[] = "ringside: ";
	struct result *result = job->run->result;
	bool said = find_line(job->complaints, prefix, runner->line, sizeof(runner->line));

	snprintf(result->message, sizeof(result->message), "%s", said ? runner->line + strlen(prefix) : otherwise);
}

/* False: this says nothing of the run, which may be made again. */
static bool judge(struct runner *runner, struct job *job, int status)
{
	struct result *result = job->run->result;
	char why[128];

	if (WIFSIGNALED(status)) {
		snprintf(why, sizeof(why), "the program that ran it was ended by a signal (%s)", strsignal(WTERMSIG(status)));
		take_message(runner, job, why);
		result->outcome = OUTCOME_CRASHED;
		return false;
	}
	if (find_line(job->out, "{", runner->line, sizeof(runner->line))) {
		if (result_read(result, runner->line, result->message, sizeof(result->message)))
			return true;
		result->outcome = OUTCOME_CRASHED;
		return false;
	}
	snprintf(why, sizeof(why), "the program that ran it ended with status %d", WEXITSTATUS(status));
	take_message(runner, job, why);
	result->outcome = WEXITSTATUS(status) == STATUS_USAGE ? OUTCOME_REFUSED : OUTCOME_CRASHED;
	return result->outcome == OUTCOME_REFUSED;
}

/* Interrupted with the others by Ctrl-C: it is as if it had not begun. */
static bool is_interruption(int status)
{
	int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	return signal == SIGINT || signal == SIGTERM || signal == SIGHUP;
}

static void finish(struct runner *runner, struct job *job, int status)
{
	char error[512];

	if (is_interruption(status)) {
		if (!runner->failed) /* else it is we who ended it */
			runner->caught = runner->caught ? runner->caught : WTERMSIG(status);
	} else {
		bool useful = judge(runner, job, status);

		runner->progress.done++;
		if (useful && !runner->failed && !store_save(runner->store, job->run, runner->line, error, sizeof(error))) {
			message("%s", error);
			runner->failed = true;
		}
	}
	runner->running--;
	end_job(runner, job);
}

/* ---- all of them ---- */

static void reap(struct runner *runner)
{
	for (unsigned i = 0; i < runner->jobs; i++) {
		struct job *job = &runner->job[i];
		int status;

		if (job->run && waitpid(job->process, &status, WNOHANG) == job->process)
			finish(runner, job, status);
	}
}

static bool over(const struct runner *runner)
{
	return runner->caught || runner->failed;
}

static void fill(struct runner *runner)
{
	for (unsigned i = 0; i < runner->jobs && runner->next < runner->left && !over(runner); i++)
		if (!runner->job[i].run)
			start(runner, &runner->job[i], &runner->plan->runs[runner->order[runner->next++]]);
}

static void stop_all(struct runner *runner)
{
	for (unsigned i = 0; i < runner->jobs; i++)
		if (runner->job[i].run)
			kill(runner->job[i].process, SIGTERM);
}

/* Until a process has ended, a signal came, or the time left should be told anew. */
static void await(struct runner *runner)
{
	static const struct timespec second = { .tv_sec = 1 };
	int signal = sigtimedwait(&runner->held, NULL, &second);

	if (signal > 0 && signal != SIGCHLD) {
		runner->caught = signal;
		stop_all(runner);
	}
}

static void run_all(struct runner *runner)
{
	bool stopped = false;

	for (;;) {
		reap(runner);
		fill(runner);
		if (over(runner) && !stopped) {
			stop_all(runner);
			stopped = true;
		}
		progress_tell(&runner->progress);
		if (!runner->running)
			return;
		await(runner);
	}
}

/* Splitmix64 (Steele, Lea and Flood 2014) and Fisher and Yates' exchange. */
void runner_shuffle(unsigned *order, unsigned count, uint64_t seed)
{
	for (unsigned i = count; i > 1; i--) {
		uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);
		unsigned other, kept = order[i - 1];

		z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
		z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
		other = (unsigned)((z ^ z >> 31) % i);
		order[i - 1] = order[other];
		order[other] = kept;
	}
}

static void plan_work(struct runner *runner)
{
	for (unsigned i = 0; i < runner->plan->run_count; i++)
		if (!store_load(runner->store, &runner->plan->runs[i]))
			runner->order[runner->left++] = i;
	progress_begin(&runner->progress, runner->plan->run_count);
	runner->progress.known = runner->progress.done = runner->plan->run_count - runner->left;
	if (runner->options->shuffle)
		runner_shuffle(runner->order, runner->left, runner->options->seed);
}

static unsigned processors(void)
{
	long count = sysconf(_SC_NPROCESSORS_ONLN);

	return count < 1 ? 1 : count > JOBS ? JOBS : (unsigned)count;
}

void runner_hold_signals(sigset_t *held, sigset_t *before)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action;

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) /* what nohup had ignored stays so */
		if (sigaction(signals[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			sigaddset(held, signals[i]);
	sigprocmask(SIG_BLOCK, held, before);
}

static bool begin(struct runner *runner)
{
	char error[512];

	runner->store = store_open(runner->options->folder, error, sizeof(error));
	runner->order = calloc(runner->plan->run_count, sizeof(*runner->order));
	if (runner->store && !runner->order)
		refuse(error, sizeof(error), "not enough memory for the runs; leave some out");
	if (runner->store && runner->order)
		return true;
	message("%s", error);
	return false;
}

enum runner_end runner_run(struct plan *plan, const struct runner_options *options, int *caught)
{
	struct runner *runner = calloc(1, sizeof(*runner));
	enum runner_end end = RUNNER_FAILED;

	if (!runner) {
		message("not enough memory for the runs; close other programs");
		return RUNNER_FAILED;
	}
	runner->plan = plan;
	runner->options = options;
	runner->jobs = options->jobs == 0 ? processors() : options->jobs < JOBS ? options->jobs : JOBS;
	if (begin(runner)) {
		sigemptyset(&runner->held);
		sigaddset(&runner->held, SIGCHLD);
		runner_hold_signals(&runner->held, &runner->before);
		plan_work(runner);
		run_all(runner);
		progress_end(&runner->progress);
		sigprocmask(SIG_SETMASK, &runner->before, NULL);
		*caught = runner->caught;
		end = runner->caught ? RUNNER_INTERRUPTED : runner->failed ? RUNNER_FAILED : RUNNER_DONE;
	}
	store_close(runner->store);
	free(runner->order);
	free(runner);
	return end;
}

int runner_interrupted(int caught, const char *folder)
{
	if (folder)
		message("interrupted; what is finished is kept in %s, and the same command goes on from there", folder);
	else
		message("interrupted; with --results FOLDER, what is finished is kept");
	raise(caught); /* so that the caller's shell sees it */
	return STATUS_FAILED;
}
