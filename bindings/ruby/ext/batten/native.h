/* Batten::Native: what the Ruby files of the gem call. Nothing here is meant for applications.
 *
 * Two rules hold everywhere. While libbatten's memory is in use, a Ruby exception may come at any
 * allocation, so whatever must be given back is given back by rb_ensure. While the interpreter's
 * lock is released, no Ruby string is touched: what libbatten reads then was copied first. */
#ifndef BATTEN_RUBY_NATIVE_H
#define BATTEN_RUBY_NATIVE_H

#include <ruby.h>
#include <ruby/encoding.h>
#include <ruby/thread.h>

#include "batten/batten.h"
#include "batten/decide.h"
#include "batten/fetch.h"
#include "batten/sinks.h"

/* Bytes of a string for a call that runs no Ruby; nil is "nothing known". TypeError for what is no
 * string. */
static inline bt_text text_of(VALUE string) {
  if (NIL_P(string))
    return (bt_text){NULL, 0};
  Check_Type(string, T_STRING);
  return (bt_text){RSTRING_PTR(string), (size_t)RSTRING_LEN(string)};
}

static inline VALUE string_of(bt_text text) {
  return text.ptr ? rb_utf8_str_new(text.ptr, (long)text.len) : Qnil;
}

/* A claim set, already checked by libbatten, as a Hash with string keys. */
VALUE claims_hash(bt_text json);

void init_policy(VALUE native);
void init_sinks(VALUE native);
void init_fetch(VALUE native);

/* Copies a list of strings, so that it may be read without the interpreter's lock: NULL-terminated,
 * NULL for nil. *keep holds the memory until it goes out of sight. ArgumentError for a string with
 * NUL in it. */
const char *const *copied_list(VALUE list, volatile VALUE *keep);

#endif
