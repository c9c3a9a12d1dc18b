// Follow what happens from a change number on, over a connection that heals itself.

import { LOOKS_ON } from "./api.js";
import { scriptAt } from "./dom.js";
import { listen } from "./stream.js";

const AWAY_MS = 20000;
const ASK_MS = 20000;

/** Open the stream of a person; returns a function that closes it. */
export function follow(after, whose, { onMessage, onTyping, onDialog, onWire, onSignedOut, onSomebodyElse }) {
  const hears = { message: onMessage, typing: onTyping, dialog: onDialog };
  let last = after;
  let end = null;
  let timer = 0;
  let misses = 0;
  let away = 0;
  let comeBack = () => {};

  function open() {
    const mine = listen({
      path: new URL("api/events", location.href).pathname, names: Object.keys(hears), numbered: "message", after: last, whose,
      worker: scriptAt(new URL("static/stream-worker.js", location.href).href),
    }, {
      onEvent: (name, data, number) => {
        last = Math.max(last, number);
        hears[name](JSON.parse(data));
      },
      onOpen: () => { misses = 0; onWire(true); },
      onLost: (isDead) => {
        misses += 1;
        if (misses > 1 || isDead) onWire(false);
      },
      onRefused: () => {
        misses += 1;
        if (misses > 1) onWire(false);
        // It answered with a status: begin again from where we are.
        const later = () => { timer = setTimeout(again, Math.min(8000, 500 * 2 ** misses)); };
        const again = async () => {
          const answer = await fetch("api/me", { headers: LOOKS_ON, signal: AbortSignal.timeout(ASK_MS) }).catch(() => null);
          const me = answer && await answer.json().catch(() => null);
          if (end !== mine) return;
          // Where demo people are offered, nobody is what is answered to whoever is signed out.
          if (me && (answer.status === 401 || (answer.ok && !me.person))) return onSignedOut();
          if (me?.person && me.person.subject !== whose) {
            // Nor does the page become theirs: whoever writes in it would go on writing as somebody else.
            onSomebodyElse(me.person.name);
            misses += 1;
            return later();
          }
          open();
        };
        later();
      },
    });
    end = mine;
  }

  function close() {
    clearTimeout(timer);
    end?.();
    end = null;
  }

  // Browsers open few connections to one server (six over HTTP/1.1), so tabs that nobody looks at wait in line for
  // the one stream that goes on counting what is unread. Whoever comes back opens its own, where it was.
  function rest() {
    close();
    const waits = new AbortController();
    const isBack = new Promise((resolve) => { comeBack = () => { waits.abort(); resolve(); }; });
    navigator.locks.request("dogwatch-unseen", { signal: waits.signal }, () => {
      if (!end && !waits.signal.aborted) open();
      return isBack;
    }).catch(() => {});
  }

  function look() {
    clearTimeout(away);
    away = 0;
    comeBack();
    if (!document.hidden) {
      if (!end) open();
      pages.postMessage("looked at");
    } else if (navigator.locks) {
      away = setTimeout(() => { away = 0; rest(); }, AWAY_MS);
    }
  }

  // Somebody looks at another page: whoever goes through many of them quickly must not fill the browser's few
  // connections with those they left. Where tabs can't stand in line (no https), the last one left goes on counting.
  const pages = new BroadcastChannel("dogwatch-pages");
  pages.addEventListener("message", () => {
    if (!document.hidden || !end) return;
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
