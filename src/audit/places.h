/* What a file is for, by where it lies. */
#ifndef BATTEN_AUDIT_PLACES_H
#define BATTEN_AUDIT_PLACES_H

#include "base/base.h"

/* Of development, tests or documentation: .devcontainer/, docs/Gemfile.lock, Dockerfile.dev,
 * docker-compose.test.yml. */
bool place_is_development(str path);
/* Of something that shows how, and that some run as it is: examples/server.key. */
bool place_is_example(str path);

#endif
