/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/summary.h - what `run --json` says of a run that has ended: one JSON object on one line
 * (docs/compare.md describes its keys).
 */
#ifndef RINGSIDE_VISUALIZER_SUMMARY_H
#define RINGSIDE_VISUALIZER_SUMMARY_H

#include "core/counters.h"
#include "core/json.h"
#include "visualizer/session.h"

/* `counters` have heard the whole run. */
void summary_write(const struct session *session, const struct counters *counters, struct json *json);

#endif
