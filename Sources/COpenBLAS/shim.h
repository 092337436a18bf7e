#ifndef HOURGLASS_COPENBLAS_SHIM_H
#define HOURGLASS_COPENBLAS_SHIM_H

#include <cblas.h>

// Debian's reference BLAS also ships a cblas.h; it would link, and run an order of magnitude slower.
#ifndef OPENBLAS_VERSION
#error "cblas.h is not OpenBLAS's: install libopenblas-dev and check PKG_CONFIG_PATH"
#endif

#endif
