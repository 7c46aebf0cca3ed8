// Block Kit: one function for each type. A block becomes known by a line in one of these tables.

import { h } from "../dom.js";
import * as controls from "./controls.js";
import * as inputs from "./inputs.js";
import * as layout from "./layout.js";
import * as cards from "./cards.js";
import { richText } from "./rich.js";
import { table } from "./table.js";

/** How a block is shown: `(block, scene) => node`. */
export const BLOCKS = {
  section: layout.section,
  header: layout.header,
  divider: layout.divider,
  context: layout.context,
  actions: layout.actions,
  context_actions: layout.actions,
  image: layout.image,
  markdown: layout.markdownBlock,
  container: layout.container,
  input: inputs.input,
  alert: cards.alert,
  card: cards.card,
  task_card: cards.taskCard,
  plan: cards.plan,
  rich_text: richText,
  table,
  data_table: table,
};

/** How an element within a block is shown: `(element, scene) => node`. */
export const ELEMENTS = {
  mrkdwn: layout.text,
  plain_text: layout.text,
  image: layout.smallImage,
  button: controls.button,
  overflow: controls.overflow,
  static_select: controls.select,
  feedback_buttons: controls.feedback,
  icon_button: controls.button,
  plain_text_input: inputs.textInput,
  email_text_input: inputs.textInput,
  url_text_input: inputs.textInput,
  number_input: inputs.textInput,
  datepicker: inputs.textInput,
  timepicker: inputs.textInput,
  checkboxes: inputs.choices,
  radio_buttons: inputs.choices,
  multi_static_select: inputs.choices,
};

/**
 * Return the nodes of a message's or view's blocks.
 *
 * `scene` has `names`, `act(element, choice)`, and `show`, by which blocks show what is in them.
 */
export function showBlocks(blocks, scene) {
  const whole = { ...scene, show: (part) => shown(ELEMENTS, part, whole), block: (part) => shown(BLOCKS, part, whole) };
  return (Array.isArray(blocks) ? blocks : [blocks]).map(whole.block);
}

/** Return the node of one part; what is not known, or not well formed, is shown as it came. */
function shown(registry, part, scene) {
  const show = Object.hasOwn(registry, part?.type) ? registry[part.type] : null;
  if (!show) return unknown(part, "not known here");
  try {
    return show(part, scene);
  } catch {
    return unknown(part, "malformed");
  }
}

function unknown(part, why) {
  const type = String(part?.type ?? typeof part);
  const label = h("span", { class: "unknown-why" }, `${type}: ${why}`);
  const json = h("pre", {}, h("code", {}, JSON.stringify(part, null, 2) ?? String(part)));
  return h("div", { class: "block unknown", "data-block": "unknown" }, label, json);
}
