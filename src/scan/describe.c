/* What is looked up in a description. */
#include "scan/scan.h"

static bool status_matches(str declared, int status, int rank) {
  char text[8] = {(char)('0' + status / 100), (char)('0' + status / 10 % 10), (char)('0' + status % 10)};
  if (rank == 0) return str_eq(declared, str_from(text, 3));
  if (rank == 1) return declared.len == 3 && declared.ptr[0] == text[0] && str_ieq(str_sub(declared, 1, 3), STR("xx"));
  return str_eq(declared, STR("default"));
}

const declared_body *description_response(const description *d, int status) {
  if (!d || status < 100 || status > 599) return NULL;
  for (int rank = 0; rank < 3; rank++)
    for (size_t i = 0; i < d->responses.len; i++)
      if (status_matches(d->responses.at[i].status, status, rank)) return &d->responses.at[i];
  return NULL;
}
