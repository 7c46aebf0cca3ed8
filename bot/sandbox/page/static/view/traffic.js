// The rows of the raw traffic, newest last, with filters.

import { h } from "../dom.js";
import { state } from "../store.js";

const KINDS = {
  envelope: ["→", "Envelopes", "Slack to the bridge"],
  ack: ["←", "Acks", "the bridge to Slack"],
  call: ["←", "Web API", "the bridge calls Slack"],
  request: ["→", "Neo", "the bridge asks Neo"],
  event: ["←", "SSE", "Neo to the bridge"],
};
const ROWS_SHOWN = 600;
const NEAR_PX = 60;

/** The list with its filters. */
export class TrafficList {
  constructor() {
    this.off = new Set();
    this.words = "";
    this.rows = new Map();
    this.list = h("div", { class: "rows", tabindex: 0, role: "group", "aria-label": "Raw traffic" });
    const field = h("input", { type: "search", class: "line-field", placeholder: "Filter: name, fault, JSON", "aria-label": "Filter the traffic", oninput: () => this.search(field.value) });
    const chips = Object.entries(KINDS).map(([kind, [, label, hint]]) => h("button", { type: "button", class: `chip kind-${kind}`, title: hint, "data-kind": kind, "aria-pressed": "true", onclick: (event) => this.toggle(kind, event.currentTarget) }, label));
    this.element = h("div", { class: "traffic" }, h("div", { class: "filters" }, chips, field), this.list);
  }

  /** Take rows that are new or changed. */
  take(rows) {
    const atEnd = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < NEAR_PX;
    for (const row of rows) if (this.wants(row)) this.put(row);
    for (const key of [...this.rows.keys()].slice(0, Math.max(0, this.rows.size - ROWS_SHOWN))) this.drop(key);
    if (atEnd) this.list.scrollTop = this.list.scrollHeight;
  }

  /** Show all rows anew. */
  refresh() {
    this.rows.clear();
    this.list.replaceChildren();
    this.take(state.traffic.filter((row) => this.wants(row)).slice(-ROWS_SHOWN));
    this.list.scrollTop = this.list.scrollHeight;
  }

  search(words) {
    this.words = words.toLowerCase();
    this.refresh();
  }

  toggle(kind, chip) {
    if (!this.off.delete(kind)) this.off.add(kind);
    chip.setAttribute("aria-pressed", String(!this.off.has(kind)));
    this.refresh();
  }

  wants(row) {
    if (this.off.has(row.kind)) return false;
    return !this.words || `${row.name} ${row.state} ${row.fault ?? ""} ${JSON.stringify(row.detail)}`.toLowerCase().includes(this.words);
  }

  put(row) {
    const before = this.rows.get(row.key);
    const element = rowElement(row, before?.open ?? false);
    if (before) before.replaceWith(element);
    else this.list.append(element);
    this.rows.set(row.key, element);
  }

  drop(key) {
    this.rows.get(key).remove();
    this.rows.delete(key);
  }
}

function rowElement(row, open) {
  const [arrow, , hint] = KINDS[row.kind];
  const time = row.at ? new Date(row.at * 1000).toISOString().slice(11, 23) : "";
  const bad = row.fault || (row.state && !/^(ok|20\d|sent|after|…|open)/.test(row.state));
  const head = h("summary", { title: hint }, h("span", { class: "dim at" }, time), h("span", { class: `kind kind-${row.kind}` }, arrow), h("span", { class: "row-name" }, row.name), h("span", { class: bad ? "row-state bad" : "row-state dim" }, row.fault ? `${row.state} · ${row.fault}` : row.state));
  const element = h("details", { class: "row-box", "data-row": row.kind }, head);
  // The JSON is built when somebody looks: most rows are never opened.
  const show = () => element.open && element.children.length === 1 && element.append(h("pre", {}, h("code", {}, JSON.stringify(row.detail, null, 2))));
  element.addEventListener("toggle", show);
  element.open = open;
  return element;
}
