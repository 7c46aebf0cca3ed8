// A list of messages that is kept in step with the store: only what changed is built anew.

import { h } from "../dom.js";
import { messageElement } from "./message.js";
import { dayOf } from "./times.js";

const NEAR_PX = 80;
const NEAR_START_PX = 600;
const AT_ONCE = 150; // messages; more come when somebody scrolls up to them
const TOGETHER_SECONDS = 300;

/** One scrolling list; `context` says how its messages behave (see `message.js`). */
export class MessageList {
  constructor(label, context) {
    this.inner = h("div", { class: "messages", role: "list", "aria-label": label });
    this.element = h("div", { class: "scroller", tabindex: -1 }, this.inner);
    this.context = context;
    this.shown = new Map();
    this.sticks = true;
    this.most = AT_ONCE;
    this.element.addEventListener("scroll", () => this.scrolled(), { passive: true });
    const sizes = new ResizeObserver(() => this.sticks && this.toEnd());
    for (const each of [this.inner, this.element]) sizes.observe(each);
    this.inner.addEventListener("pointerdown", () => (this.pressed = true));
    for (const end of ["pointerup", "pointercancel"]) window.addEventListener(end, () => setTimeout(() => this.release()));
    this.inner.addEventListener("keydown", (event) => this.walk(event));
    this.inner.addEventListener("focusin", (event) => this.makeActive(event.target.closest(".message")));
  }

  /** Show these messages; `newFrom` is the `ts` behind which they are new. */
  show(messages, newFrom = "") {
    // A button that is replaced between press and release would never be clicked.
    if (this.pressed) return void (this.waiting = [messages, newFrom]);
    this.all = [messages, newFrom];
    const items = itemsOf(messages.slice(-this.most), newFrom);
    const wanted = new Set(items.map((item) => item.key));
    for (const [key, { element }] of this.shown) {
      if (wanted.has(key)) continue;
      element.remove();
      this.shown.delete(key);
    }
    let last = null;
    for (const item of items) {
      const element = this.elementOf(item);
      const place = last ? last.nextElementSibling : this.inner.firstElementChild;
      if (element !== place) this.inner.insertBefore(element, place);
      last = element;
    }
    if (this.sticks) this.toEnd();
  }

  /** Forget all: another place is shown from now on. */
  clear() {
    this.waiting = null;
    this.most = AT_ONCE;
    this.shown.clear();
    this.inner.replaceChildren();
    this.sticks = true;
  }

  release() {
    const waiting = this.waiting;
    this.pressed = false;
    this.waiting = null;
    if (waiting) this.show(...waiting);
  }

  elementOf(item) {
    const known = this.shown.get(item.key);
    if (known && known.value === item.value && known.compact === item.compact) return known.element;
    const element = item.value ? messageElement(item.value, item.compact, this.context) : divider(item);
    if (known) replace(known.element, element);
    this.shown.set(item.key, { ...item, element });
    return element;
  }

  scrolled() {
    const { scrollTop, clientWidth, clientHeight } = this.element;
    const size = `${clientWidth} ${clientHeight}`;
    // Only who scrolls up leaves the end; a pane that became narrower scrolls by itself.
    const byHand = this.size === size && scrollTop < this.top;
    this.sticks = this.isNearEnd() || (this.sticks && !byHand);
    Object.assign(this, { size, top: scrollTop });
    if (this.element.scrollTop > NEAR_START_PX || this.most >= (this.all?.[0].length ?? 0)) return;
    this.most += AT_ONCE;
    const fromEnd = this.element.scrollHeight - this.element.scrollTop;
    this.show(...this.all);
    this.element.scrollTop = this.element.scrollHeight - fromEnd;
  }

  isNearEnd() {
    return this.element.scrollHeight - this.element.scrollTop - this.element.clientHeight < NEAR_PX;
  }

  toEnd() {
    this.element.scrollTop = this.element.scrollHeight;
  }

  /** One message at a time is in the tab order, with its tools; arrows go to the others. */
  makeActive(message) {
    if (!message || message === this.active) return;
    this.active?.setAttribute("tabindex", "-1");
    message.setAttribute("tabindex", "0");
    this.active = message;
  }

  walk(event) {
    const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
    if (!step || !event.target.classList.contains("message")) return;
    event.preventDefault();
    let next = event.target[step];
    while (next && !next.classList.contains("message")) next = next[step];
    next?.focus();
  }
}

/** Put a message in the place of its older self, without losing the focus or an open menu. */
function replace(old, element) {
  const focused = old.contains(document.activeElement) && document.activeElement;
  const open = old.querySelector("details[open]");
  old.replaceWith(element);
  if (open) element.querySelector("details.overflow")?.setAttribute("open", "");
  if (!focused) return;
  const same = [...element.querySelectorAll("[data-action], [data-tool], summary")].find((each) => key(each) === key(focused));
  (same ?? element).focus();
}

function key(element) {
  return element.dataset.action ?? element.dataset.tool ?? element.className;
}

function itemsOf(messages, newFrom) {
  const items = [];
  let last = null;
  let marked = !newFrom;
  for (const message of messages) {
    if (!last || dayOf(last.ts) !== dayOf(message.ts)) items.push({ key: `day ${dayOf(message.ts)}`, label: dayOf(message.ts) });
    if (!marked && message.ts > newFrom) {
      items.push({ key: "new", label: "New", fresh: true });
      marked = true;
    }
    items.push({ key: message.ts, value: message, compact: isTogether(last, message) && items.at(-1).value !== undefined });
    last = message;
  }
  return items;
}

function isTogether(last, message) {
  return Boolean(last) && last.user === message.user && !last.for === !message.for && !message.hidden && Number(message.ts) - Number(last.ts) < TOGETHER_SECONDS;
}

function divider({ label, fresh }) {
  return h("div", { class: fresh ? "line new" : "line", role: "separator" }, h("span", {}, label));
}
