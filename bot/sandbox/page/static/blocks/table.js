// The `table` block: rows of cells, the header first.

import { h } from "../dom.js";
import { plain } from "../text/mrkdwn.js";

export function table(block, scene) {
  const [head, ...rest] = block.rows.map((row) => row.map((cell) => content(cell, scene)));
  const row = (tag, cells) => h("tr", {}, cells.map((cell, column) => h(tag, { class: look(block, column) }, cell)));
  const body = h("tbody", {}, rest.map((cells) => row("td", cells)));
  const whole = h("table", {}, h("thead", {}, row("th", head)), body);
  return h("div", { class: "block table-box", tabindex: 0, role: "group", "aria-label": block.caption ?? "Table" }, whole);
}

function look(block, column) {
  const settings = block.column_settings?.[column] ?? {};
  const side = ["center", "right"].includes(settings.align) ? settings.align : "left";
  return `to-${side}${settings.is_wrapped ? "" : " no-wrap"}`;
}

function content(cell, scene) {
  if (cell.type === "rich_text") return scene.block(cell);
  if (cell.type === "raw_number") return String(cell.text ?? cell.value);
  if (typeof cell.text !== "string") throw new TypeError("a cell without text");
  return plain(cell.text);
}
