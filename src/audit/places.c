/* What a file is for, by where it lies. */
#include "audit/places.h"

static bool is_one(str word, const char *const *words) {
  for (; *words; words++)
    if (str_ieq(word, str_of(*words)))
      return true;
  return false;
}

/* Dockerfile.dev, docker-compose.override.yml, test.dockerfile, ci-config/: a word of the name
 * between dots, dashes and underlines. */
static bool name_says(str name, const char *const *words) {
  size_t from = 0;
  for (size_t i = 0; i <= name.len; i++) {
    if (i < name.len && !strchr("._-", name.ptr[i]))
      continue;
    if (is_one(str_sub(name, from, i), words))
      return true;
    from = i + 1;
  }
  return false;
}

static bool any_folder(str path, const char *const *words,
                       bool (*fits)(str piece, const char *const *words)) {
  str rest = path, piece;
  while (str_next(&rest, '/', &piece))
    if (rest.ptr && fits(piece, words))
      return true;
  return false;
}

bool place_is_development(str path) {
  static const char *const folders[] = {".dockerdev", ".github", ".gitlab", ".circleci",
                                        ".buildkite", "spec",    "demo",    "docs",
                                        "doc",        NULL};
  static const char *const words[] = {"dev",     "development", "devcontainer", "test", "tests",
                                      "testing", "ci",          "e2e",          NULL};
  static const char *const of_files[] = {"local", "override", "demo", NULL};
  str name = path_name(path);
  return any_folder(path, folders, is_one) || any_folder(path, words, name_says) ||
         name_says(name, words) || name_says(name, of_files);
}

bool place_is_example(str path) {
  static const char *const folders[] = {"example", "examples", NULL};
  return any_folder(path, folders, is_one);
}
