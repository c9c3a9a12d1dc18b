// Listen to the server: over the one connection that all windows of this browser share, where browsers can.
//
// Browsers open few connections to one server (six over HTTP/1.1). And a connection may be dead without a sign of it,
// after a sleep or a change of network: the server says every few seconds that it is there, and a page that hears
// nothing begins anew.

import { sourceOf } from "./source.js";

const QUIET_MS = 25000;
// A dead network leaves browsers several dead connections, which they try one after another.
const OPENING_MS = 10000;
const LOOK_MS = 5000;
// Pages of another release must not be served by a worker that speaks otherwise.
const WORKER = "dogwatch-stream-1";

/** Follow a stream; returns a function that ends it.
 *
 * `names` are the events to hear; the one named `numbered` carries numbers, and is heard from after `after` on.
 * `whose` is the person whose stream it must be, `worker` the address of `stream-worker.js`.
 * `onHeard` is called at every sign of life,
 * `onLost` is told of a connection that heals by itself (true: it was dead, nothing was heard), `onRefused` of one that the server ended for good.
 */
export function listen({ path, names, numbered = "", after = null, whose = "", worker }, { onEvent, onOpen, onLost, onRefused, onHeard = () => {} }) {
  let last = after;
  let heard = 0;
  let unanswered = 0;
  let isOpen = false;
  let canShare = typeof SharedWorker === "function";
  let end = () => {};

  function take(told) {
    heard = Date.now();
    isOpen = told.kind === "open" || told.kind === "event";
    if (isOpen) onHeard();
    if (told.kind === "open") onOpen();
    else if (told.kind === "lost") onLost();
    else if (told.kind === "refused") { stop(); onRefused(); }
    else if (told.name !== "here") {
      if (told.number) {
        if (told.number <= last) return;
        last = told.number;
      }
      onEvent(told.name, told.data, told.number || 0);
    }
  }

  const asked = () => ({ path, names, numbered, after: last, whose });

  function shared() {
    const opened = new SharedWorker(worker, { type: "module", name: WORKER });
    const { port } = opened;
    let isLeft = false;
    opened.addEventListener("error", () => {
      canShare = false;
      if (!isLeft) open();
    });
    port.onmessage = ({ data }) => {
      unanswered = 0;
      if (data.kind !== "alive") take(data);
    };
    port.postMessage({ kind: "listen", ...asked() });
    const pulse = setInterval(() => {
      unanswered ||= Date.now();
      port.postMessage({ kind: "here" });
    }, LOOK_MS);
    return () => {
      isLeft = true;
      clearInterval(pulse);
      port.onmessage = null;
      port.postMessage({ kind: "close" });
      port.close();
    };
  }

  function own() {
    const source = sourceOf(asked(), take);
    return () => source.close();
  }

  function open() {
    end();
    isOpen = false;
    heard = Date.now();
    unanswered = 0;
    try {
      end = canShare ? shared() : own();
    } catch {
      // Where storage is shut off, browsers let nobody share.
      canShare = false;
      end = own();
    }
  }

  function look() {
    const now = Date.now();
    if (now - heard < (isOpen ? QUIET_MS : OPENING_MS)) return;
    // The worker itself was asked and does not answer: this page goes on without it. After a sleep it was not asked yet.
    if (unanswered && now - unanswered > OPENING_MS) canShare = false;
    onLost(true);
    open();
  }

  const leave = () => { end(); end = () => {}; };
  const comeBack = (event) => { if (event.persisted) open(); };
  const watch = setInterval(look, LOOK_MS);

  function stop() {
    clearInterval(watch);
    removeEventListener("online", open);
    removeEventListener("pagehide", leave);
    removeEventListener("pageshow", comeBack);
    leave();
  }

  addEventListener("online", open);
  addEventListener("pagehide", leave);
  addEventListener("pageshow", comeBack);
  open();
  return stop;
}
