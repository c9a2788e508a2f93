/* The tables of checks, one a file. The catalogue (catalogue.c) joins them in order. */
#ifndef BATTEN_SCAN_CHECKS_H
#define BATTEN_SCAN_CHECKS_H

#include "scan/check.h"

#define CHECK_TABLE(name)                                                                                              \
  extern const check CHECKS_##name[];                                                                                  \
  extern const size_t CHECKS_##name##_COUNT

CHECK_TABLE(SIGNATURE); /* signature.c */
CHECK_TABLE(DUPLICATE);
CHECK_TABLE(ALGORITHM);  /* algorithm.c */
CHECK_TABLE(SECRET);     /* secret.c */
CHECK_TABLE(HEADER_KEY); /* header_key.c */
CHECK_TABLE(KID);        /* kid.c */
CHECK_TABLE(DELIVERY);   /* delivery.c */
CHECK_TABLE(ERRORS);     /* errors.c */
CHECK_TABLE(RULES);      /* rules.c */
CHECK_TABLE(LAST);       /* rules.c: after everything else */
CHECK_TABLE(CLAIMS);     /* claims.c */
CHECK_TABLE(LOOKING);    /* looking.c */

/* The algorithm by which an attacker would sign here: the good token's own, or HS256. */
const algorithm *hmac_of(const subject *s);
key *secret_key(arena *a, str secret);

#endif
