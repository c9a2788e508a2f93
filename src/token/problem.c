#include "token/strict.h"

#include <stdio.h>

__attribute__((format(printf, 3, 0))) static void tell(problems *p, bool warning,
                                                       const char *format, va_list args) {
  char message[1024];
  int used = p->about ? snprintf(message, 512, "%s: ", p->about) : 0;
  if (used > 511)
    used = 511;
  vsnprintf(message + used, sizeof message - (size_t)used, format, args);
  bt_problem one = {warning, p->file, p->line, p->column, message};
  *(warning ? &p->warnings : &p->errors) += 1;
  if (p->tell)
    p->tell(&one, p->context);
}

bool problem(problems *p, const char *format, ...) {
  va_list args;
  va_start(args, format);
  tell(p, false, format, args);
  va_end(args);
  return false;
}

void problem_warn(problems *p, const char *format, ...) {
  va_list args;
  va_start(args, format);
  tell(p, true, format, args);
  va_end(args);
}
