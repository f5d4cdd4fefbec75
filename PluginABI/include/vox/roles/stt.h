/* Role "vox.stt/0": speech to text.
 *
 * Traits (JSON): rates_in [Hz in order of preference], interim bool (while anything like speech is pushed, some event
 * comes at least once a second of it, an empty TRANSCRIPT if nothing is understood: a host gives up one that is silent
 * for longer), turn_end bool, flush bool, word_times "none|word", confidence bool, expect bool, input_rate_permille
 * (how fast replayed audio may come; 1000 = real time), needs_audio_within_ms, max_sessions, languages [BCP 47],
 * cancel_grace_ms.
 */
#ifndef VOX_ROLES_STT_H
#define VOX_ROLES_STT_H

#include "../words.h"

#define VOX_ROLE_STT "vox.stt/0"

enum {
  /* A stream of audio, pushed as it comes; one per session and stream. finalize(mark) asks for what was
   * said so far as finals, then FLUSHED; finalize(0) ends the op with COMPLETED. body: {"language"}. */
  VOX_STT_LISTEN = 16,
  /* Tells what the caller is expected to say next; completes at once. body: {"expect": {"kind":
   * "open|yes_no|date|time|digits|name|choice", "digits": n, "grammar": "name"}}. Needs trait `expect`. */
  VOX_STT_EXPECT = 17
};

enum {
  VOX_EV_SPEECH_STARTED = 256, /* vox_ev_mark: position */
  VOX_EV_TRANSCRIPT = 257,     /* vox_ev_words: flag FINAL or not. A final with empty text is sent as well: its
                                  `end` says how far the audio is dealt with. Finals never overlap; a final
                                  replaces the interims over its range */
  VOX_EV_TURN_END = 258,       /* vox_ev_mark: position; value = confidence in permille; flag EAGER */
  VOX_EV_TURN_RESUMED = 259,   /* vox_ev_mark: an eager turn end was wrong */
  VOX_EV_FLUSHED = 260         /* vox_ev_mark: value = mark, position = samples dealt with */
};

enum { VOX_TRANSCRIPT_FINAL = 1, VOX_TURN_EAGER = 2 }; /* flags in h.flags */

#endif
