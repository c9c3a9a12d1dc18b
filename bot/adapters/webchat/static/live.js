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
        const me = answer && await answer.json().catch(() => null);
        // Where demo people are offered, nobody is what is answered to whoever is signed out.
        if (me && (answer.status === 401 || (answer.ok && !me.person))) onSignedOut();
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
