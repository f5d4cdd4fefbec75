#include "names.h"

#include <string.h>

enum { DIGITS = 3, LENGTH = 2 + 2 * DIGITS };
static const char PREFIX[] = "zq";

static void letters(char *to, unsigned number) {
  for (int i = DIGITS; i--; number /= 16) to[i] = (char)('a' + number % 16);
}

void name_write(char name[NAME_ROOM], unsigned call, unsigned guess) {
  strcpy(name, PREFIX);
  letters(name + 2, call);
  letters(name + 2 + DIGITS, guess);
  name[LENGTH] = 0;
}

static bool number(const char *from, unsigned *number) {
  *number = 0;
  for (int i = 0; i < DIGITS; i++) {
    if (from[i] < 'a' || from[i] > 'p') return false;
    *number = *number * 16 + (unsigned)(from[i] - 'a');
  }
  return true;
}

bool name_find(const char *text, size_t count, unsigned *call, unsigned *guess) {
  for (size_t at = count < LENGTH ? 0 : count - LENGTH + 1; at--;) {
    if (memcmp(text + at, PREFIX, 2) || !number(text + at + 2, call) || !number(text + at + 2 + DIGITS, guess)) continue;
    if (*call < MOST_CALLS && *guess < GUESSES) return true;
  }
  return false;
}
