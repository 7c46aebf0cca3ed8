// A face for each person: the bot's drawing, or initials on a colour of their own.

import { h } from "../dom.js";
import { state } from "../store.js";

const COLOURS = ["c0", "c1", "c2", "c3"];

/** Return the face of a person. */
export function avatar(id, size = "") {
  if (id === state.bot) return h("img", { class: `avatar ${size}`, src: "/static/neo.svg", alt: "" });
  const name = state.people.get(id)?.realName ?? id;
  const initials = name.split(" ").map((word) => word[0] ?? "").slice(0, 2).join("");
  const colour = COLOURS[Math.max(state.actors.indexOf(id), 0) % COLOURS.length];
  return h("span", { class: `avatar ${size} ${colour}`, "aria-hidden": "true" }, initials);
}
