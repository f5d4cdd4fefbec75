// Callers on the web phone's socket: each asks, listens to the whole answer, and asks again.
//
// A turn is measured as the peers' bench does it: its wait is the time from the caller's last frame to the agent's first, and `added` is
// what of that neither the endpointing of 300 ms (or the recogniser, where that is later) nor the model's first token nor the voice's
// first sound accounts for, each by the lab's own stamps.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"
#include "socket.h"

enum {
  ENDPOINT_MS = 300,
  // An answer is over when nothing has sounded for so long; a caller who gets none asks again.
  QUIET_MS = 900,
  PATIENCE_MS = 15000,
  // Prime to the 20 ms of a frame: strangers do not speak in step, and a hundred frames in the same millisecond would be no telephone exchange.
  RING_MS = 37,
  MOST_MARKS = 64,
};

typedef struct {
  char text[96];
  uint64_t due;
} mark;

typedef struct {
  peer *peer;
  call_t *call;
  bool is_up;
  // Samples of the question that have been said; beyond its length the caller listens.
  size_t said;
  // When to speak at the earliest, and when this caller gives up.
  uint64_t ready, deadline;
  // When everything that has come will have been played.
  uint64_t played;
  mark marks[MOST_MARKS];
  unsigned first_mark, last_mark;
  alarm_t frame, reached;
} phone;

static phone phones[MOST_CALLS];
static uint16_t host_port;
static const int16_t *question;
static size_t question_samples;
static void (*all_up)(void);
static unsigned ringing, up_count;
static bool is_over;
static alarm_t ring_next;

static uint64_t later(uint64_t a, uint64_t b) { return a > b ? a : b; }

// MARK: Turns

static void take_turn(phone *p, uint64_t now) {
  p->said = 0;
  p->call->turn = (moments){0};
  p->deadline = now + (question_samples * 1000 / RATE + PATIENCE_MS) * MS;
}

static void answered(phone *p, uint64_t now) {
  moments *t = &p->call->turn;
  p->deadline = UINT64_MAX;
  if (!is_measuring) return;
  found.turns++;
  figures_add(&found.wait, now - t->said);
  if (!t->final || !t->asked || !t->first_token || !t->voiced || !t->first_sound || t->first_sound > now) {
    // It was answered with something else than what this turn asked for.
    found.unanswered++;
    return;
  }
  took(&found.sound_to_line, t->first_sound, now);
  uint64_t spoken = seen->spoken[p->call->id];
  if (spoken >= t->first_sound && spoken <= now) took(&found.sound_to_playout, t->first_sound, spoken);
  uint64_t known = later(ENDPOINT_MS * MS, t->final - t->said) + (t->first_token - t->asked) + (t->first_sound - t->voiced);
  figures_add(&found.added, now - t->said > known ? now - t->said - known : 0);
}

static void say_frame(alarm_t *alarm) {
  phone *p = (phone *)((char *)alarm - offsetof(phone, frame));
  int16_t frame[FRAME] = {0};
  uint64_t now = now_ns();
  if (p->said >= question_samples && p->call->turn.said && now > p->deadline) {
    if (is_measuring) found.turns++, found.unanswered++;
    p->deadline = UINT64_MAX;
  }
  bool may_speak = p->said >= question_samples && p->deadline == UINT64_MAX && now > later(p->ready, p->played + QUIET_MS * MS);
  if (may_speak && !is_over) take_turn(p, now);
  if (p->said < question_samples) {
    size_t count = question_samples - p->said < FRAME ? question_samples - p->said : FRAME;
    memcpy(frame, question + p->said, count * sizeof *frame);
    p->said += FRAME;
  } else {
    sign(frame, p->call);
  }
  socket_send(p->peer, SOCKET_BINARY, frame, sizeof frame);
  if (p->said >= question_samples && p->deadline != UINT64_MAX && !p->call->turn.said) p->call->turn.said = now;
  if (!p->peer->is_gone) alarm_set(alarm, alarm->due + 20 * MS);
}

// MARK: What the host says

static void reach(alarm_t *alarm) {
  phone *p = (phone *)((char *)alarm - offsetof(phone, reached));
  uint64_t now = now_ns();
  while (p->first_mark != p->last_mark && p->marks[p->first_mark % MOST_MARKS].due <= now && !p->peer->is_gone)
    socket_say(p->peer, "%s", p->marks[p->first_mark++ % MOST_MARKS].text);
  if (p->first_mark != p->last_mark && !p->peer->is_gone) alarm_set(alarm, p->marks[p->first_mark % MOST_MARKS].due);
}

static void hear(phone *p, size_t samples) {
  uint64_t now = p->peer->came;
  // What came before the caller was done, and is only read now, answers nothing.
  if (p->call->turn.said && p->call->turn.said < now && p->deadline != UINT64_MAX) answered(p, now);
  else if (is_measuring && p->played < now && now - p->played > 20 * MS && now - p->played < QUIET_MS * MS) found.dried_up++;
  p->played = later(p->played, now) + samples * 1000000000ull / RATE;
}

static void show(phone *p, const char *text, size_t count) {
  unsigned guess;
  call_t *call = strstr(text, "\"user\"") ? named_call(text, count, &guess) : NULL;
  if (!call) return;
  uint64_t guessed = call->guessed[guess], told = seen->guessed[call->id][guess];
  if (call != p->call) found.crossed++;
  else if (is_measuring && guessed) {
    took(&found.guess_to_screen, guessed, p->peer->came);
    if (told >= guessed) took(&found.guess_to_event, guessed, told);
  }
  call->guessed[guess] = 0;
}

static void message(peer *peer, int kind, uint8_t *bytes, size_t count) {
  phone *p = peer->owner;
  const char *text = (const char *)bytes;
  if (kind == SOCKET_BINARY) return hear(p, count / 2);
  if (strstr(text, "\"type\":\"transcript\"")) {
    show(p, text, count);
  } else if (strstr(text, "\"type\":\"mark\"")) {
    if (count >= sizeof p->marks->text || p->last_mark - p->first_mark == MOST_MARKS) abort();
    mark *m = &p->marks[p->last_mark++ % MOST_MARKS];
    strcpy(m->text, text);
    m->due = later(p->played, now_ns());
    if (!p->reached.place) alarm_set(&p->reached, m->due);
  } else if (strstr(text, "\"type\":\"clear\"")) {
    uint64_t now = now_ns(), left = p->played > now ? p->played - now : 0;
    p->first_mark = p->last_mark;
    alarm_stop(&p->reached);
    p->played = now;
    socket_say(peer, "{\"type\":\"cleared\",\"dropped\":%u}", (unsigned)(left * RATE / 1000000000ull));
  } else if (strstr(text, "\"type\":\"answered\"")) {
    // Callers speak at different times, so that they do not all ask in the same second.
    uint64_t now = now_ns();
    p->is_up = true;
    p->ready = now + (1000 + p->call->id * 370 % 8000) * MS;
    alarm_set(&p->frame, now);
    if (++up_count == call_count) all_up();
  }
}

static size_t read_some(peer *peer, uint8_t *bytes, size_t count) {
  if (peer->is_upgraded) return socket_take(peer, bytes, count, message);
  size_t length = head_length(bytes, count);
  if (!length) return 0;
  if (strncmp((char *)bytes + 8, " 101", 4)) {
    fprintf(stderr, "the host does not take the call: %.*s\n", (int)strcspn((char *)bytes, "\r\n"), bytes);
    peer_close(peer);
    return 0;
  }
  peer->is_upgraded = true;
  socket_say(peer, "{\"type\":\"start\",\"to\":\"lab\",\"from\":\"caller%u\"}", ((phone *)peer->owner)->call->id);
  return length;
}

static void gone(peer *peer) {
  phone *p = peer->owner;
  alarm_stop(&p->frame);
  alarm_stop(&p->reached);
  if (!is_over) found.hung_up++;
  p->peer = NULL;
}

static void ring(alarm_t *alarm) {
  phone *p = &phones[ringing];
  p->call = &calls[ringing];
  p->call->id = ringing;
  p->said = question_samples;
  p->deadline = UINT64_MAX;
  p->frame.ring = say_frame;
  p->frame.lateness = &found.caller_late;
  p->reached.ring = reach;
  p->reached.lateness = &found.caller_late;
  p->peer = peer_connect(host_port);
  p->peer->owner = p;
  p->peer->hear = read_some;
  p->peer->gone = gone;
  socket_ask(p->peer, host_port, "/phone/socket");
  if (++ringing < call_count) alarm_set(alarm, alarm->due + RING_MS * MS);
}

void phones_ring(uint16_t port, const int16_t *speech, size_t samples, void (*up)(void)) {
  host_port = port;
  question = speech;
  question_samples = samples;
  all_up = up;
  ring_next.ring = ring;
  alarm_set(&ring_next, now_ns());
}

void phones_hang_up(void) {
  is_over = true;
  for (unsigned i = 0; i < ringing; i++) {
    if (!phones[i].peer) continue;
    socket_say(phones[i].peer, "{\"type\":\"hangup\"}");
    if (phones[i].peer) peer_close(phones[i].peer);
  }
}
