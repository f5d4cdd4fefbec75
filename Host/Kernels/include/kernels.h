// Float kernels of small neural networks: with AVX-512, or AVX2 and FMA, where the processor has them, portable vectors elsewhere.
#pragma once
#include <stddef.h>

// None of these allocates, locks or keeps state; any thread. Buffers belong to the caller and must not overlap.

#ifdef __cplusplus
extern "C" {
#endif

// How many columns stand together in a packed matrix; column counts are multiples of it.
enum { KERNELS_COLUMNS = 16 };

// What one layer does for several streams at once. Its matrix costs the memory it comes through, so all streams use each block of columns
// while it is near.
typedef struct kernels_streams {
  size_t count;
  size_t next; // floats from one stream's input to the next one's, and from output to output
} kernels_streams;

// y[s][r][c] = bias[c] + sum over k of x[s][r][k] * w[k][c], then max(0, .) when `relu` is not 0.
//   x       of each stream `rows` rows (1, 2 or 4) of `inner` floats, `x_stride` floats apart; rows may overlap each other, so that a
//           convolution or a windowed transform is one call
//   w       packed: for each block of 16 columns, `inner` rows of 16 floats
//   bias    `columns` floats, or NULL for zeros
//   columns a multiple of 16
//   y       of each stream `rows` rows of `columns` floats, one behind the other
void kernels_affine(kernels_streams streams, const float *x, size_t x_stride, size_t rows, const float *w, const float *bias,
                    size_t inner, size_t columns, float *y, int relu);

// The same without the processor's extensions: the reference in tests.
void kernels_affine_portable(kernels_streams streams, const float *x, size_t x_stride, size_t rows, const float *w,
                             const float *bias, size_t inner, size_t columns, float *y, int relu);

// out[i] = sqrt(re[i]^2 + im[i]^2)
void kernels_magnitude(const float *re, const float *im, size_t count, float *out);

// One step of an LSTM cell of `count` units (a multiple of 8) after its affine part.
//   gates   input, forget, cell and output gate, `count` floats each, before their activation
//   c, h    cell and hidden state, `count` floats each; c is read and written, h is written
void kernels_lstm(const float *gates, size_t count, float *c, float *h);

#ifdef __cplusplus
}
#endif
