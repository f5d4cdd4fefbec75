// A lab for measuring a host: native, so that two hundred and fifty calls do not make the measure late.
//
//     lab --calls N --seconds S --speech FILE [--core C]...     (raw samples: signed, 16 bit, 16 kHz; cores to watch)
//
// It listens, and says where: {"stt": PORT, "llm": PORT, "tts": PORT}. It then reads the port of the host's phone from its standard input,
// rings, says {"up": N} when all calls are up, and after S seconds what it has found. It ends when its standard input does.

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lab.h"
#include "sentinel.h"

stages stage = {.final = 200, .finalize = 30, .interim = 200, .first_token = 250, .token = 15, .first_sound = 120};
findings found;
call_t calls[MOST_CALLS];
unsigned call_count = 1;
bool is_measuring;
board *seen;

// Calls that are not up within so many seconds never will be.
enum { UP_SECONDS = 60 };
// Whatever becomes of its parent, it ends so long after its calls should have.
enum { GRACE_SECONDS = 60 };

static unsigned seconds = 20;
static int16_t *speech;
static size_t samples;
static alarm_t next_step;

void took(figures *f, uint64_t from, uint64_t to) {
  if (sentinel_saw(from, to)) found.stood_still++;
  else figures_add(f, to - from);
}

// MARK: Names

call_t *named_call(const char *text, size_t count, unsigned *guess) {
  unsigned id, which;
  if (!name_find(text, count, &id, &which) || id >= call_count) return NULL;
  if (guess) *guess = which;
  return &calls[id];
}

// MARK: Signs

enum { LEVEL = 9, LEAD = 8, BITS = 12 };
static const int16_t LEADING[LEAD] = {LEVEL, -LEVEL, LEVEL, LEVEL, -LEVEL, -LEVEL, LEVEL, -LEVEL};

void sign(int16_t frame[FRAME], const call_t *call) {
  memcpy(frame, LEADING, sizeof LEADING);
  for (int i = 0; i < BITS; i++) frame[LEAD + i] = call->id >> i & 1 ? LEVEL : -LEVEL;
}

call_t *signed_call(const int16_t *sound, size_t count) {
  for (size_t at = 0; at + LEAD + BITS <= count; at++) {
    if (memcmp(sound + at, LEADING, sizeof LEADING)) continue;
    unsigned id = 0;
    for (unsigned i = 0; i < BITS; i++) id |= (unsigned)(sound[at + LEAD + i] == LEVEL) << i;
    if (id < call_count) return &calls[id];
  }
  return NULL;
}

// MARK: The run

static void report(alarm_t *alarm) {
  (void)alarm;
  is_measuring = false;
  phones_hang_up();
  printf("{");
  figures_print(&found.guess_to_screen, "guess_to_screen");
  figures *all[] = {&found.guess_to_event, &found.sound_to_playout, &found.clause_to_request, &found.sound_to_line, &found.wait,
                    &found.added, &found.caller_late, &found.vendor_late};
  const char *names[] = {"guess_to_event", "sound_to_playout", "clause_to_request", "sound_to_line", "wait", "added", "caller_late", "vendor_late"};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    printf(", ");
    figures_print(all[i], names[i]);
  }
  printf(", \"stood_still\": %u, \"stood_still_share\": %.5f", found.stood_still, sentinel_share());
  printf(", \"turns\": %u, \"unanswered\": %u, \"dried_up\": %u, \"hung_up\": %u, \"crossed\": %u, \"withdrawn\": %u", found.turns,
         found.unanswered, found.dried_up, found.hung_up, found.crossed, found.withdrawn);
  printf(", \"opened\": {\"stt\": %u, \"llm\": %u, \"tts\": %u}}\n", found.recognisers, found.models, found.voices);
  fflush(stdout);
}

static void measure(alarm_t *alarm) {
  is_measuring = true;
  figures_forget(&found.caller_late);
  figures_forget(&found.vendor_late);
  sentinel_share();
  printf("{\"up\": %u}\n", call_count);
  fflush(stdout);
  next_step.ring = report;
  alarm_set(alarm, now_ns() + seconds * 1000 * MS);
}

// Every caller is in the middle of talk before anything counts.
static void up(void) {
  next_step.ring = measure;
  alarm_set(&next_step, now_ns() + 10000 * MS);
}

static void never_up(alarm_t *alarm) {
  (void)alarm;
  fprintf(stderr, "lab: not all calls were answered\n");
  exit(1);
}

static void told(int fd) {
  char text[32];
  ssize_t count = read(fd, text, sizeof text - 1);
  if (count <= 0) return loop_stop();
  text[count] = 0;
  next_step.ring = never_up;
  alarm_set(&next_step, now_ns() + UP_SECONDS * 1000 * MS);
  phones_ring((uint16_t)atoi(text), speech, samples, up);
}

static void load(const char *path) {
  struct stat about;
  FILE *file = fopen(path, "rb");
  if (!file || fstat(fileno(file), &about) || !(speech = malloc((size_t)about.st_size))) {
    perror(path);
    exit(1);
  }
  samples = fread(speech, sizeof *speech, (size_t)about.st_size / sizeof *speech, file);
  fclose(file);
}

int main(int count, char **words) {
  static const struct option options[] = {
    {"calls", required_argument, NULL, 'c'}, {"seconds", required_argument, NULL, 's'}, {"speech", required_argument, NULL, 'w'},
    {"core", required_argument, NULL, 'o'}, {0}};
  for (int which; (which = getopt_long(count, words, "", options, NULL)) != -1;) {
    if (which == 'c') call_count = (unsigned)atoi(optarg);
    else if (which == 's') seconds = (unsigned)atoi(optarg);
    else if (which == 'w') load(optarg);
    else if (which == 'o') sentinel_watch((unsigned)atoi(optarg));
    else return 2;
  }
  if (!samples || !call_count || call_count > MOST_CALLS) {
    fprintf(stderr, "usage: lab --calls N --seconds S --speech FILE [--core C]...\n");
    return 2;
  }
  alarm(UP_SECONDS + 10 + seconds + GRACE_SECONDS);
  if (!(seen = board_make())) {
    perror("lab: its board");
    return 1;
  }
  atexit(board_drop);
  loop_open();
  printf("{\"stt\": %u, \"llm\": %u, \"tts\": %u}\n", recogniser_open(), model_open(), voice_open());
  fflush(stdout);
  loop_watch(STDIN_FILENO, told);
  loop_run();
  return 0;
}
