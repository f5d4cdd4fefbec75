// Deepgram's /v1/speak over a WebSocket: 250 ms of a tone for each word, in pieces of 100 ms, four times as fast as it sounds.

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"
#include "socket.h"

enum { WORD_MS = 250, PIECE_MS = 100, SPEED = 4, MOST_RATE = 48000 };

typedef struct {
  peer *peer;
  call_t *call;
  unsigned rate;
  // What is asked for and has not been sent; 0 = nothing is being said.
  unsigned left_ms;
  bool is_flushed;
  // The first piece of a text that names the call is on its way.
  bool is_first;
  unsigned sequence;
  alarm_t piece;
} mouth;

static int16_t tone[MOST_RATE * PIECE_MS / 1000];

static void speak(mouth *m, const char *text) {
  unsigned words = 1;
  for (const char *c = text; *c; c++) words += *c == ' ';
  call_t *call = named_call(text, strlen(text), NULL);
  uint64_t now = now_ns();
  if (call) {
    m->call = call;
    m->is_first = true;
    if (call->turn.clause && !call->turn.voiced) {
      call->turn.voiced = m->peer->came;
      if (is_measuring) took(&found.clause_to_request, call->turn.clause, m->peer->came);
    }
  }
  if (!m->left_ms) alarm_set(&m->piece, now + stage.first_sound * MS);
  m->left_ms += words * WORD_MS;
}

static void piece(alarm_t *alarm) {
  mouth *m = (mouth *)((char *)alarm - offsetof(mouth, piece));
  if (m->left_ms) {
    unsigned ms = m->left_ms < PIECE_MS ? m->left_ms : PIECE_MS;
    if (m->is_first && m->call && m->call->turn.voiced && !m->call->turn.first_sound) m->call->turn.first_sound = now_ns();
    m->is_first = false;
    socket_send(m->peer, SOCKET_BINARY, tone, m->rate * ms / 1000 * 2);
    m->left_ms -= ms;
    if (!m->peer->is_gone && m->left_ms) return alarm_set(alarm, alarm->due + PIECE_MS * MS / SPEED);
  }
  if (!m->peer->is_gone && m->is_flushed) socket_say(m->peer, "{\"type\":\"Flushed\",\"sequence_id\":%u}", m->sequence++);
  m->is_flushed = false;
}

static void message(peer *p, int kind, uint8_t *bytes, size_t count) {
  (void)count;
  mouth *m = p->owner;
  char *text = (char *)bytes, *found_text;
  if (kind != SOCKET_TEXT) return;
  if (strstr(text, "\"Speak\"") && (found_text = strstr(text, "\"text\":\""))) {
    found_text += 8;
    found_text[strcspn(found_text, "\"")] = 0;
    speak(m, found_text);
  } else if (strstr(text, "\"Flush\"")) {
    m->is_flushed = true;
    if (!m->left_ms) alarm_set(&m->piece, now_ns());
  } else if (strstr(text, "\"Clear\"")) {
    m->left_ms = 0;
    m->is_flushed = false;
    alarm_stop(&m->piece);
    if (is_measuring) found.withdrawn++;
    socket_say(p, "{\"type\":\"Cleared\",\"sequence_id\":%u}", m->sequence++);
  } else if (strstr(text, "\"Close\"")) {
    peer_close(p);
  }
}

static size_t read_some(peer *p, uint8_t *bytes, size_t count) {
  if (p->is_upgraded) return socket_take(p, bytes, count, message);
  mouth *m = p->owner;
  size_t length = head_length(bytes, count);
  if (!length) return 0;
  long rate = head_number((char *)bytes, "sample_rate=");
  m->rate = rate > 0 && rate <= MOST_RATE ? (unsigned)rate : 24000;
  socket_accept(p, (char *)bytes);
  if (!p->is_gone) socket_say(p, "{\"type\":\"Metadata\",\"request_id\":\"lab\",\"model_name\":\"lab\"}");
  return length;
}

static void gone(peer *p) {
  mouth *m = p->owner;
  alarm_stop(&m->piece);
  free(m);
}

static void accepted(peer *p) {
  if (is_measuring) found.voices++;
  mouth *m = calloc(1, sizeof *m);
  m->peer = p;
  m->piece.ring = piece;
  m->piece.lateness = &found.vendor_late;
  p->owner = m;
  p->hear = read_some;
  p->gone = gone;
}

uint16_t voice_open(void) {
  for (size_t i = 0; i < sizeof tone / sizeof *tone; i++) tone[i] = (int16_t)((i / 40 % 2 ? 6000 : -6000) + (int)(i % 40) * 100);
  return listen_anywhere(accepted);
}
