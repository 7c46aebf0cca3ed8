// What can be done with a message: react, reply, and with one's own also edit and delete.

import { h } from "../dom.js";
import { act } from "../server.js";
import { state } from "../store.js";
import { EMOJI, QUICK } from "../text/emoji.js";
import { ask } from "./dialog.js";
import { toolButton } from "./message.js";
import { typed } from "./plain.js";

/** Return a message's toolbar, which shows on hover and focus. */
export function tools(message, context, element) {
  const mine = message.user === state.me && !message.for;
  const bar = h("div", { class: "tools", role: "toolbar", "aria-label": "Message actions" });
  if (!message.for) bar.append(toolButton("react", "Add reaction", "smile", () => pick(message, bar)));
  if (!message.for && !context.inThread) bar.append(toolButton("reply", "Reply in thread", "reply", () => context.open(message)));
  if (mine) bar.append(toolButton("edit", "Edit message", "pencil", () => edit(message, element)));
  if (mine) bar.append(toolButton("delete", "Delete message", "trash", () => remove(message)));
  element.addEventListener("keydown", (event) => {
    if (event.target !== element || event.ctrlKey || event.metaKey || event.altKey) return;
    const name = { e: "edit", r: "react", t: "reply", Enter: "reply", Delete: "delete" }[event.key];
    const button = name && bar.querySelector(`[data-tool="${name}"]`);
    if (!button) return;
    event.preventDefault();
    button.click();
  });
  return bar;
}

function pick(message, bar) {
  const choose = (name) => {
    close();
    act("react", { channel: message.channel, ts: message.ts, name });
  };
  const buttons = QUICK.map((name) => h("button", { type: "button", "aria-label": name, onclick: () => choose(name) }, EMOJI[name]));
  const picker = h("div", { class: "picker", role: "group", "aria-label": "Reactions" }, buttons);
  // Removing it takes the focus out of it, which would remove it again.
  const close = () => picker.isConnected && !picker.hidden && ((picker.hidden = true), picker.remove());
  picker.addEventListener("focusout", (event) => !picker.contains(event.relatedTarget) && close());
  picker.addEventListener("keydown", (event) => event.key === "Escape" && (event.stopPropagation(), close()));
  bar.append(picker);
  buttons[0].focus();
}

function edit(message, element) {
  const content = element.querySelector(".content");
  const field = h("textarea", { class: "edit-field", rows: 3, "aria-label": "Edit message", value: typed(message.text) });
  const leave = () => (form.replaceWith(content), element.focus());
  const save = async () => {
    if (field.value.trim() && (await act("edit", { channel: message.channel, ts: message.ts, text: field.value }))) leave();
  };
  const form = h("div", { class: "edit" }, field, h("div", { class: "edit-end" }, h("button", { type: "button", class: "button small", onclick: leave }, "Cancel"), h("button", { type: "button", class: "button small primary", onclick: save }, "Save")));
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") leave();
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    save();
  });
  content.replaceWith(form);
  field.focus();
}

async function remove(message) {
  const sure = await ask({ title: "Delete message", body: "Delete this message? This cannot be undone.", yes: "Delete", no: "Cancel", danger: true });
  if (sure) act("delete", { channel: message.channel, ts: message.ts });
}
