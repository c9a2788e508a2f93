/* Inside src/net: when the next request may start. */
#ifndef BATTEN_PACE_H
#define BATTEN_PACE_H

/* Starts are evenly spaced, after a rest too. What started late makes up for a quarter of a space:
 * with that, no second holds more than the rate and one, its two ends counted. The first waits a
 * space, so that this holds together with whoever kept to the same rate before. Times are monotonic
 * seconds. */
typedef struct {
  double rate, next_at;
} pace;

pace pace_begin(double rate, double now);
double pace_left(pace *p, double now); /* seconds until a request may start; not above 0: now */
void pace_take(pace *p);               /* one starts */
void pace_slow_down(pace *p, double factor); /* to at least one a second */

#endif
