// Elements, controls and canvases, the same in every explorer, and the colors of the theme.

export const number = (v, digits = 2) => v.toFixed(digits).replace(/^-(?=0\.?0*$)/, "").replace("-", "−");

// A number as it is, with a minus sign in place of the hyphen.
export const plain = (v) => `${v}`.replace("-", "−");

export const pair = (v) => `(${Array.from(v, (c) => number(c)).join(", ")})`;

// z₁, z₂, ...: dimensions are counted from 1, as on the page.
export const subscript = (n) => `${n}`.replace(/\d/g, (d) => "₀₁₂₃₄₅₆₇₈₉"[d]);

// ---- elements ------------------------------------------------------------------------------------------------------

// An element: tag, attributes (functions become event listeners), children.
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value !== null) node.setAttribute(name, value);
  }
  node.append(...children);
  // JupyterLab's command keys (arrows, b, d d) would otherwise act on the notebook while a control has the focus.
  if (["button", "input", "select"].includes(tag) || "tabindex" in attributes) {
    node.setAttribute("data-lm-suppress-shortcuts", "true");
    node.addEventListener("keydown", (event) => event.stopPropagation());
  }
  return node;
}

export const column = (attributes, ...children) =>
  element("div", { ...attributes, class: `vae-column ${attributes.class ?? ""}`.trim() }, ...children);

// Cause and effect side by side, one above the other only where the page is very narrow. The style sheet knows by the
// `name` of the explorer how they share the width.
export const beside = (name, ...children) => element("div", { class: `vae-beside ${name}` }, ...children);

export const note = (...text) => element("p", { class: "vae-note" }, ...text);

export const button = (name, click, attributes = {}) => element("button", { type: "button", click, ...attributes }, name);

// Buttons side by side, under one name for screen readers.
export const buttons = (label, ...nodes) =>
  element("div", { class: "vae-buttons", role: "group", "aria-label": label }, ...nodes);

// Buttons of which one is chosen: [[value, name, title], ...]. `mark(value)` shows which; `choose(value)` hears a press.
export function choice(label, options, choose) {
  const made = options.map(([value, name, title = null]) => [value, button(name, () => choose(value), { title })]);
  return {
    node: buttons(label, ...made.map(([, node]) => node)),
    mark: (value) => made.forEach(([own, node]) => node.setAttribute("aria-pressed", String(own === value))),
  };
}

// A labelled slider with its value beside it, and `extra` nodes after the label. `change(value)` hears it move.
export function slider(label, { min, max, step, value, describe = label, extra = [], format = number }, change) {
  const output = element("output", { "aria-hidden": "true" });
  const input = element("input", {
    type: "range", min, max, step, value, "aria-label": describe,
    input: () => { show(+input.value); change(+input.value); },
  });
  // The number shown is the value itself, even where it lies beyond the slider's ends.
  const show = (v) => { output.textContent = format(v); input.setAttribute("aria-valuetext", format(v)); };
  show(value);
  const node = element("label", { class: "vae-slider" }, element("span", {}, label), ...extra, input, output);
  return { row: node, input, set: (v) => { input.value = v; show(v); } };
}

// Sliders for numbers of the state: `names` {trait: [label, spoken name]}, `ranges` {trait: [low, high]}; `change` hears
// {trait: value}. `set(state)` follows.
export function sliders(names, ranges, state, change) {
  const made = Object.entries(names).map(([name, [label, describe]]) => {
    const [min, max] = ranges[name], options = { min, max, step: 0.01, value: state[name], describe };
    return [name, slider(label, options, (v) => change({ [name]: v }))];
  });
  return {
    rows: made.map(([, one]) => one.row),
    set: (next) => { for (const [name, one] of made) one.set(next[name]); },
  };
}

// One entry of a legend: a swatch, drawn by `style`, and what it stands for.
export const key = (style, ...text) => element("span", {}, element("i", { style }), ...text);
export const legend = (...keys) => element("div", { class: "vae-keys" }, ...keys);

// A table of names, values and, where given, their units: `set([text, ...])` fills the values in.
export function values(names, units = null) {
  const cells = names.map(() => element("td"));
  const unit = (i) => (units ? [element("td", { class: "vae-unit" }, units[i])] : []);
  const line = (name, i) => element("tr", {}, element("th", { scope: "row" }, name), cells[i], ...unit(i));
  const node = element("table", { class: "vae-values" }, element("tbody", {}, ...names.map(line)));
  return { node, set: (texts) => cells.forEach((cell, i) => { cell.textContent = texts[i]; }) };
}

// Text for screen readers that follows a drag without a flood of announcements.
export function announcer() {
  const node = element("div", { class: "vae-hidden", "aria-live": "polite" });
  let timer = null;
  return { node, say: (text) => { clearTimeout(timer); timer = setTimeout(() => (node.textContent = text), 500); } };
}

// ---- canvases and the theme ----------------------------------------------------------------------------------------

// By how much text is printed larger on a canvas that a narrow page has shrunk, and smaller on one that a wide page has
// stretched, so that it stays legible and quiet.
const enlarged = new WeakMap();

// A canvas drawn in width × height pixels, sharp on any screen. The style sheet may shrink and stretch it, its
// proportions kept; `place(event)` says where on it a pointer is, in the pixels that its drawing uses.
export function canvas(width, height, attributes = {}) {
  const node = element("canvas", attributes);
  const ratio = Math.max(2, Math.ceil(1.4 * (globalThis.devicePixelRatio || 1))); // 1.4: as far as it is stretched
  node.width = width * ratio;
  node.height = height * ratio;
  node.style.setProperty("--vae-width", `${width}px`);
  const context = node.getContext("2d");
  context?.scale(ratio, ratio);
  new ResizeObserver(([{ contentRect }]) => {
    const undo = width / contentRect.width;
    if (contentRect.width) enlarged.set(node, Math.max(0.82 * undo, Math.min(1, 1.1 * undo)));
  }).observe(node);
  const place = (event) => {
    const box = node.getBoundingClientRect(), scale = width / box.width;
    return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
  };
  return { node, context, width, height, place };
}

// The attributes of a canvas that is dragged over and takes keys.
export const handled = (label) => ({ class: "vae-plane", role: "application", tabindex: 0, "aria-label": label });

// A 28×28 canvas enlarged by the page; ink on paper in either theme, as the course prints digits. Without a label it is
// hidden from screen readers, part of a strip that has one.
export function digitCanvas(size, label = null) {
  const named = label === null ? { "aria-hidden": "true" } : { role: "img", "aria-label": label };
  const node = element("canvas", { class: "vae-digit", width: 28, height: 28, ...named });
  node.style.setProperty("--vae-width", `${size}px`);
  const context = node.getContext("2d");
  const image = context.createImageData(28, 28), words = new Uint32Array(image.data.buffer);
  return {
    node,
    paint(pixels) {
      for (let i = 0; i < 784; i++) {
        const gray = Math.round(255 - 255 * Math.min(1, Math.max(0, pixels[i])));
        words[i] = 0xff000000 | (gray * 0x010101);
      }
      context.putImageData(image, 0, 0);
    },
    clear: () => context.clearRect(0, 0, 28, 28),
    name: (text) => node.setAttribute("aria-label", text),
  };
}

// Colors of the page's theme, for canvases, which no style sheet reaches, and how much `larger` this one's text is.
export function theme(node) {
  const style = getComputedStyle(node);
  const read = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise;
  return {
    text: read("--jp-ui-font-color1", "#222"),
    faint: read("--jp-border-color1", "#bbb"),
    paper: read("--jp-layout-color0", "#fff"),
    accent: read("--jp-brand-color1", "#1976d2"),
    larger: enlarged.get(node) ?? 1,
  };
}

// Call `redraw` when the page changes between light and dark; returns the function that stops it.
export function onThemeChange(redraw) {
  const observer = new MutationObserver(() => requestAnimationFrame(redraw));
  const attributeFilter = ["data-jp-theme-light", "data-jp-theme-name", "data-theme", "class"];
  for (const node of [document.body, document.documentElement]) {
    observer.observe(node, { attributes: true, attributeFilter });
  }
  const system = matchMedia("(prefers-color-scheme: dark)"); // where the page leaves it to the system
  system.addEventListener("change", redraw);
  return () => { observer.disconnect(); system.removeEventListener("change", redraw); };
}
