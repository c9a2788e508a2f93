/* Batten::Native: files beneath a root, and processes without a shell. Both may wait, so both run
 * without the interpreter's lock, on copies. */
#include "native.h"

#include <stdlib.h>
#include <string.h>

static VALUE status_symbol(bt_sink_status status) {
  return status ? rb_utf8_str_new_cstr(bt_sink_name(status)) : Qnil;
}

const char *const *copied_list(VALUE list, volatile VALUE *keep) {
  if (NIL_P(list))
    return NULL;
  Check_Type(list, T_ARRAY);
  long count = RARRAY_LEN(list);
  VALUE copy = rb_ary_new_capa(count);
  size_t bytes = 0;
  for (long i = 0; i < count; i++) {
    VALUE one = rb_ary_entry(list, i);
    StringValueCStr(one);
    one = rb_str_new_frozen(one);
    bytes += (size_t)RSTRING_LEN(one) + 1;
    rb_ary_push(copy, one);
  }
  char *memory = rb_alloc_tmp_buffer(keep, (long)((size_t)(count + 1) * sizeof(char *) + bytes));
  const char **at = (const char **)(void *)memory;
  char *text = memory + (size_t)(count + 1) * sizeof(char *);
  for (long i = 0; i < count; i++) {
    VALUE one = rb_ary_entry(copy, i);
    size_t len = (size_t)RSTRING_LEN(one);
    memcpy(text, RSTRING_PTR(one), len);
    text[len] = 0;
    at[i] = text;
    text += len + 1;
  }
  at[count] = NULL;
  RB_GC_GUARD(copy);
  return at;
}

/* ---- files ----------------------------------------------------------------------------------- */

typedef struct {
  const char *root, *name;
  size_t name_len, limit, len;
  char *content;
  bt_sink_status status;
} reading;

static void *read_beneath(void *arg) {
  reading *r = arg;
  r->status = bt_read_beneath(r->root, r->name, r->name_len, r->limit, &r->content, &r->len);
  return NULL;
}

static VALUE read_body(VALUE arg) {
  reading *r = (reading *)arg;
  rb_thread_call_without_gvl(read_beneath, r, NULL, NULL);
  VALUE content = r->status ? Qnil : rb_str_new(r->content, (long)r->len);
  return rb_ary_new_from_args(2, status_symbol(r->status), content);
}

static VALUE read_done(VALUE arg) {
  reading *r = (reading *)arg;
  free(r->content);
  return Qnil;
}

/* read_beneath(root, name, limit) -> [reason or nil, content]. The name may hold any byte:
 * libbatten refuses the bad. */
static VALUE native_read_beneath(VALUE self, VALUE root, VALUE name, VALUE limit) {
  (void)self;
  volatile VALUE keep = 0, name_keep = 0;
  const char *const *copy = copied_list(rb_ary_new_from_args(1, root), &keep);
  bt_text text = text_of(name);
  char *name_copy = ALLOCV(name_keep, text.len + 1);
  if (text.len)
    memcpy(name_copy, RSTRING_PTR(name), text.len);
  reading r = {.root = copy[0], .name = name_copy, .name_len = text.len, .limit = NUM2SIZET(limit)};
  return rb_ensure(read_body, (VALUE)&r, read_done, (VALUE)&r);
}

/* ---- processes ------------------------------------------------------------------------------- */

typedef struct {
  const char *const *argv;
  bt_spawn_options options;
  bt_spawn_result result;
  bt_sink_status status;
} running;

static void *spawn_and_wait(void *arg) {
  running *r = arg;
  r->status = bt_spawn(r->argv, &r->options, &r->result);
  return NULL;
}

static VALUE spawn_body(VALUE arg) {
  running *r = (running *)arg;
  rb_thread_call_without_gvl(spawn_and_wait, r, NULL, NULL);
  const bt_spawn_result *x = &r->result;
  return rb_ary_new_from_args(5, status_symbol(r->status), INT2NUM(x->exit_code),
                              INT2NUM(x->signal),
                              rb_str_new(x->output ? x->output : "", (long)x->output_len),
                              rb_str_new(x->error ? x->error : "", (long)x->error_len));
}

static VALUE spawn_done(VALUE arg) {
  bt_spawn_free(&((running *)arg)->result);
  return Qnil;
}

static VALUE option(VALUE options, const char *name) {
  return rb_hash_lookup2(options, ID2SYM(rb_intern(name)), Qnil);
}

static size_t size_option(VALUE options, const char *name) {
  VALUE value = option(options, name);
  return NIL_P(value) ? 0 : NUM2SIZET(value);
}

/* spawn(argv, options) -> [reason or nil, exit code, signal, output, error] */
static VALUE native_spawn(VALUE self, VALUE argv, VALUE options) {
  (void)self;
  volatile VALUE keep[6] = {0};
  Check_Type(options, T_HASH);
  running r = {.argv = copied_list(argv, &keep[0])};
  VALUE directory = option(options, "directory"), input = option(options, "input");
  const char *const *place =
      NIL_P(directory) ? NULL : copied_list(rb_ary_new_from_args(1, directory), &keep[1]);
  bt_text bytes = text_of(input);
  char *input_copy = bytes.len ? ALLOCV(keep[2], bytes.len) : NULL;
  if (input_copy)
    memcpy(input_copy, RSTRING_PTR(input), bytes.len);
  r.options =
      (bt_spawn_options){.environment = copied_list(option(options, "environment"), &keep[3]),
                         .directory = place ? place[0] : NULL,
                         .input = input_copy,
                         .input_len = bytes.len,
                         .timeout_ms = (unsigned)size_option(options, "timeout_ms"),
                         .output_limit = size_option(options, "output_limit"),
                         .memory_limit = size_option(options, "memory_limit"),
                         .first_untrusted = (unsigned)size_option(options, "first_untrusted"),
                         .allow_dash = RTEST(option(options, "allow_dash")),
                         .landlock = RTEST(option(options, "landlock")),
                         .readable = copied_list(option(options, "readable"), &keep[4]),
                         .writable = copied_list(option(options, "writable"), &keep[5]),
                         .seccomp = RTEST(option(options, "seccomp"))};
  return rb_ensure(spawn_body, (VALUE)&r, spawn_done, (VALUE)&r);
}

/* ---- words ----------------------------------------------------------------------------------- */

static VALUE native_sink_sentence(VALUE self, VALUE name) {
  (void)self;
  const char *wanted = StringValueCStr(name);
  for (int i = 0; i < BT_SINK_COUNT; i++)
    if (strcmp(bt_sink_name((bt_sink_status)i), wanted) == 0)
      return rb_utf8_str_new_cstr(bt_sink_sentence((bt_sink_status)i));
  return Qnil;
}

void init_sinks(VALUE native) {
  rb_define_module_function(native, "read_beneath", native_read_beneath, 3);
  rb_define_module_function(native, "spawn", native_spawn, 2);
  rb_define_module_function(native, "sink_sentence", native_sink_sentence, 1);
}
