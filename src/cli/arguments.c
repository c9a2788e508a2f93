#include "cli/cli.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

const option_row *options_first(const command *c) {
  if (c->options && c->options->name)
    return c->options;
  return c->inherits ? options_first(c->inherits) : NULL;
}

static bool has_row(const command *c, const option_row *row) {
  for (const option_row *o = c->options; o && o->name; o++)
    if (o == row)
      return true;
  return false;
}

const option_row *options_next(const command *c, const option_row *row) {
  while (!has_row(c, row))
    c = c->inherits;
  if (row[1].name)
    return row + 1;
  return c->inherits ? options_first(c->inherits) : NULL;
}

static const option_row *find_option(const command *c, str name) {
  for (const option_row *o = options_first(c); o; o = options_next(c, o))
    if (str_eq(name, str_of(o->name)))
      return o;
  return NULL;
}

static bool unknown_option(arena *a, const command *c, str name, error *e) {
  const char **names = arena_alloc(a, 128 * sizeof *names);
  size_t n = 0;
  for (const option_row *o = options_first(c); o && n < 126; o = options_next(c, o))
    names[n++] = o->name;
  const char *near = nearest_name(name, names);
  return error_set(e, ERROR_USAGE, "unknown option %.*s%s%s%s See: batten %s --help", STR_ARG(name),
                   near ? ": did you mean " : ".", near ? near : "", near ? "?" : "", c->name);
}

bool arguments_parse(arena *a, const command *c, int argc, char **argv, arguments *out, error *e) {
  *out = (arguments){.arena = a};
  bool only_words = false;
  for (int i = 0; i < argc; i++) {
    str word = str_of(argv[i]);
    if (only_words || !str_starts(word, STR("-")) || word.len == 1) {
      list_push(a, &out->words, word);
      continue;
    }
    if (str_eq(word, STR("--"))) {
      only_words = true;
      continue;
    }
    size_t equals = str_starts(word, STR("--")) ? str_find(word, STR("="), 0) : SIZE_MAX;
    str name = str_sub(word, 0, equals);
    const option_row *row = find_option(c, name);
    option_given given = {row, (str){0}};
    if (!row)
      return unknown_option(a, c, name, e);
    if (!row->value && equals != SIZE_MAX)
      return error_set(e, ERROR_USAGE, "%s takes no value", row->name);
    if (row->value && equals == SIZE_MAX && i + 1 >= argc)
      return error_set(e, ERROR_USAGE, "%s needs a value: %s %s", row->name, row->name, row->value);
    if (row->value)
      given.value = equals == SIZE_MAX ? str_of(argv[++i]) : str_sub(word, equals + 1, word.len);
    list_push(a, &out->options, given);
  }
  return true;
}

str arg_value(const arguments *args, const char *name) {
  for (size_t i = args->options.len; i-- > 0;)
    if (strcmp(args->options.at[i].row->name, name) == 0)
      return args->options.at[i].value;
  return (str){0};
}

bool arg_given(const arguments *args, const char *name) {
  for (size_t i = 0; i < args->options.len; i++)
    if (strcmp(args->options.at[i].row->name, name) == 0)
      return true;
  return false;
}

const char *arg_text(const arguments *args, const char *name) {
  str value = arg_value(args, name);
  return value.ptr ? arena_text(args->arena, value) : NULL;
}

str_list arg_values(const arguments *args, const char *name) {
  str_list out = {0};
  for (size_t i = 0; i < args->options.len; i++)
    if (strcmp(args->options.at[i].row->name, name) == 0)
      list_push(args->arena, &out, args->options.at[i].value);
  return out;
}

bool number_option(const arguments *args, const char *name, double least, double most, double *out,
                   error *e) {
  str text = arg_value(args, name);
  if (!text.ptr)
    return true;
  double n;
  if (!str_to_double(text, &n) || n < least || n > most)
    return error_set(e, ERROR_USAGE, "%s %.*s: a number from %g to %g", name, STR_ARG(text), least,
                     most);
  *out = n;
  return true;
}

bool whole_option(const arguments *args, const char *name, double least, double most, double *out,
                  error *e) {
  double n = *out;
  if (!number_option(args, name, least, most, &n, e))
    return false;
  if (n != floor(n))
    return error_set(e, ERROR_USAGE, "%s %.*s: a number from %g to %g", name,
                     STR_ARG(arg_value(args, name)), least, most);
  *out = n;
  return true;
}

int fail(const error *e) {
  fprintf(stderr, "batten: %s\n", e->message);
  return e->code ? (int)e->code : ERROR_INTERNAL;
}

static int print_fault;

void print_out(str text) {
  if (fwrite(text.ptr, 1, text.len, stdout) < text.len && !print_fault)
    print_fault = errno;
}

bool print_done(error *e) {
  if (fflush(stdout) != 0 && !print_fault)
    print_fault = errno;
  if (!print_fault && ferror(stdout))
    print_fault = EIO;
  return !print_fault || print_fault == EPIPE ||
         error_set(e, ERROR_INTERNAL, "cannot write to stdout: %s", strerror(print_fault));
}
