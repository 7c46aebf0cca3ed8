// What stands between `<` and `>` in Slack's texts: people, channels, groups, dates and links.

import { h, link } from "../dom.js";

/** Return the node of one token, null where it is none. */
export function token(inside, names, unescape) {
  const [head, ...rest] = inside.split("|");
  const label = rest.length ? unescape(rest.join("|")) : "";
  switch (head[0]) {
    case "@":
      return person(head.slice(1), label, names);
    case "#":
      return h("span", { class: "mention" }, `#${label || names.channel(head.slice(1))}`);
    case "!":
      return special(head.slice(1), label, names);
    default:
      return address(unescape(head), label);
  }
}

function person(id, label, names) {
  if (!/^[UW][A-Z0-9]+$/.test(id)) return null;
  const mine = id === names.me;
  return h("span", { class: mine ? "mention me" : "mention" }, `@${names.person(id) ?? label ?? id}`);
}

function special(word, label, names) {
  const [kind, when, format] = word.split("^");
  if (kind === "date") return h("time", {}, label || date(Number(when), format ?? ""));
  if (kind === "subteam") return h("span", { class: "mention" }, label || `@${names.group(when)}`);
  if (!["here", "channel", "everyone"].includes(kind)) return null;
  return h("span", { class: "mention loud" }, `@${label || kind}`);
}

function date(seconds, format) {
  const at = new Date(seconds * 1000);
  const time = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return format.replace(/\{date[^}]*\}/g, at.toLocaleDateString()).replace(/\{time[^}]*\}/g, time);
}

function address(url, label) {
  return /^[a-z][a-z0-9+.-]*:/i.test(url) ? link(url, label || url) : null;
}
