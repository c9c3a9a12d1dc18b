// Write a message: text that grows, files by button, drop or paste, each with its progress.

import { act, newNonce, upload } from "./api.js";
import { byId, el, icon, note, sizeOf } from "./dom.js";

/** Make a composer in a host element; `where()` gives {channel, thread}. */
export function composer(host, { id, label, where, limits, onSent }) {
  let files = [];
  const drafts = new Map();
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
    text.style.height = `${Math.min(text.scrollHeight, 220)}px`;
    send.disabled = !text.value.trim() && !files.some((file) => file.receipt);
  };

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
      files.push(begin(file));
    }
    grow();
    text.focus();
  }

  function begin(file) {
    const bar = el("progress", { max: "1", value: "0", "aria-label": `Upload of ${file.name}` });
    const entry = { receipt: "" };
    const job = upload(file, (share) => { bar.value = share; });
    const chip = el("li", { class: "chip" }, icon("file"),
      el("span", { class: "chip-name" }, file.name), el("span", { class: "chip-size" }, sizeOf(file.size)), bar,
      el("button", { type: "button", class: "quiet", "aria-label": `Remove ${file.name}`, onclick: () => { job.cancel(); drop(); } }, icon("close")));
    const drop = () => {
      files = files.filter((other) => other !== entry);
      chip.remove();
      grow();
    };
    chips.append(chip);
    entry.done = job.done.then((about) => {
      entry.receipt = about.receipt;
      chip.classList.add("is-ready");
      bar.remove();
      grow();
    }, (error) => {
      drop();
      if (error.message) note(error.message);
    });
    entry.chip = chip;
    return entry;
  }

  async function submit() {
    const pending = files;
    if (!text.value.trim() && pending.length === 0) return;
    send.disabled = true;
    await Promise.all(pending.map((entry) => entry.done));
    const body = { nonce: newNonce(), ...where(), text: text.value, files: pending.map((entry) => entry.receipt).filter(Boolean) };
    if (!body.text.trim() && body.files.length === 0) return;
    text.value = "";
    files = files.filter((entry) => !pending.includes(entry));
    pending.forEach((entry) => entry.chip.remove());
    grow();
    const answer = await act("api/messages", body);
    if (answer === null) {
      if (!text.value) text.value = body.text;
      grow();
      return;
    }
    onSent(answer);
  }

  form.addEventListener("submit", (event) => { event.preventDefault(); submit(); });
  text.addEventListener("input", grow);
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      submit();
    }
  });
  text.addEventListener("paste", (event) => {
    if (event.clipboardData.files.length > 0) {
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
    /** Keep the draft of one place and bring back that of another. */
    turnTo(from, to, newLabel) {
      drafts.set(from, text.value);
      text.value = drafts.get(to) || "";
      text.placeholder = newLabel;
      text.setAttribute("aria-label", newLabel);
      grow();
    },
  };
}

/** Let files be dropped on a part of the page. */
export function dropZone(zone, cover, onFiles) {
  let depth = 0;
  const hasFiles = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
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
    onFiles([...event.dataTransfer.files]);
  });
}

export const focusMain = () => byId("composer-text")?.focus();
