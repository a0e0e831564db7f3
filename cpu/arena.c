/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/arena.c - one mapping, cut into runs of pages; small pieces share runs of their size. The list of runs lies in the
 * arena's own first pages, and so goes back in time with what it describes.
 *
 * Which pages were written is known without a signal or a trap of our own: a copyable arena is a private mapping of a
 * file without a name, and the kernel gives a page of it a copy when it is written. /proc/self/pagemap tells which pages
 * are such copies (bit 61 is clear); arena_settle writes them to the file and lets the copies go.
 * (Documentation/admin-guide/mm/pagemap.rst of the Linux kernel.)
 */
#define _GNU_SOURCE /* memfd_create */
#include "cpu/arena.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096, RUNS = 2048, SMALL_SHIFT = 6, SMALL_LARGEST = 11, CHUNK_PAGES = 8 };

#if defined(__SANITIZE_ADDRESS__)
enum { EVERY_PIECE_ALONE = 1 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
enum { EVERY_PIECE_ALONE = 1 }; /* with a page behind it that faults */
#else
enum { EVERY_PIECE_ALONE = 0 };
#endif
#else
enum { EVERY_PIECE_ALONE = 0 };
#endif

/* Pages from `first` on, and one behind them that nobody may touch. */
struct run {
	uint32_t first, pages;
	bool used;
	uint8_t shift; /* pieces of 1 << shift bytes; 0: one piece */
};

struct piece {
	struct piece *next;
};

/* In the arena's first pages. */
struct book {
	uint32_t runs, end; /* pages in use */
	uint64_t generation; /* of the list of runs */
	struct piece *free[SMALL_LARGEST + 1]; /* by shift */
	struct run run[RUNS]; /* in the order of pages, without gaps */
};

enum { BOOK_PAGES = (sizeof(struct book) + PAGE - 1) / PAGE };

struct arena {
	uint8_t *base;
	size_t reserve; /* pages */
	int file, pagemap; /* -1: none */
	bool open; /* guard pages may be touched */
	size_t touched;   /* pages up to the largest end that there has been: what lies behind the end now may be written too */
	uint64_t changes; /* of the list of runs: does not go back in time, so that no two lists have one number */
};

static struct book *book(const struct arena *arena)
{
	return (struct book *)(void *)arena->base;
}

/* ---- making ---- */

static int nameless_file(void)
{
#ifdef __linux__
	return memfd_create("ringside", MFD_CLOEXEC);
#else
	char name[] = "/tmp/ringside.XXXXXX";
	int file = mkstemp(name);

	unlink(name);
	return file;
#endif
}

static bool map(struct arena *arena, bool copyable)
{
	int flags = MAP_PRIVATE | MAP_NORESERVE | (copyable ? 0 : MAP_ANONYMOUS);
	void *base;

	if (copyable) {
		arena->file = nameless_file();
		if (arena->file < 0 || ftruncate(arena->file, (off_t)(arena->reserve * PAGE)) != 0)
			return false;
	}
	base = mmap(NULL, arena->reserve * PAGE, PROT_READ | PROT_WRITE, flags, arena->file, 0);
	arena->base = base == MAP_FAILED ? NULL : base;
	return arena->base != NULL;
}

static void note_page(void *owner, size_t first, size_t count)
{
	size_t *pages = owner;

	(void)first;
	*pages += count;
}

/* A kernel without pagemap, or one that hides what it knows: then every page counts as changed. */
static void try_pagemap(struct arena *arena)
{
	size_t seen = 0;

	arena->pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	if (arena->pagemap < 0)
		return;
	arena_changed(arena, note_page, &seen);
	if (seen >= 1 && arena_settle(arena, 0, BOOK_PAGES)) {
		seen = 0;
		(void)*(volatile uint8_t *)arena->base; /* a page that is there, and not ours */
		arena_changed(arena, note_page, &seen);
		if (seen == 0)
			return;
	}
	close(arena->pagemap);
	arena->pagemap = -1;
}

struct arena *arena_new(size_t reserve, bool copyable)
{
	struct arena *arena = calloc(1, sizeof *arena);

	if (!arena)
		return NULL;
	arena->file = arena->pagemap = -1;
	arena->reserve = reserve / PAGE + BOOK_PAGES + CHUNK_PAGES;
	if (!map(arena, copyable)) {
		arena_free(arena);
		return NULL;
	}
	book(arena)->end = BOOK_PAGES;
	arena->touched = BOOK_PAGES;
	if (copyable)
		try_pagemap(arena);
	return arena;
}

void arena_free(struct arena *arena)
{
	if (!arena)
		return;
	if (arena->base)
		munmap(arena->base, arena->reserve * PAGE);
	if (arena->file >= 0)
		close(arena->file);
	if (arena->pagemap >= 0)
		close(arena->pagemap);
	free(arena);
}

/* ---- runs ---- */

static bool protect(const struct arena *arena, const struct run *run)
{
	uint8_t *first = arena_page(arena, run->first);

	/* What once was in the guard page is let go: nobody could look at it. */
	return mprotect(first, (size_t)run->pages * PAGE, PROT_READ | PROT_WRITE) == 0 &&
	       madvise(first + (size_t)run->pages * PAGE, PAGE, MADV_DONTNEED) == 0 &&
	       mprotect(first + (size_t)run->pages * PAGE, PAGE, PROT_NONE) == 0;
}

static void insert_run(struct book *list, uint32_t at, struct run run)
{
	memmove(&list->run[at + 1], &list->run[at], (list->runs - at) * sizeof run);
	list->run[at] = run;
	list->runs++;
}

/* A free run that is large enough, the rest of it cut off. NULL: there is none. */
static struct run *find_free(struct book *list, uint32_t pages)
{
	for (uint32_t i = 0; i < list->runs; i++) {
		struct run *run = &list->run[i];

		if (run->used || run->pages < pages)
			continue;
		if (run->pages > pages + 1) {
			uint32_t rest = run->first + pages + 1;
			insert_run(list, i + 1, (struct run){.first = rest, .pages = run->pages - pages - 1});
			run->pages = pages;
		}
		return run;
	}
	return NULL;
}

/* Zeroed. NULL: no room, in the arena or in the list. */
static struct run *take_run(struct arena *arena, size_t pages, uint8_t shift)
{
	struct book *list = book(arena);
	struct run *run;

	if (list->runs == RUNS || pages >= arena->reserve)
		return NULL;
	run = find_free(list, (uint32_t)pages);
	if (run && protect(arena, run)) {
		memset(arena_page(arena, run->first), 0, (size_t)run->pages * PAGE);
	} else if (arena->reserve - list->end > pages + 1) {
		run = &list->run[list->runs];
		*run = (struct run){.first = list->end, .pages = (uint32_t)pages};
		if (!protect(arena, run))
			return NULL;
		list->runs++;
		list->end += (uint32_t)pages + 1;
		if (list->end > arena->touched)
			arena->touched = list->end;
	} else {
		return NULL;
	}
	run->used = true;
	run->shift = shift;
	list->generation = ++arena->changes;
	return run;
}

/* Joins a free run with a free one behind it. */
static void join(struct book *list, uint32_t at)
{
	if (at + 1 >= list->runs || list->run[at].used || list->run[at + 1].used)
		return;
	list->run[at].pages += list->run[at + 1].pages + 1;
	list->runs--;
	memmove(&list->run[at + 1], &list->run[at + 2], (list->runs - at - 1) * sizeof list->run[0]);
}

static void give_run(struct arena *arena, struct run *run)
{
	struct book *list = book(arena);
	uint32_t at = (uint32_t)(run - list->run);

	run->used = false;
	list->generation = ++arena->changes;
	join(list, at);
	if (at)
		join(list, at - 1);
}

static struct run *run_of(const struct arena *arena, const void *memory)
{
	struct book *list = book(arena);
	size_t page = (size_t)((const uint8_t *)memory - arena->base) / PAGE;
	uint32_t low = 0, high = list->runs;

	while (high - low > 1) {
		uint32_t middle = (low + high) / 2;
		if (list->run[middle].first <= page)
			low = middle;
		else
			high = middle;
	}
	assert(low < list->runs && page - list->run[low].first < list->run[low].pages);
	return &list->run[low];
}

/* ---- pieces ---- */

static uint8_t shift_for(size_t size)
{
	uint8_t shift = SMALL_SHIFT;

	while ((size_t)1 << shift < size)
		shift++;
	return shift;
}

static bool cut_chunk(struct arena *arena, uint8_t shift)
{
	struct run *run = take_run(arena, CHUNK_PAGES, shift);
	uint8_t *at, *end;

	if (!run)
		return false;
	at = arena_page(arena, run->first);
	for (end = at + CHUNK_PAGES * PAGE; at < end; at += (size_t)1 << shift) {
		struct piece *piece = (struct piece *)(void *)at;
		piece->next = book(arena)->free[shift];
		book(arena)->free[shift] = piece;
	}
	return true;
}

static void *take_piece(struct arena *arena, uint8_t shift)
{
	struct piece *piece;

	if (!book(arena)->free[shift] && !cut_chunk(arena, shift))
		return NULL;
	piece = book(arena)->free[shift];
	book(arena)->free[shift] = piece->next;
	return memset(piece, 0, (size_t)1 << shift);
}

void *arena_take(struct arena *arena, size_t size)
{
	struct run *run;
	size_t lead = 0;

	if (!arena)
		return calloc(1, size ? size : 1);
	if (size < PAGE / 2 && !EVERY_PIECE_ALONE)
		return take_piece(arena, shift_for(size));
	run = take_run(arena, size / PAGE + (size % PAGE != 0 || size == 0), 0);
	if (run && size < PAGE)
		lead = PAGE - (size + 63) / 64 * 64; /* its end is the page's */
	return run ? arena_page(arena, run->first) + lead : NULL;
}

void arena_give(struct arena *arena, void *memory)
{
	struct run *run;

	if (!arena) {
		free(memory);
		return;
	}
	if (!memory)
		return;
	run = run_of(arena, memory);
	if (run->shift) {
		struct piece *piece = memory;
		piece->next = book(arena)->free[run->shift];
		book(arena)->free[run->shift] = piece;
		return;
	}
	give_run(arena, run);
}

/* ---- pages, for snapshots ---- */

size_t arena_pages(const struct arena *arena)
{
	return book(arena)->end;
}

uint8_t *arena_page(const struct arena *arena, size_t page)
{
	return arena->base + page * PAGE;
}

/* An entry of pagemap: present or swapped out, and no page of the file (a guard page is neither). */
static bool is_copy(uint64_t entry)
{
	return entry >> 62 && !(entry >> 61 & 1);
}

struct visitor {
	void (*visit)(void *owner, size_t first, size_t count);
	void *owner;
	size_t first, count; /* the run gathered so far */
};

static void gather(struct visitor *visitor, size_t page)
{
	if (visitor->count && visitor->first + visitor->count == page) {
		visitor->count++;
		return;
	}
	if (visitor->count)
		visitor->visit(visitor->owner, visitor->first, visitor->count);
	visitor->first = page;
	visitor->count = 1;
}

/* False: the kernel does not tell. */
static bool visit_copies(const struct arena *arena, size_t end, struct visitor *visitor)
{
	uint64_t entry[1024];
	size_t start = (uintptr_t)arena->base / PAGE;

	for (size_t page = 0; page < end;) {
		size_t want = end - page < 1024 ? end - page : 1024;
		ssize_t got = pread(arena->pagemap, entry, want * sizeof entry[0],
		                    (off_t)((start + page) * sizeof entry[0]));
		if (got <= 0)
			return false;
		for (size_t i = 0; i < (size_t)got / sizeof entry[0]; i++, page++)
			if (is_copy(entry[i]))
				gather(visitor, page);
	}
	return true;
}

/* Every page that may be touched now and that somebody has: runs that were given back and joined have guard pages inside, and
 * are zeroed before they are taken again. The list of runs itself may change under a visit. */
static void visit_all(const struct arena *arena, struct visitor *visitor)
{
	const struct book list = *book(arena);

	for (size_t page = 0; page < (arena->open ? list.end : BOOK_PAGES); page++)
		gather(visitor, page);
	for (uint32_t i = 0; i < list.runs && !arena->open; i++)
		for (size_t page = 0; list.run[i].used && page < list.run[i].pages; page++)
			gather(visitor, list.run[i].first + page);
}

void arena_changed(const struct arena *arena, void (*visit)(void *owner, size_t first, size_t count), void *owner)
{
	struct visitor visitor = {.visit = visit, .owner = owner};

	if (arena->pagemap < 0 || !visit_copies(arena, arena->touched, &visitor))
		visit_all(arena, &visitor);
	if (visitor.count)
		visit(owner, visitor.first, visitor.count);
}

bool arena_settle(struct arena *arena, size_t first, size_t count)
{
	const uint8_t *bytes = arena_page(arena, first);
	size_t done = 0, size = count * PAGE;

	if (arena->pagemap < 0)
		return true;
	while (done < size) {
		ssize_t n = pwrite(arena->file, bytes + done, size - done, (off_t)(first * PAGE + done));
		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return madvise(arena_page(arena, first), size, MADV_DONTNEED) == 0;
}

uint64_t arena_generation(const struct arena *arena)
{
	return book(arena)->generation;
}

bool arena_open_all(struct arena *arena)
{
	arena->open = mprotect(arena->base, arena->reserve * PAGE, PROT_READ | PROT_WRITE) == 0;
	return arena->open;
}

bool arena_guard_again(struct arena *arena)
{
	const struct book *list = book(arena);

	arena->open = false;
	for (uint32_t i = 0; i < list->runs; i++)
		if (!protect(arena, &list->run[i]))
			return false;
	return true;
}
