// Bars as elements of the page, which text and zoom treat well.
import { barEnds, ticks } from "./chart.js";
import { element, plain } from "./page.js";

// Rows of label, bar and number over one axis, in a grid of the page. A bar that ends where the next one begins or ends is
// joined to it, unless its row says `joined: false`. `set(spans, texts, whole)` moves the bars to
// [[from, to], ...], with a dashed line through all of them at `whole`, if given.
// Options: the height of a row and of its bar in CSS pixels, the `unit` below, and what the axis reaches at `least`, as far
// to both sides if `even`. From [0, 1] it need not reach 1 where there are negative bars.
export function bars(rows, { tall = 42, thick = 20, unit = "", least = [0, 1], even = false } = {}) {
  const track = element("div", { class: "vae-track", "aria-hidden": "true", style: `grid-row: 1 / span ${rows.length + 1}` });
  const piece = (kind, style) => {
    const node = element("div", { class: kind, style });
    track.append(node);
    return node;
  };
  const scale = piece("vae-scale", `height: ${tall * rows.length}px`);
  const shown = rows.map(({ color }, i) =>
    piece("vae-span", `top: ${tall * i + (tall - thick) / 2}px; height: ${thick}px; background: ${color}`));
  const joints = rows.map((_, i) =>
    piece("vae-joint", `top: ${tall * i + (tall + thick) / 2}px; height: ${tall - thick}px`));
  let count = 5; // of ticks, fewer on a short track
  new ResizeObserver(([{ contentRect }]) => { count = Math.max(2, Math.min(5, contentRect.width / 40)); }).observe(track);
  const through = piece("vae-whole", `height: ${tall * rows.length}px; display: none`);
  const numbers = rows.map((_, i) => element("div", { class: "vae-number", style: `grid-row: ${i + 1}` }));
  const labels = rows.map(({ label, note = "" }, i) => element("div", { style: `grid-row: ${i + 1}` },
    element("div", {}, ...[label].flat()), ...(note ? [element("small", {}, note)] : [])));
  const node = element("div", {
    class: "vae-bars", style: `grid-template-rows: repeat(${rows.length}, ${tall}px) 20px`,
  }, ...labels, ...numbers, track, element("div", { class: "vae-number", style: `grid-row: ${rows.length + 1}` }, unit));

  function set(spans, texts, whole = null) {
    const ends = [...spans.flat(), whole ?? 0];
    let [low, high] = barEnds(ends, Math.min(...ends) < 0 && least[0] === 0 ? [0, 0] : least);
    if (even) [low, high] = [-Math.max(-low, high), Math.max(-low, high)];
    const at = (v) => (100 * (v - low)) / (high - low);
    spans.forEach(([from, to], i) => {
      shown[i].style.left = `${at(Math.min(from, to))}%`;
      shown[i].style.width = `max(1px, ${at(Math.max(from, to)) - at(Math.min(from, to))}%)`;
      joints[i].style.left = `${at(to)}%`;
      joints[i].style.display = rows[i].joined !== false && to !== 0 && spans[i + 1]?.includes(to) ? "" : "none";
      numbers[i].textContent = texts[i];
    });
    through.style.display = whole === null ? "none" : "";
    through.style.left = `${at(whole ?? 0)}%`;
    scale.replaceChildren(...ticks(low, high, count).flatMap((tick) => [
      element("div", { class: tick === 0 ? "vae-tick vae-zero" : "vae-tick", style: `left: ${at(tick)}%` }),
      element("div", { class: "vae-tick-label", style: `left: ${at(tick)}%` }, plain(tick)),
    ]));
  }
  return { node, set };
}
