#ifndef HOURGLASS_CLIBPQ_SHIM_H
#define HOURGLASS_CLIBPQ_SHIM_H

#include <libpq-fe.h>

// The fields of an error are asked for by these letters, which are character literals in
// postgres_ext.h and not imported.
enum {
  HOURGLASS_DIAG_SQLSTATE = PG_DIAG_SQLSTATE,
  HOURGLASS_DIAG_MESSAGE = PG_DIAG_MESSAGE_PRIMARY,
  HOURGLASS_DIAG_TABLE = PG_DIAG_TABLE_NAME,
};

#endif
