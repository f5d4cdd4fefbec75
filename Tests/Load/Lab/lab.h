// The calls, what is measured of them, and the parts of the lab: callers on the web phone's socket, and the three vendors they lead to.
#ifndef LAB_LAB_H
#define LAB_LAB_H

#include "board.h"
#include "loop.h"
#include "names.h"

enum { RATE = 16000, FRAME = RATE / 50 };

// What the vendors take for their work, in ms.
typedef struct {
  unsigned final, finalize, interim, first_token, token, first_sound;
} stages;

// The moments of the turn that is going on; 0 = not yet.
typedef struct {
  uint64_t said, final, asked, first_token, clause, voiced, first_sound;
} moments;

typedef struct {
  unsigned id;
  moments turn;
  uint64_t guessed[GUESSES];
  unsigned guesses;
} call_t;

typedef struct {
  // A vendor's message to what follows from it within the host, where taps see it: a guess to the event that leaves the plugin, the first
  // sound to its way into the line.
  figures guess_to_event, sound_to_playout;
  // And outside: a guess to the caller's screen, the token that completes the first clause to the voice's request, the first sound to
  // the caller's socket.
  figures guess_to_screen, clause_to_request, sound_to_line;
  // Times of these five kinds that are not among them, because a core stood still meanwhile.
  unsigned stood_still;
  // Of whole turns; see `phone.c`.
  figures wait, added;
  // Of the lab itself.
  figures caller_late, vendor_late;
  unsigned turns, unanswered, dried_up, hung_up, crossed, withdrawn;
  // Connections that vendors got while calls were up.
  unsigned recognisers, models, voices;
} findings;

extern stages stage;
extern findings found;
extern call_t calls[MOST_CALLS];
extern unsigned call_count;
// All calls are up, and what happens now counts.
extern bool is_measuring;

// Adds a time from one moment to another, unless the machine did not run in it.
void took(figures *, uint64_t from, uint64_t to);

// What taps within the host have seen; all zero where there are none.
extern board *seen;

// The call that the last name in a text is of; NULL when there is none.
call_t *named_call(const char *text, size_t count, unsigned *guess);

// The vendors; each answers the port it listens on.
uint16_t recogniser_open(void);
uint16_t model_open(void);
uint16_t voice_open(void);

// Callers ring one after the other and say `speech` again and again; `up` is told once all of them are up.
void phones_ring(uint16_t port, const int16_t *speech, size_t samples, void (*up)(void));
void phones_hang_up(void);

// A caller's silence names the call, so that a recogniser knows whom it hears: in samples far too faint for any ear.
void sign(int16_t frame[FRAME], const call_t *);
// The call that sound of a caller's silence is of; NULL for other sound.
call_t *signed_call(const int16_t *samples, size_t count);

#endif
