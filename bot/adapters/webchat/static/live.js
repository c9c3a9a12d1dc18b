// Follow what happens from a change number on, over one connection that heals itself.

import { LOOKS_ON } from "./api.js";

const AWAY_MS = 20000;

/** Open the stream; returns a function that closes it. */
export function follow(after, { onMessage, onTyping, onDialog, onWire, onSignedOut }) {
  let last = after;
  let source = null;
  let timer = 0;
  let misses = 0;
  let away = 0;
  let comeBack = () => {};

  function open() {
    const mine = new EventSource(`api/events?after=${last}`);
    source = mine;
    mine.addEventListener("open", () => { misses = 0; onWire(true); });
    mine.addEventListener("message", (event) => {
      last = Math.max(last, Number(event.lastEventId) || last);
      onMessage(JSON.parse(event.data));
    });
    mine.addEventListener("typing", (event) => onTyping(JSON.parse(event.data)));
    mine.addEventListener("dialog", (event) => onDialog(JSON.parse(event.data)));
    mine.addEventListener("error", () => {
      misses += 1;
      if (misses > 1) onWire(false);
      if (mine.readyState !== EventSource.CLOSED) return;
      // The browser has given up, because the server answered with a status: begin again from where we are.
      timer = setTimeout(async () => {
        const answer = await fetch("api/me", { headers: LOOKS_ON }).catch(() => null);
        const me = answer && await answer.json().catch(() => null);
        if (source !== mine) return;
        // Where demo people are offered, nobody is what is answered to whoever is signed out.
        if (me && (answer.status === 401 || (answer.ok && !me.person))) onSignedOut();
        else open();
      }, Math.min(8000, 500 * 2 ** misses));
    });
  }

  function close() {
    clearTimeout(timer);
    source?.close();
    source = null;
  }

  // Browsers open few connections to one server (six over HTTP/1.1), so tabs that nobody looks at wait in line for
  // the one stream that goes on counting what is unread. Whoever comes back opens its own, where it was.
  function rest() {
    close();
    const waits = new AbortController();
    const isBack = new Promise((resolve) => { comeBack = () => { waits.abort(); resolve(); }; });
    navigator.locks.request("dogwatch-unseen", { signal: waits.signal }, () => {
      if (!source && !waits.signal.aborted) open();
      return isBack;
    }).catch(() => {});
  }

  function look() {
    clearTimeout(away);
    away = 0;
    comeBack();
    if (!document.hidden) {
      if (!source) open();
      pages.postMessage("looked at");
    } else if (navigator.locks) {
      away = setTimeout(() => { away = 0; rest(); }, AWAY_MS);
    }
  }

  // Somebody looks at another page: whoever goes through many of them quickly must not fill the browser's few
  // connections with those they left. Where tabs can't stand in line (no https), the last one left goes on counting.
  const pages = new BroadcastChannel("dogwatch-pages");
  pages.addEventListener("message", () => {
    if (!document.hidden || !source) return;
    if (!navigator.locks) close();
    if (!away) return;
    clearTimeout(away);
    away = 0;
    rest();
  });

  if (document.hidden && navigator.locks) rest();
  else {
    open();
    if (!document.hidden) pages.postMessage("looked at");
  }
  document.addEventListener("visibilitychange", look);
  return () => {
    document.removeEventListener("visibilitychange", look);
    pages.close();
    clearTimeout(away);
    away = 0;
    comeBack();
    close();
  };
}
