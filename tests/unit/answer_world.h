/* Answers as a target might give them, for the tests of what compares and judges them. */
#ifndef BATTEN_TEST_ANSWER_WORLD_H
#define BATTEN_TEST_ANSWER_WORLD_H

#include "scan/check.h"

static inline http_response answer_of(arena *a, int status, const char *type, const char *body) {
  http_response r = {.failure = HTTP_OK, .status = status, .body = str_of(body)};
  if (type)
    http_header_set(a, &r.headers, STR("Content-Type"), str_of(type));
  return r;
}

static inline http_response json_of(arena *a, int status, const char *body) {
  return answer_of(a, status, "application/json", body);
}

static inline feature_set features_of(arena *a, http_response r) {
  return answer_features(a, &r, (str){0}, (str){0});
}

#endif
