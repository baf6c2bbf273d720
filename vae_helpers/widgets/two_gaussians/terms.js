// The table of TwoGaussians: the four terms of the divergence and their sum, in both directions.
import { barEnds } from "../core/chart.js";
import { element, number, plain } from "../core/page.js";

const TERMS = [
  { name: "trace", field: "trace", formula: (a, b) => [`½ tr Σ${b}⁻¹Σ${a}`] },
  { name: "distance", field: "distance", formula: (a, b) => [`½ (μ${b}−μ${a})ᵀ`, `Σ${b}⁻¹`, `(μ${b}−μ${a})`] },
  { name: "−k/2", field: "size", formula: (a, b, k) => [`k = ${k}`] },
  { name: "log-deter\u00adminants", field: "logDeterminants", formula: (a, b) => ["½ log ", `|Σ${b}| / |Σ${a}|`] },
  { name: "sum", field: "total", formula: (a, b) => [`D[N${a}‖N${b}]`] },
];

const signed = (v) => number(v, 3).replace(/^(?=\d)(?!0\.000$)/, "+");

// Text underlined in a Gaussian's color: the colors themselves are too pale for small text.
export const colored = (text, color) =>
  element("span", { class: "vae-named", style: `border-color: ${color}` }, text);

// Pieces of a formula that stay whole where it is broken into lines.
const whole = (pieces) => element("small", {}, ...pieces.flatMap((piece) => [element("span", {}, piece), "\u200b"]));

// One bar from 0 with its formula and its value: `set(v, [low, high])` moves it.
function termCell({ field, formula }, color, [a, b], k) {
  const bar = element("i", { style: `background: ${color}` }), zero = element("b"), value = element("span");
  const node = element("td", {},
    element("div", { class: "vae-term", "aria-hidden": "true" }, bar, zero),
    element("div", { class: "vae-formula" }, whole(formula(a, b, k)), value));
  function set(v, [low, high]) {
    const at = (u) => (100 * (u - low)) / (high - low);
    bar.style.left = `${at(Math.min(0, v))}%`;
    bar.style.width = `${at(Math.max(0, v)) - at(Math.min(0, v))}%`;
    zero.style.left = `${at(0)}%`;
    value.textContent = field === "total" ? number(v, 3) : signed(v);
  }
  return { node, set };
}

// Both directions side by side, all bars to one scale. `set([forward, backward])` moves them.
export function termTable(colors, k) {
  const rows = TERMS.map((term) => ({
    ...term, cells: [["₀", "₁"], ["₁", "₀"]].map((names, way) => termCell(term, colors[way], names, k)),
  }));
  const ends = colors.map(() => [element("span"), element("span")]);
  const line = ({ name, field, cells }) => element("tr", { class: field === "total" ? "vae-total" : "" },
    element("th", { scope: "row" }, name), ...cells.map(({ node }) => node));
  const node = element("table", {
    class: "vae-terms", "aria-label": "the four terms of the divergence in both directions, in nats",
  },
  element("tr", {}, element("td"), ...["D[N₀‖N₁]", "D[N₁‖N₀]"].map((text, way) =>
    element("th", { scope: "col" }, colored(text, colors[way])))),
  ...rows.map(line),
  element("tr", { "aria-hidden": "true" }, element("td", {}, "nats"), ...ends.map((pair) =>
    element("td", {}, element("div", { class: "vae-ends" }, ...pair)))));

  function set(ways) {
    const scale = barEnds(ways.flatMap((terms) => TERMS.map(({ field }) => terms[field])), [0, 1]);
    for (const { field, cells } of rows) cells.forEach((cell, way) => cell.set(ways[way][field], scale));
    for (const [start, end] of ends) {
      start.textContent = plain(scale[0]);
      end.textContent = plain(scale[1]);
    }
  }
  return { node, set };
}
