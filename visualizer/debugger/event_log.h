/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/event_log.h - the latest events of the known history, by sequence number. Going back takes none
 * away: a replay tells the same events again, and they are known already. So far back that they were dropped, those around
 * the present are kept beside the latest ones. A new branch cuts the log.
 */
#ifndef RINGSIDE_VISUALIZER_DEBUGGER_EVENT_LOG_H
#define RINGSIDE_VISUALIZER_DEBUGGER_EVENT_LOG_H

#include "core/event.h"

struct event_log;

/* Keeps `room` events (0: 65,536). NULL: no memory. It adds itself to the stream as a reader that travels. */
struct event_log *event_log_new(struct event_stream *stream, size_t room);
void event_log_free(struct event_log *log);

/* Sequence numbers kept around the present: first <= n < end. */
uint64_t event_log_first(const struct event_log *log);
uint64_t event_log_end(const struct event_log *log);
/* NULL: not kept. Valid until the next event. */
const struct event *event_log_at(const struct event_log *log, uint64_t sequence);
/* Forgets events from `sequence` on: history began a new branch there. */
void event_log_cut(struct event_log *log, uint64_t sequence);

#endif
