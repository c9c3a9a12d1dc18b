#!/bin/bash
# A program with an init script's verbs: program.sh FOLDER start|stop|restart|status|reopen|scale [N].
set -eu
cd "$1"
instances() { cat instances 2> /dev/null || echo 1; }
is_up() { [ -f pid ] && kill -0 "$(cat pid)" 2> /dev/null; }
start() { is_up || { setsid sleep 600 < /dev/null > /dev/null 2>&1 & echo $! > pid; }; }
stop() { if is_up; then kill "$(cat pid)"; while is_up; do :; done; fi; rm -f pid; }
case "$2" in
  start) [ ! -f refuse-start ]; start ;;
  stop) [ ! -f refuse-stop ]; stop ;;
  restart) [ ! -f refuse-restart ]; stop; start ;;
  reopen) [ ! -f refuse-reopen ]; date +%s%N > reopened ;;
  scale) [ ! -f refuse-scale ]; echo "$3" > instances ;;
  status) if is_up; then echo "running $(instances)"; else echo "stopped $(instances)"; fi ;;
esac
