/* The queue over NATS JetStream: the one file that knows the library. */
#include "watch/fleet.h"

#include <nats/nats.h>
#include <stdio.h>
#include <stdlib.h>

enum {
  CONNECT_MS = 2000,
  RECONNECT_MS = 250,
  PING_MS = 10000,
  ANSWER_MS = 5000,
  READY_SECONDS = 15,
  RESULT_LEASE = 30,
  NAME_MAX_BYTES = 96,
  MANY = 65536
};

static const char *const WORKERS = "workers", *const SERVER = "server";
static const int64_t MILLION = 1000000;

struct queue {
  natsConnection *connection;
  jsCtx *js;
  char stream[NAME_MAX_BYTES], all[NAME_MAX_BYTES], jobs[NAME_MAX_BYTES], results[NAME_MAX_BYTES];
  char servers[256]; /* for messages: without what stands before an '@' */
};

struct taker {
  queue *queue;
  natsSubscription *subscription;
};

/* ---- connecting ------------------------------------------------------------------------------ */

/* Without the place in the library's source that its messages begin with. */
static const char *why(natsStatus s) {
  const char *said = nats_GetLastError(NULL),
             *place = said && *said == '(' ? strstr(said, "): ") : NULL;
  if (place)
    said = place + 3;
  return said && *said ? said : natsStatus_GetText(s);
}

static bool failed(const queue *q, const char *what, natsStatus s, error *e) {
  return error_set(e, ERROR_INCOMPLETE, "%s (NATS at %s): %s", what, q->servers, why(s));
}

/* The library prints what goes wrong behind the scenes; what matters comes back from the calls. */
static void ignore(natsConnection *c, natsSubscription *s, natsStatus status, void *of) {
  (void)c;
  (void)s;
  (void)status;
  (void)of;
}

static void name_servers(queue *q, str urls) {
  str one;
  size_t used = 0;
  while (str_next(&urls, ',', &one) && used < sizeof q->servers) {
    size_t at = str_find(one, STR("@"), 0), slashes = str_find(one, STR("//"), 0);
    str shown = at != SIZE_MAX        ? str_sub(one, at + 1, one.len)
                : slashes != SIZE_MAX ? str_sub(one, slashes + 2, one.len)
                                      : one;
    int n = snprintf(q->servers + used, sizeof q->servers - used, "%s%.*s", used ? "," : "",
                     STR_ARG(shown));
    used += n > 0 ? (size_t)n : 0;
  }
}

static natsStatus set_servers(natsOptions *options, const fleet_options *o) {
  arena *a = arena_new();
  LIST(const char *) list = {0};
  str rest = o->urls, one;
  bool secure = false;
  while (str_next(&rest, ',', &one)) {
    secure |= str_starts(one, STR("tls://"));
    list_push(a, &list, arena_text(a, one));
  }
  natsStatus s = natsOptions_SetServers(options, list.at, (int)list.len);
  if (s == NATS_OK && secure)
    s = natsOptions_SetSecure(options, true);
  arena_free(a);
  return s;
}

/* Nothing is sent late: a publish or an acknowledgement that fails now must not arrive when its
 * lease is another's. */
static natsStatus set_options(natsOptions *options, const fleet_options *o) {
  natsStatus s = set_servers(options, o);
  if (s == NATS_OK)
    s = natsOptions_SetTimeout(options, CONNECT_MS);
  if (s == NATS_OK)
    s = natsOptions_SetMaxReconnect(options, -1);
  if (s == NATS_OK)
    s = natsOptions_SetReconnectWait(options, RECONNECT_MS);
  if (s == NATS_OK)
    s = natsOptions_SetReconnectBufSize(options, 1);
  if (s == NATS_OK)
    s = natsOptions_SetFailRequestsOnDisconnect(options, true);
  if (s == NATS_OK)
    s = natsOptions_SetPingInterval(options, PING_MS);
  if (s == NATS_OK)
    s = natsOptions_SetSendAsap(options, true);
  if (s == NATS_OK)
    s = natsOptions_SetErrorHandler(options, ignore, NULL);
  if (s == NATS_OK)
    s = natsOptions_SetName(options, "batten watch");
  if (s == NATS_OK && o->creds)
    s = natsOptions_SetUserCredentialsFromFiles(options, o->creds, NULL);
  if (s == NATS_OK && o->ca)
    s = natsOptions_LoadCATrustedCertificates(options, o->ca);
  return s;
}

/* A server that is there and says nothing yet may be busy, or just begin: it is asked again. */
static natsStatus connect_in_time(queue *q, natsOptions *options) {
  double end = clock_monotonic() + READY_SECONDS;
  natsStatus s;
  do
    s = natsConnection_Connect(&q->connection, options);
  while (s == NATS_TIMEOUT && clock_monotonic() < end);
  return s;
}

queue *queue_connect(const fleet_options *o, const fleet_key *k, error *e) {
  queue *q = calloc(1, sizeof *q);
  natsOptions *options = NULL;
  if (!q)
    abort();
  snprintf(q->stream, sizeof q->stream, "BATTEN_%s", k->id);
  snprintf(q->all, sizeof q->all, "batten.%s.>", k->id);
  snprintf(q->jobs, sizeof q->jobs, "batten.%s.job.*", k->id);
  snprintf(q->results, sizeof q->results, "batten.%s.result.*", k->id);
  name_servers(q, o->urls);
  natsStatus s = natsOptions_Create(&options);
  if (s == NATS_OK)
    s = set_options(options, o);
  if (s == NATS_OK)
    s = connect_in_time(q, options);
  if (s == NATS_OK)
    s = natsConnection_JetStream(&q->js, q->connection, NULL);
  natsOptions_Destroy(options);
  if (s == NATS_OK)
    return q;
  failed(q, "the fleet cannot be reached", s, e);
  queue_close(q);
  return NULL;
}

void queue_close(queue *q) {
  if (!q)
    return;
  jsCtx_Destroy(q->js);
  natsConnection_Destroy(q->connection);
  free(q); /* not nats_Close: it frees what OpenSSL frees again at the end */
}

bool queue_reached(const queue *q) {
  return natsConnection_Status(q->connection) == NATS_CONN_STATUS_CONNECTED;
}

size_t queue_payload_max(const queue *q) {
  int64_t n = natsConnection_GetMaxPayload(q->connection);
  return n > 0 ? (size_t)n : 0;
}

/* ---- preparing ------------------------------------------------------------------------------- */

static natsStatus put_stream(queue *q, double lease, int replicas, jsErrCode *code) {
  jsStreamConfig c;
  jsStreamConfig_Init(&c);
  const char *subjects[] = {q->all};
  c.Name = q->stream;
  c.Subjects = subjects;
  c.SubjectsLen = 1;
  c.Retention = js_WorkQueuePolicy;
  c.Storage = js_FileStorage;
  c.Replicas = replicas;
  c.Duplicates = (int64_t)(lease * 2000) * MILLION;
  natsStatus s = js_AddStream(NULL, q->js, &c, NULL, code);
  return *code == JSStreamNameExistErr ? js_UpdateStream(NULL, q->js, &c, NULL, code) : s;
}

static bool no_jetstream(natsStatus s, jsErrCode code) {
  return s == NATS_NO_RESPONDERS || code == JSNotEnabledErr || code == JSNotEnabledForAccountErr;
}

/* A cluster that has just begun has no leader for a moment. */
static bool ensure_stream(queue *q, double lease, error *e) {
  double end = clock_monotonic() + READY_SECONDS;
  natsStatus s;
  jsErrCode code;
  do {
    code = 0;
    s = put_stream(q, lease, 3, &code);
    if (s != NATS_OK &&
        (code == JSStreamReplicasNotSupportedErr || code == JSClusterNoPeersErr ||
         code == JSInsufficientResourcesErr || code == JSStreamReplicasNotUpdatableErr)) {
      code = 0;
      s = put_stream(q, lease, 1, &code);
    }
    if (s == NATS_OK)
      return true;
    if (no_jetstream(s, code))
      return error_set(e, ERROR_USAGE,
                       "NATS at %s has no JetStream: start nats-server with -js, or jetstream {} "
                       "in its configuration",
                       q->servers);
    nats_Sleep(RECONNECT_MS);
  } while (clock_monotonic() < end);
  return failed(q, "the fleet's stream cannot be made", s, e);
}

static natsStatus put_consumer(queue *q, const char *name, const char *filter, double lease) {
  jsConsumerConfig c;
  jsConsumerConfig_Init(&c);
  c.Durable = name;
  c.FilterSubject = filter;
  c.AckPolicy = js_AckExplicit;
  c.AckWait = (int64_t)(lease * 1000) * MILLION;
  c.MaxDeliver = -1;
  c.MaxAckPending = MANY;
  c.MaxWaiting = MANY;
  return js_AddConsumer(NULL, q->js, q->stream, &c, NULL, NULL);
}

bool queue_prepare(queue *q, double lease, error *e) {
  double end = clock_monotonic() + READY_SECONDS;
  if (!ensure_stream(q, lease, e))
    return false;
  for (;;) {
    natsStatus s = put_consumer(q, WORKERS, q->jobs, lease);
    if (s == NATS_OK)
      s = put_consumer(q, SERVER, q->results, RESULT_LEASE);
    if (s == NATS_OK)
      return true;
    if (clock_monotonic() > end)
      return failed(q, "the fleet's queue cannot be made", s, e);
    nats_Sleep(RECONNECT_MS);
  }
}

/* ---- looking --------------------------------------------------------------------------------- */

bool queue_lease(queue *q, double *lease, error *e) {
  jsConsumerInfo *info = NULL;
  jsErrCode code = 0;
  natsStatus s = js_GetConsumerInfo(&info, q->js, q->stream, WORKERS, NULL, &code);
  if (s == NATS_OK)
    *lease = (double)info->Config->AckWait / 1e9;
  jsConsumerInfo_Destroy(info);
  if (s == NATS_OK)
    return true;
  if (s == NATS_NOT_FOUND || code == JSStreamNotFoundErr || code == JSConsumerNotFoundErr)
    return error_set(e, ERROR_USAGE,
                     "no batten watch serve with this fleet key (its id is %s) has been at %s: is "
                     "it the server's key, and is the server started?",
                     q->stream + strlen("BATTEN_"), q->servers);
  return no_jetstream(s, code)
             ? error_set(e, ERROR_USAGE, "NATS at %s has no JetStream", q->servers)
             : failed(q, "the fleet's queue cannot be read", s, e);
}

bool queue_load(queue *q, size_t *waiting, size_t *leased) {
  jsConsumerInfo *info = NULL;
  if (js_GetConsumerInfo(&info, q->js, q->stream, WORKERS, NULL, NULL) != NATS_OK)
    return false;
  *waiting = (size_t)info->NumPending;
  *leased = (size_t)info->NumAckPending;
  jsConsumerInfo_Destroy(info);
  return true;
}

/* "batten.ID.job.MARK" from "batten.ID.job.*". */
static void make_subject(char out[2 * NAME_MAX_BYTES], const char *pattern, str last) {
  snprintf(out, 2 * NAME_MAX_BYTES, "%.*s%.*s", (int)strlen(pattern) - 1, pattern, STR_ARG(last));
}

static str name_of(natsMsg *m) {
  const char *id = NULL;
  if (natsMsgHeader_Get(m, "Nats-Msg-Id", &id) != NATS_OK)
    return (str){0};
  str text = str_of(id);
  size_t dot = str_find(text, STR("."), 0);
  return dot == SIZE_MAX ? (str){0} : str_sub(text, dot + 1, text.len);
}

static found_state find(queue *q, const char *pattern, str last, str name) {
  char subject[2 * NAME_MAX_BYTES];
  natsMsg *m = NULL;
  make_subject(subject, pattern, last);
  natsStatus s = js_GetLastMsg(&m, q->js, q->stream, subject, NULL, NULL);
  if (s != NATS_OK)
    return s == NATS_NOT_FOUND ? FOUND_NOT : FOUND_UNKNOWN;
  bool same = str_eq(name_of(m), name);
  natsMsg_Destroy(m);
  return same ? FOUND : FOUND_NOT;
}

found_state queue_find_job(queue *q, str mark, str name) {
  return find(q, q->jobs, mark, name);
}

found_state queue_find_result(queue *q, str name) {
  return find(q, q->results, name, name);
}

/* ---- putting --------------------------------------------------------------------------------- */

/* JetStream knows the id of what it has taken for two leases, and takes it once. */
static natsStatus put(queue *q, const char *pattern, str last, const char *kind, str name,
                      str sealed, jsPubOptions *o, jsErrCode *code) {
  char subject[2 * NAME_MAX_BYTES], id[2 * NAME_MAX_BYTES];
  natsMsg *m = NULL;
  make_subject(subject, pattern, last);
  snprintf(id, sizeof id, "%s.%.*s", kind, STR_ARG(name));
  o->MsgId = id;
  o->ExpectStream = q->stream;
  o->MaxWait = ANSWER_MS;
  if (!queue_reached(q))
    return NATS_CONNECTION_DISCONNECTED;
  natsStatus s = natsMsg_Create(&m, subject, NULL, sealed.ptr, (int)sealed.len);
  if (s == NATS_OK)
    s = js_PublishMsg(NULL, q->js, m, o, code);
  natsMsg_Destroy(m);
  return s;
}

put_state queue_put_job(queue *q, str mark, str name, str sealed, error *e) {
  jsPubOptions o;
  jsErrCode code = 0;
  jsPubOptions_Init(&o);
  o.ExpectNoMessage = true;
  natsStatus s = put(q, q->jobs, mark, "job", name, sealed, &o, &code);
  if (s == NATS_OK)
    return PUT_DONE;
  if (code == JSStreamWrongLastSequenceErr)
    return queue_find_job(q, mark, name) == FOUND ? PUT_DONE : PUT_HOST_BUSY;
  failed(q, "a job cannot be handed out", s, e);
  return PUT_FAILED;
}

bool queue_put_result(queue *q, str name, str sealed, error *e) {
  jsPubOptions o;
  jsErrCode code = 0;
  jsPubOptions_Init(&o);
  natsStatus s = put(q, q->results, name, "result", name, sealed, &o, &code);
  return s == NATS_OK || failed(q, "a result cannot be sent", s, e);
}

/* ---- taking ---------------------------------------------------------------------------------- */

taker *queue_taker(queue *q, bool of_jobs, error *e) {
  taker *t = calloc(1, sizeof *t);
  jsSubOptions o;
  if (!t)
    abort();
  t->queue = q;
  jsSubOptions_Init(&o);
  o.Stream = q->stream;
  o.Consumer = of_jobs ? WORKERS : SERVER;
  natsStatus s = js_PullSubscribe(&t->subscription, q->js, of_jobs ? q->jobs : q->results,
                                  o.Consumer, NULL, &o, NULL);
  if (s == NATS_OK)
    return t;
  failed(q, "the fleet's queue cannot be read", s, e);
  free(t);
  return NULL;
}

void taker_free(taker *t) {
  if (!t)
    return;
  natsSubscription_Destroy(t->subscription);
  free(t);
}

static unsigned times_taken(natsMsg *m) {
  jsMsgMetaData *about = NULL;
  unsigned n = natsMsg_GetMetaData(&about, m) == NATS_OK ? (unsigned)about->NumDelivered : 1;
  jsMsgMetaData_Destroy(about);
  return n;
}

bool queue_take(taker *t, double seconds, taken *out) {
  natsMsgList list = {0};
  natsStatus s =
      natsSubscription_Fetch(&list, t->subscription, 1, (int64_t)(seconds * 1000) + 1, NULL);
  if (s == NATS_OK && list.Count == 1) {
    natsMsg *m = list.Msgs[0];
    list.Msgs[0] = NULL;
    *out = (taken){.name = name_of(m),
                   .sealed = str_from(natsMsg_GetData(m), (size_t)natsMsg_GetDataLength(m)),
                   .times = times_taken(m),
                   .message = m};
  } else if (s != NATS_TIMEOUT) {
    nats_Sleep(RECONNECT_MS);
  }
  bool got = s == NATS_OK && list.Count == 1;
  natsMsgList_Destroy(&list);
  return got;
}

bool taken_renew(queue *q, taken *t, double seconds) {
  natsMsg *answer = NULL;
  if (!queue_reached(q))
    return false;
  natsStatus s = natsConnection_RequestString(&answer, q->connection, natsMsg_GetReply(t->message),
                                              "+WPI", (int64_t)(seconds * 1000) + 1);
  natsMsg_Destroy(answer);
  return s == NATS_OK;
}

bool taken_done(queue *q, taken *t, double seconds) {
  jsOptions o;
  jsOptions_Init(&o);
  o.Wait = (int64_t)(seconds * 1000) + 1;
  if (!queue_reached(q))
    return false;
  return (seconds > 0 ? natsMsg_AckSync(t->message, &o, NULL) : natsMsg_Ack(t->message, NULL)) ==
         NATS_OK;
}

void taken_back(taken *t) {
  natsMsg_Nak(t->message, NULL);
}

void taken_free(taken *t) {
  natsMsg_Destroy(t->message);
  *t = (taken){0};
}
