// The life of an explorer in a page, from its state to its last listener.
import { announcer, element, onThemeChange } from "./page.js";
import { onFrame, share } from "./state.js";

// `names` are the traits of its state; `settle(state)` brings a state that was asked for within bounds; `build(app)`
// makes the page and returns {nodes, draw, repaint, end}: `draw(state)` follows the state, at most once a frame,
// `repaint()` renews what has the theme's colors and does not follow the state, `end()` comes last.
// The app: `state`; `go(change)`, for whatever the learner does; `redraw()`; `hold(on)`, around a drag; `say(text)`, for
// screen readers.
export function explorer({ model, el }, { label, names, settle = (state) => state }, build) {
  const { node: live, say } = announcer();
  const sharing = share(model, names, (next) => { app.state = settle(next); app.redraw(); });
  const app = {
    model, say, hold: sharing.hold, state: settle(sharing.read()),
    redraw: onFrame(() => width !== null && page.draw(app.state)),
    go(change) { app.state = settle({ ...app.state, ...change }); app.redraw(); sharing.send(app.state); },
  };
  let width = null; // before the nodes are in the page
  const page = build(app);
  const paint = onFrame(() => { page.repaint?.(); page.draw(app.state); });
  // First once the nodes are in the page, where alone the theme's colors can be read; then at every other width.
  const sized = new ResizeObserver(([{ contentRect }]) => {
    if (contentRect.width !== width) paint();
    width = contentRect.width;
  });
  sized.observe(el);
  el.classList.add("vae-explorer");
  el.append(element("div", { role: "group", "aria-label": `${label} explorer` }, ...page.nodes, live));
  const stop = onThemeChange(paint);
  return () => { page.end?.(); sharing.stop(); stop(); sized.disconnect(); };
}
