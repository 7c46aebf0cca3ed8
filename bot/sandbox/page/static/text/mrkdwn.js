// Slack's own text dialect: `*bold*`, `_italic_`, `~struck~`, code, quotes, and `<tokens>`.

import { h } from "../dom.js";
import { withEmoji } from "./emoji.js";
import { token } from "./tokens.js";

const DEEPEST = 8; // emphasis within emphasis; what is deeper stays as it was written
const STYLES = { "*": "strong", _: "em", "~": "s" };
const WORD = /[\p{L}\p{N}]/u;

/** Return the nodes of a `mrkdwn` text; `names` tells people and channels by their ids. */
export function mrkdwn(text, names) {
  return String(text)
    .split(/```\n?([\s\S]*?)\n?```/)
    .map((part, index) => (index % 2 ? fence(part) : lines(part, names)));
}

/** Return the nodes of a `plain_text` text: emoji, and nothing else, mean something. */
export function plain(text) {
  return [withEmoji(String(text))];
}

/** Return text with the three entities that Slack writes turned back. */
export function unescape(text) {
  return text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
}

function fence(code) {
  return h("pre", {}, h("code", {}, unescape(code)));
}

function lines(text, names) {
  const nodes = [];
  let quoted = null;
  const parts = text.replace(/^\n|\n$/g, "").split("\n");
  parts.forEach((line, index) => {
    const quote = /^(?:&gt;|>)\s?/.exec(line);
    if (quote) {
      if (quoted) quoted.append(h("br"));
      else nodes.push((quoted = h("blockquote")));
      quoted.append(...inline(line.slice(quote[0].length), names));
      return;
    }
    const behindQuote = quoted !== null;
    quoted = null;
    if (index > 0 && !behindQuote) nodes.push(h("br"));
    nodes.push(...inline(line, names));
  });
  return nodes;
}

/** Return the nodes of one line. */
export function inline(text, names, depth = 0) {
  const nodes = [];
  let said = "";
  const flush = () => {
    if (said) nodes.push(document.createTextNode(withEmoji(unescape(said))));
    said = "";
  };
  for (let at = 0; at < text.length; ) {
    const found = piece(text, at, names, depth);
    if (!found) {
      said += text[at++];
      continue;
    }
    flush();
    nodes.push(found.node);
    at = found.end;
  }
  flush();
  return nodes;
}

function piece(text, at, names, depth) {
  const char = text[at];
  if (char === "`") return code(text, at);
  if (char === "<") return bracketed(text, at, names);
  return STYLES[char] && depth < DEEPEST ? emphasis(text, at, names, depth) : null;
}

function code(text, at) {
  const end = text.indexOf("`", at + 1);
  if (end <= at + 1) return null;
  return { node: h("code", {}, unescape(text.slice(at + 1, end))), end: end + 1 };
}

function bracketed(text, at, names) {
  const end = text.indexOf(">", at);
  if (end < 0) return null;
  const node = token(text.slice(at + 1, end), names, unescape);
  return node && { node, end: end + 1 };
}

function emphasis(text, at, names, depth) {
  const char = text[at];
  if (at > 0 && WORD.test(text[at - 1])) return null;
  const end = closing(text, at, char);
  if (end < 0) return null;
  const inner = inline(text.slice(at + 1, end), names, depth + 1);
  return { node: h(STYLES[char], {}, inner), end: end + 1 };
}

function closing(text, at, char) {
  if (!text[at + 1] || /[\s]/.test(text[at + 1]) || text[at + 1] === char) return -1;
  for (let end = text.indexOf(char, at + 2); end > 0; end = text.indexOf(char, end + 1)) {
    const behind = text[end + 1];
    if (!/\s/.test(text[end - 1]) && !(behind && WORD.test(behind))) return end;
  }
  return -1;
}
