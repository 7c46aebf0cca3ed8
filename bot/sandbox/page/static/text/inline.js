// What stands within a line of Markdown: code, emphasis, links, and Slack's tokens.

import { h, link } from "../dom.js";
import { withEmoji } from "./emoji.js";
import { unescape } from "./mrkdwn.js";
import { token } from "./tokens.js";

const DEEPEST = 8;
const WORD = /[\p{L}\p{N}]/u;
const URL = /^https?:\/\/[^\s<>]*[^\s<>.,;:!?)\]'"*_~]/;
const EMPHASIS = [
  ["**", "strong"],
  ["__", "strong"],
  ["~~", "s"],
  ["*", "em"],
  ["_", "em"],
];

/** Return the nodes of a line. */
export function spans(text, names, depth = 0) {
  const nodes = [];
  let said = "";
  const flush = () => {
    if (said) nodes.push(document.createTextNode(withEmoji(unescape(said))));
    said = "";
  };
  for (let at = 0; at < text.length; ) {
    if (text[at] === "\\" && /[!-/:-@[-`{-~]/.test(text[at + 1] ?? "")) {
      said += text[at + 1];
      at += 2;
      continue;
    }
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
  switch (text[at]) {
    case "`":
      return code(text, at);
    case "<":
      return bracketed(text, at, names);
    case "[":
      return labelled(text, at, names, depth);
    case "!":
      return text[at + 1] === "[" ? image(text, at) : null;
    case "h":
      return bare(text, at);
    default:
      return depth < DEEPEST ? emphasis(text, at, names, depth) : null;
  }
}

function code(text, at) {
  const mark = /^`+/.exec(text.slice(at, at + 8))[0];
  const end = text.indexOf(mark, at + mark.length);
  if (end < 0) return null;
  const said = text.slice(at + mark.length, end);
  const padded = /^ .* $/.test(said) && said.trim();
  return { node: h("code", {}, padded ? said.slice(1, -1) : said), end: end + mark.length };
}

function bracketed(text, at, names) {
  const end = text.indexOf(">", at);
  const node = end > 0 && token(text.slice(at + 1, end), names, unescape);
  return node ? { node, end: end + 1 } : null;
}

function labelled(text, at, names, depth) {
  const found = depth < DEEPEST && /^\[((?:[^[\]\\]|\\.)*)\]\(\s*<?([^\s<>()]*(?:\([^\s<>()]*\)[^\s<>()]*)*)>?(?:\s+"[^"]*")?\s*\)/.exec(text.slice(at, at + 4000));
  if (!found) return null;
  return { node: link(found[2], ...spans(found[1], names, depth + 1)), end: at + found[0].length };
}

function image(text, at) {
  const found = /^!\[([^\]]*)\]\(([^\s()]*)\)/.exec(text.slice(at, at + 4000));
  return found && { node: link(found[2], `🖼 ${found[1] || found[2]}`), end: at + found[0].length };
}

function bare(text, at) {
  if (at > 0 && WORD.test(text[at - 1])) return null;
  const found = URL.exec(text.slice(at, at + 3000));
  return found && { node: link(found[0]), end: at + found[0].length };
}

function emphasis(text, at, names, depth) {
  const found = EMPHASIS.find(([mark]) => text.startsWith(mark, at));
  if (!found) return null;
  const [mark, tag] = found;
  const end = closing(text, at, mark);
  if (end < 0) return null;
  const inner = spans(text.slice(at + mark.length, end), names, depth + 1);
  return { node: h(tag, {}, inner), end: end + mark.length };
}

function closing(text, at, mark) {
  const first = text[at + mark.length];
  const withinWord = mark[0] === "_" && at > 0 && WORD.test(text[at - 1]);
  if (!first || /\s/.test(first) || withinWord) return -1;
  for (let end = text.indexOf(mark, at + mark.length + 1); end > 0; end = text.indexOf(mark, end + 1)) {
    const behind = text[end + mark.length];
    const single = mark.length > 1 || (behind !== mark && text[end - 1] !== mark);
    const whole = mark[0] !== "_" || !(behind && WORD.test(behind));
    if (single && whole && !/\s/.test(text[end - 1])) return end;
  }
  return -1;
}
