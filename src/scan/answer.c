/* How two answers compare. An answer becomes a set of features; features that change between
 * answers to the same good request say nothing, features that differ between good answers and
 * refusals decide. */
#include "base/json.h"
#include "scan/check.h"

#include <stdlib.h>

enum { FEATURES_MAX = 5000, WORDS_MAX = 2000, DEPTH_MAX = 64 };

static uint64_t hash_more(uint64_t h, const void *bytes,
                          size_t len) { /* FNV-1a: places, not secrets */
  const unsigned char *p = bytes;
  for (size_t i = 0; i < len; i++)
    h = (h ^ p[i]) * 0x100000001B3ULL;
  return h;
}

static uint64_t hash_str(uint64_t h, str s) {
  h = hash_more(h, s.ptr, s.len);
  return h ? h : 1;
}

static const uint64_t HASH_START = 0xCBF29CE484222325ULL;

typedef struct {
  arena *arena;
  feature_set *out;
  str echo, meant;
} walk;

static void feature_add(walk *w, feature_kind kind, uint64_t place, uint64_t value) {
  char tag = (char)('0' + kind);
  if (w->out->len < FEATURES_MAX)
    list_push(w->arena, w->out, (feature){hash_more(place, &tag, 1), value ? value : 1, kind});
}

/* ---- values that change from answer to answer by their nature -------------------------------- */

static bool all_of(str s, const char *set) {
  for (size_t i = 0; i < s.len; i++)
    if (!s.ptr[i] || !strchr(set, s.ptr[i]))
      return false;
  return s.len > 0;
}

static size_t count_of(str s, char c) {
  size_t n = 0;
  for (size_t i = 0; i < s.len; i++)
    n += s.ptr[i] == c;
  return n;
}

static bool looks_like_uuid(str s) {
  return s.len == 36 && count_of(s, '-') == 4 && all_of(s, "0123456789abcdefABCDEF-");
}

static bool looks_like_time(str s) {
  if (s.len < 8 || s.len > 40)
    return false;
  bool date =
      s.len >= 10 && s.ptr[4] == '-' && s.ptr[7] == '-' && all_of(str_sub(s, 0, 4), "0123456789");
  bool clock =
      count_of(s, ':') >= 2 &&
      all_of(s, "0123456789:.-+TZ UTCGMonTueWedThuFriSatSunJanFebMarAprMayJunJulAugSepOctNovDec,");
  return date || clock;
}

static bool looks_random(str s) {
  if (s.len >= 16 && all_of(s, "0123456789abcdefABCDEF"))
    return true;
  if (s.len < 22 ||
      !all_of(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_-"))
    return false;
  size_t digits = 0, upper = 0;
  for (size_t i = 0; i < s.len; i++) {
    digits += s.ptr[i] >= '0' && s.ptr[i] <= '9';
    upper += s.ptr[i] >= 'A' && s.ptr[i] <= 'Z';
  }
  return digits >= 2 && upper >= 2;
}

static str text_value(str s) {
  size_t from = 0;
  str found;
  if (s.len > 20 && token_find(s, &from, &found))
    return STR("<token>");
  if (looks_like_uuid(s))
    return STR("<uuid>");
  if (looks_like_time(s))
    return STR("<time>");
  if (looks_random(s))
    return STR("<random>");
  return s;
}

/* What was sent and came back counts as what would have come back for the original. */
static str undo_echo(const walk *w, str s) {
  if (w->echo.len < 2 || !str_contains(s, w->echo))
    return s;
  buf b = {.arena = w->arena};
  for (size_t from = 0;;) {
    size_t hit = str_find(s, w->echo, from);
    buf_put(&b, str_sub(s, from, hit));
    if (hit == SIZE_MAX)
      return buf_str(&b);
    buf_put(&b, w->meant);
    from = hit + w->echo.len;
  }
}

static bool looks_like_epoch(double n) {
  return (n > 1e9 && n < 2e10) || (n > 1e12 && n < 2e13);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void walk_json(walk *w, const json_t *v, uint64_t path, bool in_array, int depth);

static void walk_object(walk *w, const json_t *v, uint64_t path, bool in_array, int depth) {
  const char *name;
  json_t *item;
  json_object_foreach((json_t *)(uintptr_t)v, name, item)
      walk_json(w, item, hash_str(hash_more(path, ".", 1), str_of(name)), in_array, depth + 1);
}

static void walk_array(walk *w, const json_t *v, uint64_t path, int depth) {
  size_t i;
  json_t *item;
  json_array_foreach(v, i, item) walk_json(w, item, hash_more(path, "[]", 2), true, depth + 1);
}

static void walk_value(walk *w, const json_t *v, uint64_t path) {
  if (json_is_string(v)) {
    str s = text_value(undo_echo(w, str_from(json_string_value(v), json_string_length(v))));
    feature_add(w, FEATURE_VALUE, path, hash_str(HASH_START, s));
  } else if (json_is_number(v)) {
    double n = json_number_value(v);
    if (looks_like_epoch(n))
      n = 1e9;
    feature_add(w, FEATURE_VALUE, path, hash_more(HASH_START + 1, &n, sizeof n));
  } else {
    feature_add(w, FEATURE_VALUE, path, 2U + (uint64_t)json_typeof(v));
  }
}

static void walk_json(walk *w, const json_t *v, uint64_t path, bool in_array, int depth) {
  json_type type = json_typeof(v);
  if (type == JSON_INTEGER)
    type = JSON_REAL;
  if (type == JSON_FALSE)
    type = JSON_TRUE;
  if (depth > DEPTH_MAX)
    return;
  if (in_array)
    feature_add(w, FEATURE_SOFT, hash_more(path, &type, sizeof type), 1);
  else
    feature_add(w, FEATURE_TYPE, path, (uint64_t)type + 2);
  if (json_is_object(v))
    walk_object(w, v, path, in_array, depth);
  else if (json_is_array(v))
    walk_array(w, v, path, depth);
  else if (!in_array)
    walk_value(w, v, path);
}

/* ---- text ------------------------------------------------------------------------------------ */

static str mask_digits(arena *a, str word) {
  char *out = arena_text(a, word);
  for (size_t i = 0; i < word.len; i++)
    if (out[i] >= '0' && out[i] <= '9')
      out[i] = '#';
  return str_from(out, word.len);
}

static void walk_text(walk *w, str text) {
  static const char between[] = " \t\r\n<>\"'=&;,()[]{}";
  text = undo_echo(w, text);
  size_t i = 0, words = 0;
  while (i < text.len && words < WORDS_MAX) {
    size_t from = i;
    while (i < text.len && (!text.ptr[i] || !strchr(between, text.ptr[i])))
      i++;
    str word = text_value(str_sub(text, from, i));
    if (i > from) {
      feature_add(w, FEATURE_WORD, hash_str(HASH_START + 7, mask_digits(w->arena, word)), 1);
      words++;
    }
    i++;
  }
}

/* ---- an answer ------------------------------------------------------------------------------- */

static int by_place(const void *x, const void *y) {
  uint64_t a = ((const feature *)x)->place, b = ((const feature *)y)->place;
  return (a > b) - (a < b);
}

static void sort_and_unite(feature_set *set) {
  if (set->len == 0)
    return;
  qsort(set->at, set->len, sizeof *set->at, by_place);
  size_t n = 1;
  for (size_t i = 1; i < set->len; i++)
    if (set->at[i].place != set->at[n - 1].place)
      set->at[n++] = set->at[i];
  set->len = n;
}

static str media_type(const http_response *r) {
  str type = http_header_get(&r->headers, STR("content-type"));
  return str_trim(str_sub(type, 0, str_find(type, STR(";"), 0)));
}

static str location_of(const http_response *r) {
  str location = http_header_get(&r->headers, STR("location"));
  return str_sub(location, 0, str_find(location, STR("?"), 0));
}

feature_set answer_features(arena *a, const http_response *r, str echo, str meant) {
  feature_set out = {0};
  walk w = {a, &out, echo, meant};
  int64_t status = r->status;
  feature_add(&w, FEATURE_STATUS, 1, hash_more(HASH_START, &status, sizeof status));
  feature_add(&w, FEATURE_TYPE, 2, hash_str(HASH_START, media_type(r)));
  feature_add(&w, FEATURE_VALUE, 3, hash_str(HASH_START, location_of(r)));
  json_t *json = r->body.len ? json_parse(r->body, NULL) : NULL;
  bool structured = json_is_object(json) || json_is_array(json);
  feature_add(&w, FEATURE_TYPE, 4, r->body.len == 0 ? 1 : structured ? 2 : 3);
  if (structured)
    walk_json(&w, json, HASH_START + 9, false, 0);
  else
    walk_text(&w, r->body);
  json_decref(json);
  sort_and_unite(&out);
  return out;
}

/* ---- comparing ------------------------------------------------------------------------------- */

static const feature *find_place(const feature_set *set, uint64_t place) {
  feature wanted = {.place = place};
  return set->len ? bsearch(&wanted, set->at, set->len, sizeof *set->at, by_place) : NULL;
}

static uint64_t value_at(const feature_set *set, uint64_t place) {
  const feature *f = find_place(set, place);
  return f ? f->value : 0;
}

/* The value that all samples have at that place (0 for absent in all); false when they differ. */
static bool stable_value(const feature_set *samples, size_t count, uint64_t place,
                         uint64_t *value) {
  *value = count ? value_at(&samples[0], place) : 0;
  for (size_t i = 1; i < count; i++)
    if (value_at(&samples[i], place) != *value)
      return false;
  return count > 0;
}

typedef struct {
  uint64_t place, good, bad;
  feature_kind kind;
} difference;

typedef LIST(difference) difference_list;

static void add_differences(arena *a, const baselines *b, const bad_baseline *bad,
                            const feature_set *from, bool soft, difference_list *out) {
  for (size_t i = 0; i < from->len; i++) {
    const feature *f = &from->at[i];
    difference d = {.place = f->place, .kind = f->kind};
    if ((f->kind == FEATURE_SOFT) != soft)
      continue;
    if (!stable_value(b->good.at, b->good.len, f->place, &d.good))
      continue;
    if (!stable_value(bad->samples.at, bad->samples.len, f->place, &d.bad))
      continue;
    if (d.good != d.bad)
      list_push(a, out, d);
  }
}

/* What tells good answers from this refusal. What lies in lists counts only where nothing else
 * does: lists grow, shrink and reorder by themselves. */
static difference_list differences(arena *a, const baselines *b, const bad_baseline *bad) {
  difference_list out = {0};
  for (int soft = 0; soft < 2 && out.len == 0; soft++) {
    if (b->good.len)
      add_differences(a, b, bad, &b->good.at[0], soft, &out);
    if (bad->samples.len)
      add_differences(a, b, bad, &bad->samples.at[0], soft, &out);
  }
  return out;
}

struct difference_memo {
  struct {
    size_t good, bad; /* samples it was made from */
    difference_list list;
  } of[BAD_COUNT];
};

difference_memo *baselines_memo(arena *a) {
  return arena_make(a, difference_memo);
}

static difference_list differences_of(arena *a, const baselines *b, int bad) {
  difference_memo *m = b->memo;
  size_t good = b->good.len, samples = b->bad[bad].samples.len;
  if (!m || m->of[bad].good != good || m->of[bad].bad != samples) {
    difference_list list = differences(a, b, &b->bad[bad]);
    if (!m)
      return list;
    m->of[bad].list = list;
    m->of[bad].good = good;
    m->of[bad].bad = samples;
  }
  return m->of[bad].list;
}

bool baselines_same(arena *a, const baselines *b, int bad) {
  return differences(a, b, &b->bad[bad]).len == 0;
}

bool baselines_differ_in_structure(arena *a, const baselines *b, int bad) {
  difference_list d = differences(a, b, &b->bad[bad]);
  for (size_t i = 0; i < d.len; i++)
    if (d.at[i].kind == FEATURE_STATUS || d.at[i].kind == FEATURE_TYPE)
      return true;
  return false;
}

bool baselines_differ_loosely(arena *a, const baselines *b, int bad) {
  difference_list d = differences(a, b, &b->bad[bad]);
  for (size_t i = 0; i < d.len; i++)
    if (d.at[i].kind != FEATURE_SOFT && d.at[i].kind != FEATURE_WORD)
      return false;
  return d.len > 0;
}

/* Text is told apart by its words, and lists in it come and go: a few of the good answers' words
 * may be missing, as long as none of the refusal's is there. */
static bool words_are_good(const difference_list *d, const feature_set *answer) {
  size_t good = 0, missing = 0;
  for (size_t i = 0; i < d->len; i++) {
    if (d->at[i].kind != FEATURE_WORD)
      continue;
    bool there = value_at(answer, d->at[i].place) != 0;
    if (d->at[i].good == 0 && there)
      return false;
    good += d->at[i].good != 0;
    missing += d->at[i].good != 0 && !there;
  }
  return missing * 4 <= good;
}

/* How the answer stands to what tells good from bad. What is absent on the bad side and in the
 * answer is no sign of refusal by itself: a claim that was left out is not repeated. */
typedef struct {
  size_t all, good, bad, bad_seen;
  bool shape, status;
} tally;

static tally count_differences(const difference_list *d, const feature_set *answer) {
  tally t = {.all = d->len, .shape = true};
  bool words = words_are_good(d, answer);
  for (size_t i = 0; i < d->len; i++) {
    uint64_t value = value_at(answer, d->at[i].place);
    if (d->at[i].kind == FEATURE_WORD && words)
      value = d->at[i].good;
    t.good += value == d->at[i].good;
    t.bad += value == d->at[i].bad;
    t.bad_seen += value && value == d->at[i].bad;
    t.status |= d->at[i].kind == FEATURE_STATUS;
    if (value != d->at[i].good && d->at[i].kind != FEATURE_VALUE && d->at[i].kind != FEATURE_WORD)
      t.shape = false;
  }
  return t;
}

static likeness likeness_against(const difference_list *d, const feature_set *answer) {
  tally t = count_differences(d, answer);
  if (t.good == t.all)
    return ALIKE_GOOD;
  if (t.shape && t.good > 0 && t.bad == 0)
    return ALIKE_SHAPE;
  bool most = t.status ? t.good * 2 >= t.all : t.all >= 3 && t.good * 3 >= t.all * 2;
  return most && t.bad_seen == 0 ? ALIKE_MOST : ALIKE_BAD;
}

likeness answer_likeness(arena *a, const baselines *b, const feature_set *answer) {
  likeness least = ALIKE_GOOD;
  bool measured = false;
  uint64_t status = 0, good_status = 0;
  for (size_t i = 0; i < answer->len; i++)
    if (answer->at[i].kind == FEATURE_STATUS) {
      status = answer->at[i].value;
      if (!stable_value(b->good.at, b->good.len, answer->at[i].place, &good_status) ||
          status != good_status)
        return ALIKE_BAD;
    }
  for (int i = 0; i < BAD_COUNT; i++) {
    if (b->bad[i].off || b->bad[i].samples.len == 0)
      continue;
    difference_list d = differences_of(a, b, i);
    likeness l = d.len ? likeness_against(&d, answer) : ALIKE_BAD;
    if (l < least)
      least = l;
    measured = true;
  }
  return measured ? least : ALIKE_BAD;
}

bool answers_equal(const feature_set *x, const feature_set *y) {
  if (x->len != y->len)
    return false;
  for (size_t i = 0; i < x->len; i++)
    if (x->at[i].place != y->at[i].place || x->at[i].value != y->at[i].value)
      return false;
  return true;
}

/* ---- refusals -------------------------------------------------------------------------------- */

static bool says_error(const json_t *body) {
  static const char *const words[] = {"error", "errors", "exception", "fault"};
  static const char *const flags[] = {"ok", "success", "authenticated", "authorized"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    const json_t *v = json_object_get(body, words[i]);
    if (json_is_true(v) || (json_is_string(v) && json_string_length(v)) ||
        (json_is_object(v) && json_object_size(v)) || (json_is_array(v) && json_array_size(v)) ||
        (json_is_integer(v) && json_integer_value(v)))
      return true;
  }
  for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
    if (json_is_false(json_object_get(body, flags[i])))
      return true;
  str status = json_get_str(body, "status");
  return str_ieq(status, STR("error")) || str_ieq(status, STR("fail")) ||
         str_ieq(status, STR("failed")) || str_ieq(status, STR("unauthorized")) ||
         str_ieq(status, STR("denied")) || str_ieq(status, STR("forbidden"));
}

bool answer_is_gateways(const http_response *r) {
  return r->failure == HTTP_OK && r->status >= 502 && r->status <= 504;
}

bool answer_is_refusal(const http_response *r) {
  if (r->failure != HTTP_OK || r->status >= 300)
    return true;
  json_t *body = r->body.len ? json_parse(r->body, NULL) : NULL;
  bool error_object = json_is_object(body) && says_error(body);
  json_decref(body);
  return error_object;
}
