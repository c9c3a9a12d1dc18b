// The chat page: one person, one channel open, maybe one thread beside it.

import { LOOKS_ON, Refusal, act, actAs, get, post } from "./api.js";
import { composer, dropZone, focusMain, refuseOtherDrops } from "./composer.js";
import { ask, inputsOf, openDialog, showErrors } from "./dialog.js";
import { byId, el, icon, fill, note } from "./dom.js";
import { cameFrom, comeBackTo, draftsOf } from "./drafts.js";
import { follow } from "./live.js";
import { MessageList, isInView, standOn, titleOfCard, wordsOf } from "./messages.js";
import { Sidebar, gate } from "./sidebar.js";

const here = { me: null, channel: "", thread: "", channels: [] };
let lists;
let writers;
let stop = () => {};
let markTimer = 0;
let latest = 0;
const typing = new Map();
const arrived = new Map();
const loads = new Set();
const opened = new Set();
const answers = new Map();
const pressed = new Map();
const beside = matchMedia("(min-width: 1081px)");
const JUST_MINUTES = 2;
const SOON_MS = 10000;
const AWAITED_MS = 60000;
let acted = 0;

const sidebar = new Sidebar({ onChannel: (id) => { location.hash = `#/${encodeURIComponent(id)}`; }, onPerson: become });
const channelOf = (id) => here.channels.find((channel) => channel.id === id);
const titleOf = (channel) => (channel.direct ? channel.name : `#${channel.name}`);

async function become(subject) {
  try {
    stop();
    await post("api/enter", { subject });
    // A direct message is its person's own: whoever is next begins where everybody does.
    if (channelOf(here.channel)?.direct) history.replaceState(null, "", location.pathname + location.search);
    await begin();
  } catch (error) {
    note(error.message);
  }
}

async function begin() {
  let me;
  try {
    me = await get("api/me");
  } catch (error) {
    if (error instanceof Refusal && error.status === 401) return signedOut(error.about.sign_in);
    byId("gate").hidden = false;
    byId("gate").replaceChildren(el("p", {}, "I can't reach the server. This page tries again in a moment."));
    setTimeout(begin, 3000);
    return;
  }
  if (!me.person) {
    stop();
    byId("app").hidden = true;
    return gate(me.people, become);
  }
  const wanted = pageWanted();
  if (wanted) return location.replace(wanted);
  byId("gate").hidden = true;
  byId("app").hidden = false;
  // A dialog outlives the end of a session for the one who wrote in it, and for nobody else.
  if (here.me && here.me.person.subject !== me.person.subject) for (const box of document.querySelectorAll("dialog[open]")) box.close();
  actAs(me.person.subject, me.csrf, begin);
  draftsOf(me.person.subject);
  const back = cameFrom();
  if (back && !location.hash) history.replaceState(null, "", back);
  Object.assign(here, { me, channels: me.channels, channel: "", thread: "" });
  byId("brand-name").textContent = me.bot_name;
  sidebar.drawPerson(me.person, me.people, me.sign_in);
  build();
  stop();
  stop = follow(me.after, me.person.subject, { onMessage, onTyping, onDialog: (view) => openDialog(view, taken), onWire, onSignedOut: begin,
    onSomebodyElse: (name) => { byId("wire").textContent = `${name} is signed in here now. Reload this page to go on.`; } });
  await route();
  // Whoever was faster than the messages, and stands in the menu or a dialog by now, stays there.
  const stands = document.activeElement;
  if (!stands || stands === document.body || byId("gate").contains(stands)) focusMain();
}

/** Return the page of this server that a demo person came here to be let in to; null without one. */
function pageWanted() {
  const next = new URLSearchParams(location.search).get("next");
  if (!next?.startsWith("/") || next === "/") return null;
  const page = new URL(next, location.href);
  return page.origin === location.origin ? page.href : null;
}

let wasIn = false;

function signedOut(signIn) {
  stop();
  // Whoever signed in again in another tab goes on here as soon as they look.
  document.addEventListener("visibilitychange", lookAgain);
  window.addEventListener("focus", lookAgain);
  wasIn ||= !byId("app").hidden;
  byId("app").hidden = true;
  byId("gate").hidden = false;
  const way = signIn ? el("a", { class: "button button-primary", href: `${signIn}?next=%2F`, onclick: () => comeBackTo(location.hash) }, "Sign in") : el("p", {}, "Ask whoever runs this server for a way in.");
  byId("gate").replaceChildren(el("div", { class: "gate-box" }, icon("bot"), el("h1", {}, wasIn ? "You are signed out" : "Welcome to Dogwatch"),
    !wasIn && el("p", {}, "Feeds, approvals and incidents, in one chat."), way));
  const dialog = [...document.querySelectorAll("dialog[open]")].at(-1);
  if (dialog) {
    // What stands in a dialog would be lost with it, so it stays alone, and the way in leads beside it.
    const beside = signIn ? el("a", { href: `${signIn}?next=%2F`, target: "_blank", rel: "noopener" }, "Sign in in another tab") : "";
    if (!dialog.querySelector("#notes a")) note("You are signed out, and nothing was done. What stands here stays. ", "error", beside);
    return;
  }
  byId("gate").querySelector("a")?.focus();
}

function lookAgain() {
  if (document.hidden) return;
  document.removeEventListener("visibilitychange", lookAgain);
  window.removeEventListener("focus", lookAgain);
  begin();
}

function build() {
  const common = { botName: here.me.bot_name, onSeen: seen, onMenu: menu };
  lists = {
    channel: new MessageList(byId("channel-messages"), byId("channel-scroll"), { ...common, isThread: false,
      onThread: (id) => { location.hash = `#/${encodeURIComponent(here.channel)}/${id}`; }, onOlder: () => older(lists.channel, "") }),
    thread: new MessageList(byId("thread-messages"), byId("thread-scroll"), { ...common, isThread: true, onThread: () => {},
      onOlder: () => older(lists.thread, here.thread) }),
  };
  const make = (host, id) => composer(byId(host), { id, label: "Write a message", limits: here.me, onSent: taken });
  writers = { channel: make("channel-composer", "composer-text"), thread: make("thread-composer", "thread-text") };
}

/** Return a part of an address as it is meant; what can't be read stays as it is, and leads nowhere. */
function plain(part) {
  try { return decodeURIComponent(part); } catch { return part; }
}

async function route() {
  const way = location.hash;
  const [channel, thread] = way.replace(/^#\//, "").split("/").map(plain);
  const target = channelOf(channel) ? channel : here.channels[0].id;
  if (channel && target !== channel) {
    note(`The channel ${channel} is gone, or not yours to read. This is ${titleOf(channelOf(target))}.`);
    location.replace(`#/${encodeURIComponent(target)}`);
    return;
  }
  sidebar.hide();
  if (target !== here.channel) await openChannel(target);
  // Whoever went on meanwhile is led by a newer call, whose thread this one must not close.
  if (way !== location.hash) return;
  if (/^\d+$/.test(thread || "")) await openThread(thread);
  else closeThread();
}

async function openChannel(id) {
  const channel = channelOf(id);
  writers.channel.turnTo(id, { channel: id, thread: "" }, `Message ${titleOf(channel)}`);
  here.channel = id;
  byId("channel-name").textContent = titleOf(channel);
  byId("channel-purpose").textContent = channel.purpose;
  byId("drop-where").textContent = `to ${titleOf(channel)}`;
  byId("jump").hidden = true;
  sidebar.draw(here.channels, id);
  // What stands there is of the channel before: it must not stay below this one's name.
  const page = await loaded({ channel: id }, () => here.channel === id, (why) => lists.channel.reset([], false, why));
  if (!page) return;
  lists.channel.reset(page.messages, page.has_more, channel.direct
    ? "Ask me anything about your feeds, or drop a sample file to configure a new one."
    : `This is the beginning of #${channel.name}. Drop a sample file, ask a question, or say help.`);
  page.meanwhile.forEach(show);
  drawTyping();
  seen();
}

/** Load a page and what happened while it was on its way, which may be newer than the page.
 *
 * While the server is out of reach it is asked again as long as the page is wanted; `onMiss` is told why, once.
 */
async function loaded(query, isWanted, onMiss) {
  const meanwhile = [];
  loads.add(meanwhile);
  let page = null;
  for (let misses = 0; !page && isWanted(); misses += 1) {
    try {
      page = await get("api/messages", query);
    } catch (error) {
      const isForGood = error instanceof Refusal && error.status !== 503;
      if (misses === 0) onMiss(isForGood ? error.message : `${error.message} What stands here comes as soon as I can.`);
      if (isForGood) break;
      await new Promise((resolve) => setTimeout(resolve, Math.min(8000, 1000 * 2 ** misses)));
    }
  }
  loads.delete(meanwhile);
  return page && isWanted() ? { ...page, meanwhile } : null;
}

async function openThread(id) {
  opened.add(id);
  const isByItself = here.byItself === id;
  here.byItself = "";
  const previous = here.thread;
  here.thread = id;
  const channel = here.channel;
  const page = await loaded({ channel, thread: id }, () => here.thread === id && here.channel === channel, note);
  if (!page) return;
  byId("thread").hidden = false;
  byId("app").classList.add("has-thread");
  placeThread();
  byId("thread-where").textContent = titleOf(channelOf(here.channel));
  lists.thread.reset(page.messages, page.has_more, "No such thread.");
  page.meanwhile.forEach(show);
  writers.thread.turnTo(id, { channel: here.channel, thread: id }, "Reply in thread");
  drawTyping();
  if (previous !== id && !isByItself) writers.thread.focus();
}

function closeThread() {
  // On a phone the thread covers the channel: whoever stood in it would stand nowhere.
  const stood = here.thread && (byId("thread").contains(document.activeElement) || document.activeElement === document.body);
  here.thread = "";
  byId("thread").hidden = true;
  byId("app").classList.remove("has-thread");
  placeThread();
  if (stood) focusMain();
}

const covers = () => Boolean(here.thread) && !beside.matches;

/** Where the thread covers the channel it is the main part: a page without one leaves screen readers searching. */
function placeThread() {
  byId("thread").setAttribute("role", covers() ? "main" : "complementary");
  byId("thread-title").setAttribute("aria-level", covers() ? "1" : "2");
}

/** Load what stands before the first message of a list, once at a time. */
async function older(list, thread) {
  if (list.isLoading) return;
  list.isLoading = true;
  const before = list.views.keys().next().value;
  const page = await get("api/messages", { channel: here.channel, thread, before }).catch((error) => note(error.message));
  list.isLoading = false;
  if (page && list.views.keys().next().value === before) list.prepend(page.messages, page.has_more);
}

/** Show a message where it belongs, if that is open. */
function show(view) {
  if (view.channel !== here.channel) return;
  if (!view.thread) {
    const wasAtEnd = lists.channel.isAtEnd();
    if (lists.channel.take(view) && !wasAtEnd && !view.mine) byId("jump").hidden = false;
  }
  if (here.thread && (view.thread === here.thread || view.id === here.thread)) lists.thread.take({ ...view });
}

/** Open the thread in which the bot answers what this person just said, once, where there is room beside. */
function openAnswer(view, isNew) {
  // An answer may come before the message it answers, which is sent again with its count of replies.
  if (view.bot && view.thread && !answers.has(view.thread)) answers.set(view.thread, view.at);
  const id = view.thread || view.id;
  if (isNew && view.bot && view.thread && Date.now() - (pressed.get(id) || 0) < AWAITED_MS) return openPressed(id);
  const asked = lists.channel.views.get(id);
  if (!answers.has(id) || !asked || !asked.mine || opened.has(id) || !beside.matches) return;
  const isJust = new Date(answers.get(id)) - new Date(asked.at) < JUST_MINUTES * 60000;
  opened.add(id);
  if (isJust && !isBusy()) openBeside(id);
}

const isBusy = () => byId("thread").contains(document.activeElement) || document.querySelector("dialog[open]");

function openBeside(id) {
  here.byItself = id;
  location.hash = `#/${encodeURIComponent(here.channel)}/${id}`;
}

/** What a button brings stands in its card's thread: open that where there is room, else say where it is. */
function openPressed(id) {
  pressed.delete(id);
  if (here.thread === id || !lists.channel.views.has(id)) return;
  if (beside.matches && !isBusy()) openBeside(id);
  else note(`${here.me.bot_name} answered in the thread of ${titleOfCard(lists.channel.views.get(id))}`, "calm");
}

function onMessage(view) {
  const isOpen = view.channel === here.channel;
  const isNew = Number(view.id) > (arrived.get(view.channel) || here.me.after);
  if (isNew) arrived.set(view.channel, Number(view.id));
  // What my words bring about may be news before they are answered.
  if (isNew && view.mine) acted = Date.now();
  latest = Math.max(latest, Number(view.id));
  for (const meanwhile of loads) meanwhile.push(view);
  const before = lists.thread.views.get(view.id) || lists.channel.views.get(view.id);
  show(view);
  // Words of mine change a card that may stand far up: then I am told how it reads now.
  if (before && view.bot && before.says !== view.says && Date.now() - acted < SOON_MS && !isInView(view)) {
    acted = 0;
    note(titleOfCard(view), "calm");
  }
  openAnswer(view, isNew);
  if (isNew && !view.mine) {
    const channel = channelOf(view.channel);
    if (!isOpen || document.hidden) channel.unread += 1;
    else seen();
    if (view.bot) typing.delete(`${view.channel}/${view.thread}`);
    drawTyping();
    sidebar.draw(here.channels, document.hidden ? "" : here.channel);
  }
}

function onTyping(about) {
  const key = `${about.channel}/${about.thread}`;
  clearTimeout(typing.get(key));
  if (about.typing) typing.set(key, setTimeout(() => { typing.delete(key); drawTyping(); }, 30000));
  else typing.delete(key);
  drawTyping();
}

function drawTyping() {
  const line = `${here.me.bot_name} is typing`;
  byId("channel-typing").textContent = typing.has(`${here.channel}/`) ? line : "";
  byId("thread-typing").textContent = here.thread && typing.has(`${here.channel}/${here.thread}`) ? line : "";
}

function onWire(isUp) {
  byId("wire").textContent = isUp ? "" : "Reconnecting…";
}

function seen() {
  byId("jump").hidden = lists.channel.isAtEnd() || byId("jump").hidden;
  if (document.hidden || !lists.channel.isAtEnd()) return;
  const channel = channelOf(here.channel);
  clearTimeout(markTimer);
  markTimer = setTimeout(() => {
    const upto = Math.max(0, ...[...lists.channel.views.keys()].map(Number), latest);
    if (upto > (channel.marked || 0)) {
      channel.marked = upto;
      post("api/read", { channel: channel.id, upto }, LOOKS_ON).catch(() => { channel.marked = 0; });
    }
  }, 300);
  if (channel.unread > 0) {
    channel.unread = 0;
    sidebar.draw(here.channels, here.channel);
  }
}

/** Take what the desk answered to the one who acted. */
function taken(answer) {
  if (answer.message) onMessage(answer.message);
  acted = answer.message && !(answer.whispers || []).length ? Date.now() : 0;
  for (const whisper of answer.whispers || []) {
    onMessage(whisper);
    if (!isInView(whisper)) note(wordsOf(whisper), "calm");
  }
  if (answer.dialog) openDialog(answer.dialog, taken);
}

async function press(button) {
  const message = button.closest("[data-message]");
  if (!message || button.getAttribute("aria-disabled") === "true") return;
  const question = button.dataset.confirm;
  if (question && !(await ask(question, button.textContent, button.classList.contains("button-danger")))) return;
  const row = [...message.querySelectorAll("[data-token]")];
  // Not `disabled`: that would take the focus away from whoever pressed with the keyboard.
  row.forEach((other) => { other.setAttribute("aria-disabled", "true"); });
  button.classList.add("is-busy");
  if (message.closest("#channel-messages")) pressed.set(message.dataset.message, Date.now());
  const body = { message: message.dataset.message, token: button.dataset.token, inputs: inputsOf(message) };
  const answer = await act("api/press", body);
  row.forEach((other) => { other.removeAttribute("aria-disabled"); });
  button.classList.remove("is-busy");
  if (answer === null || showErrors(message.querySelector(".card-host"), answer.input_errors)) return;
  if (answer.updated && message.isConnected) {
    const host = message.querySelector(".card-host");
    const focused = host.contains(document.activeElement) ? document.activeElement : null;
    fill(host, answer.updated);
    if (focused) standOn(message, focused);
  }
  taken(answer);
}

/** Let the desk act on an entry of a message's menu. */
async function menu(shortcut, message) {
  const answer = await act("api/menu", { shortcut, message });
  if (answer !== null) taken(answer);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest(".card-host [data-token]");
  if (!button) return;
  event.preventDefault();
  press(button);
});
document.addEventListener("submit", (event) => {
  if (event.target.closest(".card-host")) event.preventDefault();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && sidebar.isOpen) sidebar.show(false);
  else if (event.key === "Escape" && here.thread && !document.querySelector("dialog[open]")) byId("close-thread").click();
  if (event.altKey && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    const at = here.channels.findIndex((channel) => channel.id === here.channel);
    const next = here.channels[(at + (event.key === "ArrowDown" ? 1 : -1) + here.channels.length) % here.channels.length];
    location.hash = `#/${encodeURIComponent(next.id)}`;
  }
});
document.addEventListener("visibilitychange", () => { if (!document.hidden && lists) seen(); });
window.addEventListener("hashchange", () => { if (here.me) route(); });
beside.addEventListener("change", placeThread);
// Its address is no channel's: followed as a link it would lead away from the one that is open.
document.querySelector(".skip").addEventListener("click", (event) => { event.preventDefault(); if (covers()) writers.thread.focus(); else focusMain(); });
byId("close-thread").addEventListener("click", () => { location.hash = `#/${encodeURIComponent(here.channel)}`; focusMain(); });
byId("jump").addEventListener("click", () => { lists.channel.toEnd(); byId("jump").hidden = true; });
dropZone(byId("main"), (isOver) => { byId("drop").hidden = !isOver; }, (files) => writers.channel.add(files));
dropZone(byId("thread"), (isOver) => byId("thread").classList.toggle("is-over", isOver), (files) => writers.thread.add(files));
refuseOtherDrops();
begin();
