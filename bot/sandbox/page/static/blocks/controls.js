// What can be pressed or chosen in a message.

import { h, link } from "../dom.js";
import { ask } from "../view/dialog.js";
import { nodes, words } from "./layout.js";

export function button(element, scene) {
  const look = { primary: "primary", danger: "danger" }[element.style] ?? "";
  const label = element.text ? words(element.text) : element.icon;
  if (element.url) return linkButton(element, label, look, scene);
  return h(
    "button",
    {
      type: "button",
      class: `button ${look}`,
      "data-action": element.action_id,
      "aria-label": element.accessibility_label,
      onclick: (event) => press(event.currentTarget, element, scene),
    },
    label,
  );
}

/** A button with an address opens it, and its click arrives at the app all the same. */
function linkButton(element, label, look, scene) {
  const anchor = link(element.url, label);
  anchor.className = `button ${look}`;
  anchor.addEventListener("click", () => scene.act(element));
  return anchor;
}

async function press(pressed, element, scene) {
  if (element.confirm && !(await confirmed(element.confirm, scene))) return;
  pressed.classList.add("waiting");
  pressed.setAttribute("aria-busy", "true");
  await scene.act(element);
  pressed.classList.remove("waiting");
  pressed.removeAttribute("aria-busy");
}

function confirmed(confirm, scene) {
  return ask({
    title: words(confirm.title),
    body: nodes(confirm.text, scene),
    yes: words(confirm.confirm) || "OK",
    no: words(confirm.deny) || "Cancel",
    danger: confirm.style === "danger",
  });
}

/** The menu behind three dots: a list that opens under its button. */
export function overflow(element, scene) {
  const options = element.options.map((option) =>
    h("button", { type: "button", role: "menuitem", class: "menu-item", "data-label": words(option.text), onclick: () => choose(option) }, words(option.text)),
  );
  const menu = h("details", { class: "overflow" }, h("summary", { class: "button", "aria-label": "More actions", "data-action": element.action_id }, "⋯"), h("div", { class: "menu", role: "menu" }, options));
  const choose = async (option) => {
    menu.open = false;
    if (!element.confirm || (await confirmed(element.confirm, scene))) scene.act(element, words(option.text));
  };
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.firstChild.focus();
    event.stopPropagation();
  });
  menu.addEventListener("focusout", (event) => {
    if (!menu.contains(event.relatedTarget)) menu.open = false;
  });
  return menu;
}

export function select(element, scene) {
  const chosen = words(element.initial_option?.text);
  const options = element.options.map((option) => h("option", {}, words(option.text)));
  const empty = h("option", { value: "" }, words(element.placeholder) || "Choose…");
  const list = h("select", { class: "button", "data-action": element.action_id, "aria-label": words(element.placeholder) || "Choose" }, chosen ? [] : empty, options);
  if (chosen) list.value = chosen;
  list.addEventListener("change", () => list.value && scene.act(element, list.value));
  return list;
}

export function feedback(element, scene) {
  return h(
    "span",
    { class: "feedback" },
    ["positive_button", "negative_button"].map((name) =>
      h("button", { type: "button", class: "button", "data-action": element.action_id, onclick: () => scene.act(element) }, words(element[name].text)),
    ),
  );
}
