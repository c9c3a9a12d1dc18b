// Keep the page true: when something changed, fetch this page again and swap its live part. Filters stay.

import { listen } from "./stream.js";

const policy = window.trustedTypes
  ? window.trustedTypes.createPolicy("dogwatch", { createHTML: (text) => text, createScriptURL: (text) => text })
  : { createHTML: (text) => text, createScriptURL: (text) => text };
// Only pages and one script of this server pass through the policy; the server escapes every text from outside.

const SOON_MS = 5000;
const MOST_MS = 60000;
const AWAY_MS = 20000;
const FETCH_MS = 30000;
const TYPED_MS = 250;
const wire = document.getElementById("wire");
let shown = document.body.dataset.version;
let fetching = false;
let again = false;
let wanted = shown;
let later = 0;
let asking = 0;
let wait = SOON_MS;
// What the server last said of the live part: what says the same is not drawn anew under somebody's hands.
let said = document.querySelector("[data-live]")?.innerHTML;

const isWhole = () => "whole" in (document.getElementById("feeds")?.dataset ?? {});

/** Do what the filters say: here where all feeds are, else the server's page of those that fit, once the fingers rest.
 *
 * Keyboards of phones compose every word. That page takes the place of the field, so it waits for the word's end.
 */
function choose(isComposing = false) {
  keep({ ...Object.fromEntries(new FormData(document.querySelector("[data-filters]"))), page: "" });
  clearTimeout(asking);
  if (isWhole()) filter(); else if (!isComposing) asking = setTimeout(refresh, TYPED_MS);
}

function filter() {
  const form = document.querySelector("[data-filters]");
  if (!form || !isWhole()) return;
  const wanted = Object.fromEntries(new FormData(form));
  const find = wanted.find.trim().toLowerCase();
  let count = 0;
  for (const item of document.querySelectorAll("#feeds > li")) {
    const fits = (!find || item.dataset.name.toLowerCase().includes(find))
      && (!wanted.state || item.dataset.state === wanted.state);
    item.hidden = !fits;
    if (fits) count += 1;
  }
  document.getElementById("no-feeds").hidden = count > 0;
}

// What is looked for stands in the address: it can be sent to somebody, kept, and gone back to.
function keep(wanted) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(wanted)) if (value) query.set(name, value); else query.delete(name);
  const search = query.toString();
  if (search !== location.search.slice(1)) history.replaceState(null, "", `${location.pathname}${search ? `?${search}` : ""}${location.hash}`);
}

function restore() {
  for (const choice of document.querySelectorAll("[data-team]")) choice.hidden = false;
  const form = document.querySelector("[data-filters]");
  if (!form) return;
  form.hidden = false;
  const query = new URLSearchParams(location.search);
  for (const name of ["find", "state"]) form.elements[name].value = query.get(name) ?? "";
  filter();
}

// Moments stand in the feed's zone; whoever looks sees their own as well.
function settle() {
  // What is wider than the page is scrolled by keyboard too.
  for (const part of document.querySelectorAll(".wide, pre")) if (part.scrollWidth > part.clientWidth) part.tabIndex = 0;
  const own = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  for (const time of document.querySelectorAll("time[datetime]")) {
    time.title = `${own.format(new Date(time.dateTime))}, your time`;
  }
}

/** Bring the page up to date; returns whether it is. */
async function refresh() {
  again = fetching;
  if (fetching) return false;
  fetching = true;
  try {
    const answer = await fetch(`${location.pathname}${location.search}`, { credentials: "same-origin", headers: { "X-Looks-On": "1" }, signal: AbortSignal.timeout(FETCH_MS) });
    if (answer.redirected && new URL(answer.url).pathname.startsWith("/sign-in")) { location.assign(answer.url); return false; }
    if (!answer.ok) return false;
    const page = new DOMParser().parseFromString(policy.createHTML(await answer.text()), "text/html");
    const fresh = page.querySelector("[data-live]");
    const old = document.querySelector("[data-live]");
    if (!fresh || !old || fresh.innerHTML === said) return true;
    said = fresh.innerHTML;
    const open = [...old.querySelectorAll("details")].map((part) => part.open);
    const across = [...old.querySelectorAll(".wide, pre")].map((part) => part.scrollLeft);
    const focused = document.activeElement?.closest("[data-live]") ? document.activeElement : null;
    const place = focused && (focused.name ? `[name="${focused.name}"]` : focused.getAttribute("href") ? `a[href="${CSS.escape(focused.getAttribute("href"))}"]` : "");
    const caret = focused?.type === "search" ? [focused.selectionStart, focused.selectionEnd] : null;
    old.replaceWith(fresh);
    restore();
    settle();
    [...fresh.querySelectorAll("details")].forEach((part, at) => { part.open = open[at] ?? part.open; });
    [...fresh.querySelectorAll(".wide, pre")].forEach((part, at) => { part.scrollLeft = across[at] ?? 0; });
    const stood = place && document.querySelector(place);
    if (stood) stood.focus({ preventScroll: true });
    if (stood && caret) stood.setSelectionRange(...caret);
    return true;
  } catch {
    return false;
  } finally {
    fetching = false;
    if (again) refresh();
  }
}

// One team's feeds and alerts are drawn by the server; the other page is to show the same team.
function chooseTeam(team) {
  keep({ team, page: "" });
  for (const link of document.querySelectorAll("header nav a")) {
    if (["/dashboard/", "/dashboard/alerts"].includes(link.pathname)) link.search = team ? new URLSearchParams({ team }) : "";
  }
  refresh();
}

document.addEventListener("input", (event) => {
  if (event.target.closest("[data-filters]")) choose(event.isComposing);
  if (event.target.closest("[data-team]")) chooseTeam(event.target.value);
});
document.addEventListener("compositionend", (event) => { if (event.target.closest("[data-filters]")) choose(); });
document.addEventListener("submit", (event) => { if (event.target.closest("[data-filters], [data-team]")) event.preventDefault(); });
document.addEventListener("click", (event) => {
  const tile = event.target.closest("a.tile[data-state]");
  const form = document.querySelector("[data-filters]");
  if (!tile || !form || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  form.elements.state.value = tile.dataset.state;
  choose();
  document.getElementById("all").scrollIntoView();
  form.elements.state.focus({ preventScroll: true });
});
// On paper nothing follows: it says as of when it is.
addEventListener("beforeprint", () => {
  const at = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" }).format();
  document.getElementById("on-paper").textContent = `Dogwatch, printed ${at} UTC`;
  // What is folded away can't be unfolded there.
  for (const part of document.querySelectorAll("details:not([open])")) Object.assign(part, { open: true }).dataset.folded = "";
});
addEventListener("afterprint", () => {
  for (const part of document.querySelectorAll("details[data-folded]")) {
    part.open = false;
    delete part.dataset.folded;
  }
});
restore();
settle();
document.querySelector("nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

// What changed is looked at until it was seen: a page that could not be fetched is fetched again.
async function follow(version) {
  wanted = version;
  clearTimeout(later);
  if (shown === "" || shown === version || await refresh()) shown = version;
  if (shown === wanted) { wait = SOON_MS; return; }
  clearTimeout(later);
  later = setTimeout(() => follow(wanted), wait);
  wait = Math.min(MOST_MS, 2 * wait);
}

let end = null;
let away = 0;
let heard = new Date();
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });

function listenOn(misses = 0) {
  let refused = misses;
  const mine = listen({
    path: "/dashboard/live", names: ["version"],
    worker: policy.createScriptURL(new URL("/dashboard/static/stream-worker.js", location.href).href),
  }, {
    onOpen: () => { refused = 0; wire.textContent = "live"; },
    onHeard: () => { heard = new Date(); },
    onLost,
    onRefused: () => {
      onLost();
      // The server said no. Whoever is signed out is led to the sign-in; everybody else goes on listening.
      setTimeout(() => { if (end === mine) { refresh(); listenOn(refused + 1); } }, Math.min(MOST_MS, 3000 * 2 ** refused));
    },
    onEvent: (name, version) => follow(version),
  });
  end = mine;
}

function onLost() {
  if (!wire.textContent.startsWith("reconnecting")) wire.textContent = `reconnecting; as of ${clock.format(heard)}`;
}

// Browsers open few connections to one server (six over HTTP/1.1): a page that nobody looks at holds none, and
// catches up when somebody does.
const pages = new BroadcastChannel("dogwatch-pages");

function rest() {
  end?.();
  end = null;
}

function look() {
  clearTimeout(away);
  if (!document.hidden) {
    if (!end) listenOn();
    pages.postMessage("looked at");
  }
  if (document.hidden) away = setTimeout(rest, AWAY_MS);
}

if (document.querySelector("[data-live]")) {
  document.addEventListener("visibilitychange", look);
  // Somebody looks at another page, and this one was just left: it need not wait for that any longer.
  pages.addEventListener("message", () => {
    if (!document.hidden) return;
    clearTimeout(away);
    rest();
  });
  look();
}
