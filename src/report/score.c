/* The score. Everything that goes into it stands in the tables at the top and in `batten checks --score`. */
#include "report/report_private.h"

#include <math.h>

static const int PENALTIES[] = {0, 5, 15, 40, 80};           /* info, low, medium, high, critical */
static const double CONFIDENCES[] = {0.4, 0.75, 1.0};        /* tentative, firm, confirmed */
static const double REPEATED = 0.25;                         /* further findings of one check */
static const int CAP_CRITICAL = 39, CAP_HIGH = 69;           /* with a confirmed finding of that severity */

/* Weights by category, in the order of the enum: authentication, object, function, property authorization, input
 * validation, rate limiting, data exposure, encryption, ssrf, inventory, unsafe consumption, runtime exposure. */
static const struct {
  const char *name;
  unsigned weights[CATEGORY_COUNT];
} CONTEXTS[] = {
    {"default", {20, 12, 12, 8, 8, 6, 10, 8, 6, 4, 3, 3}},
    {"financial", {22, 15, 14, 9, 8, 6, 8, 8, 4, 2, 2, 2}},
    {"medical", {18, 14, 10, 10, 6, 4, 18, 10, 4, 2, 2, 2}},
    {"public", {14, 8, 8, 8, 12, 14, 10, 8, 8, 6, 2, 2}},
    {"internal", {20, 10, 12, 6, 8, 4, 8, 4, 12, 4, 4, 8}},
};
enum { CONTEXT_COUNT = sizeof CONTEXTS / sizeof *CONTEXTS };

int score_penalty(severity s) { return PENALTIES[s]; }
double score_confidence(confidence c) { return CONFIDENCES[c]; }

char score_grade(int score) { return score >= 90 ? 'A' : score >= 80 ? 'B' : score >= 70 ? 'C' : score >= 60 ? 'D' : 'F'; }

static size_t context_index(str context) {
  for (size_t i = 0; i < CONTEXT_COUNT; i++)
    if (str_eq(context, str_of(CONTEXTS[i].name))) return i;
  return CONTEXT_COUNT;
}

bool score_context_known(str context) { return context_index(context) < CONTEXT_COUNT; }

str score_contexts(arena *a) {
  buf b = {.arena = a};
  for (size_t i = 0; i < CONTEXT_COUNT; i++) buf_printf(&b, "%s%s", i ? ", " : "", CONTEXTS[i].name);
  return buf_str(&b);
}

unsigned score_weight(str context, category c) {
  size_t i = context_index(context);
  return CONTEXTS[i < CONTEXT_COUNT ? i : 0].weights[c];
}

/* ---- computing ------------------------------------------------------------------------------------------------------- */

static double penalty_of(const finding *f) { return PENALTIES[f->severity] * CONFIDENCES[f->confidence]; }

/* Findings are sorted so that the heaviest of a check comes first: that one counts whole. */
static bool first_of_its_check(const report *r, size_t index) {
  const finding *f = &r->findings.at[index];
  for (size_t i = 0; i < r->findings.len; i++) {
    const finding *g = &r->findings.at[i];
    if (i == index || !str_eq(f->check, g->check) || f->category != g->category) continue;
    double mine = penalty_of(f), other = penalty_of(g);
    if (other > mine || (other == mine && i < index)) return false;
  }
  return true;
}

static int category_score(const report *r, category c) {
  double score = 100;
  for (size_t i = 0; i < r->findings.len; i++)
    if (r->findings.at[i].category == c)
      score -= penalty_of(&r->findings.at[i]) * (first_of_its_check(r, i) ? 1 : REPEATED);
  return score < 0 ? 0 : (int)lround(score);
}

static bool has_confirmed(const report *r, severity s) {
  for (size_t i = 0; i < r->findings.len; i++)
    if (r->findings.at[i].severity == s && r->findings.at[i].confidence == CONFIDENCE_CONFIRMED) return true;
  return false;
}

void score_compute(report *r) {
  double sum = 0, weights = 0;
  for (int c = 0; c < CATEGORY_COUNT; c++) {
    category_result *result = &r->categories[c];
    for (size_t i = 0; i < r->findings.len; i++) result->tested |= r->findings.at[i].category == (category)c;
    if (!result->tested) continue;
    result->score = category_score(r, (category)c);
    sum += result->score * (double)score_weight(r->context, (category)c);
    weights += (double)score_weight(r->context, (category)c);
  }
  r->score = weights > 0 ? (int)lround(sum / weights) : 0;
  if (has_confirmed(r, SEVERITY_CRITICAL) && r->score > CAP_CRITICAL) r->score = CAP_CRITICAL;
  if (has_confirmed(r, SEVERITY_HIGH) && r->score > CAP_HIGH) r->score = CAP_HIGH;
  r->grade = score_grade(r->score);
}

/* ---- telling ------------------------------------------------------------------------------------------------------------ */

str score_table(arena *a) {
  buf b = {.arena = a};
  buf_put(&b, STR("How the score is computed\n\n"
                  "1. Every tested category starts at 100. Each finding takes off\n   its severity's penalty times its "
                  "confidence:\n\n"));
  for (int s = SEVERITY_CRITICAL; s >= SEVERITY_INFO; s--)
    buf_printf(&b, "     %-9s %2d\n", severity_name((severity)s), PENALTIES[s]);
  buf_put(&b, STR("\n"));
  for (int c = CONFIDENCE_CONFIRMED; c >= CONFIDENCE_TENTATIVE; c--)
    buf_printf(&b, "     %-9s x %.2f\n", confidence_name((confidence)c), CONFIDENCES[c]);
  buf_printf(&b,
             "\n   Of several findings of one check the heaviest counts whole, each\n   further one %.2f of its penalty. "
             "No category goes below 0.\n"
             "2. The score is the mean of the tested categories, weighted by --context:\n\n     %-24s",
             REPEATED, "");
  for (size_t i = 0; i < CONTEXT_COUNT; i++) buf_printf(&b, "%10s", CONTEXTS[i].name);
  buf_char(&b, '\n');
  for (int c = 0; c < CATEGORY_COUNT; c++) {
    buf_printf(&b, "     %-24s", category_name((category)c));
    for (size_t i = 0; i < CONTEXT_COUNT; i++) buf_printf(&b, "%10u", CONTEXTS[i].weights[c]);
    buf_char(&b, '\n');
  }
  buf_printf(&b,
             "\n   Untested categories are left out.\n"
             "3. It is capped: a confirmed critical finding at %d, a confirmed high one at %d.\n"
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
  if (letter >= 'a' && letter <= 'f') letter = (char)(letter - 32);
  const char *hit = letter ? strchr(grades, letter) : NULL;
  if (hit) *out = bounds[hit - grades];
  return hit != NULL;
}
