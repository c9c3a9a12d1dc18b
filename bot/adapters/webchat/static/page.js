// Keep a page true while somebody looks at it: fetch it again, and swap its content when the server says something new.

import { ownTimes } from "./own-times.js";

const policy = window.trustedTypes
  ? window.trustedTypes.createPolicy("dogwatch", { createHTML: (html) => html })
  : { createHTML: (html) => html };
// Only pages of this server pass through the policy; it escapes every text from outside.

const EVERY_MS = 15000;
const FETCH_MS = 10000;
let said = document.getElementById("main").innerHTML;
let fetching = false;

/** Bring the page up to date; whoever is signed out meanwhile, or hears nothing, keeps what stands there. */
async function follow() {
  if (document.hidden || fetching) return;
  fetching = true;
  try {
    const answer = await fetch(`${location.pathname}${location.search}`, { credentials: "same-origin", headers: { "X-Looks-On": "1" }, signal: AbortSignal.timeout(FETCH_MS) });
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(policy.createHTML(await answer.text()), "text/html");
    const fresh = page.getElementById("main");
    if (!fresh || fresh.innerHTML === said) return;
    said = fresh.innerHTML;
    const old = document.getElementById("main");
    const open = [...old.querySelectorAll("details")].map((part) => part.open);
    const link = old.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    old.replaceWith(ownTimes(fresh));
    document.title = page.title;
    [...fresh.querySelectorAll("details")].forEach((part, at) => { part.open = open[at] ?? part.open; });
    if (link) fresh.querySelector(`a[href="${CSS.escape(link)}"]`)?.focus({ preventScroll: true });
  } catch {
    // The next time asks again.
  } finally {
    fetching = false;
  }
}

ownTimes(document.getElementById("main"));
setInterval(follow, EVERY_MS);
document.addEventListener("visibilitychange", follow);
