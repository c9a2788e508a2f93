/* runtime_exposure: what else the target's own host serves to whoever asks. Only with
 * --runtime-ports. */
#include "scan/checks/checks.h"
#include "scan/match.h"

const runtime_row RUNTIME_ROWS[] = {
    {RUNTIME_DOCKER, "http", 2375, "/version", NULL,
     "(?s)\"ApiVersion\"\\s*:.*\"(?:GitCommit|KernelVersion|MinAPIVersion)\""},
    {RUNTIME_KUBELET, "https", 10250, "/pods", NULL, "\"kind\"\\s*:\\s*\"PodList\""},
    {RUNTIME_KUBELET, "http", 10255, "/pods", NULL, "\"kind\"\\s*:\\s*\"PodList\""},
    {RUNTIME_CADVISOR, "http", 4194, "/containers/", NULL, "(?i)<title>\\s*cAdvisor"},
    {RUNTIME_CADVISOR, "http", 8080, "/containers/", NULL, "(?i)<title>\\s*cAdvisor"},
    {RUNTIME_ETCD, "http", 2379, "/v3/kv/range",
     "{\"key\":\"AA==\",\"range_end\":\"AA==\",\"count_only\":true}",
     "(?s)\"cluster_id\"\\s*:.*\"revision\"\\s*:"},
    {RUNTIME_KUBERNETES, "https", 6443, "/api/v1/namespaces", NULL,
     "\"kind\"\\s*:\\s*\"NamespaceList\""},
    {RUNTIME_KUBERNETES, "http", 8080, "/api/v1/namespaces", NULL,
     "\"kind\"\\s*:\\s*\"NamespaceList\""},
    {RUNTIME_KUBERNETES, "http", 8001, "/api/v1/namespaces", NULL,
     "\"kind\"\\s*:\\s*\"NamespaceList\""},
    {RUNTIME_DASHBOARD, "https", 8443, "/api/v1/namespace", NULL,
     "(?s)\"listMeta\"\\s*:.*\"namespaces\"\\s*:"},
    {RUNTIME_DASHBOARD, "http", 8080, "/api/rawdata", NULL,
     "(?s)\"routers\"\\s*:.*\"services\"\\s*:"},
    {RUNTIME_DASHBOARD, "http", 9090, "/api/v1/targets", NULL, "\"activeTargets\"\\s*:"},
    {RUNTIME_DASHBOARD, "http", 9901, "/server_info", NULL, "\"command_line_options\"\\s*:"},
    {RUNTIME_DASHBOARD, "http", 15000, "/server_info", NULL, "\"command_line_options\"\\s*:"},
};
const size_t RUNTIME_ROWS_COUNT = sizeof RUNTIME_ROWS / sizeof *RUNTIME_ROWS;

static str skip_runtime(const subject *s) {
  if (!s->options->runtime_ports && !s->runtime.len)
    return STR("needs --runtime-ports: other ports of the host are asked only then");
  return s->runtime.len == RUNTIME_ROWS_COUNT ? (str){0}
                                              : STR("the ports of the host were not asked");
}

/* The words of that very interface, without credentials: an open port alone is none. */
static void judge_kind(const subject *s, outcome *out, runtime_kind kind) {
  str hit;
  for (size_t i = 0; i < RUNTIME_ROWS_COUNT && i < s->runtime.len; i++) {
    const document *d = &s->runtime.at[i];
    if (RUNTIME_ROWS[i].kind != kind || d->response.failure != HTTP_OK || d->response.status != 200)
      continue;
    if (!regex_find(regex_kept(RUNTIME_ROWS[i].signature), d->response.body, 0, &hit))
      continue;
    found(s, out, document_probe(s, d, "without credentials", str_sub(d->response.body, 0, 400)),
          arena_printf(s->arena, "It answers at %.*s.", STR_ARG(d->url)));
  }
}

#define JUDGE(NAME, KIND)                                                      \
  static void NAME(const subject *s, const probe_list *probes, outcome *out) { \
    (void)probes;                                                              \
    judge_kind(s, out, KIND);                                                  \
  }
JUDGE(judge_docker, RUNTIME_DOCKER)
JUDGE(judge_kubelet, RUNTIME_KUBELET)
JUDGE(judge_cadvisor, RUNTIME_CADVISOR)
JUDGE(judge_etcd, RUNTIME_ETCD)
JUDGE(judge_kubernetes, RUNTIME_KUBERNETES)
JUDGE(judge_dashboard, RUNTIME_DASHBOARD)

#define RUNTIME(ID, SEVERITY_, JUDGE_)                                                        \
  .id = ID, .category = CATEGORY_RUNTIME_EXPOSURE, .severity = SEVERITY_, .phase = 2,         \
  .any_state = true, .once = true, .unanswered = true, .skip = skip_runtime, .judge = JUDGE_, \
  .needs = "--runtime-ports",                                                                 \
  .decides = "A 200 with words that only this interface has, without credentials.",           \
  .wrong = "It answers this machine; a firewall may keep others away. Another port is not seen."

const check CHECKS_RUNTIME[] = {
    {RUNTIME("runtime-docker-api", SEVERITY_CRITICAL, judge_docker),
     .title = "The Docker API answers without credentials",
     .description = "Whoever reaches it starts a container with the host's root directory in it, "
                    "and owns the host.",
     .sent = "GET /version to port 2375",
     .fix = "Leave the API on its socket, or behind mutual TLS.",
     .references = "API8 CWE-306 CWE-250"},
    {RUNTIME("runtime-kubelet", SEVERITY_HIGH, judge_kubelet),
     .title = "The kubelet answers without credentials",
     .description = "It lists the node's pods; on its main port it also runs commands in them.",
     .sent = "GET /pods to ports 10250 and 10255",
     .fix = "Set authentication.anonymous.enabled: false, authorization.mode: Webhook and "
            "readOnlyPort: 0.",
     .references = "API8 CWE-306"},
    {RUNTIME("runtime-etcd", SEVERITY_CRITICAL, judge_etcd),
     .title = "etcd answers without credentials",
     .description = "All of the cluster's state lies in it, secrets included.",
     .sent = "a count of no keys to port 2379",
     .fix =
         "Require client certificates (--client-cert-auth), and listen for the API servers alone.",
     .references = "API8 CWE-306"},
    {RUNTIME("runtime-kubernetes-api", SEVERITY_CRITICAL, judge_kubernetes),
     .title = "The Kubernetes API answers without credentials",
     .description = "Whoever reaches it reads the cluster, and may do more.",
     .sent = "GET /api/v1/namespaces to ports 6443, 8080 and 8001",
     .fix = "Set --anonymous-auth=false, bind no role to system:anonymous, and run no kubectl "
            "proxy on an open address.",
     .references = "API8 CWE-306"},
    {RUNTIME("runtime-cadvisor", SEVERITY_MEDIUM, judge_cadvisor),
     .title = "cAdvisor answers without credentials",
     .description = "It shows the containers of the host, their images, limits and processes.",
     .sent = "GET /containers/ to ports 4194 and 8080",
     .fix = "Let it listen for the collector alone.", .references = "API8 CWE-200"},
    {RUNTIME("runtime-dashboard", SEVERITY_MEDIUM, judge_dashboard),
     .title = "A dashboard answers without credentials",
     .description = "Routes, targets or the cluster itself are shown, and often changed, by "
                    "whoever reaches it.",
     .sent =
         "the data of the Kubernetes dashboard, Traefik, Prometheus and Envoy at their usual ports",
     .fix = "Put it behind authentication, on an address of its own.",
     .references = "API8 CWE-306"},
};
const size_t CHECKS_RUNTIME_COUNT = sizeof CHECKS_RUNTIME / sizeof *CHECKS_RUNTIME;
