# Minimal for now: the house helper replaces this.
CFLAGS = -std=c17 -O2 -g -Wall -Wextra -Werror -I. -MMD -MP -D_POSIX_C_SOURCE=200809L
LIBS = -lZydis -linih
SRC = $(wildcard cpu/*.c core/*.c core/devices/*.c shadowpt/*.c trap/*.c visualizer/*.c)
OBJ = $(SRC:%.c=build/%.o)
all: build/ringside
build/ringside: $(OBJ)
	$(CC) -o $@ $^ $(LIBS)
build/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -c -o $@ $<
-include $(OBJ:.o=.d)
