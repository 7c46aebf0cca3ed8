// Newer blocks that frame other content: notices, cards, and the steps of a plan.

import { h } from "../dom.js";
import { nodes } from "./layout.js";

const LEVELS = { info: "ℹ️", warning: "⚠️", error: "⛔", success: "✅" };
const STEPS = { pending: "⬜", in_progress: "▶️", complete: "✅", error: "❌" };

export function alert(block, scene) {
  const level = Object.hasOwn(LEVELS, block.level) ? block.level : "default";
  return h("div", { class: `block alert ${level}`, role: "note" }, h("span", {}, LEVELS[level] ?? "💬"), h("div", {}, nodes(block.text, scene)));
}

export function card(block, scene) {
  const part = (name, tag) => block[name] && h(tag, { class: `card-${name}` }, nodes(block[name], scene));
  const row = block.actions?.length && h("div", { class: "actions" }, block.actions.map(scene.show));
  return h("div", { class: "block container" }, part("title", "b"), part("subtitle", "span"), part("body", "div"), row);
}

export function taskCard(block, scene) {
  const more = ["details", "output"].map((name) => block[name] && scene.block(block[name]));
  return h("div", { class: "block task-card" }, h("span", {}, `${STEPS[block.status] ?? "⬜"} `), h("span", {}, String(block.title)), more);
}

export function plan(block, scene) {
  return h("div", { class: "block container" }, h("b", {}, String(block.title)), block.tasks.map(scene.block));
}
