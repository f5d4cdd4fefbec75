/* Words with their times: what a recogniser heard, or when a voice says what. */
#ifndef VOX_WORDS_H
#define VOX_WORDS_H

#include "base.h"
#include "event.h"

/* `start` and `end` are samples of the op. `text_at` and `text_len` are bytes: of `vox_ev_words.text` for
 * a recogniser, of the request's text for a voice. `confidence` is permille, 0 = not told. */
typedef struct vox_word {
  uint64_t start;
  uint64_t end;
  uint32_t text_at;
  uint32_t text_len;
  uint16_t confidence;
  uint16_t speaker; /* 0 = not told */
  uint16_t flags;
  uint16_t zero;
} vox_word;
VOX_SIZE(vox_word, 32);

typedef struct vox_ev_words {
  vox_event h;
  uint64_t start; /* samples of the op this event covers */
  uint64_t end;
  uint32_t nwords;
  uint16_t confidence; /* permille of the whole, 0 = not told */
  uint16_t zero;
  vox_view text;
  vox_view language; /* BCP 47, empty = as asked */
  const vox_word *VOX_NULLABLE words;
} vox_ev_words;
VOX_SIZE(vox_ev_words, 96);

#endif
