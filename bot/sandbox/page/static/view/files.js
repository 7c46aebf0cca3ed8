// Files: their names, and a preview of what can be read or seen.

import { h } from "../dom.js";
import { markdown } from "../text/markdown.js";
import { names } from "../store.js";

const PREVIEW_BYTES = 20000;
const PREVIEW_LINES = 14;
const PICTURES = /^image\/(png|jpeg|gif|webp)$/;

/** Return a file's box. */
export function fileElement(file) {
  const address = `/files/${encodeURIComponent(file.id)}`;
  const head = h("div", { class: "file-head" }, "📎 ", h("a", { href: address, target: "_blank", rel: "noopener" }, file.title || file.name), h("span", { class: "dim" }, ` ${sizeOf(file.size)}`));
  const box = h("div", { class: "file" }, head);
  if (PICTURES.test(file.mimetype)) box.append(h("img", { src: address, alt: file.name, class: "preview-image" }));
  else preview(file, address, box);
  return box;
}

async function preview(file, address, box) {
  const place = h("div", { class: "preview" });
  box.append(place);
  const answer = await fetch(address);
  if (!answer.ok) return;
  const text = (await answer.text()).slice(0, PREVIEW_BYTES);
  if (text.includes("\u0000")) return place.append(h("span", { class: "dim" }, "No preview"));
  const whole = h("button", { type: "button", class: "link" }, "Show all");
  const isMarkdown = /\.(md|markdown)$/i.test(file.name) || ["markdown", "md"].includes(file.filetype);
  const show = (lines) => place.replaceChildren(isMarkdown ? h("div", { class: "markdown" }, markdown(lines, names)) : h("pre", {}, h("code", {}, lines)));
  const lines = text.split("\n");
  show(lines.slice(0, PREVIEW_LINES).join("\n"));
  if (lines.length <= PREVIEW_LINES) return;
  whole.addEventListener("click", () => (show(text), whole.remove()));
  box.append(whole);
}

function sizeOf(bytes) {
  return bytes < 1024 ? `${bytes} bytes` : `${Math.round(bytes / 102.4) / 10} KB`;
}
