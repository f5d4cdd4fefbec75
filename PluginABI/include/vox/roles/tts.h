/* Role "vox.tts/0": text to speech.
 *
 * Traits (JSON): rates_out [Hz in order of preference], word_times "none|word|char", text_max_bytes, text_grows bool (it takes a
 * SAY whose text is still being written), ops (how many SAY may be in flight), tags [bracket tags the voice performs], ssml bool
 * (it reads SSML 1.1: where an agent writes it, body has "ssml": true and text is what stands within a speak element, well-formed),
 * normalises_text bool (it reads figures, dates and addresses itself, and is given them as written; else the host writes them out),
 * languages, cancel_grace_ms.
 */
#ifndef VOX_ROLES_TTS_H
#define VOX_ROLES_TTS_H

#include "../audio.h"
#include "../words.h"

#define VOX_ROLE_TTS "vox.tts/0"

enum {
  /* One speakable piece. text: the whole piece, plain; body: {"language","previous","next","more","ssml"}.
   * COMPLETED: {"samples": count}. Audio of several SAY comes op by op, each in order. */
  VOX_TTS_SAY = 16
};

/* In `vox_request.flags` of a SAY; only to voices with the trait text_grows. `text` is the beginning of a piece, whole words, or
 * nothing yet. What follows comes by `push_bytes` (UTF-8) and is appended as it is: whole words with the space before the first, or a
 * mark that belongs to the word before. `finalize` with mark 0 says that the text is whole. The voice begins to speak when it likes, and
 * completes after `finalize` only. */
enum { VOX_TTS_GROWS = 1 };

enum {
  VOX_EV_TTS_AUDIO = 768, /* vox_ev_audio: position from 0 per op */
  VOX_EV_TTS_WORDS = 769  /* vox_ev_words: times of words of the request's text, before or with their audio */
};

#endif
