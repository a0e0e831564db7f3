/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/code_image.h - the code of a guest's file, without running it: executable sections of an
 * ELF file, else its executable segments, else the file as it is.
 */
#ifndef RINGSIDE_VISUALIZER_CODE_IMAGE_H
#define RINGSIDE_VISUALIZER_CODE_IMAGE_H

#include "core/config.h"

enum { CODE_RANGES = 64 };

struct code_range {
	uint32_t address;
	size_t size;
	const uint8_t *bytes;
};

struct code_image {
	uint8_t *file;
	size_t size;
	struct code_range range[CODE_RANGES];
	size_t count;
	uint32_t entry; /* where the guest begins */
};

bool code_image_read(struct code_image *image, const struct config *config, char *error, size_t error_size);
void code_image_free(struct code_image *image);
/* The range that `address` lies in; NULL. */
const struct code_range *code_image_find(const struct code_image *image, uint32_t address);

#endif
