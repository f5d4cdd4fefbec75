/* Functions of every type that native tools can call, and of every kind of trouble. */
#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Every type there and back. */
#define ECHO(name, type) type echo_##name(type value) { return value; }
ECHO(bool, bool)
ECHO(int8, int8_t)
ECHO(int16, int16_t)
ECHO(int32, int32_t)
ECHO(int64, int64_t)
ECHO(uint8, uint8_t)
ECHO(uint16, uint16_t)
ECHO(uint32, uint32_t)
ECHO(uint64, uint64_t)
ECHO(float, float)
ECHO(double, double)
ECHO(string, const char *)

/* Computed by C in C's types, so that an argument in the wrong place or width shows. */
double mixed(bool a, int8_t b, uint16_t c, int32_t d, uint64_t e, float f, double g, const char *h, int64_t i, uint8_t j) {
  return (a ? 1 : 0) + b * 2.0 + c * 3.0 + d * 5.0 + (double)e * 7.0 + f * 11.0 + g * 13.0 + (double)strlen(h) * 17.0
    + (double)i * 19.0 + j * 23.0;
}

int64_t sum_of_32(
  int8_t a0, int64_t a1, int8_t a2, int64_t a3, int8_t a4, int64_t a5, int8_t a6, int64_t a7, int8_t a8, int64_t a9, int8_t a10,
  int64_t a11, int8_t a12, int64_t a13, int8_t a14, int64_t a15, int8_t a16, int64_t a17, int8_t a18, int64_t a19, int8_t a20,
  int64_t a21, int8_t a22, int64_t a23, int8_t a24, int64_t a25, int8_t a26, int64_t a27, int8_t a28, int64_t a29, int8_t a30,
  int64_t a31) {
  const int64_t all[] = {a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15,
    a16, a17, a18, a19, a20, a21, a22, a23, a24, a25, a26, a27, a28, a29, a30, a31};
  int64_t sum = 0;
  for (int i = 0; i < 32; i++) sum += all[i] * (i + 1);
  return sum;
}

/* How often `count` was called. */
static int32_t counted;
int32_t count(void) { return ++counted; }
int32_t counted_so_far(void) { return counted; }
void forget_count(void) { counted = 0; }

double quotient(double a, double b) { return a / b; }
float huge(void) { return -HUGE_VALF; }

/* Text that the library keeps, lends, or gives away. */
const char *no_text(void) { return NULL; }
const char *latin_1(void) { return "M\374ller"; }
char *repeated(const char *text, uint32_t times) {
  const size_t length = strlen(text);
  char *all = malloc(length * times + 1);
  if (!all) return NULL;
  for (uint32_t i = 0; i < times; i++) memcpy(all + i * length, text, length);
  all[length * times] = 0;
  return all;
}
static int32_t taken_back;
void take_back(char *text) {
  taken_back++;
  free(text);
}
int32_t taken_back_so_far(void) { return taken_back; }
/* Writes into its argument, which is const nowhere in C. */
char *shouted(char *text) {
  for (char *c = text; *c; c++)
    if (*c >= 'a' && *c <= 'z') *c = (char)(*c - 32);
  return text;
}

/* Writes text as far as it goes, as strncpy does: without a NUL when it is as long as the room. */
int32_t write_text(const char *text, char *room, size_t size) {
  if (!*text) return -7;
  strncpy(room, text, size);
  return (int32_t)strlen(text);
}
void write_two(char *first, uint16_t first_size, char *second, uint16_t second_size) {
  strncpy(first, "one", first_size);
  strncpy(second, "zwei und \xc3\xbc", second_size);
}
int32_t write_bytes(char *room, int32_t value) {
  room[0] = (char)value;
  return 0;
}
bool write_beyond(char *room, size_t size) {
  memset(room, 'x', size + 8);
  return true;
}

/* Says in one pipe that it has begun, and returns the byte that comes out of the other one. */
int32_t wait_for_pipe(int32_t begun, int32_t end) {
  unsigned char byte = 0;
  if (write(begun, &byte, 1) != 1) return -1;
  while (read(end, &byte, 1) < 0) {}
  return byte;
}

void crash(void) { raise(SIGSEGV); }
int32_t not_a_function = 7;
