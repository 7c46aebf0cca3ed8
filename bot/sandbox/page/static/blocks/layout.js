// Blocks that lay text out, and the texts in them.

import { h, link } from "../dom.js";
import { markdown } from "../text/markdown.js";
import { mrkdwn, plain } from "../text/mrkdwn.js";

/** A text object. */
export function text(object, scene) {
  return h("span", { class: "text" }, nodes(object, scene));
}

/** Return the nodes of a text object, none where there is none. */
export function nodes(object, scene) {
  if (object === undefined || object === null) return [];
  if (typeof object.text !== "string") throw new TypeError("a text object without text");
  return object.type === "mrkdwn" ? mrkdwn(object.text, scene.names) : plain(object.text);
}

/** Return what a `plain_text` object says. */
export function words(object) {
  return plain(object?.text ?? "").join("");
}

export function section(block, scene) {
  const body = block.text && h("div", { class: "section-text" }, nodes(block.text, scene));
  const fields = block.fields && h("div", { class: "fields" }, block.fields.map((field) => h("div", {}, nodes(field, scene))));
  const beside = block.accessory && h("div", { class: "accessory" }, scene.show(block.accessory));
  if (!body && !fields) throw new TypeError("a section without text or fields");
  return h("div", { class: "block section" }, h("div", { class: "section-body" }, body, fields), beside);
}

export function header(block, scene) {
  return h("h3", { class: "block header" }, nodes(block.text, scene));
}

export function divider() {
  return h("hr", { class: "block divider" });
}

export function context(block, scene) {
  return h("div", { class: "block context" }, block.elements.map(scene.show));
}

export function actions(block, scene) {
  return h("div", { class: "block actions" }, block.elements.map(scene.show));
}

export function markdownBlock(block, scene) {
  if (typeof block.text !== "string") throw new TypeError("markdown without text");
  return h("div", { class: "block markdown" }, markdown(block.text, scene.names));
}

export function image(block) {
  const title = words(block.title);
  return h("figure", { class: "block image" }, title && h("figcaption", {}, title), picture(block));
}

export function smallImage(element) {
  return h("span", { class: "small-image" }, picture(element));
}

/** A picture of our own server is shown; one from outside is only linked: nothing is requested. */
function picture(object) {
  const url = String(object.image_url ?? object.slack_file?.url ?? "");
  const alt = String(object.alt_text ?? "");
  const ours = url.startsWith("/files/") || url.startsWith(`${location.origin}/files/`);
  return ours ? h("img", { src: url, alt }) : link(url, `🖼 ${alt || url}`);
}

export function container(block, scene) {
  const heading = [block.title && h("b", {}, nodes(block.title, scene)), block.subtitle && h("span", { class: "dim" }, nodes(block.subtitle, scene))];
  const inner = (block.child_blocks ?? block.blocks ?? []).map(scene.block);
  if (!block.is_collapsible) return h("div", { class: "block container" }, heading, inner);
  return h("details", { class: "block container", open: !block.default_collapsed }, h("summary", {}, heading), inner);
}
