/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/reproduce.c - rows of a reproduction: which technique wins, in the paper and here, and in which order
 * the others come; and how it went as a whole.
 */
#include "visualizer/compare/reproduce.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct reproduce_paper *reproduce_paper(size_t index)
{
	static const struct reproduce_paper *const papers[] = { &paper_adams_agesen, &paper_xen, &paper_bhargava, &paper_exits };

	return index < sizeof(papers) / sizeof(papers[0]) ? papers[index] : NULL;
}

/* ---- order ---- */

struct place {
	const char *name;
	double figure;
	unsigned column;
};

static bool is_tie(double a, double b)
{
	return fabs(a - b) <= REPRODUCE_TIE * fmax(a, b);
}

/* Insertion sort, which leaves equals as they stand in the paper. */
static void sort(struct place *place, unsigned count)
{
	for (unsigned i = 1; i < count; i++)
		for (unsigned k = i; k > 0 && place[k].figure < place[k - 1].figure; k--) {
			struct place kept = place[k];

			place[k] = place[k - 1];
			place[k - 1] = kept;
		}
}

static void write_order(const struct place *place, unsigned count, char *text, size_t size)
{
	size_t used = 0;

	*text = '\0';
	for (unsigned i = 0; i < count && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s",
		                         !i ? "" : is_tie(place[i - 1].figure, place[i].figure) ? " = " : " < ", place[i].name);
}

/* The first of those that compete, unless the next one is as good. */
static const char *find_winner(const struct place *place, unsigned count, unsigned baseline)
{
	const struct place *first = NULL;

	for (unsigned i = 0; i < count; i++) {
		if (place[i].column < baseline)
			continue;
		if (first)
			return is_tie(first->figure, place[i].figure) ? "tie" : first->name;
		first = &place[i];
	}
	return ""; /* nobody to win against */
}

/* No two of them stand the other way round; equals stand as one likes. */
static bool agree(const struct reproduced *cell, unsigned cells)
{
	for (unsigned i = 0; i < cells; i++)
		for (unsigned k = 0; k < i; k++) {
			const struct reproduced *a = &cell[i], *b = &cell[k];

			if (!is_tie(a->published, b->published) && !is_tie(a->ours, b->ours) &&
			    (a->published < b->published) != (a->ours < b->ours))
				return false;
		}
	return true;
}

static void judge(struct reproduced_row *row)
{
	struct place paper[REPRODUCE_COLUMNS], here[REPRODUCE_COLUMNS];
	unsigned baseline = row->cell->section->baseline;
	bool complete = true;

	for (unsigned i = 0; i < row->cells; i++) {
		const struct reproduced *cell = &row->cell[i];
		const char *name = cell->section->column[cell->column].name;

		paper[i] = (struct place){ name, cell->published, cell->column };
		here[i] = (struct place){ name, cell->ours, cell->column };
		complete &= cell->measured;
	}
	sort(paper, row->cells);
	sort(here, row->cells);
	write_order(paper, row->cells, row->paper_order, sizeof(row->paper_order));
	write_order(here, row->cells, row->order, sizeof(row->order));
	row->paper_winner = find_winner(paper, row->cells, baseline);
	row->winner = complete ? find_winner(here, row->cells, baseline) : "";
	row->same_winner = strcmp(row->paper_winner, row->winner) == 0;
	row->same_order = complete && agree(row->cell, row->cells);
	if (!complete)
		strcpy(row->order, "");
}

bool reproduced_next_row(const struct reproduction *reproduction, unsigned *at, struct reproduced_row *row)
{
	if (*at >= reproduction->cells)
		return false;
	*row = (struct reproduced_row){ .cell = &reproduction->cell[*at] };
	while (*at < reproduction->cells && reproduction->cell[*at].row == row->cell->row) {
		row->cells++;
		++*at;
	}
	judge(row);
	return true;
}

/* ---- the whole ---- */

static void score_cell(const struct reproduced *cell, struct reproduce_score *score)
{
	const struct published *published = &cell->row->published[cell->column];

	if (!cell->compared)
		return;
	if (published->kind == FITTED) {
		score->fitted++;
		return;
	}
	score->predicted++;
	score->within += cell->within;
	score->unexplained += !cell->within && !published->why;
}

struct reproduce_score reproduce_score(const struct reproduction *reproduction)
{
	struct reproduce_score score = { .rows = 0 };
	struct reproduced_row row;

	for (unsigned at = 0; reproduced_next_row(reproduction, &at, &row);) {
		score.rows += *row.paper_winner != '\0';
		score.winners += *row.paper_winner && row.same_winner;
		for (unsigned i = 0; i < row.cells; i++)
			score_cell(&row.cell[i], &score);
	}
	return score;
}

void reproduce_summary(const struct reproduction *reproduction, char *text, size_t size)
{
	struct reproduce_score score = reproduce_score(reproduction);
	size_t used = 0;

	*text = '\0';
	if (score.rows)
		used += (size_t)snprintf(text, size, "The paper's winner wins here, too, in %u of %u rows. ", score.winners, score.rows);
	if (used < size && score.predicted)
		used += (size_t)snprintf(text + used, size - used, "Of %u predicted figures %u are within %.0f %% of the published one",
		                         score.predicted, score.within, 100 * REPRODUCE_TOLERANCE);
	if (used < size && score.predicted && score.within < score.predicted)
		used += (size_t)snprintf(text + used, size - used, "; of the others %u have no explanation yet", score.unexplained);
	if (used < size && score.predicted)
		used += (size_t)snprintf(text + used, size - used, ". ");
	if (used < size)
		snprintf(text + used, size - used, "%u figures are fitted: the cost profile was made from them.", score.fitted);
}
