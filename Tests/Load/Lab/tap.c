// A plugin in front of a plugin: it hands on what passes between that one and the host, and notes on the lab's board when it did.
//
// Built for one library each (TAPPED, its path), which it opens as the host would. Neither that library nor the host knows of it.

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <vox/vox.h>

#include "board.h"

// Speech after so long a pause is another answer.
static const uint64_t PAUSE_NS = 300000000;

static const vox_plugin_v0 *tapped;
static const vox_session_v0 *lines;
static const vox_host_v0 *host;
static board *seen;

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

// MARK: Which call an offer is of

enum { OFFER_ROOM = 64 };
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char offers[MOST_CALLS][OFFER_ROOM];

// The text of a JSON member that holds no escapes.
static size_t member(const vox_view *json, const char *name, const char **text) {
  const char *start = memmem(json->ptr, json->len, name, strlen(name));
  if (!start) return 0;
  start += strlen(name);
  const char *end = memchr(start, '"', (size_t)((const char *)json->ptr + json->len - start));
  *text = start;
  return end ? (size_t)(end - start) : 0;
}

static void note_offer(const vox_view *json) {
  const char *id, *from;
  size_t length = member(json, "\"id\":\"", &id);
  unsigned call;
  if (!length || length >= OFFER_ROOM || !member(json, "\"from\":\"", &from) || sscanf(from, "caller%u\"", &call) != 1 || call >= MOST_CALLS) return;
  pthread_mutex_lock(&lock);
  memcpy(offers[call], id, length);
  offers[call][length] = 0;
  pthread_mutex_unlock(&lock);
}

static int offered(const vox_view *id) {
  int found = -1;
  pthread_mutex_lock(&lock);
  for (int call = 0; call < MOST_CALLS && found < 0; call++)
    if (id->len && strlen(offers[call]) == id->len && !memcmp(offers[call], id->ptr, id->len)) found = call;
  pthread_mutex_unlock(&lock);
  return found;
}

// MARK: From the plugin to the host

static vox_status emit(void *ctx, const vox_event *event) {
  unsigned call, guess;
  if (event->kind == VOX_EV_OFFER) {
    note_offer(&((const vox_ev_text *)event)->text);
  } else if (event->kind == VOX_EV_TRANSCRIPT) {
    const vox_view *text = &((const vox_ev_words *)event)->text;
    if (text->len && name_find((const char *)text->ptr, text->len, &call, &guess)) seen->guessed[call][guess] = now_ns();
  }
  return host->emit(ctx, event);
}

static vox_status create(const vox_host_v0 *given, const vox_view *settings, void **provider) {
  static vox_host_v0 shown;
  static board nobody;
  if (!(seen = board_take())) seen = &nobody;
  host = given;
  shown = *given;
  shown.emit = emit;
  return tapped->create(&shown, settings, provider);
}

// MARK: From the host to the plugin

typedef struct {
  void *ctx;
  int call;
  vox_handle op;
  uint64_t pushed;
} line;

static vox_status line_open(void *account, vox_handle session, const vox_open *how, void **ctx) {
  line *l = calloc(1, sizeof *l);
  if (!l) return VOX_NO_MEMORY;
  l->call = offered(&how->offer);
  vox_status status = lines->open(account, session, how, &l->ctx);
  if (status == VOX_OK) *ctx = l;
  else free(l);
  return status;
}

static vox_status line_push_audio(void *ctx, vox_handle op, const vox_audio *audio) {
  line *l = ctx;
  uint64_t now = now_ns();
  if (l->call >= 0 && (op != l->op || now - l->pushed > PAUSE_NS)) seen->spoken[l->call] = now;
  l->op = op;
  l->pushed = now;
  return lines->push_audio(l->ctx, op, audio);
}

static vox_status line_start(void *ctx, vox_handle op, const vox_request *r) { return lines->start(((line *)ctx)->ctx, op, r); }
static vox_status line_push_bytes(void *ctx, vox_handle op, const vox_view *b) { return lines->push_bytes(((line *)ctx)->ctx, op, b); }
static vox_status line_finalize(void *ctx, vox_handle op, uint64_t mark) { return lines->finalize(((line *)ctx)->ctx, op, mark); }
static vox_status line_cancel(void *ctx, vox_handle op, uint16_t reason) { return lines->cancel(((line *)ctx)->ctx, op, reason); }
static vox_status line_deliver(void *ctx, const vox_event *e) { return lines->deliver(((line *)ctx)->ctx, e); }
static vox_status line_close(void *ctx, uint16_t reason, vox_time deadline) { return lines->close(((line *)ctx)->ctx, reason, deadline); }

static void line_destroy(void *ctx) {
  lines->destroy(((line *)ctx)->ctx);
  free(ctx);
}

static const vox_session_v0 *role(const vox_view *id) {
  static vox_session_v0 shown;
  const vox_session_v0 *table = tapped->role(id);
  if (!table || id->len != strlen(VOX_ROLE_TELEPHONY) || memcmp(id->ptr, VOX_ROLE_TELEPHONY, id->len)) return table;
  lines = table;
  shown = (vox_session_v0){
    .struct_size = sizeof shown, .flags = table->flags, .open = line_open, .start = line_start, .push_audio = line_push_audio,
    .push_bytes = line_push_bytes, .finalize = line_finalize, .cancel = line_cancel, .deliver = line_deliver, .close = line_close,
    .destroy = line_destroy};
  return &shown;
}

// MARK: The one symbol

const void *vox_plugin_entry(uint32_t abi_min, uint32_t abi_max, vox_view *why) {
  static vox_plugin_v0 shown;
  void *library = dlopen(TAPPED, RTLD_NOW | RTLD_LOCAL);
  __typeof__(&vox_plugin_entry) entry = library ? (__typeof__(&vox_plugin_entry))dlsym(library, VOX_ENTRY_SYMBOL) : NULL;
  tapped = entry ? entry(abi_min, abi_max, why) : NULL;
  if (!tapped) {
    static const char text[] = "the tapped library " TAPPED " does not open";
    if (!entry) *why = (vox_view){(const uint8_t *)text, sizeof text - 1};
    return NULL;
  }
  shown = *tapped;
  shown.create = create;
  shown.role = role;
  return &shown;
}
