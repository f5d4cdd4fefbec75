// A narrow face of libpocketsphinx: what one decoder can do, with its error text kept instead of printed.
//
// Only this face is visible to Swift: the library's own headers need include folders of their own, pull in its audio device
// code when taken through pkg-config, and report errors through a variadic callback.
#ifndef CPOCKETSPHINX_SPHINX_H
#define CPOCKETSPHINX_SPHINX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A decoder; one thread at a time.
typedef struct sphinx_decoder sphinx_decoder;

// A word of the best path, or a pause, noise or sentence mark. `word` lives as long as the decoder.
typedef struct sphinx_segment {
  const char *_Nullable word;
  int32_t first_frame; // 10 ms each, counted from the start of the utterance
  int32_t last_frame;
  double acoustic;     // natural log likelihood of its sound; 1,024 times too small in a grammar search
  double posterior;    // natural logarithm
} sphinx_segment;

// Makes a decoder from `count` options, e.g. {"-hmm", "folder"}. NULL on failure: ask `sphinx_why`.
sphinx_decoder *_Nullable sphinx_open(const char *_Nonnull const *_Nonnull options, int32_t count);
void sphinx_close(sphinx_decoder *_Nonnull d);

// The last error text of this thread since `sphinx_open` or `sphinx_load_grammar` began; empty when there was none.
const char *_Nonnull sphinx_why(void);

// Reads a JSGF grammar and keeps it under `name`. Words that the dictionary lacks make it fail.
bool sphinx_load_grammar(sphinx_decoder *_Nonnull d, const char *_Nonnull name, const char *_Nonnull file);
// Chooses what the next utterance is searched with: a grammar's name, or NULL for the language model.
bool sphinx_select(sphinx_decoder *_Nonnull d, const char *_Nullable name);
// Whether a loaded grammar allows these words.
bool sphinx_accepts(sphinx_decoder *_Nonnull d, const char *_Nonnull name, const char *_Nonnull const *_Nonnull words,
                    int32_t count);

// The cepstral mean that is taken from every frame. Writes at most `room` coefficients; returns how many.
int32_t sphinx_mean(sphinx_decoder *_Nonnull d, float *_Nonnull out, int32_t room);
// Sets the mean for the next utterance, and forgets what was observed.
void sphinx_set_mean(sphinx_decoder *_Nonnull d, const float *_Nonnull mean, int32_t count);
// The sum of the cepstra of the utterance that ended, since `sphinx_set_mean`; returns the number of frames in it.
int32_t sphinx_observed(sphinx_decoder *_Nonnull d, float *_Nonnull sum, int32_t room);

bool sphinx_start(sphinx_decoder *_Nonnull d);
// Signed 16-bit mono at 16 kHz.
bool sphinx_feed(sphinx_decoder *_Nonnull d, const int16_t *_Nonnull samples, size_t count);
bool sphinx_end(sphinx_decoder *_Nonnull d);

// The words so far, or after the end of the utterance the final ones; NULL = none. Valid until the next call.
const char *_Nullable sphinx_text(sphinx_decoder *_Nonnull d);
// Natural logarithm of the posterior of the whole text; 0 when the search gives none (grammars).
double sphinx_posterior(sphinx_decoder *_Nonnull d);
// The best path, at most `room` segments; returns how many were written.
int32_t sphinx_segments(sphinx_decoder *_Nonnull d, sphinx_segment *_Nonnull out, int32_t room);

#endif
