// Completion in the field: people behind `@`, channels behind `#`, commands behind `/`.

import { fill, h } from "../dom.js";
import { state } from "../store.js";

const COMMANDS = [
  ["/neo ", "Give Neo a task in this channel"],
  ["/neo help", "What can be typed"],
  ["/neo status", "Your tasks, and what each is doing"],
  ["/neo stop", "Stop your task"],
  ["/neo channel quiet", "New threads here: Neo hears only mentions"],
  ["/neo channel talk", "New threads here: Neo hears every reply"],
  ["/neo --plan ", "Agree on a plan first"],
  ["/neo --read-only ", "Look, change nothing"],
  ["/invite @Neo", "Let Neo into this channel"],
];
const WORD = /(^|\s)([@#])([\w.-]*)$/;
let numbers = 0;

/** The list of one field. */
export class Completion {
  constructor(field) {
    this.field = field;
    this.id = `completion-${++numbers}`;
    this.element = h("div", { class: "completion", id: this.id, role: "listbox", "aria-label": "Suggestions", hidden: true });
    this.chosen = 0;
    field.setAttribute("role", "combobox");
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", this.id);
    field.setAttribute("aria-expanded", "false");
    field.addEventListener("input", () => this.update());
    field.addEventListener("blur", () => setTimeout(() => this.close(), 120));
  }

  /** Handle a key; tell whether it was for the list. */
  key(event) {
    if (this.element.hidden) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.choose((this.chosen + step + this.options.length) % this.options.length);
    else if (event.key === "Escape") this.close();
    else if (event.key === "Tab" || (event.key === "Enter" && !event.shiftKey && this.isUseful())) this.take(this.chosen);
    else return false;
    event.preventDefault();
    return true;
  }

  update() {
    const before = this.field.value.slice(0, this.field.selectionStart);
    this.options = before.startsWith("/") ? commands(before) : named(before);
    if (!this.options.length) return this.close();
    const items = this.options.map((option, index) =>
      h("div", { role: "option", class: "option", id: `${this.id}-${index}`, onmousedown: (event) => (event.preventDefault(), this.take(index)) }, h("b", {}, option.label), h("span", { class: "dim" }, option.hint)),
    );
    fill(this.element, items);
    this.element.hidden = false;
    this.field.setAttribute("aria-expanded", "true");
    this.choose(0);
  }

  choose(index) {
    this.chosen = index;
    [...this.element.children].forEach((each, i) => each.setAttribute("aria-selected", String(i === index)));
    this.field.setAttribute("aria-activedescendant", `${this.id}-${index}`);
    this.element.children[index].scrollIntoView({ block: "nearest" });
  }

  /** A command that is typed out is sent by Enter, not completed. */
  isUseful() {
    const { text, from } = this.options[this.chosen];
    return this.field.value.slice(from).trim() !== text.trim();
  }

  take(index) {
    const { text, from } = this.options[index];
    const rest = this.field.value.slice(this.field.selectionStart);
    this.field.value = this.field.value.slice(0, from) + text + rest;
    this.field.selectionStart = this.field.selectionEnd = from + text.length;
    this.close();
    this.field.dispatchEvent(new Event("input"));
    this.close();
  }

  close() {
    this.element.hidden = true;
    this.field.setAttribute("aria-expanded", "false");
    this.field.removeAttribute("aria-activedescendant");
  }
}

function commands(before) {
  return COMMANDS.filter(([text]) => text.startsWith(before) && text !== before).map(([text, hint]) => ({ text, hint, label: text.trim(), from: 0 }));
}

function named(before) {
  const found = WORD.exec(before);
  if (!found) return [];
  const [, , mark, start] = found;
  const from = before.length - start.length - 1;
  const all = mark === "@" ? people() : channels();
  return all.filter(({ name }) => name.toLowerCase().startsWith(start.toLowerCase())).map(({ name, hint }) => ({ text: `${mark}${name} `, label: `${mark}${name}`, hint, from }));
}

function people() {
  const all = [...state.people.values()].sort((a, b) => Number(b.isBot) - Number(a.isBot));
  return all.map((each) => ({ name: each.realName.split(" ")[0], hint: each.isBot ? "Infrastructure agent" : each.realName }));
}

function channels() {
  return [...state.channels.values()].filter((each) => each.kind === "channel").map((each) => ({ name: each.name, hint: "" }));
}
