/* The score. Everything that goes into it stands in the tables at the top and in `batten checks
 * --score`. */
#include "report/report_private.h"

#include <math.h>

static const int PENALTIES[] = {0, 5, 15, 40, 80};    /* info, low, medium, high, critical */
static const double CONFIDENCES[] = {0.4, 0.75, 1.0}; /* tentative, firm, confirmed */
static const double REPEATED = 0.25;                  /* further findings of one check */
/* with a firm or confirmed critical finding, and with a confirmed high one */
static const int CAP_CRITICAL = 39, CAP_HIGH = 69;

/* Weights by category, in the order of the enum: authentication, object, function, property
 * authorization, input validation, rate limiting, data exposure, encryption, ssrf, inventory,
 * unsafe consumption, runtime exposure, llm. */
static const struct {
  const char *name;
  unsigned weights[CATEGORY_COUNT];
} CONTEXTS[] = {
    {"default", {20, 12, 12, 8, 8, 6, 10, 8, 6, 4, 3, 3, 6}},
    {"financial", {22, 15, 14, 9, 8, 6, 8, 8, 4, 2, 2, 2, 6}},
    {"medical", {18, 14, 10, 10, 6, 4, 18, 10, 4, 2, 2, 2, 6}},
    {"public", {14, 8, 8, 8, 12, 14, 10, 8, 8, 6, 2, 2, 6}},
    {"internal", {20, 10, 12, 6, 8, 4, 8, 4, 12, 4, 4, 8, 6}},
};

enum { CONTEXT_COUNT = sizeof CONTEXTS / sizeof *CONTEXTS };

int score_penalty(severity s) {
  return PENALTIES[s];
}

double score_confidence(confidence c) {
  return CONFIDENCES[c];
}

char score_grade(int score) {
  return score >= 90 ? 'A' : score >= 80 ? 'B' : score >= 70 ? 'C' : score >= 60 ? 'D' : 'F';
}

static size_t context_index(str context) {
  for (size_t i = 0; i < CONTEXT_COUNT; i++)
    if (str_eq(context, str_of(CONTEXTS[i].name)))
      return i;
  return CONTEXT_COUNT;
}

bool score_context_known(str context) {
  return context_index(context) < CONTEXT_COUNT;
}

str score_contexts(arena *a) {
  buf b = {.arena = a};
  for (size_t i = 0; i < CONTEXT_COUNT; i++)
    buf_printf(&b, "%s%s", i ? ", " : "", CONTEXTS[i].name);
  return buf_str(&b);
}

unsigned score_weight(str context, category c) {
  size_t i = context_index(context);
  return CONTEXTS[i < CONTEXT_COUNT ? i : 0].weights[c];
}

/* ---- computing ------------------------------------------------------------------------------- */

static double penalty_of(const finding *f) {
  return PENALTIES[f->severity] * CONFIDENCES[f->confidence];
}

static int by_check_and_weight(const void *p, const void *q) {
  const finding *const *x = p, *const *y = q;
  if ((*x)->category != (*y)->category)
    return (*x)->category < (*y)->category ? -1 : 1;
  int c = str_cmp((*x)->check, (*y)->check);
  double mine = penalty_of(*x), other = penalty_of(*y);
  return c ? c : (other > mine) - (other < mine);
}

/* What each category loses: of one check's findings the heaviest counts whole. */
static void subtract(arena *a, const report *r, double *left) {
  const finding **all = arena_alloc(a, (r->findings.len + 1) * sizeof *all);
  for (size_t i = 0; i < r->findings.len; i++)
    all[i] = &r->findings.at[i];
  qsort(all, r->findings.len, sizeof *all, by_check_and_weight);
  for (size_t i = 0; i < r->findings.len; i++) {
    bool again =
        i && all[i]->category == all[i - 1]->category && str_eq(all[i]->check, all[i - 1]->check);
    left[all[i]->category] -= penalty_of(all[i]) * (again ? REPEATED : 1);
  }
}

static bool has_finding(const report *r, severity s, confidence least) {
  for (size_t i = 0; i < r->findings.len; i++)
    if (r->findings.at[i].severity == s && r->findings.at[i].confidence >= least)
      return true;
  return false;
}

double score_mean(const report *r, unsigned *weights) {
  double sum = 0;
  *weights = 0;
  for (int c = 0; c < CATEGORY_COUNT; c++) {
    if (!r->categories[c].tested)
      continue;
    sum += r->categories[c].score * (double)score_weight(r->context, (category)c);
    *weights += score_weight(r->context, (category)c);
  }
  return *weights ? sum / *weights : 0;
}

void report_score(arena *a, report *r) {
  double left[CATEGORY_COUNT];
  unsigned weights;
  for (int c = 0; c < CATEGORY_COUNT; c++)
    left[c] = 100;
  for (size_t i = 0; i < r->findings.len; i++)
    r->categories[r->findings.at[i].category].tested = true;
  subtract(a, r, left);
  for (int c = 0; c < CATEGORY_COUNT; c++)
    if (r->categories[c].tested)
      r->categories[c].score = left[c] < 0 ? 0 : (int)lround(left[c]);
  r->score = (int)lround(score_mean(r, &weights));
  if (has_finding(r, SEVERITY_CRITICAL, CONFIDENCE_FIRM) && r->score > CAP_CRITICAL)
    r->score = CAP_CRITICAL;
  if (has_finding(r, SEVERITY_HIGH, CONFIDENCE_CONFIRMED) && r->score > CAP_HIGH)
    r->score = CAP_HIGH;
  r->grade = score_grade(r->score);
}

/* ---- telling --------------------------------------------------------------------------------- */

str score_table(arena *a) {
  buf b = {.arena = a};
  buf_put(&b, STR("How the score is computed\n\n"
                  "1. Every tested category starts at 100. Each finding takes off\n   its "
                  "severity's penalty times its confidence:\n\n"));
  for (int s = SEVERITY_CRITICAL; s >= SEVERITY_INFO; s--)
    buf_printf(&b, "     %-9s %2d\n", severity_name((severity)s), PENALTIES[s]);
  buf_put(&b, STR("\n"));
  for (int c = CONFIDENCE_CONFIRMED; c >= CONFIDENCE_TENTATIVE; c--)
    buf_printf(&b, "     %-9s x %.2f\n", confidence_name((confidence)c), CONFIDENCES[c]);
  buf_printf(
      &b,
      "\n   Of several findings of one check the heaviest counts whole, each\n   further one %.2f "
      "of its penalty. No category goes below 0.\n"
      "2. The score is the mean of the tested categories, weighted by --context:\n\n     %-24s",
      REPEATED, "");
  for (size_t i = 0; i < CONTEXT_COUNT; i++)
    buf_printf(&b, "%10s", CONTEXTS[i].name);
  buf_char(&b, '\n');
  for (int c = 0; c < CATEGORY_COUNT; c++) {
    buf_printf(&b, "     %-24s", category_name((category)c));
    for (size_t i = 0; i < CONTEXT_COUNT; i++)
      buf_printf(&b, "%10u", CONTEXTS[i].weights[c]);
    buf_char(&b, '\n');
  }
  buf_printf(&b,
             "\n   Untested categories are left out.\n"
             "3. It is capped: a firm or confirmed critical finding at %d, a confirmed high one\n  "
             " at %d.\n"
             "4. Grades: A from 90, B from 80, C from 70, D from 60, else F.\n",
             CAP_CRITICAL, CAP_HIGH);
  return buf_str(&b);
}

bool score_threshold_parse(str text, int *out) {
  static const char grades[] = "ABCDF";
  static const int bounds[] = {90, 80, 70, 60, 0};
  uint64_t number;
  if (str_to_u64(text, &number) && number <= 100) {
    *out = (int)number;
    return true;
  }
  char letter = text.len == 1 ? text.ptr[0] : 0;
  if (letter >= 'a' && letter <= 'f')
    letter = (char)(letter - 32);
  const char *hit = letter ? strchr(grades, letter) : NULL;
  if (hit)
    *out = bounds[hit - grades];
  return hit != NULL;
}
