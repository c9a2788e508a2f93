/* How a command that runs for long is asked to stop. */
#include "cli/cli.h"

#include <signal.h>

static volatile int stop_asked;

static void on_signal(int number) {
  (void)number;
  stop_asked = 1;
}

volatile int *stop_on_signals(void) {
  struct sigaction action = {.sa_handler = on_signal};
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  return &stop_asked;
}
