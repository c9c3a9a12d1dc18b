// The left side: channels with what is unread, and whose browser this is.

import { byId, el, face, icon } from "./dom.js";
import { comeBackTo } from "./drafts.js";

/** Words for who listens to the page instead of looking at it. */
const hidden = (words) => el("span", { class: "visually-hidden" }, words);

export class Sidebar {
  constructor({ onChannel, onPerson }) {
    this.onChannel = onChannel;
    this.onPerson = onPerson;
    byId("open-menu").addEventListener("click", () => this.show(true));
    byId("close-menu").addEventListener("click", () => this.show(false));
    byId("veil").addEventListener("click", () => this.show(false));
  }

  get isOpen() {
    return byId("sidebar").classList.contains("is-open");
  }

  show(isOpen) {
    byId("sidebar").classList.toggle("is-open", isOpen);
    byId("veil").hidden = !isOpen;
    (isOpen ? byId("close-menu") : byId("open-menu")).focus();
  }

  hide() {
    byId("sidebar").classList.remove("is-open");
    byId("veil").hidden = true;
  }

  draw(channels, current) {
    const rows = (direct) => channels.filter((channel) => channel.direct === direct).map((channel) => {
      const unread = channel.unread > 0 && channel.id !== current;
      return el("li", {}, el("button", {
        type: "button", class: `channel${unread ? " is-unread" : ""}`, "data-channel": channel.id,
        "aria-current": channel.id === current ? "page" : false,
        onclick: () => this.onChannel(channel.id),
      }, channel.direct ? icon("bot") : el("span", { class: "hash", "aria-hidden": "true" }, "#"),
      el("span", { class: "channel-name" }, channel.name),
      unread && el("span", { class: "count" }, channel.unread > 99 ? "99+" : String(channel.unread), hidden(" unread"))));
    });
    const stood = document.activeElement?.dataset?.channel;
    byId("channels").replaceChildren(...rows(false));
    byId("directs").replaceChildren(...rows(true));
    // Whoever stands on a channel with the keyboard stays there when the list is drawn anew.
    if (stood) byId("sidebar").querySelector(`[data-channel="${CSS.escape(stood)}"]`)?.focus();
    const total = channels.reduce((sum, channel) => sum + (channel.id === current ? 0 : channel.unread), 0);
    const here = channels.find((channel) => channel.id === current);
    document.title = `${total > 0 ? `(${total}) ` : ""}${here ? (here.direct ? here.name : `#${here.name}`) : "Dogwatch"} · Dogwatch`;
    byId("open-menu").classList.toggle("has-unread", total > 0);
  }

  drawPerson(person, people, signIn) {
    const host = byId("person");
    const mine = people.find((other) => other.subject === person.subject);
    const who = [face(person.subject, person.name), el("span", { class: "person-text" }, el("strong", {}, person.name),
      el("span", {}, mine?.role || (person.demo ? "demo person" : "signed in")))];
    if (people.length === 0 || signIn) {
      host.replaceChildren(signIn ? el("a", { class: "person-now", href: `${signIn}?next=%2F`, onclick: () => comeBackTo(location.hash) }, hidden("You are "), ...who,
        hidden(". Sign in again, or sign out"), icon("switch"))
        : el("div", { class: "person-now" }, ...who));
      return;
    }
    const list = el("ul", { class: "people", id: "people", hidden: true, "aria-label": "Demo people" }, ...people.map((other) => el("li", {},
      el("button", { type: "button", "data-person": other.subject, "aria-current": other.subject === person.subject ? "true" : false,
        onclick: () => this.onPerson(other.subject) }, face(other.subject, other.name),
      el("span", { class: "person-text" }, el("strong", {}, other.name), el("span", {}, other.role))))));
    const toggle = el("button", { type: "button", class: "person-now", "aria-expanded": "false", "aria-controls": "people", onclick: () => {
        list.hidden = !list.hidden;
        toggle.setAttribute("aria-expanded", String(!list.hidden));
        if (!list.hidden) list.querySelector("button").focus();
      } }, hidden("You are "), ...who, hidden(". Switch to another demo person"), icon("switch"));
    list.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      list.hidden = true;
      toggle.setAttribute("aria-expanded", "false");
      toggle.focus();
    });
    host.replaceChildren(list, toggle);
  }
}

/** Let a visitor pick who they are in the demo. */
export function gate(people, onPerson) {
  const host = byId("gate");
  host.hidden = false;
  host.replaceChildren(el("div", { class: "gate-box" }, icon("bot"), el("h1", {}, "Who are you today?"),
    el("p", {}, "This is a demo on your own machine. Pick a person; you can switch at any time, below the channels."),
    el("ul", { class: "people" }, ...people.map((person) => el("li", {}, el("button", { type: "button", "data-person": person.subject,
      onclick: () => onPerson(person.subject) }, face(person.subject, person.name),
    el("span", { class: "person-text" }, el("strong", {}, person.name), el("span", {}, person.role))))))));
  host.querySelector("button")?.focus();
}
