#include "watch/watch.h"

#include <ctype.h>
#include <time.h>

enum { MINUTE = 60, HOUR = 3600, DAY = 86400, JITTER_MAX = 300, YEARS_MAX = 8 };

/* ---- parsing --------------------------------------------------------------------------------- */

typedef struct {
  const char *name;
  int low, high;
  const char *const *words; /* of the values from `low` on; NULL: numbers only */
} field;

static const char *const MONTHS[] = {"jan", "feb", "mar", "apr", "may", "jun", "jul",
                                     "aug", "sep", "oct", "nov", "dec", NULL};
static const char *const WEEKDAYS[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat", NULL};
static const field FIELDS[] = {{"minute", 0, 59, NULL},
                               {"hour", 0, 23, NULL},
                               {"day", 1, 31, NULL},
                               {"month", 1, 12, MONTHS},
                               {"weekday", 0, 7, WEEKDAYS}};

static bool field_value(const field *f, str text, int *out) {
  uint64_t n;
  for (int i = 0; f->words && f->words[i]; i++)
    if (str_ieq(text, str_of(f->words[i]))) {
      *out = f->low + i;
      return true;
    }
  if (!str_to_u64(text, &n) || n > 99)
    return false;
  *out = (int)n;
  return *out >= f->low && *out <= f->high;
}

/* "*", "5", "1-5", each with "/step". */
static bool field_part(const field *f, str part, uint64_t *bits) {
  size_t slash = str_find(part, STR("/"), 0), dash;
  uint64_t step = 1;
  str range = str_sub(part, 0, slash);
  int from = f->low, to = f->high;
  if (slash != SIZE_MAX &&
      (!str_to_u64(str_sub(part, slash + 1, part.len), &step) || !step || step > 60))
    return false;
  dash = str_find(range, STR("-"), 0);
  if (!str_eq(range, STR("*"))) {
    if (!field_value(f, str_sub(range, 0, dash), &from))
      return false;
    to = slash == SIZE_MAX ? from : f->high;
    if (dash != SIZE_MAX && !field_value(f, str_sub(range, dash + 1, range.len), &to))
      return false;
  }
  if (from > to)
    return false;
  for (int i = from; i <= to; i += (int)step)
    *bits |= (uint64_t)1 << i;
  return true;
}

static bool field_bits(const field *f, str text, uint64_t *bits) {
  str rest = text, part;
  *bits = 0;
  while (str_next(&rest, ',', &part))
    if (!field_part(f, part, bits))
      return false;
  return *bits != 0;
}

static int count_words(str text) {
  str word;
  int n = 0;
  while (str_next(&text, ' ', &word))
    n += word.len > 0;
  return n;
}

static bool parse_cron(str text, schedule *out, error *e) {
  uint64_t *const bits[] = {&out->minutes, &out->hours, &out->days, &out->months, &out->weekdays};
  str rest = text, word;
  int n = 0;
  if (count_words(text) != 5)
    return error_set(e, ERROR_USAGE,
                     "--every '%.*s': as in 30m, 6h, 2d, @daily, or five cron fields: '0 3 * * *'",
                     STR_ARG(text));
  while (str_next(&rest, ' ', &word)) {
    if (!word.len)
      continue;
    if (!field_bits(&FIELDS[n], word, bits[n]))
      return error_set(e, ERROR_USAGE, "--every '%.*s': %s '%.*s' is not from %d to %d",
                       STR_ARG(text), FIELDS[n].name, STR_ARG(word), FIELDS[n].low, FIELDS[n].high);
    if (n == 2)
      out->any_day = word.ptr[0] == '*';
    if (n == 4)
      out->any_weekday = word.ptr[0] == '*';
    n++;
  }
  if (out->weekdays >> 7 & 1)
    out->weekdays |= 1; /* 7 is Sunday too */
  return true;
}

static bool parse_period(str text, double *out) {
  return str_to_duration(text, out) && *out >= MINUTE && *out <= 366.0 * DAY;
}

bool schedule_parse(str text, schedule *out, error *e) {
  static const struct {
    const char *name, *cron;
  } names[] = {{"@hourly", "0 * * * *"},
               {"@daily", "0 0 * * *"},
               {"@weekly", "0 0 * * 0"},
               {"@monthly", "0 0 1 * *"}};

  *out = (schedule){0};
  text = str_trim(text);
  if (parse_period(text, &out->period))
    return true;
  for (size_t i = 0; i < 4; i++)
    if (str_eq(text, str_of(names[i].name)))
      return parse_cron(str_of(names[i].cron), out, e);
  if (!parse_cron(text, out, e))
    return false;
  if (schedule_next(out, 0, 0) > 0)
    return true;
  return error_set(e, ERROR_USAGE, "--every '%.*s': such a day never comes", STR_ARG(text));
}

/* ---- the next time --------------------------------------------------------------------------- */

static bool bit(uint64_t bits, int n) {
  return bits >> n & 1;
}

/* As in cron(8): where both day and weekday are given, either will do. */
static bool day_fits(const schedule *s, const struct tm *t) {
  bool day = bit(s->days, t->tm_mday), weekday = bit(s->weekdays, t->tm_wday);
  if (!bit(s->months, t->tm_mon + 1))
    return false;
  return s->any_day || s->any_weekday ? day && weekday : day || weekday;
}

static double next_cron(const schedule *s, double after) {
  time_t at = ((time_t)after / MINUTE + 1) * MINUTE, end = at + (time_t)YEARS_MAX * 366 * DAY;
  while (at < end) {
    struct tm t;
    gmtime_r(&at, &t);
    if (!day_fits(s, &t))
      at = (at / DAY + 1) * DAY;
    else if (!bit(s->hours, t.tm_hour))
      at = (at / HOUR + 1) * HOUR;
    else if (!bit(s->minutes, t.tm_min))
      at += MINUTE;
    else
      return (double)at;
  }
  return 0;
}

double schedule_next(const schedule *s, double after, uint64_t seed) {
  if (s->period <= 0)
    return next_cron(s, after);
  double room = s->period / 10 < JITTER_MAX ? s->period / 10 : JITTER_MAX;
  double jitter = (double)(seed % 1000) / 1000 * room;
  /* The same phase each time: the jitter shifts the beat and does not add up. */
  double beat = (double)(int64_t)((after - jitter) / s->period) * s->period + jitter;
  while (beat <= after)
    beat += s->period;
  return beat;
}

/* ---- windows in which nothing runs ----------------------------------------------------------- */

static bool clock_time(str text, int *minutes) {
  uint64_t hour, minute;
  if (text.len != 5 || text.ptr[2] != ':' || !str_to_u64(str_sub(text, 0, 2), &hour) ||
      !str_to_u64(str_sub(text, 3, 5), &minute) || hour > 24 || minute > 59 ||
      (hour == 24 && minute))
    return false;
  *minutes = (int)(hour * 60 + minute);
  return true;
}

static bool quiet_window(str text, int *from, int *to) {
  size_t dash = str_find(text, STR("-"), 0);
  return dash != SIZE_MAX && clock_time(str_trim(str_sub(text, 0, dash)), from) &&
         clock_time(str_trim(str_sub(text, dash + 1, text.len)), to) && *from != *to;
}

static bool date_window(str text, double *from, double *to) {
  size_t slash = str_find(text, STR("/"), 0);
  return slash != SIZE_MAX && time_parse_rfc3339(str_trim(str_sub(text, 0, slash)), from) &&
         time_parse_rfc3339(str_trim(str_sub(text, slash + 1, text.len)), to) && *from < *to;
}

bool windows_parse(str quiet, str maintenance, error *e) {
  str rest = quiet, part;
  int a, b, covered = 0;
  double from, to;
  while (quiet.len && str_next(&rest, ',', &part)) {
    if (!quiet_window(part, &a, &b))
      return error_set(e, ERROR_USAGE, "--quiet %.*s: as in 22:00-06:00", STR_ARG(part));
    covered += b > a ? b - a : b + 1440 - a;
  }
  if (covered >= 1440)
    return error_set(e, ERROR_USAGE, "--quiet %.*s: leaves no minute of the day", STR_ARG(quiet));
  rest = maintenance;
  while (maintenance.len && str_next(&rest, ',', &part))
    if (!date_window(part, &from, &to))
      return error_set(
          e, ERROR_USAGE,
          "--maintenance %.*s: START/END, as in 2026-12-24T00:00:00Z/2026-12-27T00:00:00Z",
          STR_ARG(part));
  return true;
}

static double skip_quiet(str text, double at) {
  int from, to, minute = (int)((int64_t)at % DAY / MINUTE);
  if (!quiet_window(text, &from, &to))
    return at;
  bool inside = from < to ? minute >= from && minute < to : minute >= from || minute < to;
  if (!inside)
    return at;
  int64_t midnight = (int64_t)at / DAY * DAY;
  return (double)(midnight + (int64_t)to * MINUTE + (minute >= to ? DAY : 0));
}

static double skip_once(str quiet, str maintenance, double at) {
  str rest = quiet, part;
  double from, to;
  while (quiet.len && str_next(&rest, ',', &part))
    at = skip_quiet(part, at);
  rest = maintenance;
  while (maintenance.len && str_next(&rest, ',', &part))
    if (date_window(part, &from, &to) && at >= from && at < to)
      at = to;
  return at;
}

double windows_skip(str quiet, str maintenance, double at) {
  for (int i = 0; i < 100; i++) {
    double next = skip_once(quiet, maintenance, at);
    if (next <= at)
      break;
    at = next;
  }
  return at;
}
