// Build elements without ever turning outside text into markup.

const policy = window.trustedTypes
  ? window.trustedTypes.createPolicy("dogwatch", { createHTML: (html) => html, createScriptURL: ownScript })
  : { createHTML: (html) => html, createScriptURL: ownScript };

function ownScript(address) {
  if (new URL(address).origin !== location.origin) throw new TypeError("Only scripts of this server run here.");
  return address;
}

/** Return the address of a script of our own that may be run beside the page. */
export const scriptAt = (address) => policy.createScriptURL(address);

export const byId = (id) => document.getElementById(id);

/** Return an element; `on…` attributes are listeners, strings among the children are text. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** Put HTML that our own server rendered from a card into an element. */
export function fill(node, html) {
  node.innerHTML = policy.createHTML(html);
  return node;
}

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

const clock = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit" });
const full = new Intl.DateTimeFormat([], { dateStyle: "full", timeStyle: "long" });
const date = new Intl.DateTimeFormat([], { dateStyle: "full" });
const dayName = new Intl.DateTimeFormat([], { weekday: "long", day: "numeric", month: "long" });

export const timeOf = (iso) => clock.format(new Date(iso));
export const fullTimeOf = (iso) => full.format(new Date(iso));
export const dateOf = (iso) => date.format(new Date(iso));
export const dayKey = (iso) => new Date(iso).toDateString();

export function dayOf(iso) {
  const day = new Date(iso).toDateString();
  const now = new Date();
  if (day === now.toDateString()) return "Today";
  now.setDate(now.getDate() - 1);
  return day === now.toDateString() ? "Yesterday" : dayName.format(new Date(iso));
}

export function sizeOf(bytes) {
  if (bytes < 1024) return `${bytes} bytes`;
  if (bytes < 1024 ** 2) return `${(bytes / 1024).toFixed(0)} KiB`;
  return `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}

/** Return the initials of a name and a colour number that stays the same for a person. */
export function face(subject, name) {
  const initials = name.split(/\s+/).filter(Boolean).map((word) => [...word][0]).slice(0, 2).join("").toUpperCase();
  let sum = 0;
  for (const char of subject) sum = (sum * 31 + char.codePointAt(0)) % 997;
  return el("span", { class: `face face-${sum % 6}`, "aria-hidden": "true" }, initials || "?");
}

/** Tell the person something in a corner; it goes away, an error stays longer. */
export function note(text, kind = "error", ...more) {
  const notes = byId("notes");
  const dialog = [...document.querySelectorAll("dialog[open]")].at(-1);
  // Beside an open dialog all is out of reach, for eyes, hands and screen readers: what is said stands in it.
  if (dialog && !dialog.contains(notes)) {
    dialog.append(notes);
    dialog.addEventListener("close", () => document.body.append(notes), { once: true });
  }
  const box = el("div", { class: `note note-${kind}`, role: dialog ? "alert" : false }, el("span", {}, text, ...more),
    el("button", { type: "button", class: "quiet", "aria-label": "Dismiss", onclick: () => box.remove() }, icon("close")));
  notes.append(box);
  setTimeout(() => box.remove(), kind === "error" ? 12000 : 5000);
}
