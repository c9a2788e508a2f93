/* Batten::Native.check_url: whether an untrusted URL may be fetched, and from which addresses. */
#include "native.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

typedef struct {
  const char *url;
  size_t len;
  bt_url_options options;
  bt_url_target target;
  bt_sink_status status;
  VALUE resolver;
  int raised; /* the tag of an exception in the resolver, raised again once libbatten has returned
               */
} checking;

/* ---- a resolver in Ruby, for tests and for applications that have their own ------------------ */

typedef struct {
  VALUE resolver;
  const char *host;
} question;

static VALUE ask(VALUE arg) {
  question *q = (question *)arg;
  VALUE answer = rb_funcall(q->resolver, rb_intern("call"), 1, rb_utf8_str_new_cstr(q->host));
  VALUE list = rb_Array(answer);
  for (long i = 0; i < RARRAY_LEN(list); i++) {
    VALUE one = rb_ary_entry(list, i);
    StringValueCStr(one);
  }
  return list;
}

static int read_address(const char *text, struct sockaddr_storage *out) {
  struct sockaddr_in four = {.sin_family = AF_INET};
  struct sockaddr_in6 six = {.sin6_family = AF_INET6};
  memset(out, 0, sizeof *out);
  if (inet_pton(AF_INET, text, &four.sin_addr) == 1)
    memcpy(out, &four, sizeof four);
  else if (inet_pton(AF_INET6, text, &six.sin6_addr) == 1)
    memcpy(out, &six, sizeof six);
  else
    return 0;
  return 1;
}

/* An answer that is no address spoils all: nothing is fetched rather than something else. */
static int resolve_in_ruby(void *context, const char *host, struct sockaddr_storage *out, int max) {
  checking *c = context;
  question q = {c->resolver, host};
  VALUE list = rb_protect(ask, (VALUE)&q, &c->raised);
  if (c->raised)
    return 0;
  int n = 0;
  for (long i = 0; i < RARRAY_LEN(list) && n < max; i++) {
    VALUE one = rb_ary_entry(list, i);
    if (!read_address(RSTRING_PTR(one), &out[n]))
      return 0;
    n++;
  }
  RB_GC_GUARD(list);
  return n;
}

/* ---- the call -------------------------------------------------------------------------------- */

static void *check(void *arg) {
  checking *c = arg;
  c->status = bt_url_check(c->url, c->len, &c->options, &c->target);
  return NULL;
}

static VALUE answer_of(const checking *c) {
  if (c->status)
    return rb_ary_new_from_args(1, rb_utf8_str_new_cstr(bt_sink_name(c->status)));
  VALUE addresses = rb_ary_new();
  for (int i = 0; i < c->target.count; i++)
    rb_ary_push(addresses, rb_utf8_str_new_cstr(c->target.address_text[i]));
  return rb_ary_new_from_args(5, Qnil, rb_utf8_str_new_cstr(c->target.scheme),
                              rb_utf8_str_new_cstr(c->target.host), INT2NUM(c->target.port),
                              addresses);
}

/* check_url(url, hosts, networks, https_only, resolver) -> [reason] or [nil, scheme, host, port,
 * addresses] */
static VALUE native_check_url(VALUE self, VALUE url, VALUE hosts, VALUE networks, VALUE https_only,
                              VALUE resolver) {
  (void)self;
  volatile VALUE keep[3] = {0};
  bt_text text = text_of(url);
  char *copy = ALLOCV(keep[0], text.len + 1);
  if (text.len)
    memcpy(copy, RSTRING_PTR(url), text.len);
  checking c = {.url = copy, .len = text.len, .resolver = resolver};
  c.options = (bt_url_options){.hosts = copied_list(hosts, &keep[1]),
                               .networks = copied_list(networks, &keep[2]),
                               .https_only = RTEST(https_only),
                               .resolve = NIL_P(resolver) ? NULL : resolve_in_ruby,
                               .context = &c};
  if (NIL_P(resolver))
    rb_thread_call_without_gvl(check, &c, RUBY_UBF_IO, NULL);
  else
    check(&c);
  if (c.raised)
    rb_jump_tag(c.raised);
  return answer_of(&c);
}

static VALUE native_special_address(VALUE self, VALUE text) {
  (void)self;
  struct sockaddr_storage address;
  if (!read_address(StringValueCStr(text), &address))
    rb_raise(rb_eArgError, "no IP address");
  return bt_address_special(&address) ? Qtrue : Qfalse;
}

/* keys_address?(address, tls): whether a policy's own servers may be asked there. */
static VALUE native_keys_address(VALUE self, VALUE text, VALUE tls) {
  (void)self;
  struct sockaddr_storage address;
  bool fits = read_address(StringValueCStr(text), &address);
  return fits && bt_keys_address(&address, RTEST(tls)) ? Qtrue : Qfalse;
}

void init_fetch(VALUE native) {
  rb_define_const(native, "FETCH_SECONDS", INT2FIX(BT_FETCH_SECONDS));
  rb_define_const(native, "FETCH_BYTES", INT2FIX(BT_FETCH_BYTES));
  rb_define_module_function(native, "keys_address?", native_keys_address, 2);
  rb_define_module_function(native, "check_url", native_check_url, 5);
  rb_define_module_function(native, "special_address?", native_special_address, 1);
}
