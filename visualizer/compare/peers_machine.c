/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/peers_machine.c - what wall times depend on here: processor, kernel, load (proc(5)).
 */
#include "visualizer/compare/peers.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

/* The value behind the first "name : value". False: there is none. */
static bool find_field(const char *name, char *value, size_t size)
{
	FILE *file = fopen("/proc/cpuinfo", "r");
	char line[8192];
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file)) {
		const char *colon = strchr(line, ':');

		line[strcspn(line, "\n")] = '\0';
		found = colon && strncmp(line, name, strlen(name)) == 0;
		if (found)
			snprintf(value, size, "%s", colon + 1 + strspn(colon + 1, " "));
	}
	if (file)
		fclose(file);
	return found;
}

static double load_average(void)
{
	FILE *file = fopen("/proc/loadavg", "r");
	double load = 0;

	if (file && fscanf(file, "%lf", &load) != 1)
		load = 0;
	if (file)
		fclose(file);
	return load;
}

void peers_look_at_machine(struct peers_machine *machine)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	time_t now = time(NULL);
	struct utsname name;
	struct tm utc;
	char flags[8192];

	memset(machine, 0, sizeof(*machine));
	machine->processors = processors > 0 ? (unsigned)processors : 1;
	machine->load = load_average();
	if (!find_field("model name", machine->processor, sizeof(machine->processor)))
		strcpy(machine->processor, "a processor without a name");
	machine->virtual = find_field("flags", flags, sizeof(flags)) && strstr(flags, " hypervisor");
	if (uname(&name) == 0)
		snprintf(machine->system, sizeof(machine->system), "%.32s %.60s", name.sysname, name.release);
	if (gmtime_r(&now, &utc))
		strftime(machine->date, sizeof(machine->date), "%Y-%m-%d %H:%M UTC", &utc);
}
