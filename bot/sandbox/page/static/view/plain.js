// A message as words alone, for screen readers and titles.

import { unescape } from "../text/mrkdwn.js";
import { names } from "../store.js";

/** Return who says what, without marks. */
export function plainOf(message) {
  return `${names.person(message.user) ?? "Somebody"}: ${typed(message.text ?? "")}`;
}

/** Return a text as a person would type it: names for ids, addresses without brackets. */
export function typed(text) {
  const spoken = text
    .replace(/<@(\w+)(?:\|[^>]*)?>/g, (_, id) => `@${firstName(id)}`)
    .replace(/<#(\w+)\|?([^>]*)>/g, (_, id, name) => `#${name || names.channel(id)}`)
    .replace(/<([a-z]+:[^|>]+)(?:\|[^>]*)?>/gi, "$1");
  return unescape(spoken);
}

function firstName(id) {
  return (names.person(id) ?? id).split(" ")[0];
}
