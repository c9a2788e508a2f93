/* A ceiling on requests a second without bursts: a virtual schedule of equal spaces (GCRA), which
 * late starts shift. */
#include "net/pace.h"

static const double MADE_UP =
    0.25; /* of a space: what a sleep that was too long may be made up for by */

pace pace_begin(double rate, double now) {
  return (pace){rate, now + 1 / rate};
}

double pace_left(pace *p, double now) {
  double late = now - MADE_UP / p->rate;
  if (p->next_at < late)
    p->next_at = late;
  return p->next_at - now;
}

void pace_take(pace *p) {
  p->next_at += 1 / p->rate;
}

void pace_slow_down(pace *p, double factor) {
  p->rate = p->rate / factor < 1 ? 1 : p->rate / factor;
}
