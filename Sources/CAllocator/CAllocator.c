#include "CAllocator.h"

#include <stdlib.h>  // names the C library

#ifdef __GLIBC__
#include <malloc.h>

void hourglass_return_freed_memory(void) {
  // Blocks of a mebibyte and more are mapped by themselves; setting either stops both from growing.
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  mallopt(M_TRIM_THRESHOLD, 1 << 17);
}
#else
void hourglass_return_freed_memory(void) {}
#endif
