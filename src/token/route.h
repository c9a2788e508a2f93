/* Which route a request is on, for libbatten's own files. */
#ifndef BATTEN_ROUTE_H
#define BATTEN_ROUTE_H

#include "token/reading.h"

typedef struct {
  bt_route_kind kind;
  bt_path_fault fault;   /* when BT_ROUTE_AMBIGUOUS */
  const bt_route *route; /* NULL when none */
} route_found;

route_found route_find(const bt_policy *policy, str method, str host, str target);

/* Whether who may pass `a` may pass `b` too. NULL: nobody may. */
bool route_asks_no_less(const bt_route *a, const bt_route *b);

#endif
