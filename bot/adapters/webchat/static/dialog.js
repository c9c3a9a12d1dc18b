// Ask: a question before a press counts, and a dialog whose errors stand beside their inputs.

import { act } from "./api.js";
import { el, fill, icon } from "./dom.js";

/** Ask a question; resolves to true only when the person agrees. */
export function ask(question, label, isDanger) {
  return new Promise((resolve) => {
    const yes = el("button", { type: "submit", class: `button ${isDanger ? "button-danger" : "button-primary"}`, value: "yes" }, label);
    const no = el("button", { type: "submit", class: "button", value: "no" }, "Cancel");
    const box = el("dialog", { class: "ask", "aria-label": "Confirm" },
      el("form", { method: "dialog" }, el("p", {}, question), el("div", { class: "row" }, no, yes)));
    box.addEventListener("close", () => {
      box.remove();
      resolve(box.returnValue === "yes");
    });
    document.body.append(box);
    box.showModal();
    no.focus();
  });
}

/** Return the answers inside a card or a dialog, by input name. */
export function inputsOf(scope) {
  const inputs = {};
  for (const input of scope.querySelectorAll("input[name], textarea[name], select[name]")) {
    if (input.type === "checkbox") inputs[input.name] = input.checked ? "true" : "false";
    else if (input.type !== "radio" || input.checked) inputs[input.name] = input.value;
  }
  return inputs;
}

/** Put sentences beside their inputs; returns false when there are none. */
export function showErrors(scope, errors) {
  for (const old of scope.querySelectorAll(".input-error")) old.textContent = "";
  for (const old of scope.querySelectorAll(".loose-error")) old.remove();
  for (const input of scope.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
  let first = null;
  for (const [name, sentence] of Object.entries(errors || {})) {
    const input = scope.querySelector(`[name="${CSS.escape(name)}"]`);
    const line = scope.querySelector(`[data-error-for="${CSS.escape(name)}"]`);
    if (!input || !line) {
      scope.prepend(el("p", { class: "loose-error", role: "alert" }, sentence));
      continue;
    }
    line.id = line.id || `error-${name}-${errorCount += 1}`;
    line.textContent = sentence;
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-describedby", line.id);
    first = first || input;
  }
  first?.focus();
  return Object.keys(errors || {}).length > 0;
}
let errorCount = 0;

/** Open a dialog that the desk answered with; `onAnswer` gets what the desk says to the answers. */
export function openDialog(view, onAnswer) {
  const close = el("button", { type: "button", class: "quiet dialog-close", "aria-label": "Close without sending" }, icon("close"));
  const content = fill(el("div", { class: "dialog-content" }), view.html);
  const box = el("dialog", { class: "dialog-box", "aria-label": view.title }, close, content);
  const form = content.querySelector("form");
  const button = form.querySelector("button[type=submit]");
  let isSending = false;
  const leave = () => { box.close(); };
  close.addEventListener("click", leave);
  content.querySelector("[data-close]")?.addEventListener("click", leave);
  box.addEventListener("close", () => box.remove());

  async function send(event) {
    event.preventDefault();
    if (isSending) return;
    isSending = true;
    button.setAttribute("aria-disabled", "true");
    button.classList.add("is-busy");
    const answer = await act("api/submit", {
      channel: view.channel, thread: view.thread, message: view.message,
      token: form.dataset.token, inputs: inputsOf(form),
    });
    isSending = false;
    button.removeAttribute("aria-disabled");
    button.classList.remove("is-busy");
    if (answer === null || showErrors(form, answer.input_errors)) return;
    leave();
    onAnswer(answer);
  }

  // Our own sentences say what is wrong, beside the input; the browser's bubbles would hide them.
  form.noValidate = true;
  form.addEventListener("submit", send);
  document.body.append(box);
  box.showModal();
  (form.querySelector("input:not([type=hidden]), textarea, select") || button).focus();
  return box;
}
