/* The words that tell of harm, and where they are looked for: in the path, the operationId, the
 * tags, at the verb of the summary, and in the value of a parameter that names an action.
 *
 * Names are taken apart into words (createDb, create-db, create_db) and words into a verb and what
 * it is done to (createdb, cacheflush), so that `preset`, `payload` and `important` stay silent. */
#include "scan/harm.h"

#include <ctype.h>

typedef enum {
  HARM_NONE,
  HARM_DESTROYS,
  HARM_MAKES,   /* what POST is for: harm by any other method, or when it is done to all */
  HARM_REMOVES, /* what DELETE is for; the same */
  HARM_SENDS,   /* mail and messages that people get */
  HARM_PAYS,
  HARM_ENDS_SESSION
} harm;

typedef struct {
  harm harm;
  const char *words; /* between spaces */
} harm_row;

static const harm_row VERBS[] = {
    {HARM_DESTROYS,
     " reset seed reseed init initialize initialise drop clear purge wipe flush truncate empty "
     "erase "
     "cleanup prune nuke restore rollback migrate revert shutdown poweroff halt restart reboot "
     "terminate kill import upload install uninstall reinstall setup bootstrap populate reindex "
     "rebuild regenerate rotate revoke invalidate expire deactivate disable suspend ban cancel "
     "abort "
     "publish unpublish deploy undeploy execute exec eval vacuum overwrite "},
    {HARM_MAKES, " create add insert register signup generate "},
    {HARM_REMOVES, " delete remove destroy del rm unlink "},
    {HARM_SENDS,
     " send resend mail mailto notify invite broadcast sendmail subscribe unsubscribe forgot "},
    {HARM_PAYS, " pay charge refund transfer withdraw payout checkout purchase buy donate topup "},
    {HARM_ENDS_SESSION, " logout signout logoff signoff "},
};

/* What a POST makes under such a name leaves the house: mail to people, money. */
static const harm_row MADE[] = {
    {HARM_SENDS,
     " mails email emails sms notification notifications invitation invitations invites "
     "newsletter newsletters campaigns verification recovery recover "},
    {HARM_PAYS, " payments charges refunds transfers withdrawals payouts purchases donations "},
};

/* What a verb is done to when both are written as one word. */
static const char OBJECTS[] =
    " db dbs database databases data all everything cache caches table tables schema user users "
    "account accounts session sessions token tokens log logs mail mails email emails sms message "
    "messages password passwords key keys test tests demo index indexes queue queues job jobs "
    "record "
    "records item items file files store storage state env server system app service cluster node "
    "backup backups snapshot money order orders payment payments invoice invoices notification "
    "notifications history settings config ";

/* Whatever makes or removes these is no single object. */
static const char WHOLES[] = " db dbs database databases data all everything cache caches schema ";

/* Of a parameter that says what to do: ?action=reset */
static const char ACTION_NAMES[] =
    " action actions act cmd command op operation do task method mode ";

static bool is_listed(const char *words, str word) {
  str list = str_of(words);
  for (size_t at = str_find(list, word, 0); word.len && at != SIZE_MAX;
       at = str_find(list, word, at + 1))
    if (at && list.ptr[at - 1] == ' ' && list.ptr[at + word.len] == ' ')
      return true;
  return false;
}

/* ---- words ----------------------------------------------------------------------------------- */

static bool starts_word(str name, size_t i) {
  bool upper = isupper((unsigned char)name.ptr[i]);
  bool after_lower = i && !isupper((unsigned char)name.ptr[i - 1]);
  bool before_lower = i && i + 1 < name.len && islower((unsigned char)name.ptr[i + 1]);
  return upper && (after_lower || before_lower);
}

/* createDb, create-db, HTTPReset, v1: letters alone, in lower case. */
static str_list words_of(arena *a, str name) {
  str_list words = {0};
  size_t from = 0;
  for (size_t i = 0; i <= name.len; i++) {
    bool letter = i < name.len && isalpha((unsigned char)name.ptr[i]);
    if (letter && !starts_word(name, i))
      continue;
    if (i > from)
      list_push(a, &words, str_lower(a, str_sub(name, from, i)));
    from = letter ? i : i + 1;
  }
  return words;
}

static harm verb_harm(str word) {
  for (size_t i = 0; i < sizeof VERBS / sizeof *VERBS; i++)
    if (is_listed(VERBS[i].words, word))
      return VERBS[i].harm;
  return HARM_NONE;
}

typedef struct {
  const char *first, *second; /* words between spaces */
  harm harm;
} pair_row;

/* log-out, sign_out, shut down, test-email: what two words say together. */
static harm pair_harm(str first, str second) {
  static const pair_row pairs[] = {{" log sign ", " out off ", HARM_ENDS_SESSION},
                                   {" shut power ", " down off ", HARM_DESTROYS},
                                   {" test ", " mail email sms ", HARM_SENDS}};
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
    if (is_listed(pairs[i].first, first) && is_listed(pairs[i].second, second))
      return pairs[i].harm;
  return HARM_NONE;
}

/* A verb, alone or in one word with what it is done to; *whole: which is more than one object. */
static harm word_harm(str word, bool *whole) {
  harm found = verb_harm(word);
  for (size_t cut = 2; !found && cut + 1 < word.len; cut++) {
    str head = str_sub(word, 0, cut), tail = str_sub(word, cut, word.len);
    str object = is_listed(OBJECTS, tail) ? tail : head;
    if (is_listed(OBJECTS, tail))
      found = verb_harm(head);
    if (!found && is_listed(OBJECTS, head))
      found = verb_harm(tail);
    if (!found)
      found = pair_harm(head, tail);
    *whole |= found && is_listed(WHOLES, object);
  }
  return found;
}

/* "creates", "creating", "created by": the verb of a sentence as it would stand in a name. */
static str verb_stem(arena *a, str word) {
  static const char *const ends[] = {"ing", "es", "s", "ped", "ed", "d"};
  if (verb_harm(word))
    return word;
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
    str end = str_of(ends[i]);
    if (!str_ends(word, end))
      continue;
    str stem = str_sub(word, 0, word.len - end.len);
    str with_e = arena_printf(a, "%.*se", STR_ARG(stem));
    bool doubled = stem.len > 2 && stem.ptr[stem.len - 1] == stem.ptr[stem.len - 2];
    str single = doubled ? str_sub(stem, 0, stem.len - 1) : stem;
    if (verb_harm(stem))
      return stem;
    if (verb_harm(with_e))
      return with_e;
    if (verb_harm(single))
      return single;
  }
  return word;
}

/* ---- what a name says ------------------------------------------------------------------------ */

static bool is_harmful(harm found, bool whole, str method) {
  if (found == HARM_MAKES)
    return whole || (!str_eq(method, STR("POST")) && !str_eq(method, STR("PUT")));
  if (found == HARM_REMOVES)
    return whole || !str_eq(method, STR("DELETE"));
  return found != HARM_NONE;
}

static harm made_harm(str word, str method) {
  for (size_t i = 0; str_eq(method, STR("POST")) && i < sizeof MADE / sizeof *MADE; i++)
    if (is_listed(MADE[i].words, word))
      return MADE[i].harm;
  return HARM_NONE;
}

static bool is_whole(const str_list *words, size_t i) {
  return i < words->len && is_listed(WHOLES, words->at[i]);
}

static harm harm_of_words(const str_list *words, str method) {
  for (size_t i = 0; i < words->len; i++) {
    bool whole = is_whole(words, i + 1) || (i && is_whole(words, i - 1));
    harm found = word_harm(words->at[i], &whole);
    if (!found)
      found = made_harm(words->at[i], method);
    if (!found && i + 1 < words->len)
      found = pair_harm(words->at[i], words->at[i + 1]);
    if (is_harmful(found, whole, method))
      return found;
  }
  return HARM_NONE;
}

/* ---- where names stand ----------------------------------------------------------------------- */

static harm path_harm(arena *a, const named_operation *o, str *said) {
  str rest = o->about ? o->about->path : o->path, segment;
  while (str_next(&rest, '/', &segment)) {
    if (str_contains(segment, STR("{")))
      continue;
    str_list words = words_of(a, segment);
    harm found = harm_of_words(&words, o->method);
    *said = segment;
    if (found)
      return found;
  }
  return HARM_NONE;
}

static harm query_harm(arena *a, const named_operation *o, str *said) {
  str rest = o->query, pair;
  while (rest.len && str_next(&rest, '&', &pair)) {
    size_t equals = str_find(pair, STR("="), 0);
    str name = str_lower(a, str_sub(pair, 0, equals));
    if (equals == SIZE_MAX || !is_listed(ACTION_NAMES, name))
      continue;
    str_list words = words_of(a, str_sub(pair, equals + 1, pair.len));
    harm found = harm_of_words(&words, o->method);
    *said = pair;
    if (found)
      return found;
  }
  return HARM_NONE;
}

static harm id_harm(arena *a, const named_operation *o, str *said) {
  str_list words = words_of(a, o->about->operation_id);
  *said = o->about->operation_id;
  return harm_of_words(&words, o->method);
}

/* "Refunds", "Transfers of the month", "Charges overview": a title, not what is done. */
static bool is_title(const str_list *words, size_t i) {
  static const char behind[] = " of for by in from with per at on list lists overview history "
                               "summary report reports status details info count total totals page "
                               "statistics stats ";
  bool plural = str_ends(words->at[i], STR("s"));
  return plural && (i + 1 == words->len || is_listed(behind, words->at[i + 1]));
}

/* "Creates and populates the database", "Endpoint to reset all data": the first word, and what
 * stands behind "to" and "and", each with the word that it is done to. */
static harm summary_harm(arena *a, const named_operation *o, str *said) {
  static const char fillers[] = " the a an new any your our its ";
  str_list words = words_of(a, o->about->summary);
  harm found = HARM_NONE;
  bool verb_follows = true;
  for (size_t i = 0; i < words.len && !found; i++) {
    str_list phrase = {0};
    size_t next = i + 1;
    while (next < words.len && is_listed(fillers, words.at[next]))
      next++;
    list_push(a, &phrase, verb_stem(a, words.at[i]));
    if (is_whole(&words, next))
      list_push(a, &phrase, words.at[next]);
    if (verb_follows && !is_title(&words, i))
      found = harm_of_words(&phrase, o->method);
    verb_follows = is_listed(" to and then ", words.at[i]);
  }
  *said = o->about->summary;
  return found;
}

/* A tag names a topic (Email, Payments), so only what destroys counts here. */
static harm tag_harm(arena *a, const named_operation *o, str *said) {
  for (size_t i = 0; i < o->about->tags.len; i++) {
    str_list words = words_of(a, o->about->tags.at[i]);
    bool warns = harm_of_words(&words, o->method) == HARM_DESTROYS;
    for (size_t k = 0; k < words.len; k++)
      warns |= is_listed(" destructive dangerous danger ", words.at[k]);
    *said = o->about->tags.at[i];
    if (warns)
      return HARM_DESTROYS;
  }
  return HARM_NONE;
}

/* DELETE /me: who asks would be gone, or what lets them ask. */
static harm own_account_harm(const named_operation *o, str *said) {
  static const char names[] = " account me self profile session sessions token tokens user ";
  *said = path_name(o->path);
  return str_eq(o->method, STR("DELETE")) && is_listed(names, *said) ? HARM_ENDS_SESSION
                                                                     : HARM_NONE;
}

static str harm_text(arena *a, harm found, str said) {
  static const char *const texts[] = {[HARM_DESTROYS] = "looks destructive",
                                      [HARM_MAKES] = "looks as if it changed data",
                                      [HARM_REMOVES] = "looks destructive",
                                      [HARM_SENDS] = "looks as if it sent mail or messages",
                                      [HARM_PAYS] = "looks as if it moved money",
                                      [HARM_ENDS_SESSION] = "looks like it ends a session"};

  enum { SHOWN = 60 };

  return arena_printf(a, "%s (%.*s)", texts[found], STR_ARG(str_sub(said, 0, SHOWN)));
}

str harm_in(arena *a, const named_operation *o) {
  str said = {0};
  harm found = path_harm(a, o, &said);
  if (!found)
    found = query_harm(a, o, &said);
  if (!found)
    found = own_account_harm(o, &said);
  if (!found && o->about)
    found = id_harm(a, o, &said);
  if (!found && o->about)
    found = tag_harm(a, o, &said);
  if (!found && o->about)
    found = summary_harm(a, o, &said);
  return found ? harm_text(a, found, said) : (str){0};
}
