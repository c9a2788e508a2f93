/* The edges of the escape graph, one row each. */
#include "paths/fact.h"

#define FORGED(check, doubt, what)                                                             \
  {                                                                                            \
    "FORGE_TOKEN", STATE_ANONYMOUS, STATE_FORGED, check, NULL, NULL, NULL, doubt, "T1606.001", \
        what                                                                                   \
  }
#define STOLEN(check, doubt, what) \
  { "FORGE_TOKEN", STATE_USER, STATE_FORGED, check, NULL, NULL, NULL, doubt, "T1550.001", what }
#define SINK(check, to, doubt, what) \
  { "CLAIM_TO_SINK", STATE_FORGED, to, check, NULL, NULL, NULL, doubt, "T1190", what }
#define REQUEST(check, to, what)                                                                 \
  {"REQUEST_TO_SINK", STATE_FORGED, to, check, NULL, NULL, NULL, 0, "T1190", what},              \
      {"REQUEST_TO_SINK", STATE_USER, to, check, NULL, NULL, NULL, 0, "T1190", what}, {          \
    "REQUEST_TO_SINK", STATE_ANONYMOUS, to, check, NULL, "open-endpoint", NULL, 1, "T1190", what \
  }
#define ESCAPE(id, check, said, doubt, technique, what) \
  { id, STATE_COMMAND, STATE_NODE, check, said, NULL, NULL, doubt, technique, what }
#define ESCAPE2(id, check, said, also, also_said, doubt, what) \
  { id, STATE_COMMAND, STATE_NODE, check, said, also, also_said, doubt, "T1611", what }
#define POWER(id, to, doubt, technique, what) \
  { id, STATE_IDENTITY, to, "k8s-sa-powerful", id ":", NULL, NULL, doubt, technique, what }

static const edge_row ROWS[] = {
    /* anonymous, any user -> forged identity: only what lets somebody sign, or makes signing
     * needless. A token that outlives its time is none: its claims are as they were, and who holds
     * it is any user. */
    FORGED("jwt-signature-ignored", 0, "the API accepts a token whose signature is wrong"),
    FORGED("jwt-signature-truncated", 0, "the API accepts a token whose signature is cut short"),
    FORGED("jwt-signature-missing", 0, "the API accepts a token without a signature"),
    FORGED("jwt-alg-none", 0, "the API accepts a token that says alg none"),
    FORGED("jwt-key-confusion", 0, "the API takes its public key for an HMAC secret"),
    FORGED("jwt-ecdsa-zero", 0, "the API accepts the all-zero ECDSA signature"),
    FORGED("jwt-secret-blank", 0, "the API signs with an empty secret"),
    FORGED("jwt-jwk-embedded", 0, "the API takes the key from the token"),
    FORGED("jwt-x5c-embedded", 0, "the API takes the certificate from the token"),
    FORGED("jwt-jku-fetched", 0, "the API fetches the key from where the token says"),
    FORGED("jwt-x5u-fetched", 0, "the API fetches the certificate from where the token says"),
    FORGED("jwt-kid-path", 0, "the API reads the key from the path in kid"),
    FORGED("jwt-kid-injection", 0, "the API puts kid into a query"),
    FORGED("jwks-private-key", 0, "the API publishes its private key"),
    FORGED("jwks-weak-key", 1, "the API's public key can be factored"),
    STOLEN("jwt-secret-weak", 0, "any token of the API gives its guessable secret away"),
    STOLEN("jwt-iss-ignored", 1, "a token of another issuer is accepted"),
    STOLEN("jwt-aud-ignored", 1, "a token for another audience is accepted"),
    FORGED("rb-jwt-unverified", 0, "the code decodes tokens without verifying them"),
    FORGED("rb-jwt-none", 0, "the code accepts the algorithm none"),
    {"FORGE_TOKEN", STATE_ANONYMOUS, STATE_FORGED, "rb-jwt-alg-unpinned",
     "mixes|taken from|token's own", NULL, NULL, 1, "T1606.001",
     "the code lets the token choose the algorithm"},
    FORGED("rb-jwt-kid-key", 0, "the code chooses the key by kid"),
    FORGED("rb-jwt-jwks-untrusted", 0, "the code fetches keys from where the token says"),
    FORGED("rb-jwt-error-open", 0, "the code goes on when verification fails"),
    FORGED("rb-jwt-secret-hardcoded", 1, "the signing secret stands in the source"),
    {"FORGE_TOKEN", STATE_ANONYMOUS, STATE_FORGED, "rb-master-key-committed",
     "private key|tokens are signed", NULL, NULL, 1, "T1606.001",
     "the key to the credentials is under version control"},
    FORGED("k8s-jwt-secret-literal", 1, "the signing secret stands in a manifest"),
    {"FORGE_TOKEN", STATE_USER, STATE_FORGED, "rb-jwt-secret-weak",
     "are the least|public lists|empty|nil|repeated", NULL, NULL, 0, "T1550.001",
     "any token gives the guessable secret away"},
    STOLEN("rb-jwt-iss-unchecked", 1, "the code accepts tokens of another issuer"),
    STOLEN("rb-jwt-aud-unchecked", 1, "the code accepts tokens for another audience"),

    /* forged identity -> sink in the application */
    SINK("rb-claim-to-file", STATE_APP_FILE, 0, "a claim becomes a path"),
    SINK("rb-claim-to-command", STATE_APP_COMMAND, 0, "a claim reaches a command line"),
    SINK("rb-claim-to-code", STATE_APP_COMMAND, 0, "a claim reaches an evaluator"),
    SINK("rb-claim-to-url", STATE_APP_FETCH, 0, "a claim becomes a URL that is fetched"),
    SINK("claim-path-semantics", STATE_APP_FILE, 0, "the running API treats a claim as a path"),
    SINK("claim-shell-semantics", STATE_APP_COMMAND, 0, "the running API hands a claim to a shell"),
    SINK("claim-url-fetched", STATE_APP_FETCH, 0, "the running API fetches a URL from a claim"),
    REQUEST("rb-request-to-file", STATE_APP_FILE, "a parameter becomes a path"),
    REQUEST("rb-request-to-command", STATE_APP_COMMAND, "a parameter reaches a command line"),
    REQUEST("rb-request-to-code", STATE_APP_COMMAND, "a parameter reaches an evaluator"),
    REQUEST("rb-request-to-url", STATE_APP_FETCH, "a parameter becomes a URL that is fetched"),

    /* the application runs in a workload; a command does what a file read and a fetch do */
    {"RUNS_IN", STATE_APP_FILE, STATE_FILE, NULL, NULL, NULL, NULL, 0, "T1083",
     "the application's files are the container's"},
    {"RUNS_IN", STATE_APP_COMMAND, STATE_COMMAND, NULL, NULL, NULL, NULL, 0, "T1059",
     "the command runs in the container"},
    {"RUNS_IN", STATE_APP_FETCH, STATE_FETCH, NULL, NULL, NULL, NULL, 0, "T1090",
     "the request leaves from the container"},
    {"COMMAND_FETCH", STATE_COMMAND, STATE_FETCH, NULL, NULL, NULL, NULL, 0, "T1105",
     "a command sends requests"},

    /* inside the container -> identity of its service account */
    {"TOKEN_STEAL", STATE_FILE, STATE_TOKEN, "k8s-sa-powerful", NULL, NULL, NULL, 0, "T1528",
     "the token file of the service account is read"},
    {"IDENTITY_ASSUME", STATE_TOKEN, STATE_IDENTITY, NULL, NULL, NULL, NULL, 1, "T1078.004",
     "the token is used from where the API server is reachable"},
    {"TOKEN_STEAL", STATE_COMMAND, STATE_IDENTITY, "k8s-sa-powerful", NULL, NULL, NULL, 0, "T1528",
     "a command reads the token and speaks to the API server"},

    /* file read, fetch -> out */
    {"EXPLOIT_HOST_READ", STATE_FILE, STATE_NODE, "k8s-hostpath",
     "hostPath / |hostPath /etc|hostPath /root|hostPath /home|hostPath /var/lib/kubelet|hostPath "
     "/proc|hostPath /dev",
     NULL, NULL, 1, "T1552.001", "keys and credentials of the node are read through the mount"},
    {"EXPLOIT_HOST_READ", STATE_FILE, STATE_NODE, "compose-host-path",
     "/ at |/etc|/root|/home|/proc|/dev", NULL, NULL, 1, "T1552.001",
     "keys and credentials of the host are read through the mount"},
    {"EXPLOIT_HOST_TRAVERSE", STATE_FILE, STATE_CLUSTER, "k8s-hostpath",
     "hostPath / |hostPath /var |hostPath /var/lib |hostPath /var/lib/kubelet", NULL, NULL, 1,
     "T1528", "tokens of the node's other pods are read beneath /var/lib/kubelet"},
    {"INSTANCE_METADATA", STATE_FETCH, STATE_CLOUD, "k8s-metadata-reachable", NULL, NULL, NULL, 0,
     "T1552.005", "the metadata service hands out the node's credentials"},
    {"ENDPOINT_EXPLOIT", STATE_FETCH, STATE_NODE, "k8s-host-network", NULL, NULL, NULL, 1, "T1210",
     "services on the node's loopback are spoken to"},

    /* command -> node */
    ESCAPE("CE_PRIV_MOUNT", "k8s-privileged", NULL, 0, "T1611", "the node's disk is mounted"),
    ESCAPE("CE_PRIV_MOUNT", "k8s-cap-add", "SYS_ADMIN|ALL", 1, "T1611",
           "the node's disk or a cgroup is mounted"),
    ESCAPE("CE_MODULE_LOAD", "k8s-privileged", NULL, 0, "T1611", "a kernel module is loaded"),
    ESCAPE("CE_MODULE_LOAD", "k8s-cap-add", "SYS_MODULE|ALL", 0, "T1611",
           "a kernel module is loaded"),
    ESCAPE("EXPLOIT_HOST_READ", "k8s-cap-add", "DAC_READ_SEARCH", 1, "T1611",
           "files of the node are opened by handle"),
    ESCAPE("CE_RAWIO", "k8s-cap-add", "SYS_RAWIO", 1, "T1611",
           "the node's memory or disk is read raw"),
    ESCAPE("CE_BPF", "k8s-cap-add", "BPF", 1, "T1611",
           "a program is attached to the node's kernel"),
    ESCAPE2("CE_NSENTER", "k8s-privileged", NULL, "k8s-host-pid", NULL, 0,
            "the namespaces of the node's first process are entered"),
    ESCAPE2("CE_SYS_PTRACE", "k8s-cap-add", "SYS_PTRACE|ALL", "k8s-host-pid", NULL, 0,
            "code is put into a process of the node"),
    ESCAPE("CE_UMH_CORE_PATTERN", "k8s-hostpath", "hostPath /proc", 0, "T1611",
           "the kernel is told to run a program on the next crash"),
    ESCAPE("CE_UMH_CORE_PATTERN", "k8s-procmount", NULL, 1, "T1611",
           "unmasked /proc is written to"),
    ESCAPE("CE_VAR_LOG_SYMLINK", "k8s-hostpath", "hostPath /var/log|hostPath /var ", 1, "T1611",
           "a link in the log folder makes the kubelet hand out files of the node"),
    ESCAPE("EXPLOIT_HOST_WRITE", "k8s-hostpath", "mounted writable", 1, "T1611",
           "files of the node are written through the mount"),
    ESCAPE("EXPLOIT_CONTAINERD_SOCK", "k8s-runtime-socket", NULL, 0, "T1610",
           "the runtime is told to start a privileged container"),
    ESCAPE("CE_HOST_PROCESS", "k8s-host-process", NULL, 0, "T1611",
           "the container is a process of the node"),
    ESCAPE("CE_PRIV_MOUNT", "compose-privileged", NULL, 0, "T1611", "the host's disk is mounted"),
    ESCAPE("CE_PRIV_MOUNT", "compose-cap", "SYS_ADMIN|ALL", 1, "T1611",
           "the host's disk or a cgroup is mounted"),
    ESCAPE("CE_MODULE_LOAD", "compose-cap", "SYS_MODULE|ALL", 0, "T1611",
           "a kernel module is loaded"),
    ESCAPE2("CE_NSENTER", "compose-privileged", NULL, "compose-host-ns", "pid: host", 0,
            "the namespaces of the host's first process are entered"),
    ESCAPE2("CE_SYS_PTRACE", "compose-cap", "SYS_PTRACE|ALL", "compose-host-ns", "pid: host", 0,
            "code is put into a process of the host"),
    ESCAPE("EXPLOIT_HOST_WRITE", "compose-host-path", "mounted writable", 1, "T1611",
           "files of the host are written through the mount"),
    ESCAPE("EXPLOIT_CONTAINERD_SOCK", "compose-socket", NULL, 0, "T1610",
           "the runtime is told to start a privileged container"),

    /* identity of the service account -> node, cluster */
    POWER("POD_CREATE", STATE_NODE, 0, "T1610", "a pod that mounts the node's root is created"),
    POWER("POD_PATCH", STATE_NODE, 1, "T1610",
          "a running workload is given another image or mount"),
    POWER("POD_EXEC", STATE_CLUSTER, 1, "T1609", "commands run in pods of more powerful accounts"),
    POWER("POD_ATTACH", STATE_CLUSTER, 1, "T1609", "other pods' consoles are attached to"),
    POWER("TOKEN_LIST", STATE_CLUSTER, 0, "T1552.007",
          "secrets with other accounts' tokens are listed"),
    POWER("TOKEN_BRUTEFORCE", STATE_CLUSTER, 1, "T1552.007",
          "secrets whose names are known or guessed are read"),
    POWER("ROLE_BIND", STATE_CLUSTER, 0, "T1098.006",
          "the account binds the role cluster-admin to itself"),
    POWER("IDENTITY_IMPERSONATE", STATE_CLUSTER, 0, "T1078.004",
          "the account speaks as an administrator"),
    POWER("IDENTITY_ASSUME", STATE_CLUSTER, 0, "T1528", "tokens of stronger accounts are made"),
    POWER("ENDPOINT_EXPLOIT", STATE_NODE, 0, "T1210",
          "the kubelet runs commands in every pod of the node"),
    POWER("NODE_PATCH", STATE_CLUSTER, 1, "T1098",
          "labels and taints draw stronger pods to an owned node"),
};

const edge_row *edge_row_at(size_t i) {
  return i < sizeof ROWS / sizeof *ROWS ? &ROWS[i] : NULL;
}
