// The app's Home tab, in the place of the messages of the direct message with it.

import { showBlocks } from "../blocks/index.js";
import { fill, h } from "../dom.js";
import { act } from "../server.js";
import { names, on, state } from "../store.js";

const EMPTY = "Neo has not filled this in yet.";

/** Build the tab, hidden until it is opened; return it with the two tabs to choose from. */
export function homeTab(messages) {
  const panel = h("section", { class: "home", "aria-label": "Home", hidden: true });
  const show = () => {
    const view = state.homes.find((each) => each.for === state.me)?.view;
    const scene = { names, act: (element) => act("press_home", { action: element.action_id, value: element.value ?? "" }) };
    fill(panel, view ? showBlocks(view.blocks, scene) : h("p", { class: "dim" }, EMPTY));
  };
  const choose = (home) => {
    if (home) act("home");
    panel.hidden = !home;
    for (const each of messages) each.hidden = home;
    if (home) show();
  };
  for (const kind of ["homes", "people"]) on(kind, () => panel.hidden || show());
  return { panel, choose };
}

/** Return the two tabs of a direct message. */
export function tabs(isHome, choose) {
  const tab = (label, home) => h("button", { type: "button", class: "button small", "aria-pressed": String(isHome === home), onclick: () => choose(home) }, label);
  return h("span", { class: "tabs" }, tab("Home", true), tab("Messages", false));
}
