/* Which claim a policy means by a name: the name as it stands, its way down by dots, or a JSON
 * pointer (RFC 6901). A token in which a name can be read in two ways is never guessed at. */
#include "token/strict.h"

/* ---- JSON pointers --------------------------------------------------------------------------- */

/* RFC 6901 section 4: `~1` is a slash, `~0` a tilde. `out` has room for step.len bytes. */
static str unescape_step(str step, char *out) {
  size_t len = 0;
  for (size_t i = 0; i < step.len; i++) {
    bool escape = step.ptr[i] == '~' && i + 1 < step.len;
    out[len++] = (char)(!escape ? step.ptr[i] : step.ptr[i + 1] == '1' ? '/' : '~');
    i += escape;
  }
  return str_from(out, len);
}

/* RFC 6901 section 4: digits without a leading zero. */
static bool index_of(str step, uint64_t *index) {
  bool leading_zero = step.len > 1 && step.ptr[0] == '0';
  return !leading_zero && step.len < 10 && str_to_u64(step, index);
}

static bool item_at(str array, str step, str *value) {
  json_walk w = json_walk_of(array);
  str unused;
  uint64_t index;
  if (!index_of(step, &index))
    return false;
  while (json_next(&w, &unused, value))
    if (index-- == 0)
      return true;
  return false;
}

static bool step_into(str container, str step, str *value) {
  char room[CLAIM_PATH_MAX];
  if (json_kind(container) == JSON_ARRAY)
    return item_at(container, step, value);
  return json_inside(container, unescape_step(step, room), value);
}

static claim_found follow_pointer(const json_object *claims, str pointer, claim_value *out) {
  char room[CLAIM_PATH_MAX];
  str rest = str_sub(pointer, 1, pointer.len), step;
  str_next(&rest, '/', &step);
  out->member = json_find(claims, unescape_step(step, room));
  if (!out->member)
    return FOUND_NONE;
  out->raw = out->member->raw;
  while (str_next(&rest, '/', &step)) {
    out->member = NULL;
    if (!step_into(out->raw, step, &out->raw))
      return FOUND_NONE;
  }
  return FOUND_ONE;
}

/* ---- dots ------------------------------------------------------------------------------------ */

static size_t next_dot(str s, size_t from) {
  return str_find(s, STR("."), from);
}

/* How many values `rest` names inside `container`, a dot being a step or part of a name; the last
 * of them goes to *out. Every object is looked at once for each dot, since it stands in one place
 * alone. */
static size_t readings_inside(str container, str rest, claim_value *out) {
  str value;
  size_t readings = 0;
  if (json_inside(container, rest, &value)) {
    *out = (claim_value){.raw = value};
    readings++;
  }
  for (size_t dot = next_dot(rest, 0); dot != SIZE_MAX; dot = next_dot(rest, dot + 1))
    if (json_inside(container, str_sub(rest, 0, dot), &value))
      readings += readings_inside(value, str_sub(rest, dot + 1, rest.len), out);
  return readings;
}

static claim_found follow_dots(const json_object *claims, str path, claim_value *out) {
  size_t readings = 0;
  const json_member *found = json_find(claims, path);
  if (found) {
    *out = (claim_value){.raw = found->raw, .member = found};
    readings++;
  }
  for (size_t dot = next_dot(path, 0); dot != SIZE_MAX; dot = next_dot(path, dot + 1)) {
    found = json_find(claims, str_sub(path, 0, dot));
    if (found)
      readings += readings_inside(found->raw, str_sub(path, dot + 1, path.len), out);
  }
  return readings == 0 ? FOUND_NONE : readings == 1 ? FOUND_ONE : FOUND_SEVERAL;
}

/* ---- both ------------------------------------------------------------------------------------ */

claim_found claim_find(const json_object *claims, str path, claim_value *out) {
  *out = (claim_value){0};
  if (claim_path_fault(path))
    return FOUND_NONE;
  return path.ptr[0] == '/' ? follow_pointer(claims, path, out) : follow_dots(claims, path, out);
}

static size_t count_byte(str s, char byte) {
  size_t count = 0;
  for (size_t i = 0; i < s.len; i++)
    count += s.ptr[i] == byte;
  return count;
}

const char *claim_path_fault(str path) {
  if (!path.len || path.len > CLAIM_PATH_MAX)
    return "it must have 1 to 256 bytes";
  bool pointer = path.ptr[0] == '/';
  if (pointer && path.len == 1)
    return "a JSON pointer names a member behind its slash, such as /realm_access/roles";
  if (count_byte(path, pointer ? '/' : '.') > CLAIM_STEPS_MAX)
    return "it takes more than 16 steps";
  for (size_t i = 0; pointer && i < path.len; i++) {
    char after = i + 1 < path.len ? path.ptr[i + 1] : 0;
    if (path.ptr[i] == '~' && after != '0' && after != '1')
      return "in a JSON pointer ~ is written ~0, and a slash within a name ~1";
  }
  return NULL;
}

/* ---- a value's text -------------------------------------------------------------------------- */

bool claim_text(const claim_value *value, char *room, str *out) {
  if (json_kind(value->raw) != JSON_STRING)
    return false;
  if (value->member) {
    *out = value->member->text;
    return true;
  }
  size_t len = json_string_decode(value->raw, room);
  *out = str_from(room, len == SIZE_MAX ? 0 : len);
  return len != SIZE_MAX;
}
