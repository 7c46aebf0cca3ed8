// When something was said, in words. Asking the browser is slow, so days are remembered.

const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long" });
const HOUR = 3600;
const days = new Map();

/** Return the time of day of a `ts`. */
export function timeOf(ts) {
  return CLOCK.format(Number(ts) * 1000);
}

/** Return the day of a `ts`. */
export function dayOf(ts) {
  const hour = Math.floor(Number(ts) / HOUR);
  if (!days.has(hour)) days.set(hour, DAY.format(hour * HOUR * 1000));
  return days.get(hour);
}
