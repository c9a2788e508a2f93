/* What is looked up in a description. */
#include "scan/scan.h"

static bool status_matches(str declared, int status, int rank) {
  char text[8] = {(char)('0' + status / 100), (char)('0' + status / 10 % 10),
                  (char)('0' + status % 10)};
  if (rank == 0)
    return str_eq(declared, str_from(text, 3));
  if (rank == 1)
    return declared.len == 3 && declared.ptr[0] == text[0] &&
           str_ieq(str_sub(declared, 1, 3), STR("xx"));
  return str_eq(declared, STR("default"));
}

const declared_body *description_response(const description *d, int status) {
  if (!d || status < 100 || status > 599)
    return NULL;
  for (int rank = 0; rank < 3; rank++)
    for (size_t i = 0; i < d->responses.len; i++)
      if (status_matches(d->responses.at[i].status, status, rank))
        return &d->responses.at[i];
  return NULL;
}

/* What people write into paths and no URL may hold. */
static void put_path(buf *b, str text) {
  for (size_t i = 0; i < text.len; i++)
    if ((unsigned char)text.ptr[i] <= ' ' || strchr("{}\\\"<>^`|#\177", text.ptr[i]))
      buf_printf(b, "%%%02X", (unsigned char)text.ptr[i]);
    else
      buf_char(b, text.ptr[i]);
}

/* "{name}" becomes the value of that path parameter; what has none stays. */
void operation_set_path(arena *a, operation *o) {
  const description *d = o->about;
  if (!d)
    return;
  buf b = {.arena = a};
  for (size_t from = 0; from < d->path.len;) {
    size_t open = str_find(d->path, STR("{"), from),
           close = str_find(d->path, STR("}"), open == SIZE_MAX ? 0 : open);
    const parameter *p = NULL;
    if (open == SIZE_MAX || close == SIZE_MAX)
      open = close = d->path.len;
    for (size_t i = 0; i < d->parameters.len; i++)
      if (d->parameters.at[i].in == IN_PATH &&
          str_eq(d->parameters.at[i].name, str_sub(d->path, open + 1, close)))
        p = &d->parameters.at[i];
    put_path(&b, str_sub(d->path, from, open));
    if (p)
      buf_put(&b, percent_encode(a, p->value));
    if (!p)
      put_path(&b, str_sub(d->path, open, close + 1));
    from = close + 1;
  }
  o->url.path = buf_str(&b);
}
