#include "CVectorMath.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

// One body for every instruction set: the loops are plain, the compiler makes them vectors. Where the
// processor has fused multiply-add the last digit may differ from the portable one.
#pragma STDC FP_CONTRACT ON

#define INLINE static inline __attribute__((always_inline))

// exp(x) = 2^k exp(r) with k the nearest integer to x / ln 2 and |r| ≤ ln 2 / 2, where the Taylor polynomial
// of degree 13 is within 5e-18. ln 2 is taken off in two parts, the first of which is exact times k.
INLINE double exp_not_positive(double x) {
  const double shift = 0x1.8p52;
  double clamped = x < -708 ? -708 : x;
  double shifted = clamped * 0x1.71547652b82fep0 + shift;
  double k = shifted - shift;
  double r = clamped - k * 0x1.62e42fefa0000p-1;
  r = r - k * 0x1.cf79abc9e3b3ap-40;
  double p = 1.0 / 6227020800;
  p = p * r + 1.0 / 479001600;
  p = p * r + 1.0 / 39916800;
  p = p * r + 1.0 / 3628800;
  p = p * r + 1.0 / 362880;
  p = p * r + 1.0 / 40320;
  p = p * r + 1.0 / 5040;
  p = p * r + 1.0 / 720;
  p = p * r + 1.0 / 120;
  p = p * r + 1.0 / 24;
  p = p * r + 1.0 / 6;
  p = p * r + 0.5;
  p = p * r + 1;
  p = p * r + 1;
  // The low bits of `shifted` are k in two's complement; moved up they are the exponent's.
  uint64_t bits;
  memcpy(&bits, &shifted, sizeof bits);
  bits = (bits + 1023) << 52;
  double power;
  memcpy(&power, &bits, sizeof power);
  return p * power;
}

// log(1 + t) for 0 ≤ t ≤ 1 as 2 artanh(s), s = t / (2 + t) ≤ 1/3: s (1 + s²/3 + s⁴/5 + …), whose terms fall
// by nine and end below 2e-17. No digit is lost for small t.
INLINE double log1p_unit(double t) {
  double s = t / (2 + t);
  double q = s * s;
  double p = 1.0 / 33;
  p = p * q + 1.0 / 31;
  p = p * q + 1.0 / 29;
  p = p * q + 1.0 / 27;
  p = p * q + 1.0 / 25;
  p = p * q + 1.0 / 23;
  p = p * q + 1.0 / 21;
  p = p * q + 1.0 / 19;
  p = p * q + 1.0 / 17;
  p = p * q + 1.0 / 15;
  p = p * q + 1.0 / 13;
  p = p * q + 1.0 / 11;
  p = p * q + 1.0 / 9;
  p = p * q + 1.0 / 7;
  p = p * q + 1.0 / 5;
  p = p * q + 1.0 / 3;
  return 2 * s + 2 * s * (q * p);
}

INLINE void exp_loop(const double *restrict x, double *restrict result, size_t count) {
  for (size_t i = 0; i < count; i++) result[i] = exp_not_positive(x[i]);
}

INLINE void logistic_loop(
  const double *restrict margin, const double *restrict sign, const double *restrict share,
  double *restrict residual, double *restrict weight, double *restrict loss, size_t count) {
  for (size_t i = 0; i < count; i++) {
    double z = margin[i];
    double t = exp_not_positive(-fabs(z));
    double inverse = 1 / (1 + t);
    double other = t * inverse;
    double wrong = z < 0 ? inverse : other;
    residual[i] = -sign[i] * share[i] * wrong;
    weight[i] = share[i] * (other * inverse);
    loss[i] = share[i] * ((z < 0 ? -z : 0) + log1p_unit(t));
  }
}

#define LOGISTIC_ARGUMENTS                                                                  \
  const double *margin, const double *sign, const double *share, double *residual,         \
    double *weight, double *loss, size_t count

static void exp_portable(const double *x, double *result, size_t count) {
  exp_loop(x, result, count);
}

static void logistic_portable(LOGISTIC_ARGUMENTS) {
  logistic_loop(margin, sign, share, residual, weight, loss, count);
}

#if defined(__x86_64__)

#define AVX2 __attribute__((target("avx2,fma")))
#define AVX512 __attribute__((target("avx512f,avx512dq,avx512vl,fma"), min_vector_width(512)))

AVX2 static void exp_avx2(const double *x, double *result, size_t count) {
  exp_loop(x, result, count);
}

AVX512 static void exp_avx512(const double *x, double *result, size_t count) {
  exp_loop(x, result, count);
}

AVX2 static void logistic_avx2(LOGISTIC_ARGUMENTS) {
  logistic_loop(margin, sign, share, residual, weight, loss, count);
}

AVX512 static void logistic_avx512(LOGISTIC_ARGUMENTS) {
  logistic_loop(margin, sign, share, residual, weight, loss, count);
}

HGInstructions hg_instructions(void) {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")
      && __builtin_cpu_supports("avx512vl")) {
    return HGInstructionsAVX512;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return HGInstructionsAVX2;
  return HGInstructionsPortable;
}

void hg_exp(HGInstructions instructions, const double *x, double *result, size_t count) {
  switch (instructions) {
  case HGInstructionsAVX512: return exp_avx512(x, result, count);
  case HGInstructionsAVX2: return exp_avx2(x, result, count);
  case HGInstructionsPortable: return exp_portable(x, result, count);
  }
}

void hg_logistic(HGInstructions instructions, LOGISTIC_ARGUMENTS) {
  switch (instructions) {
  case HGInstructionsAVX512:
    return logistic_avx512(margin, sign, share, residual, weight, loss, count);
  case HGInstructionsAVX2:
    return logistic_avx2(margin, sign, share, residual, weight, loss, count);
  case HGInstructionsPortable:
    return logistic_portable(margin, sign, share, residual, weight, loss, count);
  }
}

#else

HGInstructions hg_instructions(void) { return HGInstructionsPortable; }

void hg_exp(HGInstructions instructions, const double *x, double *result, size_t count) {
  exp_portable(x, result, count);
}

void hg_logistic(HGInstructions instructions, LOGISTIC_ARGUMENTS) {
  logistic_portable(margin, sign, share, residual, weight, loss, count);
}

#endif
