/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel/space.c - a process's address space as a list of regions. Pages come when they are first
 * touched: zeros, or bytes of the program's file. Fork shares all pages read-only and the first
 * write copies (SDM vol. 3, 4.6 and 4.7; CR0.WP makes the kernel's own writes fault as well).
 */
#include "kernel/kernel.h"

enum { MAPPED_LOWEST = 0x40000000 };

bool space_new(struct space *space)
{
	*space = (struct space){ .directory = directory_new() };
	space->regions[REGION_STACK] =
		(struct region){ .start = USER_STACK_LOWEST, .end = USER_STACK_TOP, .writable = true };
	return space->directory != 0;
}

void space_free(struct space *space)
{
	if (space->directory)
		directory_free(space->directory);
	space->directory = 0;
}

static struct region *find_region(const struct space *space, uint32_t address)
{
	for (unsigned i = 0; i < REGIONS_MAX; i++) {
		const struct region *region = &space->regions[i];
		if (address >= region->start && address < region->end)
			return (struct region *)region;
	}
	return NULL;
}

/* ---- faults ---- */

/* The part of this page that the file has, into a frame that is all zeros. */
static bool fill_from_file(const struct region *region, uint32_t page, uint8_t *frame)
{
	uint32_t first = page > region->file_start ? page : region->file_start;
	uint32_t last = region->file_start + region->file_size;

	if (last > page + FRAME_SIZE)
		last = page + FRAME_SIZE;
	if (!region->file || first >= last)
		return false;
	memcpy(frame + (first - page), region->file + (first - region->file_start), last - first);
	return true;
}

static bool fill(struct space *space, const struct region *region, uint32_t page, uint32_t *entry)
{
	uint32_t frame = frame_allocate();

	if (!frame)
		return false;
	if (fill_from_file(region, page, physical_to_virtual(frame)))
		space->file_fills++;
	else
		space->zero_fills++;
	platform->write_entry(entry, frame | PAGE_USER | PAGE_PRESENT | (region->writable ? PAGE_WRITABLE : 0));
	return true;
}

/* A write to a page that is shared, or was until the others left it. */
static bool make_own(struct space *space, uint32_t page, uint32_t *entry)
{
	uint32_t old = page_frame(entry), frame = old;

	if (frame_users(old) == 1) {
		space->takeovers++;
	} else {
		frame = frame_allocate();
		if (!frame)
			return false;
		memcpy(physical_to_virtual(frame), physical_to_virtual(old), FRAME_SIZE);
		frame_release(old);
		space->copies++;
	}
	platform->write_entry(entry, frame | PAGE_USER | PAGE_WRITABLE | PAGE_PRESENT);
	platform->forget_page(page);
	return true;
}

static bool make_right(struct space *space, const struct region *region, uint32_t page, bool write)
{
	uint32_t *entry = page_entry(space->directory, page, true);

	if (!entry)
		return false;
	if (!(*entry & PAGE_PRESENT))
		return fill(space, region, page, entry);
	if (write && !(*entry & PAGE_WRITABLE))
		return make_own(space, page, entry);
	platform->forget_page(page);
	return true;
}

bool space_fault(struct space *space, uint32_t address, bool write)
{
	const struct region *region = find_region(space, address);
	bool done;

	if (!region || (write && !region->writable))
		return false;
	done = make_right(space, region, round_down(address), write);
	platform->flush();
	return done;
}

bool space_allows(const struct space *space, uint32_t address, uint32_t size, bool write)
{
	uint32_t end = address + size;

	if (end < address)
		return false;
	while (address < end) {
		const struct region *region = find_region(space, address);
		if (!region || (write && !region->writable))
			return false;
		address = region->end;
	}
	return true;
}

/* ---- fork ---- */

static bool share_page(struct space *child, uint32_t page, uint32_t *entry)
{
	uint32_t *copy = page_entry(child->directory, page, true);
	uint32_t value = platform->read_entry(entry);

	if (!copy)
		return false;
	if (value & PAGE_WRITABLE) {
		value = (value & ~(uint32_t)PAGE_WRITABLE) | PAGE_COPY_ON_WRITE;
		platform->write_entry(entry, value);
	}
	platform->write_entry(copy, value & ~(uint32_t)(PAGE_ACCESSED | PAGE_DIRTY));
	frame_share(round_down(value));
	return true;
}

static bool share_region(struct space *child, struct space *parent, const struct region *region)
{
	for (uint32_t page = region->start; page < region->end; page += FRAME_SIZE) {
		uint32_t *entry = page_entry(parent->directory, page, false);
		if (!entry) {
			page |= (1u << 22) - FRAME_SIZE; /* no table: on to the next */
			continue;
		}
		if ((*entry & PAGE_PRESENT) && !share_page(child, page, entry))
			return false;
	}
	return true;
}

bool space_fork(struct space *child, struct space *parent)
{
	bool done = space_new(child);

	memcpy(child->regions, parent->regions, sizeof(child->regions));
	child->heap_end = parent->heap_end;
	for (unsigned i = 0; done && i < REGIONS_MAX; i++)
		done = share_region(child, parent, &parent->regions[i]);
	platform->forget_all(parent->directory); /* its TLB entries still say writable */
	platform->flush();
	if (!done)
		space_free(child);
	return done;
}

/* ---- the heap, and pages asked for ---- */

static void drop_pages(struct space *space, uint32_t start, uint32_t end)
{
	for (uint32_t page = start; page < end; page += FRAME_SIZE) {
		uint32_t *entry = page_entry(space->directory, page, false);
		if (!entry || !(*entry & PAGE_PRESENT))
			continue;
		frame_release(page_frame(entry));
		platform->write_entry(entry, 0);
		platform->forget_page(page);
	}
	platform->flush();
}

int space_grow_heap(struct space *space, int32_t change)
{
	struct region *heap = &space->regions[REGION_HEAP];
	uint32_t old = space->heap_end, wanted = old + (uint32_t)change;

	if (wanted < heap->start || wanted > MAPPED_LOWEST)
		return ERROR_NO_MEMORY;
	if (round_up(wanted) < heap->end)
		drop_pages(space, round_up(wanted), heap->end);
	heap->end = round_up(wanted);
	space->heap_end = wanted;
	return (int)old;
}

int space_map(struct space *space, uint32_t address, uint32_t size, bool writable)
{
	uint32_t end = address + round_up(size);

	if (address != round_down(address) || address < MAPPED_LOWEST || !size || end <= address ||
	    end > USER_STACK_LOWEST)
		return ERROR_BAD_ARGUMENT;
	for (unsigned i = 0; i < REGIONS_MAX; i++) {
		if (address < space->regions[i].end && end > space->regions[i].start)
			return ERROR_BAD_ARGUMENT;
	}
	for (unsigned i = REGION_FIRST_MAPPED; i < REGIONS_MAX; i++) {
		struct region *region = &space->regions[i];
		if (region->start != region->end)
			continue;
		*region = (struct region){ .start = address, .end = end, .writable = writable };
		return 0;
	}
	return ERROR_NO_SLOT;
}

static struct region *find_mapped(struct space *space, uint32_t address, uint32_t size)
{
	struct region *region = find_region(space, address);

	if (!region || region < &space->regions[REGION_FIRST_MAPPED] || region->start != address ||
	    region->end != address + round_up(size))
		return NULL;
	return region;
}

static void protect_page(uint32_t page, uint32_t *entry, bool writable)
{
	uint32_t value = platform->read_entry(entry) & ~(uint32_t)PAGE_WRITABLE;

	if (writable && frame_users(round_down(value)) == 1)
		value |= PAGE_WRITABLE;
	platform->write_entry(entry, value);
	platform->forget_page(page);
}

int space_protect(struct space *space, uint32_t address, uint32_t size, bool writable)
{
	struct region *region = find_mapped(space, address, size);

	if (!region)
		return ERROR_BAD_ARGUMENT;
	region->writable = writable;
	for (uint32_t page = region->start; page < region->end; page += FRAME_SIZE) {
		uint32_t *entry = page_entry(space->directory, page, false);
		if (entry && (*entry & PAGE_PRESENT))
			protect_page(page, entry, writable);
	}
	platform->flush();
	return 0;
}

int space_unmap(struct space *space, uint32_t address, uint32_t size)
{
	struct region *region = find_mapped(space, address, size);

	if (!region)
		return ERROR_BAD_ARGUMENT;
	drop_pages(space, region->start, region->end);
	region->start = region->end = 0;
	return 0;
}

/* ---- counting ---- */

static void count_page(struct memory_info *info, uint32_t value)
{
	info->present++;
	info->writable += (value & PAGE_WRITABLE) != 0;
	info->accessed += (value & PAGE_ACCESSED) != 0;
	info->dirty += (value & PAGE_DIRTY) != 0;
	info->shared += frame_users(round_down(value)) > 1;
}

void space_count(struct space *space, struct memory_info *info, bool clear)
{
	*info = (struct memory_info){ .zero_fills = space->zero_fills, .file_fills = space->file_fills,
		                      .copies = space->copies, .takeovers = space->takeovers };
	for (uint32_t page = 0; page < KERNEL_BASE; page += FRAME_SIZE) {
		uint32_t *entry = page_entry(space->directory, page, false);
		uint32_t value = entry ? platform->read_entry(entry) : 0;
		if (!entry)
			page |= (1u << 22) - FRAME_SIZE;
		if (!(value & PAGE_PRESENT))
			continue;
		count_page(info, value);
		if (clear)
			platform->write_entry(entry, value & ~(uint32_t)(PAGE_ACCESSED | PAGE_DIRTY));
	}
	if (clear)
		platform->forget_all(space->directory); /* or the processor would not set them again */
	platform->flush();
}
