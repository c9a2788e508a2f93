#include "batten/sinks.h"

static const struct {
  const char *name, *sentence;
} STATUSES[BT_SINK_COUNT] = {
    [BT_SINK_OK] = {"ok", "nothing was refused"},
    [BT_SINK_EMPTY] = {"empty", "there is no name, program or host"},
    [BT_SINK_TOO_LONG] = {"too-long", "the value is longer than the limit"},
    [BT_SINK_BAD_BYTE] = {"bad-byte", "the value holds a NUL or a control character"},
    [BT_SINK_ABSOLUTE] = {"absolute",
                          "the path is absolute; only names below the root are allowed"},
    [BT_SINK_TRAVERSAL] = {"traversal", "the path has a '..' segment"},
    [BT_SINK_SYMLINK] = {"symlink", "the path goes through a symbolic link"},
    [BT_SINK_MOUNT] = {"mount", "the path leaves the root's file system"},
    [BT_SINK_NOT_FOUND] = {"not-found", "there is no such file"},
    [BT_SINK_NOT_REGULAR] = {"not-regular", "the path is no regular file"},
    [BT_SINK_TOO_LARGE] = {"too-large", "the file is larger than the limit"},
    [BT_SINK_DASH] = {"dash",
                      "an argument starts with '-', which the program may take for an option"},
    [BT_SINK_PROGRAM] = {"program", "the program is no absolute path or cannot be executed"},
    [BT_SINK_CONFINEMENT] = {"confinement",
                             "the kernel refused the confinement that was asked for"},
    [BT_SINK_TIMEOUT] = {"timeout", "the process took too long and was ended"},
    [BT_SINK_OUTPUT] = {"output", "the process wrote more than the limit and was ended"},
    [BT_SINK_URL] = {"url", "this is no plain http or https URL"},
    [BT_SINK_SCHEME] = {"scheme", "only https is allowed"},
    [BT_SINK_HOST] = {"host", "the host is not on the list of allowed hosts"},
    [BT_SINK_ADDRESS] =
        {"address",
         "the host stands for a private, loopback, link-local or otherwise special address"},
    [BT_SINK_RESOLVE] = {"resolve", "the host cannot be resolved"},
    [BT_SINK_SYSTEM] = {"system", "the operating system failed"},
    [BT_SINK_INTERPRETER] = {"interpreter",
                             "a shell or interpreter would take its code from the arguments or the "
                             "input: run a program, or a script file that is a trusted argument"},
};

const char *bt_sink_name(bt_sink_status status) {
  return (unsigned)status < BT_SINK_COUNT ? STATUSES[status].name : "unknown";
}

const char *bt_sink_sentence(bt_sink_status status) {
  return (unsigned)status < BT_SINK_COUNT ? STATUSES[status].sentence : "unknown";
}
