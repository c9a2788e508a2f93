/* Enums and their names in reports. */
#include "report/report.h"

static const char *const SEVERITIES[] = {"info", "low", "medium", "high", "critical"};
static const char *const CONFIDENCES[] = {"tentative", "firm", "confirmed"};
static const char *const CATEGORIES[CATEGORY_COUNT] = {"authentication",
                                                       "object_authorization",
                                                       "function_authorization",
                                                       "property_authorization",
                                                       "input_validation",
                                                       "rate_limiting",
                                                       "data_exposure",
                                                       "encryption",
                                                       "ssrf",
                                                       "inventory",
                                                       "unsafe_consumption",
                                                       "runtime_exposure",
                                                       "llm"};

const char *severity_name(severity s) {
  return SEVERITIES[s];
}

const char *confidence_name(confidence c) {
  return CONFIDENCES[c];
}

const char *category_name(category c) {
  return CATEGORIES[c];
}

const char *report_kind_name(report_kind k) {
  static const char *const names[] = {"scan", "audit", "paths"};
  return names[k];
}

static bool parse(str text, const char *const *names, int count, int *out) {
  for (int i = 0; i < count; i++)
    if (str_ieq(text, str_of(names[i]))) {
      *out = i;
      return true;
    }
  return false;
}

bool severity_parse(str text, severity *out) {
  int i = 0;
  bool ok = parse(text, SEVERITIES, 5, &i);
  if (ok)
    *out = (severity)i;
  return ok;
}

bool confidence_parse(str text, confidence *out) {
  int i = 0;
  bool ok = parse(text, CONFIDENCES, 3, &i);
  if (ok)
    *out = (confidence)i;
  return ok;
}

bool category_parse(str text, category *out) {
  int i = 0;
  bool ok = parse(text, CATEGORIES, CATEGORY_COUNT, &i);
  if (ok)
    *out = (category)i;
  return ok;
}
