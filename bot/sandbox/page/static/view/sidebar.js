// The sidebar: who to act as, the channels, the direct message with Neo, and things to try.

import { fill, h, icon } from "../dom.js";
import { openChannel, showPane } from "../go.js";
import { ICONS } from "../icons.js";
import { unread } from "../reads.js";
import { myChannels, names, on, state, tell } from "../store.js";
import { avatar } from "./avatar.js";
import { toggleInspector } from "./inspector.js";
import { nextTheme, theme } from "./theme.js";

const BRIDGE = { up: "Bridge is up", starting: "Bridge is starting", down: "Bridge is down" };

/** Build the pane and keep it in step. */
export function begin() {
  const pane = document.getElementById("sidebar");
  const parts = { people: h("div", { class: "people" }), places: h("div", { class: "places" }), tries: h("div", { class: "tries" }), end: h("div", { class: "sidebar-end" }) };
  pane.append(h("div", { class: "workspace" }, h("b", {}, "Acme Cloud"), h("span", { class: "sandbox" }, "sandbox")), parts.people, parts.places, parts.tries, parts.end);
  const places = () => showPlaces(parts.places);
  on("people", () => showPeople(parts.people));
  on("hello", () => showTries(parts.tries));
  for (const kind of ["channels", "place", "reads", "people"]) on(kind, places);
  for (const kind of ["status", "connected"]) on(kind, () => showEnd(parts.end));
  showEnd(parts.end);
}

function showPeople(box) {
  const options = state.actors.map((id) => {
    const mine = id === state.me;
    return h("button", { type: "button", role: "radio", class: "person", "aria-checked": String(mine), "data-person": id, onclick: () => actAs(id, box) }, avatar(id, "small"), h("span", { class: "person-words" }, h("b", {}, names.person(id)), h("span", { class: "small" }, state.titles[id])));
  });
  const group = h("div", { role: "radiogroup", "aria-label": "Act as" }, options);
  group.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = (state.actors.indexOf(state.me) + step + state.actors.length) % state.actors.length;
    actAs(state.actors[next], box);
  });
  fill(box, h("h2", {}, "Act as"), group);
}

function actAs(id, box) {
  const isIm = state.channels.get(state.place)?.kind === "im";
  state.me = id;
  sessionStorage.setItem("me", id);
  showPeople(box);
  box.querySelector(`[data-person="${id}"]`).focus();
  if (isIm) openChannel(myChannels("im")[0].id);
  else tell("place");
  tell("messages", []);
}

function showPlaces(box) {
  const focused = document.activeElement?.dataset?.place;
  let calls = 0;
  const row = (channel) => {
    const news = unread(channel);
    calls += news.calls;
    const mark = channel.kind === "im" ? avatar(state.bot, "tiny") : icon(ICONS.hash);
    const name = channel.kind === "im" ? names.person(state.bot) : channel.name;
    const badge = news.calls ? h("span", { class: "badge", "aria-label": `${news.calls} for you` }, news.calls) : null;
    return h("button", { type: "button", class: `place${news.fresh ? " unread" : ""}`, "data-place": channel.id, "aria-current": channel.id === state.place ? "page" : undefined, onclick: () => openChannel(channel.id) }, mark, h("span", { class: "place-name" }, name), badge);
  };
  fill(box, h("h2", {}, "Channels"), myChannels("channel").map(row), h("h2", {}, "Direct messages"), myChannels("im").map(row));
  state.calls = calls;
  if (focused) box.querySelector(`[data-place="${focused}"]`)?.focus();
}

function showTries(box) {
  const rows = state.prompts.map(({ title, prompt }) => h("button", { type: "button", class: "try", title: prompt, onclick: () => suggest(prompt) }, icon(ICONS.spark), h("span", { class: "place-name" }, title)));
  fill(box, h("h2", {}, "Things to ask Neo"), rows);
}

/** Write a prompt into the channel's field; in a direct message no mention is needed. */
function suggest(prompt) {
  showPane("channel");
  const isIm = state.channels.get(state.place)?.kind === "im";
  const field = document.querySelector("#channel .composer textarea");
  field.value = isIm ? prompt : `@Neo ${prompt}`;
  field.dispatchEvent(new Event("input"));
  field.focus();
}

function showEnd(box) {
  const now = state.connected ? (state.status?.bridge.state ?? "starting") : "down";
  const key = `${now} ${theme()} ${state.connected}`;
  if (box.dataset.key === key) return;
  box.dataset.key = key;
  const words = state.connected ? BRIDGE[now] : "Sandbox is not answering";
  const look = h("button", { type: "button", class: "tool", "aria-label": `Theme: ${theme()}`, title: `Theme: ${theme()}`, onclick: () => (nextTheme(), showEnd(box), box.querySelector(".tool").focus()) }, icon(ICONS.moon));
  const inspect = h("button", { type: "button", class: "button inspect", id: "open-inspector", onclick: toggleInspector }, icon(ICONS.pulse), "Inspector");
  fill(box, h("div", { class: `bridge ${now}`, role: "status" }, h("span", { class: "dot" }), words), h("div", { class: "row" }, inspect, look));
}
