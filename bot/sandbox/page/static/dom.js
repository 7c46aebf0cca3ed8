// Builds elements. Data becomes text nodes and attributes only: nothing is ever parsed as HTML.

const SAFE_SCHEMES = /^(https?:|mailto:)/i;

/** Return a new element; `props` are attributes, `on…` listeners, or the properties listed below. */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) set(element, name, value);
  append(element, children);
  return element;
}

const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "indeterminate", "open"]);

function set(element, name, value) {
  if (value === undefined || value === null) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (PROPERTIES.has(name)) element[name] = value;
  else if (value !== false) element.setAttribute(name, value === true ? "" : String(value));
}

/** Append nodes; strings become text, and nothing comes of null, false and undefined. */
export function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return element;
}

/** Put these children in the place of all that `element` has. */
export function fill(element, ...children) {
  element.replaceChildren();
  return append(element, children);
}

/** Return a link that opens outside, or its words alone where the address could do something else. */
export function link(url, ...words) {
  const address = String(url).trim();
  const shown = words.length ? words : [address];
  if (!SAFE_SCHEMES.test(address)) return h("span", { class: "no-link" }, shown);
  return h("a", { href: address, target: "_blank", rel: "noopener noreferrer nofollow" }, shown);
}

/** Return a drawn icon by its name in `icons.js`' table; it says nothing to a screen reader. */
export function icon(paths) {
  const space = "http://www.w3.org/2000/svg";
  const drawing = document.createElementNS(space, "svg");
  drawing.setAttribute("viewBox", "0 0 20 20");
  drawing.setAttribute("aria-hidden", "true");
  drawing.setAttribute("class", "icon");
  for (const path of [paths].flat()) {
    const line = document.createElementNS(space, "path");
    line.setAttribute("d", path);
    drawing.append(line);
  }
  return drawing;
}
