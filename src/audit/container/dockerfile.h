/* A Dockerfile as a list of instructions (docs.docker.com/reference/dockerfile): continuation lines
 * joined, comments and blank lines between them dropped, here-documents kept as the body, ONBUILD
 * unwrapped, parser directives obeyed. */
#ifndef BATTEN_AUDIT_DOCKERFILE_H
#define BATTEN_AUDIT_DOCKERFILE_H

#include "base/base.h"

typedef struct {
  str keyword; /* upper case */
  str words;   /* the rest, joined */
  str body;    /* of here-documents */
  unsigned line, column;
  bool onbuild;
} instruction;

typedef LIST(instruction) instruction_list;

instruction_list dockerfile_parse(arena *a, str text);
/* "$NAME" and "${NAME}", "${NAME:-default}" by the last ARG or ENV of that name in the list before
 * `until`. */
str dockerfile_expand(arena *a, const instruction_list *list, size_t until, str text);
/* Takes one word off the front; quotes hold it together and are dropped. */
bool dockerfile_word(arena *a, str *rest, str *word);

#endif
