"""What a browser runs before the web page is there: how it asks, and what it keeps."""

import json

from keras_s2p.apps import page_once, page_saved, page_streams
from keras_s2p.common import picture_files

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
# Gradio takes a slider for let go by what points alone: here by keys, too.
LET_GO = """() => {
  const listen = (name, act) => document.addEventListener(name, act, true);
  const release = slider => {
    slider.dispatchEvent(new PointerEvent("pointerup", { bubbles: true }));
  };
  listen("keyup", event => {
    const moves = /^(Arrow|Page|Home$|End$)/.test(event.key);
    if (moves && event.target.matches?.("input[type=range]")) release(event.target);
  });
  listen("change", event => {
    if (!event.target.matches?.("input[type=number]")) return;
    event.target.dispatchEvent(new FocusEvent("blur"));  // which keeps it in bounds
    setTimeout(release, 0, event.target);
  });
}"""
# Gradio refuses what is dropped if the browser does not call it a picture: drawings of
# painting programs, where no such program is installed.
NAME_KINDS = """extensions => {
  const { get } = Object.getOwnPropertyDescriptor(Blob.prototype, "type");
  const isDrawing = name => extensions.some(end => name.toLowerCase().endsWith(end));
  Object.defineProperty(File.prototype, "type", {
    configurable: true,
    get() {
      const type = get.call(this);
      return type.startsWith("image/") || !isDrawing(this.name) ? type : "image/other";
    },
  });
}"""
KEPT = """kept => { if (kept) window.dispatchEvent(new Event("kept")); }"""
HEAD = f"""<script>
{{
const countCalls = ({WAIT})("{page_once.HEADER.decode()}", "{page_streams.STRANGER}");
({SEND_ONCE})();
({KEEP_TABS})("{page_saved.KEY}");
({ASK})(countCalls);
({LET_GO})();
({NAME_KINDS})({json.dumps(picture_files.EXTENSIONS)});
}}
</script>"""
