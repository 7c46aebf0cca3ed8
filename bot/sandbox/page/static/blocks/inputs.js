// Fields of a form, in a dialog that the app opened. `values` gathers what is entered.

import { h } from "../dom.js";
import { words } from "./layout.js";

const KINDS = { email_text_input: "email", url_text_input: "url", number_input: "number", datepicker: "date", timepicker: "time" };

export function input(block, scene) {
  const label = h("span", { class: "label" }, words(block.label), block.optional && h("span", { class: "dim" }, " (optional)"));
  const hint = block.hint && h("span", { class: "dim" }, words(block.hint));
  const problem = h("span", { class: "problem", role: "alert", "data-problem": block.block_id });
  return h("label", { class: "block input", "data-input": block.block_id }, label, scene.show(block.element), hint, problem);
}

export function textInput(element) {
  const start = element.initial_value ?? element.initial_date ?? element.initial_time ?? "";
  const props = { "data-field": element.action_id, "data-kind": element.type, placeholder: words(element.placeholder), value: start };
  if (element.max_length) props.maxlength = element.max_length;
  if (element.multiline) return h("textarea", { ...props, rows: 4 });
  return h("input", { ...props, type: KINDS[element.type] ?? "text" });
}

export function choices(element) {
  const kind = element.type === "radio_buttons" ? "radio" : "checkbox";
  const before = new Set([element.initial_option, ...(element.initial_options ?? [])].filter(Boolean).map((o) => o.value));
  const options = element.options.map((option) =>
    h("label", { class: "choice" }, h("input", { type: kind, name: element.action_id, value: option.value, checked: before.has(option.value) }), words(option.text)),
  );
  return h("span", { class: "choices", "data-field": element.action_id, "data-kind": element.type }, options);
}
