// Light, dark, or as the system says.

const NEXT = { system: "light", light: "dark", dark: "system" };

/** Return the theme that was chosen. */
export function theme() {
  return localStorage.getItem("theme") ?? "system";
}

/** Let the page look as was chosen. */
export function applyTheme() {
  const chosen = theme();
  if (chosen === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
}

/** Choose the next theme, and return it. */
export function nextTheme() {
  localStorage.setItem("theme", NEXT[theme()] ?? "light");
  applyTheme();
  return theme();
}
