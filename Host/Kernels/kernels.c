// Float kernels written once with vector types; the compiler makes the AVX-512, the AVX2 and the portable version from the same body.
#include "kernels.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

typedef float v8 __attribute__((vector_size(32)));
typedef int32_t v8i __attribute__((vector_size(32)));
typedef float v16 __attribute__((vector_size(64)));
typedef int32_t v16i __attribute__((vector_size(64)));

// Vectors are passed by value only to functions that are always inlined, where no calling convention is involved.
#pragma clang diagnostic ignored "-Wpsabi"

#define INLINE static inline __attribute__((always_inline))

#if defined(__x86_64__)
#define FAST __attribute__((target("avx2,fma")))
#define FASTEST __attribute__((target("avx512f,avx2,fma")))
static int fast(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
static int fastest(void) { return fast() && __builtin_cpu_supports("avx512f"); }
#endif

// memcpy is the one portable unaligned load; every compiler turns it into a single instruction.
#define LOAD(v, p) memcpy(&(v), (p), sizeof(v))
#define STORE(p, v) memcpy((p), &(v), sizeof(v))

// What hides the latency of the multiply-add: so many independent sums of 16 columns, of which AVX2 makes two registers each.
enum { SUMS = 4, MORE_SUMS = 8 };

// One block of 16 columns, of `n` streams with `rows` rows each. With few rows the inner dimension is split into `phases` sums.
INLINE void block(size_t n, size_t next, const float *x, size_t x_stride, size_t rows, size_t phases, const float *w, const float *bias,
                  size_t inner, float *y, size_t y_stride, int relu) {
  const v16 zero = {0};
  v16 sums[MORE_SUMS] = {zero, zero, zero, zero, zero, zero, zero, zero};
  size_t k = 0;
  for (; k + phases <= inner; k += phases) {
#pragma clang loop unroll(full)
    for (size_t p = 0; p < phases; p++) {
      v16 column;
      LOAD(column, w + (k + p) * KERNELS_COLUMNS);
#pragma clang loop unroll(full)
      for (size_t r = 0; r < n * rows; r++)
        sums[r * phases + p] += x[r / rows * next + r % rows * x_stride + k + p] * column;
    }
  }
  for (; k < inner; k++) {
    v16 column;
    LOAD(column, w + k * KERNELS_COLUMNS);
#pragma clang loop unroll(full)
    for (size_t r = 0; r < n * rows; r++) sums[r * phases] += x[r / rows * next + r % rows * x_stride + k] * column;
  }
#pragma clang loop unroll(full)
  for (size_t r = 0; r < n * rows; r++) {
    v16 sum = zero;
    if (bias) LOAD(sum, bias);
#pragma clang loop unroll(full)
    for (size_t p = 0; p < phases; p++) sum += sums[r * phases + p];
    if (relu) sum = (v16)((v16i)sum & (sum > zero));
    STORE(y + r / rows * next + r % rows * y_stride, sum);
  }
}

// The matrix is read once for as many streams as there are sums for, then for as many as are left. Constant arguments, so that each
// case is unrolled on its own.
INLINE void affine(kernels_streams streams, const float *x, size_t x_stride, size_t rows, const float *w, const float *bias,
                   size_t inner, size_t columns, float *y, int relu, size_t sums) {
#define TOGETHER(n, each)                                                                                                          \
  while (rows == each && n * each <= sums && streams.count - s >= n) {                                                             \
    block(n, streams.next, x + s * streams.next, x_stride, each, sums / (n * each), wb, bb, inner, y + s * streams.next + c,       \
          columns, relu);                                                                                                          \
    s += n;                                                                                                                        \
  }
  for (size_t c = 0; c < columns; c += KERNELS_COLUMNS) {
    const float *wb = w + c * inner, *bb = bias ? bias + c : 0;
    size_t s = 0;
    TOGETHER(8, 1) TOGETHER(4, 1) TOGETHER(2, 1) TOGETHER(1, 1)
    TOGETHER(4, 2) TOGETHER(2, 2) TOGETHER(1, 2)
    TOGETHER(2, 4) TOGETHER(1, 4)
  }
#undef TOGETHER
}

// e^x by 2^n * e^r with |r| <= ln 2 / 2 and a Taylor polynomial of degree 6 (relative error 2e-7); x is held where 2^n stays normal.
INLINE v8 exponential(v8 x) {
  const v8 zero = {0};
  v8i over = x > zero + 87.0f, under = x < zero - 87.0f;
  x = (v8)((over & (v8i)(zero + 87.0f)) | (under & (v8i)(zero - 87.0f)) | (~(over | under) & (v8i)x));
  // Adding 1.5 * 2^23 rounds to the nearest integer without SSE4's instruction.
  v8 n = (x * 1.44269504f + 12582912.0f) - 12582912.0f;
  v8 r = x - n * 0.693359375f + n * 2.12194440e-4f;
  v8 p = r * (1.0f / 720) + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  v8i power = (__builtin_convertvector(n, v8i) + 127) << 23;
  return p * (v8)power;
}

INLINE v8 sigmoid(v8 x) { return 1.0f / (1.0f + exponential(-x)); }
INLINE v8 hyperbolic_tangent(v8 x) { return 2.0f * sigmoid(x + x) - 1.0f; }

INLINE void lstm(const float *gates, size_t count, float *c, float *h) {
  for (size_t i = 0; i < count; i += 8) {
    v8 in, forget, cell, out, old;
    LOAD(in, gates + i);
    LOAD(forget, gates + count + i);
    LOAD(cell, gates + 2 * count + i);
    LOAD(out, gates + 3 * count + i);
    LOAD(old, c + i);
    v8 new = sigmoid(forget) * old + sigmoid(in) * hyperbolic_tangent(cell);
    v8 hidden = sigmoid(out) * hyperbolic_tangent(new);
    STORE(c + i, new);
    STORE(h + i, hidden);
  }
}

INLINE void magnitude(const float *re, const float *im, size_t count, float *out) {
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    v8 a, b;
    LOAD(a, re + i);
    LOAD(b, im + i);
    a = __builtin_elementwise_sqrt(a * a + b * b);
    STORE(out + i, a);
  }
  for (; i < count; i++) out[i] = sqrtf(re[i] * re[i] + im[i] * im[i]);
}

void kernels_affine_portable(kernels_streams streams, const float *x, size_t x_stride, size_t rows, const float *w,
                             const float *bias, size_t inner, size_t columns, float *y, int relu) {
  affine(streams, x, x_stride, rows, w, bias, inner, columns, y, relu, SUMS);
}

#if defined(FAST)
FASTEST static void affine_fastest(kernels_streams streams, const float *x, size_t x_stride, size_t rows, const float *w,
                                   const float *bias, size_t inner, size_t columns, float *y, int relu) {
  affine(streams, x, x_stride, rows, w, bias, inner, columns, y, relu, MORE_SUMS);
}
FAST static void affine_fast(kernels_streams streams, const float *x, size_t x_stride, size_t rows, const float *w, const float *bias,
                             size_t inner, size_t columns, float *y, int relu) {
  affine(streams, x, x_stride, rows, w, bias, inner, columns, y, relu, SUMS);
}
FAST static void lstm_fast(const float *gates, size_t count, float *c, float *h) { lstm(gates, count, c, h); }
FAST static void magnitude_fast(const float *re, const float *im, size_t count, float *out) { magnitude(re, im, count, out); }
#define CHOOSE(name, ...) fast() ? name##_fast(__VA_ARGS__) : name(__VA_ARGS__)
#else
#define CHOOSE(name, ...) name(__VA_ARGS__)
#endif

void kernels_affine(kernels_streams streams, const float *x, size_t x_stride, size_t rows, const float *w, const float *bias,
                    size_t inner, size_t columns, float *y, int relu) {
#if defined(FAST)
  if (fastest()) return affine_fastest(streams, x, x_stride, rows, w, bias, inner, columns, y, relu);
  if (fast()) return affine_fast(streams, x, x_stride, rows, w, bias, inner, columns, y, relu);
#endif
  kernels_affine_portable(streams, x, x_stride, rows, w, bias, inner, columns, y, relu);
}

void kernels_lstm(const float *gates, size_t count, float *c, float *h) { CHOOSE(lstm, gates, count, c, h); }

void kernels_magnitude(const float *re, const float *im, size_t count, float *out) { CHOOSE(magnitude, re, im, count, out); }
