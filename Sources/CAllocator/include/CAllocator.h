#ifndef HOURGLASS_CALLOCATOR_H
#define HOURGLASS_CALLOCATOR_H

// Lets freed memory go back to the system at once: what a fit or a join has let go of is not to stand beside
// what comes next. The GNU C library otherwise raises its own thresholds with every large block that is
// freed, up to 32 MB and 64 MB. Does nothing with another C library.
void hourglass_return_freed_memory(void);

#endif
