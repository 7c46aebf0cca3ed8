// Markdown as Slack's `markdown` block shows it: the block structure. See `inline.js` for the rest.

import { h } from "../dom.js";
import { spans } from "./inline.js";
import { isTable, table } from "./tables.js";

const FENCE = /^ {0,3}(`{3,}|~{3,})\s*([\w+#.-]*)/;
const HEADING = /^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$/;
const RULE = /^ {0,3}([-*_])(\s*\1){2,}\s*$/;
const ITEM = /^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$/;
const QUOTE = /^ {0,3}>\s?/;
const DEEPEST = 6; // quotes and lists within each other; what is deeper reads as plain lines

/** Return the nodes of a Markdown text. */
export function markdown(text, names, depth = 0) {
  const lines = Array.isArray(text) ? text : String(text).replace(/\r\n?/g, "\n").split("\n");
  const nodes = [];
  for (let at = 0; at < lines.length; ) {
    const [node, end] = block(lines, at, names, depth);
    if (node) nodes.push(node);
    at = end;
  }
  return nodes;
}

function block(lines, at, names, depth) {
  const line = lines[at];
  if (!line.trim()) return [null, at + 1];
  if (FENCE.test(line)) return fence(lines, at);
  const heading = HEADING.exec(line);
  if (heading) {
    const level = Math.min(heading[1].length + 2, 6);
    return [h(`h${level}`, { class: `md-h${heading[1].length}` }, spans(heading[2], names)), at + 1];
  }
  if (RULE.test(line)) return [h("hr"), at + 1];
  if (depth < DEEPEST && QUOTE.test(line)) return quote(lines, at, names, depth);
  if (depth < DEEPEST && ITEM.test(line)) return list(lines, at, names, depth);
  if (isTable(lines, at)) return table(lines, at, (cell) => spans(cell, names));
  return paragraph(lines, at, names, depth);
}

function fence(lines, at) {
  const [, mark, language] = FENCE.exec(lines[at]);
  const ends = new RegExp(`^ {0,3}${mark[0] === "`" ? "`" : "~"}{${mark.length},}\\s*$`);
  let end = at + 1;
  while (end < lines.length && !ends.test(lines[end])) end++;
  const code = lines.slice(at + 1, end).join("\n");
  const shown = language === "diff" ? diff(code) : [code];
  return [h("pre", {}, h("code", { "data-language": language }, shown)), end + 1];
}

/** Return the lines of a diff, each marked as what it is. */
export function diff(code) {
  const kinds = { "+": "added", "-": "removed", "@": "place" };
  return code.split("\n").map((line) => h("span", { class: `diff ${kinds[line[0]] ?? ""}` }, `${line}\n`));
}

function quote(lines, at, names, depth) {
  let end = at;
  while (end < lines.length && QUOTE.test(lines[end])) end++;
  const inner = lines.slice(at, end).map((line) => line.replace(QUOTE, ""));
  return [h("blockquote", {}, markdown(inner, names, depth + 1)), end];
}

function list(lines, at, names, depth) {
  const [, indent, mark] = ITEM.exec(lines[at]);
  const ordered = /\d/.test(mark);
  const items = [];
  let end = at;
  while (end < lines.length) {
    const found = ITEM.exec(lines[end]);
    if (!found || found[1].length > indent.length + 1 || /\d/.test(found[2]) !== ordered) break;
    const last = itemEnd(lines, end + 1, indent.length);
    items.push(item(found[3], lines.slice(end + 1, last), names, depth));
    end = last;
  }
  const start = ordered ? { start: parseInt(mark, 10) } : {};
  return [h(ordered ? "ol" : "ul", start, items), end];
}

function itemEnd(lines, at, indent) {
  let end = at;
  for (; end < lines.length; end++) {
    const line = lines[end];
    const deeper = line.length - line.trimStart().length > indent + 1;
    const goesOn = !line.trim() && lines[end + 1]?.match(/^\s*/)[0].length > indent + 1;
    if (!(line.trim() ? deeper : goesOn)) break;
  }
  return end;
}

function item(first, rest, names, depth) {
  const done = /^\[([ xX])\]\s+/.exec(first);
  const said = done ? first.slice(done[0].length) : first;
  const box = done && h("span", { class: "task" }, done[1] === " " ? "☐ " : "☑ ");
  const widths = rest.filter((line) => line.trim()).map((line) => line.match(/^\s*/)[0].length);
  const less = Math.min(...widths, Infinity);
  const inner = rest.map((line) => line.slice(less === Infinity ? 0 : less));
  return h("li", {}, box, spans(said, names), markdown(inner, names, depth + 1));
}

function paragraph(lines, at, names, depth) {
  let end = at + 1;
  while (end < lines.length && !startsBlock(lines, end, depth)) end++;
  const nodes = lines.slice(at, end).flatMap((line, index) => {
    const broken = index ? [h("br")] : [];
    return [...broken, ...spans(line.trim(), names)];
  });
  return [h("p", {}, nodes), end];
}

function startsBlock(lines, at, depth) {
  const line = lines[at];
  const nested = depth < DEEPEST && (QUOTE.test(line) || ITEM.test(line));
  const own = FENCE.test(line) || HEADING.test(line) || RULE.test(line);
  return !line.trim() || own || nested || isTable(lines, at);
}
