"""How the web page looks, and the little that its browser does by itself."""

from keras_s2p.apps import page_once, page_saved, page_streams

INTRODUCTION = """# keras_s2p
Colours an anime sketch in the colours of a painting you like."""
HELP = """**Colour it yourself.** Click the painting or the sketch: the area there takes
this colour; white leaves it blank. Click a reference to take a colour from it. Wheel or
two fingers zoom."""
CSS = """
.gradio-container { width: 100%; max-width: 1220px !important; margin: 0 auto; }
h1 { margin: 0 !important; }
/* Labels stand above their pictures, not on them. */
.label { font-weight: 600; margin-bottom: -8px; }
.apart { display: none; }
#sketches img, #references img { width: 64px; height: 64px; object-fit: cover; }
#sketches button, #references button { width: 64px; height: 64px; }
#painting img, #sketch-file img, #slots img { cursor: crosshair; }
#painting img { transform-origin: 0 0; touch-action: pan-x pan-y; }
#painting .zoomed { touch-action: none; }
#painting .zoom-frame { overflow: hidden; }
.error { color: #991b1b; background: #fef2f2; border-left: 4px solid #dc2626; }
.error { padding: 8px 12px; border-radius: 4px; }
/* Gradio gives the class to a block and to what is in it. */
.error .error { border: 0; padding: 0; }
#swatches .wrap { gap: 6px; }
#swatches label { width: 36px; height: 36px; padding: 0; border: 1px solid #78716c; }
#swatches label span { font-size: 0; }
#swatches label input { opacity: 0; width: 100%; height: 100%; margin: 0; }
#swatches label:has(:focus-visible) { outline: 3px dashed #1c1917; }
#hints .row, #downloads { gap: 8px; }
#history::before { content: "Last paintings: click one for its settings";
  font-weight: 600; }
#sketches .label, #references .label { margin-bottom: 4px; }
#history, #history .grid-wrap { height: auto; min-height: 0; }
#history .grid-container { display: flex; flex-wrap: wrap; gap: 8px; padding: 4px;
  height: auto; }
#history .gallery-item { width: 76px; height: 76px; }
#history .thumbnail-item { width: 76px; height: 76px; cursor: pointer; }
@media (max-width: 640px) {
  .gradio-container .fillable { padding: 8px 8px 72px !important; }
  #paint { position: fixed; bottom: 8px; left: 12px; right: 12px; z-index: 50;
    width: auto; box-shadow: 0 2px 12px #0006; }
}
footer { display: none !important; }
"""
CHOOSE_BRUSH = """() => {
  const timer = setInterval(() => {
    const brush = document.querySelector("#drawing [aria-label=Brush]");
    if (!brush) return;
    clearInterval(timer);
    if (!brush.classList.contains("highlight")) brush.click();
  }, 100);
}"""
SAVE = """file => {
  if (!file) return;
  const link = document.createElement("a");
  link.href = file.url;
  link.download = file.orig_name || file.path.split(/[\\\\/]/).pop();
  document.body.append(link);
  link.click();
  link.remove();
}"""
SHOW_UPLOAD = """(slot, path, shown) =>
  shown && slot?.path === path ? shown : { __type__: "update" }"""  # nothing new
SHOW_PAINTING = """() => document.querySelector("#views").scrollIntoView(
  { behavior: "smooth", block: "nearest" })"""
SHOW_ERROR = """() => document.querySelector("#error [role=alert]:not(:empty)")
  ?.scrollIntoView({ behavior: "smooth", block: "center" })"""
# The wheel, or two fingers, enlarge the painting where they are; one finger, or the
# mouse with its button held, moves it.
ZOOM = """() => {
  const MOST = 12, DRAG = 5;
  let scale = 1, left = 0, top = 0, size = "", moved = false;
  const fingers = new Map();
  const picture = () => document.querySelector("#painting img");
  const show = () => {
    const image = picture();
    if (!image) return;
    const shape = image.naturalWidth + "x" + image.naturalHeight;
    if (image.complete && size !== shape) {
      if (size) scale = 1;
      size = shape;
    }
    if (scale <= 1.01) { scale = 1; left = top = 0; }
    const width = image.offsetWidth, height = image.offsetHeight;
    left = Math.min(0, Math.max(width * (1 - scale), left));
    top = Math.min(0, Math.max(height * (1 - scale), top));
    const wanted = scale === 1 ? ""
      : `translate(${left}px, ${top}px) scale(${scale})`;
    if (image.style.transform !== wanted) image.style.transform = wanted;
    image.classList.toggle("zoomed", scale > 1);
    image.parentElement.classList.add("zoom-frame");
    image.draggable = false;
  };
  const zoom = (factor, x, y) => {
    const box = picture().getBoundingClientRect();
    const before = scale;
    scale = Math.min(MOST, Math.max(1, scale * factor));
    left -= (x - box.left) * (scale / before - 1);
    top -= (y - box.top) * (scale / before - 1);
    show();
  };
  const inside = event => event.target === picture();
  const listen = (name, act) => document.addEventListener(
    name, act, { capture: true, passive: false });
  listen("wheel", event => {
    if (!inside(event) || (scale === 1 && event.deltaY > 0)) return;
    event.preventDefault();
    zoom(Math.exp(-event.deltaY / 400), event.clientX, event.clientY);
  });
  listen("pointerdown", event => {
    if (!inside(event)) return;
    if (!fingers.size) moved = false;
    fingers.set(event.pointerId, [event.clientX, event.clientY, 0]);
  });
  listen("pointermove", event => {
    const last = fingers.get(event.pointerId);
    if (!last) return;
    const [x, y] = [event.clientX, event.clientY];
    const way = last[2] + Math.hypot(x - last[0], y - last[1]);
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
    fingers.set(event.pointerId, [x, y, way]);
    if (other) {
      const apart = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);
      const grown = apart([x, y], other) / Math.max(apart(last, other), 1);
      zoom(grown, (x + other[0]) / 2, (y + other[1]) / 2);
      moved = true;
    } else if (scale > 1 && way > DRAG) {
      left += x - last[0];
      top += y - last[1];
      moved = true;
      show();
    }
  });
  for (const name of ["pointerup", "pointercancel"])
    listen(name, event => fingers.delete(event.pointerId));
  listen("click", event => {
    const image = picture();
    if (!event.isTrusted || event.target !== image) return;
    if (moved || scale > 1) event.stopPropagation();
    if (!moved && scale > 1) {
      // Gradio finds the place of a click on a picture that is not enlarged.
      const from = image.getBoundingClientRect(), zoomed = scale;
      image.style.transform = "";
      const to = image.getBoundingClientRect();
      image.dispatchEvent(new MouseEvent("click", { bubbles: true,
        clientX: to.left + (event.clientX - from.left) / zoomed,
        clientY: to.top + (event.clientY - from.top) / zoomed }));
      show();
    }
    moved = false;  // the end of a movement is no hint
  });
  new MutationObserver(show).observe(document.body, { childList: true, subtree: true,
    attributes: true, attributeFilter: ["src"] });
  document.addEventListener("load", event => inside(event) && show(), true);
}"""
# Gradio's drawing board sends all of its parts whenever anything on the page changes,
# a hundred for a click. What was sent within AGE, which is kept so long, is not again.
# Of what is refused nothing would be seen.
SEND_ONCE = """() => {
  const AGE = 60_000, sent = new Map(), send = window.fetch;  // milliseconds
  const isSame = (part, bytes) => part && Date.now() < part.time + AGE
    && part.bytes.length === bytes.length
    && part.bytes.every((byte, i) => byte === bytes[i]);
  const ask = async (to, options) => {
    const answer = await send(to, options);
    if (!answer.ok) throw new Error(`The drawing was not sent: ${await answer.text()}`);
    return answer;
  };
  let told = 0;
  window.fetch = async (to, options) => {
    const form = options?.body;
    const file = form instanceof FormData && form.get("files");
    if (!file || !String(to).endsWith("/upload")) return send(to, options);
    const bytes = new Uint8Array(await file.arrayBuffer());
    if (!isSame(sent.get(file.name), bytes))
      sent.set(file.name, { bytes, time: Date.now(), answer: ask(to, options) });
    const part = sent.get(file.name);
    try {
      return (await part.answer).clone();
    } catch (error) {
      if (sent.get(file.name) === part) sent.delete(file.name);
      if (Date.now() > told + 5000) alert(error.message);
      told = Date.now();
      throw error;
    }
  };
}"""
# Gradio opens the page anew if a request does not arrive. Where the connection stands
# still for a while, or a proxy's, requests wait for it; calls, which have a name to be
# run once, one behind the other. Why one is refused is a sentence; Gradio shows it of
# those that wait in the queue, if it comes as JSON.
WAIT = """(name, stranger) => {
  const MOST = 60_000, PAUSE = 1000, send = window.fetch;  // milliseconds
  const AWAY = [502, 504];  // says a proxy that can not reach the page
  const insist = async (to, options) => {
    const end = Date.now() + MOST;
    const isLast = () => Date.now() > end || options?.signal?.aborted;
    for (;;) {
      try {
        const answer = await send(to, options);
        if (isLast() || !AWAY.includes(answer.status)) return answer;
      } catch (error) {
        if (isLast()) throw error;
      }
      await new Promise(resolve => setTimeout(resolve, PAUSE));
    }
  };
  let told = 0;
  const explain = async (to, answer) => {
    const kind = answer.headers.get("content-type") ?? "";
    const isStranger = answer.status === 401;
    if (answer.ok || !(isStranger || kind.startsWith("text/plain"))) return answer;
    const detail = isStranger ? stranger : await answer.text();
    if (!String(to).includes("/queue/") && Date.now() > told + 5000) {
      alert(detail);
      told = Date.now();
    }
    return new Response(JSON.stringify({ detail }), { status: answer.status });
  };
  const mark = Math.random().toString(36).slice(2);
  let line = Promise.resolve(), count = 0, open = 0;
  window.fetch = (to, options) => {
    if (!String(to).includes("/gradio_api/")) return send(to, options);
    if (!/\\/(run\\/predict|queue\\/join)/.test(String(to))) return insist(to, options);
    const headers = new Headers(options?.headers);
    headers.set(name, `${mark}-${count++}`);
    const answer = line.then(() => insist(to, { ...options, headers }));
    open++;
    line = answer.catch(() => {}).finally(() => open--);
    return answer.then(answer => explain(to, answer));
  };
  return () => open;
}"""
# A reload brings back what this tab had, and a new tab begins with the last one's.
KEEP_TABS = """key => {
  const { getItem, setItem } = Storage.prototype;
  const isKept = (storage, name) => storage === localStorage && name === key;
  Storage.prototype.getItem = function (name) {
    const own = isKept(this, name) ? getItem.call(sessionStorage, name) : null;
    return own ?? getItem.call(this, name);
  };
  Storage.prototype.setItem = function (name, value) {
    if (isKept(this, name)) setItem.call(sessionStorage, name, value);
    setItem.call(this, name, value);
  };
}"""
# Who leaves is asked where something would be lost: what is drawn stays in the browser
# until Paint was clicked, and arrived; calls are on their way.
ASK = """countCalls => {
  let drawn = 0, sent = 0, kept = 0;  // strokes
  const listen = (name, act) => document.addEventListener(name, act, true);
  listen("pointerdown", event => {
    if (event.target.matches?.("#drawing canvas")) drawn++;
  });
  listen("click", event => {
    if (event.target.closest?.("#paint")) sent = drawn;
  });
  window.addEventListener("kept", () => { kept = sent; });
  window.addEventListener("beforeunload", event => {
    if (drawn !== kept || countCalls()) event.preventDefault();
  });
}"""
KEPT = """kept => { if (kept) window.dispatchEvent(new Event("kept")); }"""
HEAD = f"""<script>
{{
const countCalls = ({WAIT})("{page_once.HEADER.decode()}", "{page_streams.STRANGER}");
({SEND_ONCE})();
({KEEP_TABS})("{page_saved.KEY}");
({ASK})(countCalls);
}}
</script>"""
