/* Role "vox.tts/0": text to speech.
 *
 * Traits (JSON): rates_out [Hz in order of preference], word_times "none|word|char", text_max_bytes, first_piece_bytes (an
 * answer may begin with so short a piece, cut between two words of a clause, and still sound well; without it the host waits for the
 * clause's end), ops (how many SAY may be in flight), tags [bracket tags the voice performs], ssml bool, normalises_text bool (it reads figures, dates and addresses itself,
 * and is given them as written; else the host writes them out), languages, cancel_grace_ms.
 */
#ifndef VOX_ROLES_TTS_H
#define VOX_ROLES_TTS_H

#include "../audio.h"
#include "../words.h"

#define VOX_ROLE_TTS "vox.tts/0"

enum {
  /* One speakable piece. text: the whole piece, plain; body: {"language","previous","next","more"}.
   * COMPLETED: {"samples": count}. Audio of several SAY comes op by op, each in order. */
  VOX_TTS_SAY = 16
};

enum {
  VOX_EV_TTS_AUDIO = 768, /* vox_ev_audio: position from 0 per op */
  VOX_EV_TTS_WORDS = 769  /* vox_ev_words: times of words of the request's text, before or with their audio */
};

#endif
