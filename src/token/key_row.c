/* Rows of keys: as many as the bytes that they were read from hold, and no fixed number. */
#include "token/strict.h"

#include <stdlib.h>

static bool grow(key_row *row) {
  size_t room = row->room ? 2 * row->room : 8;
  verify_key **at = realloc(row->at, room * sizeof(verify_key *));
  if (!at)
    return false;
  row->at = at;
  row->room = room;
  return true;
}

bool key_row_take(key_row *row, verify_key *k) {
  if (row->len == row->room && !grow(row)) {
    if (--k->owners == 0)
      verify_key_free(k);
    return false;
  }
  row->at[row->len++] = k;
  return true;
}

bool key_row_add(key_row *row, verify_key *k) {
  k->owners = 1;
  return key_row_take(row, k);
}

bool key_row_share(key_row *into, const key_row *from) {
  *into = (key_row){0};
  if (!from->len)
    return true;
  into->at = malloc(from->len * sizeof(verify_key *));
  if (!into->at)
    return false;
  memcpy(into->at, from->at, from->len * sizeof(verify_key *));
  into->len = into->room = from->len;
  for (size_t i = 0; i < into->len; i++)
    into->at[i]->owners++;
  return true;
}

void key_row_release(key_row *row) {
  for (size_t i = 0; i < row->len; i++)
    if (--row->at[i]->owners == 0)
      verify_key_free(row->at[i]);
  free(row->at);
  *row = (key_row){0};
}

/* ---- kids, in order to be looked up ---------------------------------------------------------- */

static int compare_kids(const void *a, const void *b) {
  return str_cmp(*(const str *)a, *(const str *)b);
}

void kids_sort(str_list *kids) {
  if (kids->len)
    qsort(kids->at, kids->len, sizeof *kids->at, compare_kids);
}

/* Where the first that is not below `kid` stands. */
static size_t first_from(const str_list *kids, str kid) {
  size_t low = 0, high = kids->len;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (str_cmp(kids->at[middle], kid) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

bool kids_hold(const str_list *kids, str kid, size_t times) {
  size_t last = first_from(kids, kid) + times - 1;
  return last < kids->len && str_eq(kids->at[last], kid);
}
