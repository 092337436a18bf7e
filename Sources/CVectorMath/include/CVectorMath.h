#ifndef HOURGLASS_CVECTORMATH_H
#define HOURGLASS_CVECTORMATH_H

#include <stddef.h>

/// The instruction sets a kernel is compiled for; a processor runs those up to its own.
typedef enum {
  HGInstructionsPortable = 0,
  HGInstructionsAVX2 = 1,
  HGInstructionsAVX512 = 2,
} HGInstructions;

/// The widest of them that this processor has.
HGInstructions hg_instructions(void);

/// Sets result[i] to exp(x[i]) for x[i] ≤ 0, within 1 ulp of the C library's; below −708 to exp(−708).
void hg_exp(HGInstructions instructions, const double *x, double *result, size_t count);

/// The derivatives of share × log(1 + exp(−margin)) for `count` rows, margin being sign × linear predictor.
///
/// residual[i] is the derivative by the linear predictor, weight[i] the second one, loss[i] the value:
/// −sign × share × p, share × p × (1 − p) and −share × log(1 − p) with p = 1 / (1 + exp(margin)).
void hg_logistic(
  HGInstructions instructions, const double *margin, const double *sign, const double *share,
  double *residual, double *weight, double *loss, size_t count);

#endif
