/* References are written short in the rows ("CWE-347 API2 CVE-2015-9235 RFC8725-3.2") and long in
 * the report. */
#include "report/report.h"

static void read_word(arena *a, str word, reference_set *out) {
  uint64_t number;
  if (str_starts(word, STR("CWE-")) && str_to_u64(str_sub(word, 4, word.len), &number)) {
    list_push(a, &out->cwe, (int)number);
  } else if (str_starts(word, STR("API"))) {
    list_push(a, &out->owasp_api, arena_printf(a, "%.*s:2023", STR_ARG(word)));
  } else if (str_starts(word, STR("RFC"))) {
    size_t dash = str_find(word, STR("-"), 0);
    str rfc = str_sub(word, 3, dash),
        section = dash == SIZE_MAX ? STR("") : str_sub(word, dash + 1, word.len);
    list_push(a, &out->rfc,
              section.len ? arena_printf(a, "RFC %.*s section %.*s", STR_ARG(rfc), STR_ARG(section))
                          : arena_printf(a, "RFC %.*s", STR_ARG(rfc)));
  } else if (str_starts(word, STR("CVE-"))) {
    list_push(a, &out->cve, word);
  } else {
    list_push(a, &out->other, word);
  }
}

void references_read(arena *a, const char *text, reference_set *out) {
  str rest = str_of(text), word;
  while (str_next(&rest, ' ', &word))
    if (word.len)
      read_word(a, word, out);
}
