// Write a message: text that grows, files by button, drop or paste, each with its progress.

import { act, newNonce, upload } from "./api.js";
import { byId, el, icon, note, sizeOf } from "./dom.js";
import { draftAt, keepDraft, whoseDrafts } from "./drafts.js";

/** Make a composer in a host element. What is written but not sent belongs to a place: a channel or a thread. */
export function composer(host, { id, label, limits, onSent }) {
  let files = [];
  let place = "";
  let where = {};
  const drafts = new Map();
  const waiting = new Set();
  const unanswered = new Map();
  const writer = whoseDrafts();
  // What comes back to a composer whose writer has left is not for whoever is here now.
  const keep = (of, words) => { if (of && whoseDrafts() === writer) keepDraft(`${id}/${of}`, words); };
  const text = el("textarea", { id, rows: "1", "aria-label": label, placeholder: label, enterkeyhint: "send" });
  const picker = el("input", { type: "file", multiple: true, class: "hidden-file", tabindex: "-1", "aria-hidden": "true" });
  const chips = el("ul", { class: "chips", "aria-label": "Files to send" });
  const send = el("button", { type: "submit", class: "send", "aria-label": "Send" }, icon("send"));
  const attach = el("button", { type: "button", class: "quiet attach", "aria-label": "Add a file", title: "Add a file" }, icon("clip"));
  const form = el("form", { class: "composer" }, chips,
    el("div", { class: "composer-row" }, attach, text, send), picker);
  host.replaceChildren(form);

  const grow = () => {
    text.style.height = "auto";
    // Behind an open thread on a phone nothing has a height that could be kept.
    if (text.scrollHeight) text.style.height = `${Math.min(text.scrollHeight, 220)}px`;
    send.disabled = waiting.has(place) || (!text.value.trim() && !files.some((file) => file.receipt));
  };

  const draftOf = (of) => (of === place ? { text: text.value, files } : drafts.get(of) || { text: "", files: [] });

  function setDraft(of, draft) {
    keep(of, draft.text);
    if (of !== place) { drafts.set(of, draft); return; }
    text.value = draft.text;
    files = draft.files;
    chips.replaceChildren(...files.map((file) => file.chip));
    grow();
  }

  function add(list) {
    for (const file of list) {
      if (files.length >= limits.files_per_message) {
        note(`A message takes ${limits.files_per_message} files at most. Send the others in another one.`);
        return;
      }
      if (file.size > limits.upload_limit_bytes) {
        note(`${file.name} is larger than ${sizeOf(limits.upload_limit_bytes)}, the most I take. Send a smaller sample: the first 100,000 rows are plenty.`);
        continue;
      }
      const entry = begin(file);
      files.push(entry);
      chips.append(entry.chip);
    }
    grow();
    text.focus();
  }

  function begin(file) {
    const of = place;
    const bar = el("progress", { max: "1", value: "0", "aria-label": `Upload of ${file.name}` });
    const name = el("span", { class: "chip-name" }, file.name);
    const entry = { receipt: "", isGone: false, hasFailed: false };
    const job = upload(file, (share) => { bar.value = share; });
    const drop = () => {
      entry.isGone = true;
      const draft = draftOf(of);
      setDraft(of, { ...draft, files: draft.files.filter((other) => other !== entry) });
    };
    entry.chip = el("li", { class: "chip" }, icon("file"),
      name, el("span", { class: "chip-size" }, sizeOf(file.size)), bar,
      el("button", { type: "button", class: "quiet", "aria-label": `Remove ${file.name}`, onclick: () => { job.cancel(); drop(); text.focus(); } }, icon("close")));
    entry.done = job.done.then((about) => {
      entry.receipt = about.receipt;
      name.textContent = about.name; // as all will read it, with signs written out that would turn it round
      entry.chip.classList.add("is-ready");
      bar.remove();
      grow();
    }, (error) => {
      entry.hasFailed = Boolean(error.message);
      drop();
      if (error.message) note(error.message);
    });
    return entry;
  }

  async function submit() {
    // Where Enter was pressed: an upload may outlast a look at another channel, and a second Enter.
    const [from, to, pending] = [place, where, files];
    if (waiting.has(from) || (!text.value.trim() && pending.length === 0)) return;
    waiting.add(from);
    grow();
    await Promise.all(pending.map((entry) => entry.done));
    waiting.delete(from);
    grow();
    // Words about a file that did not arrive say nothing without it: they wait beside the others.
    if (pending.some((entry) => entry.hasFailed)) return;
    const draft = draftOf(from);
    const sent = pending.filter((entry) => !entry.isGone);
    const body = { ...to, text: draft.text, files: sent.map((entry) => entry.receipt) };
    if (!body.text.trim() && body.files.length === 0) return;
    setDraft(from, { text: "", files: draft.files.filter((entry) => !sent.includes(entry)) });
    // It may have arrived and only the answer got lost: the same words go again under the same nonce.
    const said = JSON.stringify(body);
    const nonce = unanswered.get(from)?.said === said ? unanswered.get(from).nonce : newNonce();
    const answer = await act("api/messages", { nonce, ...body });
    if (answer !== null) {
      unanswered.delete(from);
      onSent(answer);
      return;
    }
    unanswered.set(from, { said, nonce });
    const since = draftOf(from);
    setDraft(from, { text: [body.text, since.text].filter(Boolean).join("\n"), files: [...sent, ...since.files] });
  }

  form.addEventListener("submit", (event) => { event.preventDefault(); submit(); });
  text.addEventListener("input", () => {
    grow();
    keep(place, text.value);
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      submit();
    }
  });
  text.addEventListener("paste", (event) => {
    // A spreadsheet brings what was copied as words and also as a picture of them: the words are meant.
    const isWords = ["text/plain", "text/html"].every((kind) => event.clipboardData.types.includes(kind));
    if (event.clipboardData.files.length > 0 && !isWords) {
      event.preventDefault();
      add(event.clipboardData.files);
    }
  });
  attach.addEventListener("click", () => picker.click());
  picker.addEventListener("change", () => { add([...picker.files]); picker.value = ""; });
  grow();

  return {
    add,
    focus: () => text.focus(),
    /** Keep the draft of the place so far and bring back that of another, where messages go from now on. */
    turnTo(to, newWhere, newLabel) {
      drafts.set(place, draftOf(place));
      place = to;
      where = newWhere;
      setDraft(to, drafts.get(to) || { text: draftAt(`${id}/${to}`), files: [] });
      text.placeholder = newLabel;
      text.setAttribute("aria-label", newLabel);
    },
  };
}

const hasFiles = (event) => [...(event.dataTransfer?.types || [])].includes("Files");

/** Return the files of a drop; folders come among them and can't be read. */
function filesOf(transfer) {
  const files = [];
  for (const item of [...transfer.items].filter((one) => one.kind === "file")) {
    const entry = item.webkitGetAsEntry?.();
    if (entry?.isDirectory) note(`${entry.name} is a folder, and I take files only. Drop what is in it.`);
    else files.push(item.getAsFile());
  }
  return files;
}

/** Let files be dropped on a part of the page. */
export function dropZone(zone, cover, onFiles) {
  let depth = 0;
  zone.addEventListener("dragenter", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth += 1;
    cover(true);
  });
  zone.addEventListener("dragover", (event) => { if (hasFiles(event)) event.preventDefault(); });
  zone.addEventListener("dragleave", () => {
    depth = Math.max(0, depth - 1);
    if (depth === 0) cover(false);
  });
  zone.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth = 0;
    cover(false);
    onFiles(filesOf(event.dataTransfer));
  });
}

/** Take no file that misses its zone: the browser would leave the page and open it. */
export function refuseOtherDrops() {
  document.addEventListener("dragover", (event) => {
    if (event.defaultPrevented || !hasFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "none";
  });
  document.addEventListener("drop", (event) => { if (hasFiles(event)) event.preventDefault(); });
}

export const focusMain = () => byId("composer-text")?.focus();
