// Deepgram's /v1/listen: guesses while the caller speaks, a final after a pause. It hears loudness alone; the words are always the same.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"
#include "socket.h"

// Mean square above which a frame is speech: -47 dBFS.
static const double LOUD = 150.0 * 150.0;
static const char *const WORDS[] = {"please", "tell", "me", "about", "your", "weekend", "opening", "hours"};
enum { WORD_COUNT = sizeof WORDS / sizeof *WORDS };

typedef struct {
  peer *peer;
  call_t *call;
  // Samples heard, and where the speech began.
  uint64_t heard, began;
  unsigned quiet_ms;
  bool is_talking;
  uint64_t next_guess;
  alarm_t flush;
} ear;

static void tell(ear *e, unsigned words, bool is_final, bool is_flushed) {
  char name[NAME_ROOM] = "", text[256] = "", list[2048] = "";
  double start = (double)(e->is_talking ? e->began : e->heard) / RATE, end = (double)e->heard / RATE;
  unsigned guess = 0;
  if (e->call && words) name_write(name, e->call->id, guess = e->call->guesses++ % GUESSES);
  for (unsigned i = 0; i < words; i++) {
    double from = start + (end - start) * i / words, to = start + (end - start) * (i + 1) / words;
    const char *gap = i ? " " : "", *comma = i ? "," : "", *stop = is_final && i + 1 == words ? "." : "";
    const char *extra = i == 0 && *name ? " " : "";
    snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s%s%s%s", gap, WORDS[i], extra, i ? "" : name, stop);
    snprintf(list + strlen(list), sizeof list - strlen(list),
             "%s{\"word\":\"%s%s%s\",\"punctuated_word\":\"%s%s%s%s\",\"start\":%.3f,\"end\":%.3f,\"confidence\":0.99}", comma, WORDS[i], extra,
             i ? "" : name, WORDS[i], extra, i ? "" : name, stop, from, to);
  }
  if (e->call && words) e->call->guessed[guess] = now_ns();
  socket_say(e->peer,
             "{\"type\":\"Results\",\"channel_index\":[0,1],\"duration\":%.3f,\"start\":%.3f,\"is_final\":%s,\"speech_final\":%s,"
             "\"from_finalize\":%s,\"channel\":{\"alternatives\":[{\"transcript\":\"%s\",\"confidence\":0.99,\"words\":[%s]}]},"
             "\"metadata\":{\"request_id\":\"lab\"}}",
             end - start, start, is_final ? "true" : "false", is_final && words ? "true" : "false", is_flushed ? "true" : "false", text, list);
}

static void settle(ear *e, bool is_flushed) {
  unsigned words = e->is_talking ? WORD_COUNT : 0;
  if (words && e->call && e->call->turn.said && !e->call->turn.final) e->call->turn.final = now_ns();
  tell(e, words, true, is_flushed);
  e->is_talking = false;
}

static void flush(alarm_t *alarm) { settle((ear *)((char *)alarm - offsetof(ear, flush)), true); }

static void hear(ear *e, const int16_t *samples, size_t count) {
  if (!e->call) e->call = signed_call(samples, count);
  double energy = 0;
  for (size_t i = 0; i < count; i++) energy += (double)samples[i] * samples[i];
  e->heard += count;
  if (energy > LOUD * (double)count) {
    if (!e->is_talking) e->began = e->heard - count;
    e->is_talking = true;
    e->quiet_ms = 0;
  } else {
    e->quiet_ms += (unsigned)(count * 1000 / RATE);
  }
  if (!e->is_talking) return;
  if (e->quiet_ms >= stage.final) return settle(e, false);
  uint64_t now = now_ns();
  if (now < e->next_guess || e->quiet_ms) return;
  e->next_guess = now + stage.interim * MS;
  unsigned words = (unsigned)((e->heard - e->began) * 4 / RATE);
  if (words) tell(e, words < WORD_COUNT ? words : WORD_COUNT, false, false);
}

static void message(peer *p, int kind, uint8_t *bytes, size_t count) {
  ear *e = p->owner;
  if (kind == SOCKET_BINARY) {
    int16_t samples[FRAME];
    for (size_t at = 0; at + 1 < count; at += sizeof samples) {
      size_t size = count - at < sizeof samples ? (count - at) & ~1ul : sizeof samples;
      memcpy(samples, bytes + at, size);
      hear(e, samples, size / 2);
    }
  } else if (strstr((char *)bytes, "\"Finalize\"")) {
    alarm_set(&e->flush, now_ns() + stage.finalize * MS);
  } else if (strstr((char *)bytes, "\"CloseStream\"")) {
    peer_close(p);
  }
}

static size_t read_some(peer *p, uint8_t *bytes, size_t count) {
  if (p->is_upgraded) return socket_take(p, bytes, count, message);
  size_t length = head_length(bytes, count);
  if (length) socket_accept(p, (char *)bytes);
  return length;
}

static void gone(peer *p) {
  ear *e = p->owner;
  alarm_stop(&e->flush);
  free(e);
}

static void accepted(peer *p) {
  if (is_measuring) found.recognisers++;
  ear *e = calloc(1, sizeof *e);
  e->peer = p;
  e->flush.ring = flush;
  e->flush.lateness = &found.vendor_late;
  p->owner = e;
  p->hear = read_some;
  p->gone = gone;
}

uint16_t recogniser_open(void) { return listen_anywhere(accepted); }
