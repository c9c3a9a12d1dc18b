// A list of messages that follows the server: appended in order, replaced in place, kept at its end.

import { dateOf, dayKey, dayOf, el, face, fill, fullTimeOf, icon, sizeOf, timeOf } from "./dom.js";
import { ownTimes } from "./own-times.js";

const NEAR_END = 120;
const SAME_AUTHOR_MINUTES = 5;

/** Put the focus on what the same input or button is now in a message; on the message when it is gone. */
export function standOn(message, focused) {
  const same = focused.name ? message.querySelector(`[name="${CSS.escape(focused.name)}"]`)
    : [...message.querySelectorAll("button, a")].find((button) => button.textContent === focused.textContent);
  if (!same) message.tabIndex = -1;
  (same || message).focus({ preventScroll: true });
}

/** Whether a message can be seen: whoever pressed far up would miss what is said to them at the end. */
export function isInView(view) {
  const shown = document.querySelector(`[data-message="${CSS.escape(view.id)}"] .body`)?.getBoundingClientRect();
  return Boolean(shown) && shown.height > 0 && shown.top < innerHeight - 120 && shown.bottom > 60;
}

/** How a card is headed now, with its tone in words. */
export function titleOfCard(view) {
  return fill(el("div"), view.html).querySelector(".card-title")?.textContent || view.text;
}

/** What a message says in a line. */
export function wordsOf(view) {
  const card = fill(el("div"), view.html);
  return card.querySelector(".card-lead")?.textContent || card.querySelector(".card-title")?.textContent || view.text;
}

export class MessageList {
  /** `isThread` lists show no reply counts; `onThread(id)` opens a thread. */
  constructor(list, scroll, { isThread, botName, onThread, onMenu, onOlder, onSeen }) {
    this.list = list;
    this.scroll = scroll;
    this.settings = { isThread, botName, onThread, onMenu, onSeen };
    this.views = new Map();
    this.hasMore = false;
    // Not another listener: whoever becomes another person here makes this list anew on the same place.
    scroll.onscroll = () => {
      if (scroll.scrollTop < 80 && this.hasMore) onOlder();
      if (this.isAtEnd()) onSeen();
    };
  }

  /** Whether the newest message is in view, or the place to which it was scrolled for reading was not left. */
  isAtEnd() {
    if (this.scroll.scrollTop === this.readingFrom) return true;
    return this.scroll.scrollHeight - this.scroll.scrollTop - this.scroll.clientHeight < NEAR_END;
  }

  /** Show the newest message: its end, or its beginning when it is taller than the window. */
  toEnd() {
    const last = this.list.lastElementChild;
    this.scroll.scrollTop = this.scroll.scrollHeight;
    this.readingFrom = null;
    if (!last || last.offsetHeight <= this.scroll.clientHeight) return;
    this.scroll.scrollTop += last.getBoundingClientRect().top - this.scroll.getBoundingClientRect().top;
    this.readingFrom = this.scroll.scrollTop;
  }

  reset(views, hasMore, empty) {
    this.views = new Map(views.map((view) => [view.id, view]));
    this.hasMore = hasMore;
    this.empty = empty;
    this.draw();
    this.toEnd();
  }

  prepend(views, hasMore) {
    const before = this.scroll.scrollHeight;
    this.views = new Map([...views.map((view) => [view.id, view]), ...this.views]);
    this.hasMore = hasMore;
    this.draw();
    this.scroll.scrollTop += this.scroll.scrollHeight - before;
  }

  /** Take a message as the server has it now; returns true when it is new here. */
  take(view) {
    const old = this.views.get(view.id);
    if (old && old.change > view.change) return false;
    // A card far up that changed comes with its page: alone it would stand where messages are missing.
    if (!old && this.hasMore && Number(view.id) < Number(this.views.keys().next().value)) return false;
    // Whoever writes wants to see it, wherever they were reading.
    const stay = this.isAtEnd() || (!old && view.mine);
    this.views.set(view.id, view);
    if (old) {
      const node = this.nodeOf(view.id);
      if (node && old.change < view.change) this.refresh(node, view, old);
    } else if (this.isLast(view.id)) {
      this.list.querySelector(".empty")?.remove();
      this.append(view, this.before(view.id));
    } else {
      this.views = new Map([...this.views].sort((a, b) => Number(a[0]) - Number(b[0])));
      this.draw();
    }
    if (stay) this.toEnd();
    return !old;
  }

  nodeOf(id) {
    return this.list.querySelector(`[data-message="${CSS.escape(id)}"]`);
  }

  isLast(id) {
    for (const other of this.views.keys()) if (Number(other) > Number(id)) return false;
    return true;
  }

  before(id) {
    let found = null;
    for (const view of this.views.values()) if (Number(view.id) < Number(id)) found = view;
    return found;
  }

  draw() {
    this.list.replaceChildren();
    if (this.views.size === 0) this.list.append(el("li", { class: "empty" }, icon("bot"), this.empty || "Nothing here yet."));
    let previous = null;
    for (const view of this.views.values()) {
      this.append(view, previous);
      previous = view;
    }
  }

  append(view, previous) {
    if (!previous || dayKey(previous.at) !== dayKey(view.at)) {
      this.list.append(el("li", { class: "day" }, el("span", { "data-day": dateOf(view.at) }, dayOf(view.at))));
      previous = null;
    }
    this.list.append(this.nodeFor(view, previous));
  }

  refresh(node, view, old) {
    // A card's tokens are fresh each time it is drawn; only what it says tells whether it changed.
    if (view.says === old.says) this.drawReplies(node, view);
    else this.replace(node, view, old);
  }

  /** Replace a card in place, keeping what the person typed into it and where the focus was. */
  replace(node, view, old) {
    const kept = new Map([...node.querySelectorAll("input[name], textarea[name], select[name]")].map((input) => [input.name, input]));
    const focused = node.contains(document.activeElement) ? document.activeElement : null;
    const next = this.nodeFor(view, node.classList.contains("is-follow") ? old : null);
    next.classList.toggle("is-follow", node.classList.contains("is-follow"));
    for (const input of next.querySelectorAll("input[name], textarea[name], select[name]")) {
      const earlier = kept.get(input.name);
      if (earlier && earlier.type === "checkbox") input.checked = earlier.checked;
      else if (earlier) input.value = earlier.value;
    }
    next.classList.add("is-changed");
    node.replaceWith(next);
    if (focused) standOn(next, focused);
  }

  nodeFor(view, previous) {
    const follows = previous && previous.author === view.author && previous.private === view.private && !view.html
      && !previous.html && new Date(view.at) - new Date(previous.at) < SAME_AUTHOR_MINUTES * 60000;
    const name = view.bot ? this.settings.botName : view.author_name;
    const picture = view.bot ? el("span", { class: "face face-bot", "aria-hidden": "true" }, icon("bot")) : face(view.author, name);
    const head = el("header", { class: "who" }, el("strong", {}, name), view.bot && el("span", { class: "badge" }, "app"),
      el("time", { datetime: view.at, title: fullTimeOf(view.at) }, timeOf(view.at)));
    const body = el("div", { class: "body" }, head);
    if (view.private) body.append(el("p", { class: "private" }, icon("eye"), "Only you can see this"));
    if (view.text) body.append(this.textOf(view.text));
    if (view.html) body.append(ownTimes(fill(el("div", { class: "card-host" }), view.html)));
    if (view.files.length > 0) body.append(this.filesOf(view));
    const node = el("li", { class: "message", "data-message": view.id, "aria-label": `${name}, ${timeOf(view.at)}` }, picture, body);
    if (follows) node.classList.add("is-follow");
    if (view.private) node.classList.add("is-private");
    if (!this.settings.isThread) this.drawReplies(node, view);
    if (!view.private) node.append(this.toolsOf(view));
    return node;
  }

  /** What can be done with a message: shown when the pointer is on it, and always where there is none. */
  toolsOf(view) {
    const tool = (label, name, onclick) => el("button", { type: "button", class: "quiet", "aria-label": label, title: label, onclick }, icon(name));
    const { isThread, onThread, onMenu } = this.settings;
    return el("div", { class: "tools" },
      !isThread && tool("Reply in thread", "thread", () => onThread(view.id)),
      tool("Add to timeline", "clock", () => onMenu("message_to_timeline", view.id)),
      tool("Keep in the library", "book", () => onMenu("keep_message", view.id)));
  }

  drawReplies(node, view) {
    if (this.settings.isThread) return;
    node.querySelector(".replies")?.remove();
    if (view.replies === 0) return;
    node.querySelector(".body").append(el("button", { type: "button", class: "replies", onclick: () => this.settings.onThread(view.id) },
      icon("thread"), view.replies === 1 ? "1 reply" : `${view.replies} replies`));
  }

  textOf(text) {
    const line = el("p", { class: "text" });
    const mention = new RegExp(`([@/]${this.settings.botName.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}\\b)`, "i");
    for (const part of text.split(mention)) line.append(mention.test(part) ? el("span", { class: "mention" }, part) : part);
    return line;
  }

  filesOf(view) {
    return el("ul", { class: "files" }, ...view.files.map((file) => el("li", {}, this.fileOf(file))));
  }

  fileOf(file) {
    const name = el("span", { class: "file-name" }, file.name);
    if (!file.url) return el("span", { class: "file" }, icon("file"), name, el("span", { class: "file-size" }, "tidied away"));
    return el("a", { href: file.url, download: file.name, class: "file" }, icon("file"), name,
      el("span", { class: "file-size" }, sizeOf(file.size_bytes)));
  }
}
