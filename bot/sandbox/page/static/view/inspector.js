// The inspector: the bridge's process, faults, Neo's console, and the raw traffic of both networks.

import { fill, h, icon } from "../dom.js";
import { showPane } from "../go.js";
import { ICONS } from "../icons.js";
import { act } from "../server.js";
import { on, state, tell } from "../store.js";
import { TrafficList } from "./traffic.js";

const FAULTS = [
  ["drop-slack-answer", "Drop Slack’s next answer", "The next message is posted, but the answer never arrives"],
  ["slack-429", "Slack: 429", "The next message is refused for 3 seconds"],
  ["slack-503", "Slack: 503", "The next message meets a load balancer’s error page"],
  ["drop-sockets", "Cut Slack’s socket", "The bridge has to connect again"],
  ["duplicate", "Deliver twice", "The next event arrives twice"],
  ["drop-neo-answer", "Drop Neo’s next answer", "The next message to Neo is taken, but the answer never arrives"],
  ["neo-429", "Neo: 429", "The next message to Neo is refused for 3 seconds"],
  ["cut-streams", "Cut the event stream", "Neo’s streams end in the middle"],
];
const PROCESS = [
  ["kill", "kill -9", "End the bridge’s process at once"],
  ["restart", "Restart", "SIGTERM, then start"],
];

/** Build the pane and keep it in step. */
export function begin() {
  const pane = document.getElementById("inspector");
  const close = h("button", { type: "button", class: "tool", "aria-label": "Close the inspector", onclick: toggleInspector }, icon(ICONS.close));
  const process = h("div", { class: "process" });
  const consoleBox = h("div", { class: "console" });
  const faults = h("div", { class: "buttons" }, FAULTS.map(([name, label, hint]) => faultButton(name, label, hint)));
  const controls = h("details", { class: "controls", open: true }, h("summary", {}, "Faults and controls"), process, pace(), h("h3", {}, "Next on the networks"), faults, h("h3", {}, "In Neo’s console"), consoleBox);
  const traffic = new TrafficList();
  pane.append(h("header", { class: "head" }, h("h2", {}, "Inspector"), h("span", { class: "topic dim" }, "raw traffic"), close), controls, traffic.element);
  on("status", () => {
    showProcess(process);
    showConsole(consoleBox);
  });
  on("traffic", (rows) => !pane.hidden && traffic.take(rows));
  on("inspector", () => !pane.hidden && traffic.refresh());
  if (sessionStorage.getItem("inspector")) toggleInspector();
}

/** Open or close the inspector. */
export function toggleInspector() {
  const pane = document.getElementById("inspector");
  pane.hidden = !pane.hidden;
  document.body.classList.toggle("with-inspector", !pane.hidden);
  sessionStorage.setItem("inspector", pane.hidden ? "" : "open");
  showPane(pane.hidden ? (state.thread ? "thread" : "channel") : "inspector");
  tell("inspector");
  if (pane.hidden) document.getElementById("open-inspector")?.focus();
}

function faultButton(name, label, hint) {
  return h("button", { type: "button", class: "button small", title: hint, "data-fault": name, onclick: () => act("fault", { name }) }, label);
}

function showProcess(box) {
  const { bridge, streams, faults } = state.status;
  const key = JSON.stringify([bridge, streams, faults]);
  if (box.dataset.key === key) return;
  const focused = document.activeElement?.dataset?.process;
  box.dataset.key = key;
  const buttons = PROCESS.map(([what, label, hint]) => h("button", { type: "button", class: `button small ${what === "kill" ? "danger" : ""}`, title: hint, "data-process": what, disabled: bridge.state === "down", onclick: () => act("bridge", { do: what }) }, label));
  const hold = bridge.held ? "release" : "hold";
  buttons.push(h("button", { type: "button", class: "button small", "data-process": "hold", onclick: () => act("bridge", { do: hold }) }, bridge.held ? "Start" : "Keep it down"));
  const facts = [`life ${bridge.lives}`, `${streams} event stream${streams === 1 ? "" : "s"}`, faults ? `${faults} fault${faults === 1 ? "" : "s"} to come` : ""].filter(Boolean);
  fill(box, h("div", { class: `bridge ${bridge.state}` }, h("span", { class: "dot" }), `Bridge: ${bridge.state}`, h("span", { class: "dim" }, ` · ${facts.join(" · ")}`)), h("div", { class: "buttons" }, buttons));
  if (focused) box.querySelector(`[data-process="${focused}"]`)?.focus();
}

function pace() {
  const shown = h("output", {}, "");
  const slider = h("input", { type: "range", min: -3, max: 3, step: 1, value: 0, "aria-label": "How fast Neo works", oninput: () => act("pace", { value: 2 ** -slider.value }) });
  on("status", () => {
    shown.textContent = state.status.pace ? `${Math.round(100 / state.status.pace) / 100}×` : "at once";
    if (document.activeElement !== slider && state.status.pace) slider.value = Math.round(-Math.log2(state.status.pace));
  });
  return h("label", { class: "pace" }, "Neo’s speed", slider, shown);
}

function showConsole(box) {
  const tasks = state.status.tasks.slice(-6).reverse();
  const key = JSON.stringify(tasks);
  if (box.dataset.key === key) return;
  if (box.contains(document.activeElement) && document.activeElement.value) return;
  box.dataset.key = key;
  if (!tasks.length) return fill(box, h("p", { class: "dim" }, "No task yet."));
  fill(box, tasks.map(taskBox));
}

function taskBox(task) {
  const head = h("div", { class: "task-head" }, h("b", {}, task.name), h("span", { class: "dim" }, task.approvals.length ? "waiting" : task.status));
  const waiting = task.approvals.map((approval) => approvalBox(task, approval));
  return h("div", { class: "task" }, head, waiting, !waiting.length && task.status === "idle" && sayBox("Write to this task…", (text) => act("tell", { task: task.id, text })));
}

function approvalBox(task, approval) {
  const decide = (ok, text = "") => act("decide", { task: task.id, request: approval.id, ok, text });
  const said = h("p", {}, approval.message.slice(0, 160));
  if (approval.question) return h("div", {}, said, sayBox("Answer in the console…", (text) => decide(false, text)));
  const buttons = [h("button", { type: "button", class: "button small primary", "data-console": "approve", onclick: () => decide(true) }, "Approve in the console"), h("button", { type: "button", class: "button small", "data-console": "deny", onclick: () => decide(false) }, "Deny")];
  return h("div", {}, said, h("div", { class: "buttons" }, buttons));
}

function sayBox(label, send) {
  const field = h("input", { type: "text", class: "line-field", placeholder: label, "aria-label": label });
  const submit = (event) => {
    event.preventDefault();
    const text = field.value.trim();
    field.value = "";
    field.blur();
    if (text) send(text);
  };
  return h("form", { onsubmit: submit }, field);
}
