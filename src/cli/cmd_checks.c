#include "audit/audit.h"
#include "base/json.h"
#include "cli/cli.h"
#include "scan/scan.h"

static const option_row OPTIONS[] = {
    {"--score", NULL, "print how the score is computed, with all weights"},
    {"--format", "F", "text (default), json or markdown"},
    {0}};

static str as_text(arena *a) {
  buf b = {.arena = a};
  for (size_t i = 0; i < scan_check_count(); i++) {
    check_info c = scan_check_info(a, i);
    buf_printf(&b, "%-26.*s %-9s %.*s\n", STR_ARG(c.id), severity_name(c.severity),
               STR_ARG(c.title));
  }
  audit_rule u;
  for (size_t i = 0; audit_rule_at(i, &u); i++)
    buf_printf(&b, "%-26s %-9s %s\n", u.id, severity_name(u.severity), u.title);
  return buf_str(&b);
}

static json_t *rule_json(const audit_rule *u) {
  json_t *o = json_object();
  json_put_str(o, "kind", STR("audit"));
  json_put_str(o, "id", str_of(u->id));
  json_put_str(o, "category", str_of(category_name(u->category)));
  json_put_str(o, "severity", str_of(severity_name(u->severity)));
  json_put_str(o, "title", str_of(u->title));
  json_put_str(o, "description", str_of(u->description));
  json_put_str(o, "fix", str_of(u->fix));
  json_put_str(o, "references", str_of(u->references));
  return o;
}

static str as_json(arena *a) {
  json_t *list = json_array();
  for (size_t i = 0; i < scan_check_count(); i++) {
    check_info c = scan_check_info(a, i);
    json_t *o = json_object();
    json_put_str(o, "kind", STR("scan"));
    json_put_str(o, "id", c.id);
    json_put_str(o, "category", str_of(category_name(c.category)));
    json_put_str(o, "severity", str_of(severity_name(c.severity)));
    json_put_str(o, "title", c.title);
    json_put_str(o, "description", c.description);
    json_put_str(o, "sent", c.sent);
    json_put_str(o, "needs", c.needs);
    json_put_str(o, "decides", c.decides);
    json_put_str(o, "wrong", c.wrong);
    json_put_str(o, "fix", c.fix);
    json_put_str(o, "references", c.references);
    json_array_append_new(list, o);
  }
  audit_rule u;
  for (size_t i = 0; audit_rule_at(i, &u); i++)
    json_array_append_new(list, rule_json(&u));
  str out = json_write(a, list, true);
  json_decref(list);
  return out;
}

static str as_markdown(arena *a) {
  buf b = {.arena = a};
  buf_put(&b,
          STR("# The catalogue\n\n## The scanner's checks\n\nPrinted by `batten checks --format "
              "markdown`. Severity is for a confirmed finding. Needs: T a good token, P the public "
              "key, K the signing key or a spare token, 2 two identities, S an API description, C "
              "the canary, W `--allow-writes`.\n\n"
              "| id | what is sent | severity | needs | references |\n|---|---|---|---|---|\n"));
  for (size_t i = 0; i < scan_check_count(); i++) {
    check_info c = scan_check_info(a, i);
    buf_printf(&b, "| [%.*s](checks/%.*s.md) | %.*s | %s | %.*s | %.*s |\n", STR_ARG(c.id),
               STR_ARG(c.id), STR_ARG(c.sent), severity_name(c.severity), STR_ARG(c.needs),
               STR_ARG(c.references));
  }
  audit_rule u;
  buf_put(&b, STR("\n## The audit's rules\n\nJudged in files, nothing is sent: `rb-` in Ruby, the "
                  "others in Kubernetes objects, Dockerfiles and compose files. A finding may be "
                  "lower than its rule where its place says so.\n\n"
                  "| id | what | severity | references |\n|---|---|---|---|\n"));
  for (size_t i = 0; audit_rule_at(i, &u); i++)
    buf_printf(&b, "| [%s](checks/%s.md) | %s | %s | %s |\n", u.id, u.id, u.title,
               severity_name(u.severity), u.references);
  return buf_str(&b);
}

/* A row of the explanation: the text wrapped under its heading. */
static void part(buf *b, const char *name, str text) {
  enum { WIDTH = 80 };

  str rest = text, line, word;
  if (!text.len)
    return;
  buf_printf(b, "\n%s\n", name);
  while (str_next(&rest, '\n', &line)) {
    size_t column = 0;
    bool code = line.len > 0 && line.ptr[0] == ' ';
    while (!code && str_next(&line, ' ', &word)) {
      if (!word.len)
        continue;
      if (column && column + 1 + word.len > WIDTH - 2)
        column = 0, buf_char(b, '\n');
      buf_printf(b, "%s%.*s", column ? " " : "  ", STR_ARG(word));
      column += word.len + 1;
    }
    if (code)
      buf_printf(b, "  %.*s", STR_ARG(line));
    buf_char(b, '\n');
  }
}

static str one(arena *a, const check_info *c) {
  buf b = {.arena = a};
  buf_printf(&b, "%.*s (%s, %s)\n%.*s\n", STR_ARG(c->id), severity_name(c->severity),
             category_name(c->category), STR_ARG(c->title));
  part(&b, "What it means", c->description);
  part(&b, "What is sent", c->sent);
  part(&b, "Needs", c->needs.len ? c->needs : STR("nothing"));
  part(&b, "What decides", c->decides);
  part(&b, "How it can be wrong", c->wrong);
  part(&b, "Fix", c->fix);
  part(&b, "Rails", c->rails);
  part(&b, "References", c->references);
  return buf_str(&b);
}

static str rule_text(arena *a, const audit_rule *u) {
  buf b = {.arena = a};
  buf_printf(&b, "%s (%s, %s)\n%s\n", u->id, severity_name(u->severity), category_name(u->category),
             u->title);
  part(&b, "What it means", str_of(u->description));
  part(&b, "Fix", str_of(u->fix));
  part(&b, "References", str_of(u->references));
  part(&b, "Accepting one",
       arena_printf(a,
                    "A comment in that line, or alone above it: batten:ignore %s and the reason.",
                    u->id));
  return buf_str(&b);
}

static str rule_page(arena *a, const audit_rule *u) {
  buf b = {.arena = a};
  buf_printf(&b, "# %s\n\n**%s.** Severity: %s. Category: %s. Found by `batten audit`.\n\n%s\n",
             u->id, u->title, severity_name(u->severity), category_name(u->category),
             u->description);
  buf_printf(&b,
             "\n## How to fix it\n\n%s\n\n## Accepting one\n\nA comment in that line, or alone "
             "above it, with a reason: `batten:ignore %s REASON`.\n",
             u->fix, u->id);
  buf_printf(&b,
             "\n## References\n\n%s\n\nThis page is printed from the catalogue by `tools/docs`; "
             "the index is [checks.md](../checks.md).\n",
             u->references);
  return buf_str(&b);
}

static bool explain_rule(const arguments *args, str id, const char **names) {
  audit_rule u;
  bool markdown = str_eq(arg_value(args, "--format"), STR("markdown"));
  for (size_t i = 0; audit_rule_at(i, &u); i++) {
    names[i] = u.id;
    if (!str_eq(str_of(u.id), id))
      continue;
    print_out(markdown ? rule_page(args->arena, &u) : rule_text(args->arena, &u));
    return true;
  }
  return false;
}

static size_t rule_count(void) {
  size_t n = 0;
  audit_rule u;
  while (audit_rule_at(n, &u))
    n++;
  return n;
}

static int explain(const arguments *args, str id) {
  size_t n = scan_check_count();
  const char **names = arena_alloc(args->arena, (n + rule_count() + 1) * sizeof *names);
  error e = {0};
  for (size_t i = 0; i < n; i++) {
    check_info c = scan_check_info(args->arena, i);
    names[i] = c.id.ptr;
    if (!str_eq(c.id, id))
      continue;
    print_out(str_eq(arg_value(args, "--format"), STR("markdown")) ? scan_check_page(args->arena, i)
                                                                   : one(args->arena, &c));
    return 0;
  }
  if (explain_rule(args, id, names + n))
    return 0;
  const char *near = nearest_name(id, names);
  error_set(&e, ERROR_USAGE, "no check %.*s%s%s%s", STR_ARG(id), near ? ": did you mean " : "",
            near ? near : "", near ? "?" : ": batten checks lists them");
  return fail(&e);
}

static int run(const arguments *args) {
  str format = arg_value(args, "--format");
  error e = {0};
  if (args->words.len == 1)
    return explain(args, args->words.at[0]);
  if (args->words.len) {
    error_set(&e, ERROR_USAGE, "one check at a time, not %zu", args->words.len);
    return fail(&e);
  }
  if (arg_given(args, "--score"))
    print_out(score_table(args->arena));
  else if (!format.ptr || str_eq(format, STR("text")))
    print_out(as_text(args->arena));
  else if (str_eq(format, STR("json")))
    print_out(as_json(args->arena));
  else if (str_eq(format, STR("markdown")))
    print_out(as_markdown(args->arena));
  else {
    error_set(&e, ERROR_USAGE, "--format %.*s: text, json or markdown", STR_ARG(format));
    return fail(&e);
  }
  return 0;
}

const command COMMAND_CHECKS = {
    .name = "checks",
    .usage = "[ID] [options]",
    .summary = "the catalogue of checks, and how the score is computed",
    .about = "Lists every check of the scanner and every rule of the audit with its\nseverity, or "
             "explains one.",
    .options = OPTIONS,
    .examples = "$ batten checks\n$ batten checks jwt-alg-none\n$ batten checks "
                "rb-claim-to-file\n$ batten checks jwt-alg-none --format markdown\n"
                "$ batten checks --score",
    .run = run};
