#ifndef BATTEN_POLICY_PROBLEMS_H
#define BATTEN_POLICY_PROBLEMS_H

#include "batten/batten.h"

/* "policy.yaml:7:5: message" on stderr, as compilers write it, for bt_policy_load_file. */
void policy_problem_print(const bt_problem *problem, void *context);

#endif
