/* What a file is for, by where it lies. */
#include "audit/places.h"

static bool is_one(str word, const char *const *words) {
  for (; *words; words++)
    if (str_ieq(word, str_of(*words))) return true;
  return false;
}

static bool is_within(str path, const char *const *folders) {
  str rest = path, piece;
  while (str_next(&rest, '/', &piece))
    if (rest.ptr && is_one(piece, folders)) return true;
  return false;
}

static str last_piece(str path) {
  str rest = path, piece = path;
  while (str_next(&rest, '/', &piece)) {}
  return piece;
}

/* Dockerfile.dev, docker-compose.override.yml, test.dockerfile: a word of the name between dots, dashes and underlines. */
static bool name_says(str name) {
  static const char *const words[] = {"dev", "development", "devcontainer", "test", "tests", "testing", "ci", "e2e", "local", "override", "demo", NULL};
  size_t from = 0;
  for (size_t i = 0; i <= name.len; i++) {
    if (i < name.len && !strchr("._-", name.ptr[i])) continue;
    if (is_one(str_sub(name, from, i), words)) return true;
    from = i + 1;
  }
  return false;
}

bool place_is_development(str path) {
  static const char *const folders[] = {".devcontainer", ".dockerdev", "dev", "development", "spec", "test", "tests", "ci", "e2e", "demo", "docs", "doc", NULL};
  return is_within(path, folders) || name_says(last_piece(path));
}

bool place_is_example(str path) {
  static const char *const folders[] = {"example", "examples", NULL};
  return is_within(path, folders);
}
