/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/peers.h - the same guests in wall time, by the programs that one would otherwise use, Ringside's own
 * techniques beside them. Runs are whole processes, one at a time, in rounds: each round makes every run once, in an
 * order of its own, so that what disturbs this computer for a while disturbs all alike. Unlike model cycles these figures
 * belong to one computer and one hour. (Kalibera and Jones, "Rigorous Benchmarking in Reasonable Time", ISMM 2013.)
 *
 *   peers_machine.c   this computer
 *   peers_engine.c    what runs a guest: one row an engine; how it is called
 *   peers_console.c   what a guest says, as it comes: is it what it should say, does the clock start or stop?
 *   peers_process.c   one run
 *   peers.c           which runs there are, and in which order
 *   peers_figures.c   medians, spread, outliers
 *   peers_report.c ... what is said of it
 */
#ifndef RINGSIDE_VISUALIZER_COMPARE_PEERS_H
#define RINGSIDE_VISUALIZER_COMPARE_PEERS_H

#include "visualizer/compare/plan.h"
#include "visualizer/compare/report.h"

enum {
	PEERS_RUNS = 1000, PEERS_RUNS_USUAL = 10, PEERS_WARMUP_USUAL = 1, PEERS_TIMEOUT_USUAL = 60, PEERS_SHUFFLE_USUAL = 1,
	PEERS_NAME = 40, PEERS_MESSAGE = 512, PEERS_WARNINGS = 64,
};

struct peers_options {
	const char *engines; /* "qemu-tcg,bochs"; "all": those that are here; NULL: all */
	unsigned runs, warmup;
	uint64_t shuffle;    /* seed of the order */
	double timeout;      /* seconds, of one run */
	const char *since, *until; /* the clock starts, and stops, with a line of the console that matches; NULL: with the process */
	const char *lines;   /* only lines that match must be the same; NULL: all */
	const char *baseline; /* NULL: the plan's */
};

struct peers_machine {
	char processor[96], system[96]; /* "Intel(R) ...", "Linux 6.1.0" */
	unsigned processors;
	bool virtual;        /* itself a guest */
	double load;         /* average of the last minute, before the first run */
	char date[32];       /* UTC */
};

struct peers_sample {
	double wall, user, system; /* seconds; user and system: of the whole process */
	int status;                /* with which the process ended */
};

enum peers_outcome {
	PEERS_MEASURED,
	PEERS_LEFT_OUT, /* not here, or not able to run this guest, and not asked for by name: `message` */
	PEERS_FAILED,   /* asked for and not here; or it did something else than expected: `message` */
};

/* One guest by one engine. */
struct peers_entry {
	unsigned which_case;
	enum plan_engine engine;
	unsigned mode;             /* of ENGINE_MODEL: in the plan */
	char name[PEERS_NAME];     /* "qemu-tcg", "bt/3" */
	enum peers_outcome outcome;
	char message[PEERS_MESSAGE];
	char **arguments;          /* of the process; the first is the program */
	char *command;             /* the same, to be read */
	bool ends;                 /* the process ends with the guest; else it is ended when the guest has said all */
	int expected;              /* status, where it ends */
	struct peers_sample *sample; /* of `samples`, in the order in which they came */
	unsigned samples;
};

/* What a guest should do, as the baseline does it. */
struct peers_reference {
	char **line;               /* that must be the same */
	unsigned lines;
	bool measured;             /* there is one */
	char end[16];
	unsigned exit_code;
	int status;                /* of Ringside itself */
};

struct peers {
	const struct plan *plan;
	struct peers_options options;
	struct peers_machine machine;
	char version[ENGINE_COUNT][96]; /* of what was found; "" */
	struct peers_reference *reference; /* one a case */
	struct peers_entry *entry; /* case by case: peers, then modes */
	unsigned entries, each;    /* each: of a case */
	int baseline;              /* among `each` */
	char folder[64];           /* for disks and settings of peers, gone at the end */
};

/* Makes all runs. `plan` stays. The caller frees with peers_free, whatever comes. */
enum peers_end { PEERS_DONE, PEERS_REFUSED, PEERS_STOPPED, PEERS_INTERRUPTED };
/* PEERS_REFUSED: after a message, a mistake in what was asked for; PEERS_STOPPED: after a message; INTERRUPTED: `*caught`. */
enum peers_end peers_run(struct peers *peers, const struct plan *plan, const struct peers_options *options, int *caught);
void peers_free(struct peers *peers);

struct peers_entry *peers_entry(const struct peers *peers, unsigned which_case, unsigned index);

static inline bool peers_measured(const struct peers_entry *entry)
{
	return entry->outcome == PEERS_MEASURED && entry->samples > 0;
}

/* ---- peers_machine.c ---- */

void peers_look_at_machine(struct peers_machine *machine);

/* ---- peers_figures.c ---- */

struct peers_figure {
	double mean, deviation, least, most, median, quarter, three_quarters;
	double mad; /* median of the distances from the median */
	double user, system; /* means */
	unsigned outliers; /* modified Z-score beyond 14.826, as hyperfine has it (Iglewicz and Hoaglin 1993) */
	bool first_is_slow; /* the first run is one of them, from above */
};
/* Of an entry that was measured. */
struct peers_figure peers_figure(const struct peers_entry *entry);
/* Medians, to the baseline's. False: one of them is missing. */
bool peers_ratio(const struct peers *peers, const struct peers_entry *entry, double *ratio);

/* ---- what is said ---- */

/* peers_report.c */
void peers_text(const struct peers *peers, unsigned width, FILE *out);
void peers_markdown(const struct peers *peers, FILE *out);
/* One case: a row an engine. */
void peers_table(const struct peers *peers, unsigned which_case, struct table *table);
unsigned peers_notes(const struct peers *peers, struct note *notes, unsigned room);
void peers_provenance(const struct peers *peers, prose_writer *write, FILE *out);
void peers_commands(const struct peers *peers, prose_writer *write, FILE *out);
bool peers_case_measured(const struct peers *peers, unsigned which_case);
/* peers_data.c */
void peers_csv(const struct peers *peers, FILE *out);
bool peers_json(const struct peers *peers, FILE *out); /* false: no memory */
/* peers_html.c */
void peers_html(const struct peers *peers, FILE *out);

#endif
