/* What happens beside the requests: a changed policy is taken over, key files and revocations are
 * read again, key sets are fetched. A request never waits for any of it, and no revocation for a
 * fetch. */
#include "guard/guard_private.h"
#include "batten/sqlite.h"

#include <time.h>

enum { ROUND_MILLISECONDS = 250 };

bt_policy *guard_policy(guard *g) {
  pthread_rwlock_rdlock(&g->lock);
  bt_policy *share = bt_policy_share(g->policy);
  pthread_rwlock_unlock(&g->lock);
  return share;
}

void log_problem(const bt_problem *p, void *context) {
  (void)context;
  log_event(p->warning ? "warning" : "problem", "%s:%u:%u: %s", p->file ? p->file : "policy",
            p->line, p->column, p->message);
}

/* ---- the policy file ------------------------------------------------------------------------- */

bt_policy *guard_load(const char *path, bt_problem_fn tell, void *context) {
  bt_policy *policy = bt_policy_load_file(path, tell, context);
  if (policy && bt_sqlite_load(policy, clock_wall(), tell, context))
    return policy;
  bt_policy_free(policy);
  return NULL;
}

static void say_mode(const bt_policy *policy) {
  if (bt_policy_mode(policy) == BT_OBSERVE)
    log_event("observe", "mode is observe: nothing is refused, only logged and counted");
  if (bt_policy_override(policy) == BT_OVERRIDE_BODY)
    log_event("forms", "no body is seen here: POST forms that could ask for a method of another "
                       "route are refused, as without `method_override: body`");
}

/* ---- taking over a changed policy ------------------------------------------------------------ */

/* Until the new one has its keys, the old one answers. */
static void refuse_reload(guard *g, bt_policy *fresh, const char *why) {
  g->reload_failures++;
  log_event("reload-refused", "%s", why);
  bt_policy_free(fresh);
}

static void reload(guard *g) {
  if (!guard_may_read(g->options)) {
    refuse_reload(g, NULL, "the sandbox keeps files of it from being read; the old policy stays");
    return;
  }
  bt_policy *fresh = guard_load(g->options->policy, log_problem, NULL), *old;
  if (!fresh) {
    refuse_reload(g, NULL, "the policy has problems; the old one stays in force");
    return;
  }
  if (bt_policy_revocations_missing(fresh)) {
    refuse_reload(
        g, fresh,
        "what the missing list revoked would be good again; the old policy stays in force");
    return;
  }
  bt_policy_continue(fresh, g->policy); /* only this thread changes which it is */
  fetch_keys(g, fresh);
  fetch_wait(g);
  pthread_rwlock_wrlock(&g->lock);
  old = g->policy;
  g->policy = fresh;
  pthread_rwlock_unlock(&g->lock);
  bt_policy_free(old);
  g->reloads++;
  log_event("reload", "the policy was taken over");
  say_mode(fresh);
}

/* ---- the rounds ------------------------------------------------------------------------------ */

static void wait_round(void) {
  struct timespec moment = {0, ROUND_MILLISECONDS * 1000000L};
  nanosleep(&moment, NULL);
}

/* A thread of its own, for what is promised within a second: a server of keys that does not answer
 * holds up the other. A database is followed for one policy: after a reload anew. */
static void *refresh_loop(void *of) {
  guard *g = of;
  bt_policy *policy = NULL;
  bt_sqlite *revoked = NULL;
  while (!*g->options->stop) {
    bt_policy *present = guard_policy(g);
    if (present != policy) {
      bt_sqlite_free(revoked);
      revoked = bt_sqlite_new();
    }
    bt_policy_free(policy);
    policy = present;
    bt_policy_refresh(policy, clock_wall(), log_problem, NULL);
    bt_sqlite_refresh(revoked, policy, clock_wall(), log_problem, NULL);
    wait_round();
  }
  bt_sqlite_free(revoked);
  bt_policy_free(policy);
  return NULL;
}

static void follow_policy_and_urls(guard *g) {
  say_mode(g->policy);
  while (!*g->options->stop) {
    file_stamp now = file_stamp_of(g->options->policy);
    bool changed = now.there && !file_stamp_same(&g->seen, &now);
    if (changed || *g->options->reload) {
      *g->options->reload = 0;
      g->seen = changed ? now : g->seen;
      reload(g);
    }
    fetch_keys(g, g->policy);
    if (!g->ready)
      fetch_wait(g);
    g->ready = true;
    log_left_out(g);
    wait_round();
  }
}

bool upkeep_run(guard *g, error *e) {
  pthread_t refresher;
  if (pthread_create(&refresher, NULL, refresh_loop, g) != 0)
    return error_set(e, ERROR_INTERNAL, "no thread can be started");
  follow_policy_and_urls(g);
  pthread_join(refresher, NULL);
  fetch_wait(g);
  return true;
}
