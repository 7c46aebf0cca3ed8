// Dialogs: a question with two answers, and the modals that the app opens.

import { showBlocks } from "../blocks/index.js";
import { words } from "../blocks/layout.js";
import { h } from "../dom.js";

/** Ask, and return whether the answer was yes; Escape is no. */
export function ask({ title, body, yes, no, danger }) {
  return new Promise((answered) => {
    const dialog = h("dialog", { class: "dialog", "aria-label": title });
    const choose = (value) => h("button", { type: "button", class: `button ${value ? (danger ? "danger" : "primary") : ""}`, onclick: () => dialog.close(value ? "yes" : "no") }, value ? yes : no);
    dialog.append(h("h2", {}, title), h("div", { class: "dialog-body" }, body), h("div", { class: "dialog-end" }, choose(false), choose(true)));
    show(dialog, () => answered(dialog.returnValue === "yes"));
  });
}

/**
 * Show a view that the app opened. `submit(values)` returns problems by block, none when it is taken;
 * `cancel()` is told when it is closed.
 */
export function modal(view, scene, { submit, cancel }) {
  const dialog = h("dialog", { class: "dialog modal", "aria-label": words(view.title) });
  const send = h("button", { type: "submit", class: "button primary" }, words(view.submit) || "Submit");
  const leave = h("button", { type: "button", class: "button", onclick: () => dialog.close("no") }, words(view.close) || "Cancel");
  const body = h("div", { class: "dialog-body" }, showBlocks(view.blocks ?? [], scene));
  // Without a field it is read from the top: the browser would scroll to its first button.
  const read = !body.querySelector("[data-field]");
  const heading = h("h2", read ? { tabindex: "-1", autofocus: true } : {}, words(view.title));
  const form = h("form", { method: "dialog", novalidate: true }, heading, body, h("div", { class: "dialog-end" }, leave, view.submit && send));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const problems = (await submit(valuesOf(form))) ?? {};
    for (const place of form.querySelectorAll("[data-problem]")) place.textContent = problems[place.dataset.problem] ?? "";
    if (!Object.keys(problems).length) dialog.close("yes");
  });
  dialog.append(form);
  show(dialog, () => dialog.returnValue !== "yes" && cancel());
  return dialog;
}

/** Return what was entered, as Slack's `state.values`. */
export function valuesOf(form) {
  const values = {};
  for (const block of form.querySelectorAll("[data-input]")) {
    const field = block.querySelector("[data-field]");
    if (field) values[block.dataset.input] = { [field.dataset.field]: { type: field.dataset.kind, ...entered(field) } };
  }
  return values;
}

function entered(field) {
  if (field.matches("input, textarea")) return { value: field.value || null };
  const options = [...field.querySelectorAll("input:checked")].map((box) => ({ value: box.value }));
  return field.dataset.kind === "radio_buttons" ? { selected_option: options[0] ?? null } : { selected_options: options };
}

function show(dialog, closed) {
  const before = document.activeElement;
  document.body.append(dialog);
  dialog.addEventListener("close", () => {
    closed();
    dialog.remove();
    before?.focus?.();
  });
  dialog.showModal();
}
