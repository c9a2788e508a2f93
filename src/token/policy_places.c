/* `token:` of an issuer: where its tokens are looked for, each issuer's in its own places alone. */
#include "token/policy_read.h"

static const bt_place BEARER = {BT_PLACE_BEARER, {"Authorization", 13}};

typedef struct {
  str header, cookie, query;
} place_texts;

static bt_place place_of(const place_texts *t) {
  if (t->header.ptr && str_ieq(t->header, STR("authorization")))
    return BEARER;
  if (t->header.ptr)
    return (bt_place){BT_PLACE_HEADER, text_of_str(t->header)};
  if (t->cookie.ptr)
    return (bt_place){BT_PLACE_COOKIE, text_of_str(t->cookie)};
  return (bt_place){BT_PLACE_QUERY, text_of_str(t->query)};
}

static void read_place(reader *r, const node *n, issuer_rule *out) {
  static const field fields[] = {{"header", read_text, offsetof(place_texts, header), NULL},
                                 {"cookie", read_text, offsetof(place_texts, cookie), NULL},
                                 {"query", read_text, offsetof(place_texts, query), NULL},
                                 {0}};
  place_texts t = {0};
  if (!read_map(r, n, "`token`", fields, &t))
    return;
  at_node(r, n);
  if (!!t.header.ptr + !!t.cookie.ptr + !!t.query.ptr != 1)
    problem(r->p, "`token` must name exactly one place: header, cookie or query");
  else
    list_push(r->arena, &out->places, place_of(&t));
}

void read_places(reader *r, const node *n, const char *name, void *into) {
  issuer_rule *out = into;
  if (n->kind == NODE_LIST && !n->items.len)
    problem(r->p,
            "`%s` names no place: write {header: Authorization}, {cookie: NAME} or a list of "
            "them",
            name);
  for (size_t i = 0; n->kind == NODE_LIST && i < n->items.len; i++)
    read_place(r, n->items.at[i], out);
  if (n->kind != NODE_LIST)
    read_place(r, n, out);
}

void use_default_place(reader *r, issuer_rule *out) {
  if (!out->places.len)
    list_push(r->arena, &out->places, BEARER);
}

/* Names of header fields know no case; those of cookies and parameters do. */
static bool same_place(bt_place a, bt_place b) {
  bool any_case = a.kind == BT_PLACE_HEADER || a.kind == BT_PLACE_BEARER;
  str name = str_of_text(a.name), other = str_of_text(b.name);
  return a.kind == b.kind && (any_case ? str_ieq(name, other) : str_eq(name, other));
}

static size_t place_number(reader *r, bt_place place) {
  policy_rules *rules = r->out;
  for (size_t i = 0; i < rules->places.len; i++)
    if (same_place(rules->places.at[i], place))
      return i;
  list_push(r->arena, &rules->places, place);
  return rules->places.len - 1;
}

void number_places(reader *r, issuer_rule *rule) {
  for (size_t i = 0; i < rule->places.len; i++) {
    size_t number = place_number(r, rule->places.at[i]);
    if (number < PLACES_MAX)
      rule->place_bits |= 1ULL << number;
    else
      problem(r->p, "the policy's issuers name more than %d places for tokens", PLACES_MAX);
  }
}
