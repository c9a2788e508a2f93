/* The extension's entry: require "batten/batten". */
#include "native.h"

static VALUE native_version(VALUE self) {
  (void)self;
  return rb_str_freeze(rb_utf8_str_new_cstr(bt_version()));
}

static VALUE native_revoked_query(VALUE self) {
  (void)self;
  return rb_utf8_str_new_cstr(bt_revoked_query());
}

/* [[name, rule, sentence], ...] of every refusal that there is. */
static VALUE native_refusals(VALUE self) {
  (void)self;
  VALUE all = rb_ary_new();
  for (int i = 1; i < BT_REFUSAL_COUNT; i++) {
    bt_refusal one = (bt_refusal)i;
    rb_ary_push(all, rb_ary_new_from_args(3, rb_utf8_str_new_cstr(bt_refusal_name(one)),
                                          INT2FIX(bt_refusal_rule(one)),
                                          rb_utf8_str_new_cstr(bt_refusal_sentence(one))));
  }
  return all;
}

RUBY_FUNC_EXPORTED void Init_batten(void);

void Init_batten(void) {
  VALUE batten = rb_define_module("Batten");
  VALUE native = rb_define_module_under(batten, "Native");
  rb_define_module_function(native, "version", native_version, 0);
  rb_define_module_function(native, "refusals", native_refusals, 0);
  rb_define_module_function(native, "revoked_query", native_revoked_query, 0);
  rb_define_const(batten, "REVOKED_SCHEMA",
                  rb_str_freeze(rb_utf8_str_new_cstr(bt_revoked_schema())));
  init_policy(native);
  init_sinks(native);
  init_fetch(native);
}
