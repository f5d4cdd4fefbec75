// Float kernels of small neural networks: with AVX2 and FMA where the processor has them, portable vectors elsewhere.
#pragma once
#include <stddef.h>

// None of these allocates, locks or keeps state; any thread. Buffers belong to the caller and must not overlap.

#ifdef __cplusplus
extern "C" {
#endif

// How many columns stand together in a packed matrix; column counts are multiples of it.
enum { KERNELS_COLUMNS = 16 };

// y[r][c] = bias[c] + sum over k of x[r][k] * w[k][c], then max(0, .) when `relu` is not 0.
//   x       `rows` rows (1, 2 or 4) of `inner` floats, `x_stride` floats apart; rows may overlap each other, so that a
//           convolution or a windowed transform is one call
//   w       packed: for each block of 16 columns, `inner` rows of 16 floats
//   bias    `columns` floats, or NULL for zeros
//   inner   a multiple of 4 / rows
//   columns a multiple of 16
//   y       `rows` rows of `columns` floats, `y_stride` floats apart
void kernels_affine(const float *x, size_t x_stride, size_t rows, const float *w, const float *bias, size_t inner,
                    size_t columns, float *y, size_t y_stride, int relu);

// The same without the processor's extensions: the reference in tests.
void kernels_affine_portable(const float *x, size_t x_stride, size_t rows, const float *w, const float *bias, size_t inner,
                             size_t columns, float *y, size_t y_stride, int relu);

// out[i] = sqrt(re[i]^2 + im[i]^2)
void kernels_magnitude(const float *re, const float *im, size_t count, float *out);

// One step of an LSTM cell of `count` units (a multiple of 8) after its affine part.
//   gates   input, forget, cell and output gate, `count` floats each, before their activation
//   c, h    cell and hidden state, `count` floats each; c is read and written, h is written
void kernels_lstm(const float *gates, size_t count, float *c, float *h);

#ifdef __cplusplus
}
#endif
