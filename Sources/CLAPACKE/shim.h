#ifndef HOURGLASS_CLAPACKE_SHIM_H
#define HOURGLASS_CLAPACKE_SHIM_H

#include <lapacke.h>

#endif
