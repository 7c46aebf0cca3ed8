// The field to write in: Enter sends, Shift+Enter breaks the line, names and commands complete.

import { fill, h, icon } from "../dom.js";
import { ICONS } from "../icons.js";
import { act } from "../server.js";
import { names, placeName, state } from "../store.js";
import { Completion } from "./complete.js";
import { problem } from "./toasts.js";

const LARGEST_FILE = 8 * 1024 * 1024;
const TALLEST_PX = 200;
const drafts = new Map();
let numbers = 0;

/** A field for the place that `where()` returns. */
export class Composer {
  constructor(where) {
    this.where = where;
    this.files = [];
    const id = `composer-${++numbers}`;
    this.field = h("textarea", { id, rows: 1, class: "field", "aria-label": "Message", spellcheck: "true" });
    this.hint = h("span", { class: "hint dim" });
    this.attached = h("div", { class: "attached", hidden: true });
    this.completion = new Completion(this.field);
    const chosen = h("input", { type: "file", multiple: true, hidden: true, onchange: (event) => this.attach(event.currentTarget) });
    const clip = h("button", { type: "button", class: "tool", "aria-label": "Attach files", onclick: () => chosen.click() }, icon(ICONS.clip));
    const send = h("button", { type: "submit", class: "tool send", "aria-label": "Send" }, icon(ICONS.send));
    this.element = h("form", { class: "composer", onsubmit: (event) => (event.preventDefault(), this.send()) }, this.completion.element, h("div", { class: "box" }, this.attached, this.field, h("div", { class: "row" }, clip, chosen, this.hint, send)));
    this.field.addEventListener("keydown", (event) => this.key(event));
    this.field.addEventListener("input", () => this.grow());
  }

  /** Another place is open: show what was left unsent there. */
  arrive() {
    const { channel, root } = this.where();
    this.field.value = drafts.get(this.key_of()) ?? "";
    const label = root ? "Reply…" : `Message ${placeName(state.channels.get(channel))}`;
    this.field.placeholder = label;
    this.hint.textContent = root ? "Enter sends, Shift+Enter breaks the line" : "@Neo starts a task · / for commands";
    this.field.setAttribute("aria-label", `${label} as ${names.person(state.me) ?? ""}`);
    this.grow();
  }

  /** Write this for the person, who may change it before sending. */
  suggest(text) {
    this.field.value = text;
    this.grow();
    this.field.focus();
  }

  key_of() {
    const { channel, root } = this.where();
    return `${state.me} ${channel} ${root}`;
  }

  key(event) {
    if (this.completion.key(event)) return;
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.send();
  }

  grow() {
    drafts.set(this.key_of(), this.field.value);
    this.field.style.height = "auto";
    this.field.style.height = `${Math.min(this.field.scrollHeight, TALLEST_PX)}px`;
  }

  async send() {
    const text = this.field.value.trim();
    if (!text && !this.files.length) return;
    const { channel, root } = this.where();
    const what = { channel, thread_ts: root, text, files: this.files };
    this.field.value = "";
    this.files = [];
    this.showFiles();
    this.grow();
    if (!(await act("say", what)) && !this.field.value) this.suggest(text);
  }

  async attach(input) {
    for (const file of input.files) {
      if (file.size > LARGEST_FILE) problem(`${file.name} is too large for the sandbox.`);
      else this.files.push({ name: file.name, content: await base64(file) });
    }
    input.value = "";
    this.showFiles();
    this.field.focus();
  }

  showFiles() {
    this.attached.hidden = !this.files.length;
    const chips = this.files.map((file) =>
      h("span", { class: "chip" }, `📎 ${file.name} `, h("button", { type: "button", class: "quiet", "aria-label": `Remove ${file.name}`, onclick: () => this.detach(file) }, "✕")),
    );
    fill(this.attached, chips);
  }

  detach(file) {
    this.files = this.files.filter((each) => each !== file);
    this.showFiles();
  }
}

function base64(file) {
  return new Promise((done) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.readAsDataURL(file);
  });
}
