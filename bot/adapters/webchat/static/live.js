// Follow what happens from a change number on, over one connection that heals itself.

import { LOOKS_ON } from "./api.js";

/** Open the stream; returns a function that closes it. */
export function follow(after, { onMessage, onTyping, onDialog, onWire, onSignedOut }) {
  let last = after;
  let source = null;
  let timer = 0;
  let misses = 0;

  function open() {
    source = new EventSource(`api/events?after=${last}`);
    source.addEventListener("open", () => { misses = 0; onWire(true); });
    source.addEventListener("message", (event) => {
      last = Math.max(last, Number(event.lastEventId) || last);
      onMessage(JSON.parse(event.data));
    });
    source.addEventListener("typing", (event) => onTyping(JSON.parse(event.data)));
    source.addEventListener("dialog", (event) => onDialog(JSON.parse(event.data)));
    source.addEventListener("error", () => {
      misses += 1;
      if (misses > 1) onWire(false);
      if (source.readyState !== EventSource.CLOSED) return;
      // The browser has given up, because the server answered with a status: begin again from where we are.
      timer = setTimeout(async () => {
        const answer = await fetch("api/me", { headers: LOOKS_ON }).catch(() => null);
        if (answer && answer.status === 401) onSignedOut();
        else open();
      }, Math.min(8000, 500 * 2 ** misses));
    });
  }

  open();
  return () => {
    clearTimeout(timer);
    source.close();
  };
}
