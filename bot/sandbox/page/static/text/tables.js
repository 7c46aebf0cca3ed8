// Tables as Markdown writes them.

import { h } from "../dom.js";

const BORDER = /^ {0,3}\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;

/** Tell whether a table begins at a line: a header, and the border under it. */
export function isTable(lines, at) {
  const border = lines[at + 1];
  return lines[at].includes("|") && border !== undefined && border.includes("-") && BORDER.test(border);
}

/** Return the table that begins at a line, and the line behind it; `show` makes a cell's nodes. */
export function table(lines, at, show) {
  const align = cells(lines[at + 1]).map(side);
  let end = at + 2;
  while (end < lines.length && lines[end].includes("|") && lines[end].trim()) end++;
  const row = (tag, line) =>
    h("tr", {}, cells(line).map((cell, i) => h(tag, { class: `to-${align[i] ?? "left"}` }, show(cell))));
  const head = h("thead", {}, row("th", lines[at]));
  const body = h("tbody", {}, lines.slice(at + 2, end).map((line) => row("td", line)));
  return [h("div", { class: "table-box", tabindex: 0, role: "group", "aria-label": "Table" }, h("table", {}, head, body)), end];
}

function cells(line) {
  const inner = line.trim().replace(/^\|/, "").replace(/(?<!\\)\|$/, "");
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

function side(border) {
  if (border.startsWith(":") && border.endsWith(":")) return "center";
  return border.endsWith(":") ? "right" : "left";
}
