// Words that no dictionary has: each names a call and one of its guesses.
#ifndef LAB_NAMES_H
#define LAB_NAMES_H

#include <stdbool.h>
#include <stddef.h>

enum {
  MOST_CALLS = 4096,
  // Guesses of a call that are remembered until the caller's screen shows them.
  GUESSES = 64,
  NAME_ROOM = 16,
};

void name_write(char name[NAME_ROOM], unsigned call, unsigned guess);
// The last name in a text; false when there is none. Both are below their bounds.
bool name_find(const char *text, size_t count, unsigned *call, unsigned *guess);

#endif
