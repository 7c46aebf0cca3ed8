// The `rich_text` block: text as a tree of styled pieces.

import { h, link } from "../dom.js";
import { EMOJI } from "../text/emoji.js";

const PARTS = {
  rich_text_section: (part, names) => h("div", {}, pieces(part, names)),
  rich_text_quote: (part, names) => h("blockquote", {}, pieces(part, names)),
  rich_text_preformatted: (part, names) => h("pre", {}, h("code", {}, pieces(part, names))),
  rich_text_list: (part, names) => h(part.style === "ordered" ? "ol" : "ul", {}, part.elements.map((item) => h("li", {}, pieces(item, names)))),
};

const PIECES = {
  text: (piece) => piece.text,
  emoji: (piece) => EMOJI[piece.name] ?? `:${piece.name}:`,
  link: (piece) => link(piece.url, piece.text ?? piece.url),
  user: (piece, names) => h("span", { class: "mention" }, `@${names.person(piece.user_id) ?? piece.user_id}`),
  usergroup: (piece) => h("span", { class: "mention" }, `@${piece.usergroup_id}`),
  channel: (piece, names) => h("span", { class: "mention" }, `#${names.channel(piece.channel_id)}`),
  broadcast: (piece) => h("span", { class: "mention loud" }, `@${piece.range}`),
  date: (piece) => piece.fallback ?? new Date(piece.timestamp * 1000).toLocaleString(),
  color: (piece) => piece.value,
};

const STYLES = { bold: "strong", italic: "em", strike: "s", code: "code" };

export function richText(block, scene) {
  return h("div", { class: "block rich-text" }, block.elements.map((part) => PARTS[part.type](part, scene.names)));
}

function pieces(part, names) {
  return part.elements.map((piece) => {
    const said = PIECES[piece.type](piece, names);
    const styles = Object.keys(STYLES).filter((style) => piece.style?.[style]);
    return styles.reduce((inner, style) => h(STYLES[style], {}, inner), said);
  });
}
