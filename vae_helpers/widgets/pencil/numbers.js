// What was typed, and which of the known answers it is.

const DIGITS = "[+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:e[+-]?\\d+)?";
const TYPED = new RegExp(`^(${DIGITS})(?:/(${DIGITS}))?$`, "i");

// A number as it is typed, {value, decimals}: with a point or a comma, any minus sign, a fraction, its unit after it.
// Null if it is none.
export function typed(text, unit = "") {
  const bare = text.trim().endsWith(unit) ? text.trim().slice(0, text.trim().length - unit.length) : text;
  const plain = bare.replace(/[−–]/g, "-").replaceAll(",", ".").replace(/\s/g, "");
  const [, above, below] = plain.match(TYPED) ?? [];
  const value = below === undefined ? Number(above) : Number(above) / Number(below);
  if (!Number.isFinite(value)) return null;
  const exact = below !== undefined || /e/i.test(above);
  return { value, decimals: exact ? Infinity : (above.split(".")[1] ?? "").length };
}

// Which of the answers [[value, message], ...], the right one first, a number is: the nearest, if it is less than one step
// of the last decimal asked for away, so that rounding on the way is forgiven. "coarse" if that cannot be said, since
// decimals are missing and the right one would round to it; null if it is none of them.
export function judge({ value, decimals }, answers, asked) {
  const off = answers.map(([known]) => Math.abs(known - value)), nearest = off.indexOf(Math.min(...off));
  if (off[nearest] < 10 ** -asked - 1e-9) return nearest;
  return decimals < asked && off[0] <= 0.5 * 10 ** -decimals + 1e-9 ? "coarse" : null;
}
